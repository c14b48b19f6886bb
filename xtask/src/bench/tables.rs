//! The README's tables: made from the files of `bench/results` and from nothing else.
//!
//! `--check` fails when the README has anything else between its marks; `--write` puts them there.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};

use super::cells::{Aim, Base, CELLS, Cell, Load};
use super::results::{Figure, Results, Spread};
use crate::peer;

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
    let tables = render_all()?;
    let path: PathBuf = peer::root().join(README);
    if args.check || args.write {
        let readme = std::fs::read_to_string(&path).context(README)?;
        if args.check && tables == NOTHING && !readme.contains(OPEN) {
            println!("bench: no results and no tables");
            return Ok(());
        }
        let replaced = replace(&readme, &tables)?;
        if args.write {
            std::fs::write(&path, replaced)?;
        } else if readme != replaced {
            bail!(
                "the benchmark tables of {README} are not those of bench/results: `cargo xtask bench tables --write`"
            );
        }
        println!("bench: {} lines of tables", tables.lines().count());
    } else {
        print!("{tables}");
    }
    Ok(())
}

/// `readme` with `tables` between its marks.
pub fn replace(readme: &str, tables: &str) -> anyhow::Result<String> {
    let marks = || format!("{README} has no {} … {CLOSE}", OPEN.trim());
    let (before, rest) = readme.split_once(OPEN).with_context(marks)?;
    let (_, after) = rest.split_once(CLOSE).with_context(marks)?;
    Ok(format!("{before}{OPEN}{tables}{CLOSE}{after}"))
}

fn render_all() -> anyhow::Result<String> {
    let mut found = Vec::new();
    for pinned in [false, true] {
        for cell in CELLS {
            found.extend(Results::load(cell.name, pinned)?.map(|results| (cell, results)));
        }
    }
    let probes = super::probes::table()?;
    match (found.is_empty(), probes.is_empty()) {
        (_, true) => Ok(render(&found)),
        (true, false) => Ok(probes),
        (false, false) => Ok(render(&found) + "\n" + &probes),
    }
}

/// The tables of these results.
pub fn render(found: &[(&Cell, Results)]) -> String {
    if found.is_empty() {
        return NOTHING.to_owned();
    }
    let mut out = String::new();
    let mut title = String::new();
    for (cell, results) in found {
        let of = if results.pinned {
            format!("{}; broker on one processor, generator on the other", group(cell))
        } else {
            group(cell).to_owned()
        };
        if of != title {
            title = of;
            let other = match cell.base {
                Base::KafkaDefault | Base::KafkaFlush => "Kafka",
                Base::Probe => "probe",
                Base::HenceOnFastDisk => "without",
            };
            let _ = write!(
                out,
                "{}**{title}**\n\n| what | figure | {other} | Hence | ratio | aim |\n|---|---|---:|---:|---:|---|\n",
                if out.is_empty() { "" } else { "\n" }
            );
        }
        for (n, line) in lines(cell, results).iter().enumerate() {
            let what = if n == 0 { cell.what } else { "" };
            let _ = writeln!(out, "| {what} | {line} |");
        }
    }
    out.push('\n');
    out.push_str(&footer(found));
    out
}

/// The rows of a cell without its first column.
pub fn lines(cell: &Cell, results: &Results) -> Vec<String> {
    let row = |target: &super::cells::Target| {
        let figure = results.summary.iter().find(|figure| figure.pointer == target.metric.pointer())?;
        let Figure { base, hence, ratio, .. } = figure;
        let (aim, met) = match target.aim {
            Aim::RatioAtLeast(least) => (format!("≥ {} ×", number(least)), Some(*ratio >= least)),
            Aim::RatioAtMost(most) => (format!("≤ {} ×", number(most)), Some(*ratio <= most)),
            Aim::AtMost(most) => (format!("≤ {}", number(most)), Some(hence.median <= most)),
            Aim::Shown => (String::new(), None),
        };
        let verdict = match met {
            Some(true) => " met",
            Some(false) => " **missed**",
            None => "",
        };
        let (label, base, hence, ratio) =
            (target.metric.label(), spread(base), spread(hence), number(*ratio));
        Some(format!("{label} | {base} | {hence} | {ratio} × | {aim}{verdict}"))
    };
    cell.targets.iter().filter_map(row).collect()
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

fn footer(found: &[(&Cell, Results)]) -> String {
    let distinct = |of: &dyn Fn(&Results) -> String| {
        let mut seen: Vec<String> = Vec::new();
        for (_, results) in found {
            let value = of(results);
            if !value.is_empty() && !seen.contains(&value) {
                seen.push(value);
            }
        }
        seen.join("; ")
    };
    let machine = distinct(&|results| {
        let of = |name: &str| results.machine[name].as_str().unwrap_or_default().to_owned();
        let cores = results.machine["cores"].as_u64().unwrap_or_default();
        format!(
            "{cores} cores of {}, {}, Linux {}, {}",
            of("cpu"),
            of("memory"),
            of("kernel"),
            of("file_system")
        )
    });
    let kafka = distinct(&|results| {
        let of = |name: &str| results.base[name].as_str().unwrap_or_default().to_owned();
        let Some(heap) = results.base["heap_mib"].as_u64() else { return String::new() };
        let properties: Vec<_> = results.base["properties"].as_array().into_iter().flatten().collect();
        let properties: Vec<_> = properties.iter().filter_map(|property| property.as_str()).collect();
        format!("Apache Kafka {}, one KRaft node, heap {heap} MiB, `{}`", of("version"), properties.join(" "))
    });
    let runs = distinct(&|results| {
        let runs = results.runs.len() / 2;
        format!("{runs} × {} s after {} s", number(results.seconds), number(results.warm_up_s))
    });
    let commits = distinct(&|results| results.commit.clone());
    let dates = distinct(&|results| results.date.clone());
    let java = distinct(&|results| results.machine["java"].as_str().unwrap_or_default().to_owned());
    let others = found.iter().map(|(_, results)| results.others_share_max()).fold(0.0, f64::max);
    format!(
        "Medians (min–max) of alternating runs ({runs}), both brokers up and loaded once before; the generator replays \
         encoded batches over plain sockets on the same machine and neither side is pinned unless a title says so. A \
         ratio below 1.3 is noise on a shared machine. Megabytes are 10⁶ bytes of record batches. Other processes took \
         at most {:.0} % of the processors in any run.\n\n\
         Measured on {machine}; {java}. {kafka}. Commit {commits}, {dates}. Repeat one cell with `cargo xtask bench \
         kafka --cell NAME` (`--list` names them).\n",
        others * 100.0
    )
}
