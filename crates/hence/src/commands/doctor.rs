//! `hence doctor`: examines the directory of a stopped broker, and repairs it when told to.
//!
//! Always: without `--repair` nothing is changed; what a repair would lose is listed before anything is cut, for programs
//! on standard error, where it does not disturb the report. The exit code is 3 when something that was acknowledged is
//! damaged or missing, after a repair too. A catalog that cannot be read costs the report names, nothing else.

mod names;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hence_journal::doctor::{
    self, ChainEnd, Lost, RepairError, Report, SegmentKind, StreamReport, Unreadable,
};
use hence_journal::local::{NotAJournal, OpenError};
use serde_json::{Value, json};

use super::{Global, output};
use names::{Catalog, Names};

/// Stands where a topic's name would: no topic can be called so.
const NO_NAME: &str = "?";

/// The exit code of damage that was found, unlike that of a directory that could not be looked at.
const DAMAGED: u8 = 3;

/// Streams that a table lists; JSON has them all.
const STREAMS_SHOWN_MAX: usize = 50;

/// Arguments of `hence doctor`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "A torn tail is what a power cut leaves of a write that nobody was told about; a start cuts it by itself.\n\
                        A rotten last block cannot be told from a torn one.\n\
                        A stream without a topic (?) belonged to one that is deleted, or its name cannot be read.\n\
                        Damage that a start would have to cut refuses it. Restore a backup, or let go of what is behind it:\n  \
                        hence doctor DIR --repair --accept-loss\n\
                        It exits with 0 when all is sound, 3 when something is damaged, or still is after a repair, 1 when it\n\
                        could not look."
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
    let (before, names) = examine(&args.dir)?;
    if !args.repair {
        print(global, &before, &names, None)?;
        return Ok(exit_code(&before));
    }
    if args.accept_loss {
        list_lost(global, &before.lost, &names)?;
    }
    let repaired = match doctor::repair(&args.dir, args.accept_loss) {
        Ok(repaired) => repaired,
        Err(RepairError::Open(error)) => return Err(told(error)),
        Err(error @ (RepairError::Io { .. } | RepairError::NotClosed(_))) => return Err(error.into()),
        Err(error @ (RepairError::WouldLose { .. } | RepairError::Hopeless { .. })) => {
            if let RepairError::WouldLose { lost, .. } = &error {
                list_lost(global, lost, &names)?;
            }
            output::failure(&error.into(), global.json);
            return Ok(DAMAGED.into());
        }
    };
    let cut = repaired.copy.as_deref().map(|path| (path, repaired.lost.as_slice()));
    print(global, &repaired.after, &names, cut)?;
    Ok(exit_code(&repaired.after))
}

fn exit_code(left: &Report) -> ExitCode {
    if left.is_sound() { ExitCode::SUCCESS } else { DAMAGED.into() }
}

/// An error with what whoever examines a directory can do.
fn told(error: OpenError) -> anyhow::Error {
    let advice = match &error {
        OpenError::Locked { .. } => "\n  → stop that process first",
        OpenError::NotAJournal { what: NotAJournal::OtherFiles(_) | NotAJournal::Absent, .. } => {
            "\n  → name the directory that `hence serve` has as its --data"
        }
        _ => "",
    };
    anyhow::anyhow!("{error}{advice}")
}

/// The report, and the names as far as the chain is whole: a cut at its end changes none of them.
fn examine(dir: &Path) -> anyhow::Result<(Report, Names)> {
    let mut catalog = Catalog::new();
    let progress = output::Progress::of("blocks read", true);
    let report =
        doctor::inspect_watched(dir, &mut catalog, &mut |blocks| progress.at(blocks)).map_err(told)?;
    Ok((report, catalog.names()))
}

