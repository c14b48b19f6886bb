//! `hence doctor`: examines the directory of a stopped broker, and repairs it when told to.
//!
//! Always: without `--repair` nothing is changed; what a repair would lose is listed before anything is cut. The exit
//! code is 1 when something that was acknowledged is damaged or missing.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use hence_journal::doctor::{self, ChainEnd, Lost, RepairError, Report, SegmentKind};
use serde_json::{Value, json};

use super::{Global, output};

/// Streams that a table lists; JSON has them all.
const STREAMS_SHOWN_MAX: usize = 50;

/// Arguments of `hence doctor`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "A torn tail is what a power cut leaves of a write that nobody was told about; a start cuts it by itself.\n\
                        A rotten last block cannot be told from a torn one.\n\
                        Damage before the end is never cut by a start. Restore a backup, or let go of what is behind it:\n  \
                        hence doctor DIR --repair --accept-loss"
)]
pub struct Args {
    /// The data directory
    dir: PathBuf,
    /// Do the cut that a start would do
    #[arg(long)]
    repair: bool,
    /// With --repair: cut at damage too; what is cut is copied first
    #[arg(long, requires = "repair")]
    accept_loss: bool,
}

/// Examines, repairs if told to, and prints what is there.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<ExitCode> {
    let before = doctor::inspect(&args.dir)?;
    if !args.repair {
        print(global, &before, None)?;
        return Ok(if before.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if args.accept_loss && !global.json {
        print_lost(&before.lost)?;
    }
    let repaired = match doctor::repair(&args.dir, args.accept_loss) {
        Ok(repaired) => repaired,
        Err(error) => {
            if let RepairError::WouldLose { lost, .. } = &error
                && !global.json
            {
                print_lost(lost)?;
            }
            return Err(error.into());
        }
    };
    print(global, &repaired.after, repaired.copy.as_deref().map(|path| (path, repaired.lost.as_slice())))?;
    Ok(ExitCode::SUCCESS)
}

fn print(global: &Global, report: &Report, cut: Option<(&std::path::Path, &[Lost])>) -> anyhow::Result<()> {
    if global.json {
        let mut value = value_of(report);
        if let Some((copy, lost)) = cut {
            value["cut"] = json!({ "copy": copy, "lost": lost_values(lost) });
        }
        return output::json(&value);
    }
    let mut out = std::io::stdout();
    let spare = report.files.iter().filter(|file| file.kind == SegmentKind::Spare).count();
    let bytes = report.files.iter().map(|file| file.bytes).sum();
    writeln!(
        out,
        "{}: format {}, {} segments ({spare} spare) of {}, {} checkpoints, {} rows",
        report.dir.display(),
        report.format_version,
        report.files.len(),
        output::bytes(bytes),
        report.checkpoints.len(),
        report.rows
    )?;
    let chain = &report.chain;
    writeln!(
        out,
        "chain: {} blocks from {} to {}, last commit {}, epoch {}; {}",
        chain.blocks,
        chain.from,
        chain.to,
        chain.last,
        chain.epoch,
        ending(&chain.end)
    )?;
    streams(report)?;
    if let Some((copy, _)) = cut {
        writeln!(out, "\ncut; what was cut is kept in {}", copy.display())?;
    }
    for damage in &report.damage {
        let at = damage.at.map_or_else(String::new, |at| format!(" byte {at}"));
        writeln!(out, "damage: {}{at}: {}", damage.file, damage.what)?;
    }
    if report.is_sound() {
        writeln!(out, "sound")?;
    } else if report.refuses_to_open() {
        print_lost(&report.lost)?;
        writeln!(
            out,
            "a start is refused\n  → restore a backup, or: hence doctor {} --repair --accept-loss",
            report.dir.display()
        )?;
    }
    Ok(())
}

fn streams(report: &Report) -> anyhow::Result<()> {
    if report.streams.is_empty() {
        return Ok(());
    }
    let rows = report.streams.iter().take(STREAMS_SHOWN_MAX).map(|stream| {
        let unreadable: Vec<_> =
            stream.unreadable.iter().map(|range| format!("{}..{}", range.from, range.to)).collect();
        vec![
            stream.stream.to_string(),
            stream.start.to_string(),
            stream.end.to_string(),
            output::bytes(stream.bytes),
            unreadable.join(" "),
        ]
    });
    output::table(&["stream", "start", "end", "size", "unreadable"], rows)?;
    if let Some(more) = report.streams.len().checked_sub(STREAMS_SHOWN_MAX).filter(|more| *more > 0) {
        writeln!(std::io::stdout(), "… and {more} more streams; --json lists them all")?;
    }
    Ok(())
}

fn print_lost(lost: &[Lost]) -> anyhow::Result<()> {
    for range in lost {
        writeln!(std::io::stdout(), "lost: stream {} offsets {}..{}", range.stream, range.from, range.to)?;
    }
    Ok(())
}

fn ending(end: &ChainEnd) -> String {
    match end {
        ChainEnd::Whole => "whole".to_owned(),
        ChainEnd::Torn { at } => format!("torn at {at}: a start cuts it"),
        ChainEnd::Damaged { at } => format!("DAMAGED at {at}"),
        ChainEnd::Unknown => "UNREADABLE".to_owned(),
    }
}

fn value_of(report: &Report) -> Value {
    let kind = |kind| match kind {
        SegmentKind::Spare => "spare",
        SegmentKind::Log => "log",
        SegmentKind::Moved => "moved",
    };
    let (end, end_at) = match &report.chain.end {
        ChainEnd::Whole => ("whole", None),
        ChainEnd::Torn { at } => ("torn", Some(at)),
        ChainEnd::Damaged { at } => ("damaged", Some(at)),
        ChainEnd::Unknown => ("unreadable", None),
    };
    json!({
        "dir": report.dir,
        "identity": hence_broker::id_text(report.identity),
        "format_version": report.format_version,
        "sound": report.is_sound(),
        "opens": !report.refuses_to_open(),
        "segments": report.files.iter().map(|file| json!({
            "file": file.file, "sequence": file.sequence, "kind": kind(file.kind), "bytes": file.bytes,
        })).collect::<Vec<_>>(),
        "checkpoints": report.checkpoints.iter().map(|checkpoint| json!({
            "file": checkpoint.file, "number": checkpoint.number, "replays_from": checkpoint.replays_from, "whole": checkpoint.whole,
        })).collect::<Vec<_>>(),
        "chain": {
            "from": report.chain.from, "to": report.chain.to, "blocks": report.chain.blocks,
            "last_commit": report.chain.last.0, "epoch": report.chain.epoch.0, "end": end, "end_at": end_at,
        },
        "rows": report.rows,
        "streams": report.streams.iter().map(|stream| json!({
            "stream": stream.stream.0, "start": stream.start.0, "end": stream.end.0, "bytes": stream.bytes,
            "unreadable": stream.unreadable.iter().map(|range| json!({ "from": range.from.0, "to": range.to.0 })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "damage": report.damage.iter().map(|damage| json!({
            "file": damage.file, "at": damage.at, "what": damage.what,
        })).collect::<Vec<_>>(),
        "lost": lost_values(&report.lost),
    })
}

fn lost_values(lost: &[Lost]) -> Vec<Value> {
    lost.iter()
        .map(|range| json!({ "stream": range.stream.0, "from": range.from.0, "to": range.to.0 }))
        .collect()
}
