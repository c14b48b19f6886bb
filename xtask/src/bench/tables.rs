//! The README's tables: made from the files of `bench/results` and from nothing else.
//!
//! `--check` fails when the README has anything else between its marks; `--write` puts them there.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};

use super::cells::{Aim, Base, CELLS, Cell, Load, Target};
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
        for (cell, results) in rows {
            for (n, line) in lines(cell, results).iter().enumerate() {
                let (name, what) = if n == 0 { (cell.name, cell.what) } else { ("", "") };
                let _ = writeln!(out, "| {name} | {what} | {line} |");
            }
        }
        out.push('\n');
    }
    out.push_str(&footer(found));
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
        let figure = results.summary.iter().find(|figure| figure.pointer == target.metric.pointer())?;
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
    let (aim, met) = match aim {
        Aim::RatioAtLeast(least) => (format!("≥ {} ×", number(least)), figure.ratio >= least),
        Aim::RatioAtMost(most) => (format!("≤ {} ×", number(most)), figure.ratio <= most),
        Aim::AtMost(most) => (format!("≤ {}", number(most)), figure.hence.median <= most),
        Aim::Shown => return None,
    };
    Some(format!("{aim} {}", if met { "met" } else { "**missed**" }))
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

fn footer(found: &[(&Cell, Results)]) -> String {
    let all =
        |of: &dyn Fn(&Results) -> String| distinct(found.iter().map(|(_, results)| of(results))).join("; ");
    let machine = all(&|results| {
        let of = |name: &str| results.machine[name].as_str().unwrap_or_default().to_owned();
        let cores = results.machine["cores"].as_u64().unwrap_or_default();
        format!(
            "{cores} cores of {}, {}, Linux {}, {}",
            of("cpu"),
            gibibytes(&of("memory")),
            release(&of("kernel")),
            of("file_system")
        )
    });
    let kafka = all(&|results| {
        let of = |name: &str| results.base[name].as_str().unwrap_or_default().to_owned();
        let Some(heap) = results.base["heap_mib"].as_u64() else { return String::new() };
        let properties: Vec<_> = results.base["properties"].as_array().into_iter().flatten().collect();
        let properties: Vec<_> = properties.iter().filter_map(|property| property.as_str()).collect();
        format!("Apache Kafka {}, one KRaft node, heap {heap} MiB, `{}`", of("version"), properties.join(" "))
    });
    let runs = all(&|results| {
        let runs = results.runs.len() / 2;
        format!("{runs} × {} s after {} s", number(results.seconds), number(results.warm_up_s))
    });
    let commits = all(&|results| results.commit.clone());
    let dates = all(&|results| results.date.clone());
    let java = all(&|results| results.machine["java"].as_str().unwrap_or_default().to_owned());
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

/// `24684084 kB` as `23.5 GiB`.
fn gibibytes(memory: &str) -> String {
    match memory.strip_suffix(" kB").and_then(|kib| kib.trim().parse::<f64>().ok()) {
        Some(kib) => format!("{} GiB", number(kib / f64::from(1 << 20))),
        None => memory.to_owned(),
    }
}

/// `6.18.44-some-build` as `6.18`.
fn release(kernel: &str) -> String {
    kernel.split(['.', '-']).take(2).collect::<Vec<_>>().join(".")
}