fn print(
    global: &Global,
    report: &Report,
    names: &Names,
    cut: Option<(&Path, &[Lost])>,
) -> anyhow::Result<()> {
    if global.json {
        let mut value = value_of(report, names);
        if let Some((copy, lost)) = cut {
            value["cut"] = json!({ "copy": copy, "lost": lost_values(lost, names) });
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
    streams(report, names)?;
    if let Some(why) = &names.failure {
        writeln!(out, "names of topics may be missing: {why}")?;
    }
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
        print_lost(&report.lost, names)?;
        writeln!(out, "a start is refused\n  → {}", way_out(report))?;
    } else if report.streams.iter().any(|stream| !stream.unreadable.is_empty()) {
        writeln!(
            out,
            "it opens; readers of what is damaged get an error, everything else goes on\n  → to have it back, restore a backup"
        )?;
    }
    Ok(())
}

/// What can be done about a directory that does not open.
fn way_out(report: &Report) -> String {
    match report.chain.end {
        // Nothing says up to where it is whole, so there is no place to cut.
        ChainEnd::Unknown => "restore a backup: there is no cut that would make it open".to_owned(),
        ChainEnd::Whole | ChainEnd::Torn { .. } | ChainEnd::Damaged { .. } => {
            format!("restore a backup, or: hence doctor {} --repair --accept-loss", report.dir.display())
        }
    }
}

fn streams(report: &Report, names: &Names) -> anyhow::Result<()> {
    if report.streams.is_empty() {
        return Ok(());
    }
    let rows = rows_of(report, names);
    output::table(&["topic", "partition", "stream", "start", "end", "size", "unreadable"], rows)?;
    if let Some(more) = report.streams.len().checked_sub(STREAMS_SHOWN_MAX).filter(|more| *more > 0) {
        writeln!(std::io::stdout(), "… and {more} more streams; --json lists them all")?;
    }
    Ok(())
}

/// The table's rows: damaged streams first, so that none of them is among those left out.
fn rows_of(report: &Report, names: &Names) -> Vec<Vec<String>> {
    let (damaged, whole): (Vec<_>, Vec<_>) =
        report.streams.iter().partition(|stream| !stream.unreadable.is_empty());
    let shown = damaged.into_iter().chain(whole).take(STREAMS_SHOWN_MAX);
    let row = |stream: &StreamReport| {
        let partition = names.of(stream.stream);
        let unreadable: Vec<_> =
            stream.unreadable.iter().map(|range| format!("{}..{}", range.from, range.to)).collect();
        vec![
            partition.map_or(NO_NAME, |partition| &partition.topic).to_owned(),
            partition.map_or_else(|| NO_NAME.to_owned(), |partition| partition.number.to_string()),
            stream.stream.to_string(),
            stream.start.to_string(),
            stream.end.to_string(),
            output::bytes(stream.bytes),
            unreadable.join(" "),
        ]
    };
    shown.map(row).collect()
}

/// Lists what a cut would lose, before it: on standard error as JSON when standard output gets a report in JSON.
fn list_lost(global: &Global, lost: &[Lost], names: &Names) -> anyhow::Result<()> {
    if !global.json {
        return print_lost(lost, names);
    }
    Ok(writeln!(std::io::stderr(), "{}", json!({ "lost": lost_values(lost, names) }))?)
}

fn print_lost(lost: &[Lost], names: &Names) -> anyhow::Result<()> {
    for range in lost {
        writeln!(std::io::stdout(), "{}", lost_line(range, names))?;
    }
    Ok(())
}

fn lost_line(range: &Lost, names: &Names) -> String {
    let Lost { stream, from, to } = range;
    match names.of(*stream) {
        Some(partition) => format!("lost: {partition} (stream {stream}) offsets {from}..{to}"),
        None => format!("lost: stream {stream} offsets {from}..{to}"),
    }
}

fn ending(end: &ChainEnd) -> String {
    match end {
        ChainEnd::Whole => "whole".to_owned(),
        ChainEnd::Torn { at } => format!("torn at {at}: a start cuts it"),
        ChainEnd::Damaged { at } => format!("DAMAGED at {at}"),
        ChainEnd::Unknown => "UNREADABLE".to_owned(),
    }
}

fn value_of(report: &Report, names: &Names) -> Value {
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
        "cluster_id": hence_broker::cluster_id(report.identity),
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
        "names_failure": names.failure,
        "streams": report.streams.iter().map(|stream| stream_value(stream, names)).collect::<Vec<_>>(),
        "damage": report.damage.iter().map(|damage| json!({
            "file": damage.file, "at": damage.at, "what": damage.what,
        })).collect::<Vec<_>>(),
        "lost": lost_values(&report.lost, names),
    })
}

fn stream_value(stream: &StreamReport, names: &Names) -> Value {
    let partition = names.of(stream.stream);
    let range = |range: &Unreadable| json!({ "from": range.from.0, "to": range.to.0 });
    json!({
        "stream": stream.stream.0,
        "topic": partition.map(|partition| &*partition.topic),
        "partition": partition.map(|partition| partition.number),
        "start": stream.start.0, "end": stream.end.0, "bytes": stream.bytes,
        "unreadable": stream.unreadable.iter().map(range).collect::<Vec<_>>(),
    })
}

fn lost_values(lost: &[Lost], names: &Names) -> Vec<Value> {
    let value = |range: &Lost| {
        let partition = names.of(range.stream);
        json!({
            "stream": range.stream.0,
            "topic": partition.map(|partition| &*partition.topic),
            "partition": partition.map(|partition| partition.number),
            "from": range.from.0, "to": range.to.0,
        })
    };
    lost.iter().map(value).collect()
}
