//! The README's tables: made from the files of `bench/results` and from nothing else.
//!
//! `--check` fails when the README has anything else between its marks or when a cell has no file; `--write` puts the tables
//! there. No table is made of a file that says of its runs what is not so. What stands beneath them is [`beneath`]'s.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};

use super::cells::{Aim, Base, CELLS, Cell, Load, Target};
use super::results::{Figure, Results, Spread};
use crate::peer;

mod beneath;

#[cfg(test)]
pub use beneath::not_measured;

const README: &str = "README.md";
const OPEN: &str = "<!-- bench -->\n";
const NOTHING: &str = "No results are committed yet.\n";
const CLOSE: &str = "<!-- /bench -->";

#[derive(clap::Args)]
pub struct Args {
    /// Fail unless the README has exactly these tables
    #[arg(long)]
    check: bool,
    /// Put the tables into the README
    #[arg(long, conflicts_with = "check")]
    write: bool,
}

/// Prints, checks or writes.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let found = load_all()?;
    must_be_of_their_runs(&found)?;
    let tables = render_all(&found)?;
    if !(args.check || args.write) {
        print!("{tables}");
        return Ok(());
    }
    let path: PathBuf = peer::root().join(README);
    let readme = std::fs::read_to_string(&path).context(README)?;
    let replaced = replace(&readme, &tables)?;
    if args.write {
        std::fs::write(&path, replaced)?;
    } else {
        must_be_whole(&found)?;
        if readme != replaced {
            bail!(
                "the benchmark tables of {README} are not those of bench/results: `cargo xtask bench tables --write`"
            );
        }
    }
    println!("bench: {} cells, {} lines of tables", found.len(), tables.lines().count());
    Ok(())
}

/// Fails when a cell has no result. Pinned ones may be absent: the tables say so.
pub fn must_be_whole(found: &[(&Cell, Results)]) -> anyhow::Result<()> {
    let is_there =
        |cell: &Cell| found.iter().any(|(other, results)| !results.pinned && other.name == cell.name);
    let absent: Vec<_> = CELLS.iter().filter(|cell| !is_there(cell)).map(|cell| cell.name).collect();
    ensure!(
        absent.is_empty(),
        "bench/results has no file of {}: `cargo xtask bench kafka --cell NAME`",
        absent.join(", ")
    );
    Ok(())
}

/// Fails when a result says of its runs what is not so.
pub fn must_be_of_their_runs(found: &[(&Cell, Results)]) -> anyhow::Result<()> {
    found.iter().try_for_each(|(cell, results)| results.must_say_what_its_runs_do(cell))
}

/// `readme` with `tables` between its marks.
pub fn replace(readme: &str, tables: &str) -> anyhow::Result<String> {
    let marks = || format!("{README} has no {} … {CLOSE}", OPEN.trim());
    let (before, rest) = readme.split_once(OPEN).with_context(marks)?;
    let (_, after) = rest.split_once(CLOSE).with_context(marks)?;
    Ok(format!("{before}{OPEN}{tables}{CLOSE}{after}"))
}

fn load_all() -> anyhow::Result<Vec<(&'static Cell, Results)>> {
    let mut found = Vec::new();
    for pinned in [false, true] {
        for cell in CELLS {
            found.extend(Results::load(cell.name, pinned)?.map(|results| (cell, results)));
        }
    }
    Ok(found)
}

fn render_all(found: &[(&Cell, Results)]) -> anyhow::Result<String> {
    let probes = super::probes::table()?;
    let mut out = render(found);
    if !probes.is_empty() {
        let _ = write!(out, "\n{probes}");
    }
    let open = beneath::not_measured(found, !probes.is_empty());
    if !open.is_empty() {
        let _ = write!(out, "\n{open}");
    }
    Ok(out)
}

/// The tables of these results.
pub fn render(found: &[(&Cell, Results)]) -> String {
    if found.is_empty() {
        return NOTHING.to_owned();
    }
    let mut out = String::new();
    for title in distinct(found.iter().map(title_of)) {
        let rows: Vec<_> = found.iter().filter(|of| title_of(of) == title).collect();
        let other = match rows[0].0.base {
            Base::KafkaDefault | Base::KafkaFlush => "Kafka",
            Base::Probe => "probe",
            Base::HenceOnFastDisk => "without",
        };
        let _ = write!(
            out,
            "**{title}**\n\n| cell | what | figure | {other} | Hence | ratio | aim |\n|---|---|---|---:|---:|---:|---|\n"
        );
        for (cell, results) in &rows {
            for (n, line) in lines(cell, results).iter().enumerate() {
                let (name, what) = if n == 0 { (cell.name, cell.what) } else { ("", "") };
                let _ = writeln!(out, "| {name} | {what} | {line} |");
            }
        }
        let held_back: String =
            rows.iter().map(|(cell, results)| beneath::held_back(cell, results)).collect();
        let memory = if rows.iter().any(|(cell, _)| beneath::is_about_memory(cell)) {
            beneath::memory(found)
        } else {
            String::new()
        };
        for text in [held_back, memory].iter().filter(|text| !text.is_empty()) {
            let _ = write!(out, "\n{text}");
        }
        out.push('\n');
    }
    out.push_str(&beneath::footer(found));
    out
}

fn title_of((cell, results): &(&Cell, Results)) -> String {
    let where_they_run =
        if results.pinned { "; broker on one processor, generator on the other" } else { "" };
    format!("{}{where_they_run}", group(cell))
}

/// Each of them once, in the order in which they come.
fn distinct(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for one in all.filter(|one| !one.is_empty()) {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

/// The rows of a cell without its first two columns: one for each figure, whatever is aimed at with it.
pub fn lines(cell: &Cell, results: &Results) -> Vec<String> {
    let row = |(n, target): (usize, &Target)| {
        if cell.targets[..n].iter().any(|before| before.metric == target.metric) {
            return None;
        }
        let figure = results.figure(target.metric)?;
        let aims = cell.targets.iter().filter(|other| other.metric == target.metric);
        let verdicts: Vec<_> = aims.filter_map(|target| verdict(target.aim, figure)).collect();
        let Figure { base, hence, ratio, .. } = figure;
        let (label, base, hence, ratio) =
            (target.metric.label(), spread(base), spread(hence), number(*ratio));
        Some(format!("{label} | {base} | {hence} | {ratio} × | {}", verdicts.join("; ")))
    };
    cell.targets.iter().enumerate().filter_map(row).collect()
}

/// What is aimed at, and whether it is met.
fn verdict(aim: Aim, figure: &Figure) -> Option<String> {
    let met = is_met(aim, figure)?;
    let aim = match aim {
        Aim::RatioAtLeast(least) => format!("≥ {} ×", number(least)),
        Aim::RatioAtMost(most) => format!("≤ {} ×", number(most)),
        Aim::AtMost(most) => format!("≤ {}", number(most)),
        Aim::Shown => return None,
    };
    Some(format!("{aim} {}", if met { "met" } else { "**missed**" }))
}

/// Whether it is met; none for what is only shown.
fn is_met(aim: Aim, figure: &Figure) -> Option<bool> {
    match aim {
        Aim::RatioAtLeast(least) => Some(figure.ratio >= least),
        Aim::RatioAtMost(most) => Some(figure.ratio <= most),
        Aim::AtMost(most) => Some(figure.hence.median <= most),
        Aim::Shown => None,
    }
}

/// Median, smallest and largest.
pub fn spread(spread: &Spread) -> String {
    let Spread { median, min, max } = spread;
    format!("{} ({}–{})", number(*median), number(*min), number(*max))
}

/// Three digits that count.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value.abs() >= 100.0 {
        let digits = format!("{value:.0}");
        let mut grouped = String::new();
        for (n, digit) in digits.chars().enumerate() {
            if n > 0 && digit.is_ascii_digit() && (digits.len() - n).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        return grouped;
    }
    let decimals = match value.abs() {
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    if value > 0.0 && value < 0.0005 {
        return "< 0.001".to_owned();
    }
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Both sides' durability, in words.
pub const fn sides(cell: &Cell) -> &'static str {
    group(cell)
}

const fn group(cell: &Cell) -> &'static str {
    match (cell.load, cell.base) {
        (Load::Start, _) => "Start, memory, stop: Hence `fsync` against Kafka's default",
        (_, Base::Probe) => "Hence `fsync` against the ceiling probe (sockets, checksum, log, no protocol)",
        (_, Base::HenceOnFastDisk) => {
            "A slow disk: 3 ms added after each write or sync, Hence `fsync` with and without"
        }
        (_, Base::KafkaFlush) => {
            "Acknowledged by the disk: Hence `fsync` against Kafka with `flush.messages=1`"
        }
        (_, Base::KafkaDefault) if is_fsync(cell) => {
            "Unequal: Hence acknowledged by the disk (`fsync`), Kafka by the page cache (its default)"
        }
        (_, Base::KafkaDefault) => "Acknowledged by the page cache: Hence `os` against Kafka's default",
    }
}

const fn is_fsync(cell: &Cell) -> bool {
    matches!(cell.durability.as_bytes(), b"fsync")
}
