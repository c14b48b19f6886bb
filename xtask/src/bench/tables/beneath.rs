//! What stands beneath the tables: what holds back a missed aim, the memory of every cell, how and on what was measured,
//! and what was not.
//!
//! All of it is made from the results; a text about a cause is shown only while its aim is missed.

use std::fmt::Write;

use super::super::cells::{Base, CELLS, Cell, Load, MEMORY_HELD_BACK_BY, MEMORY_MIB_MAX, Target};
use super::super::results::{OTHERS_SHARE, Results, Run, Side, Spread};
use super::{distinct, is_met, number};

/// Where resident sizes are in a run's report: of a start, and of every other.
const RESIDENT: [&str; 2] = ["/rss_load_mib", "/cost/broker/rss_peak_mib"];

/// What holds back each aim of the cell that is missed; one line for each figure and cause.
pub fn held_back(cell: &Cell, results: &Results) -> String {
    let is_missed = |target: &&Target| {
        let figure = results.figure(target.metric);
        figure.and_then(|figure| is_met(target.aim, figure)) == Some(false)
    };
    let line = |target: &Target| {
        let why = target.held_back_by.unwrap_or("not explained yet");
        format!("- `{}`, {}, held back by: {why}\n", cell.name, target.metric.label())
    };
    distinct(cell.targets.iter().filter(is_missed).map(line)).concat()
}

/// The largest resident size of Hence over all cells, against what is aimed at under any load.
pub fn memory(found: &[(&Cell, Results)]) -> String {
    let largest = |results: &Results, cell: &Cell| {
        let own =
            results.runs.iter().filter(|run| run.side == Side::Hence || cell.base == Base::HenceOnFastDisk);
        let sizes =
            own.flat_map(|run| RESIDENT.map(|at| run.report.pointer(at).and_then(|size| size.as_f64())));
        sizes.flatten().fold(0.0, f64::max)
    };
    let unpinned = found.iter().filter(|(_, results)| !results.pinned);
    let sizes = unpinned.map(|(cell, results)| (largest(results, cell), cell.name));
    let sizes: Vec<_> = sizes.filter(|(size, _)| *size > 0.0).collect();
    let Some((most, name)) = sizes.iter().max_by(|a, b| a.0.total_cmp(&b.0)) else { return String::new() };
    let beyond = sizes.iter().filter(|(size, _)| *size > MEMORY_MIB_MAX).count();
    let verdict = if beyond == 0 { "met" } else { "**missed**" };
    let mut out = format!(
        "Over all cells, the largest resident size of Hence is {} MiB (`{name}`); in {beyond} of {} it is beyond {} MiB, \
         which is 64 MiB and the configured cache: {verdict}.\n",
        number(*most),
        sizes.len(),
        number(MEMORY_MIB_MAX)
    );
    if beyond > 0 {
        let _ = writeln!(out, "Held back by: {MEMORY_HELD_BACK_BY}");
    }
    out
}

/// How long and how often, and which cells so when not all were.
fn forms(found: &[(&Cell, Results)]) -> String {
    let form = |results: &Results| {
        let runs = results.runs.len() / 2;
        format!("{runs} × {} s after {} s", number(results.seconds), number(results.warm_up_s))
    };
    let forms = distinct(found.iter().map(|(_, results)| form(results)));
    let [only] = forms.as_slice() else {
        let of = |wanted: &String| {
            let own = found.iter().filter(|(_, results)| form(results) == *wanted);
            let names: Vec<_> = own.map(|(cell, results)| name(cell, results.pinned)).collect();
            format!("{wanted}: {}", names.join(", "))
        };
        return forms.iter().map(of).collect::<Vec<_>>().join("; ");
    };
    only.clone()
}

fn name(cell: &Cell, pinned: bool) -> String {
    let pinned = if pinned { " pinned" } else { "" };
    format!("`{}`{pinned}", cell.name)
}

/// The pinned cells and the probes that have no result: said, and no failure.
pub fn not_measured(found: &[(&Cell, Results)], probes: bool) -> String {
    let is_there =
        |cell: &Cell| found.iter().any(|(other, results)| results.pinned && other.name == cell.name);
    let pinnable = || CELLS.iter().filter(|cell| cell.load.can_be_pinned());
    let absent: Vec<_> = pinnable().filter(|cell| !is_there(cell)).map(|cell| name(cell, true)).collect();
    let mut open = if absent.len() == pinnable().count() {
        vec!["the pinned table (`cargo xtask bench kafka --pinned`)".to_owned()]
    } else {
        absent
    };
    open.extend((!probes).then(|| "the ceiling probes (`cargo xtask bench probes`)".to_owned()));
    if open.is_empty() { String::new() } else { format!("Not measured yet: {}.\n", open.join(", ")) }
}

/// How and on what the cells were measured.
pub fn footer(found: &[(&Cell, Results)]) -> String {
    let all =
        |of: &dyn Fn(&Results) -> String| distinct(found.iter().map(|(_, results)| of(results))).join("; ");
    let machine = all(&machine_of);
    let (kafka, disk) = (all(&kafka_of), disk_of(found));
    let commits = all(&|results| results.commit.clone());
    let dates = all(&|results| results.date.clone());
    let java = all(&|results| results.machine["java"].as_str().unwrap_or_default().to_owned());
    format!(
        "Medians (min–max) of alternating runs ({}), both brokers up and loaded once before; the generator replays \
         encoded batches over plain sockets on the same machine and neither side is pinned unless a title says so. A \
         ratio below 1.3 is noise on a shared machine. Megabytes are 10⁶ bytes of record batches. {}\n\n\
         Measured on {machine}{disk}; {java}. {kafka}. Commit {commits}, {dates}. Repeat one cell with `cargo xtask bench \
         kafka --cell NAME` (`--list` names them).\n",
        forms(found),
        others(found)
    )
}

/// The most that others took, and in which cells nobody looked.
fn others(found: &[(&Cell, Results)]) -> String {
    let most = found.iter().map(|(_, results)| results.others_share_max()).fold(0.0, f64::max);
    let unknown = |run: &Run| run.report.pointer(OTHERS_SHARE).is_none();
    let unknown = found.iter().filter(|(_, results)| results.runs.iter().any(unknown));
    let unknown: Vec<_> = unknown.map(|(cell, results)| name(cell, results.pinned)).collect();
    let most = format!(
        "Other processes, and the kernel where it writes the page cache back, took at most {:.0} % of the processors in \
         any run",
        most * 100.0
    );
    if unknown.is_empty() { most + "." } else { format!("{most}; not recorded: {}.", unknown.join(", ")) }
}

fn machine_of(results: &Results) -> String {
    let of = |name: &str| results.machine[name].as_str().unwrap_or_default().to_owned();
    let cores = results.machine["cores"].as_u64().unwrap_or_default();
    let (memory, kernel) = (gibibytes(&of("memory")), release(&of("kernel")));
    format!("{cores} cores of {}, {memory}, Linux {kernel}, {}", of("cpu"), of("file_system"))
}

/// How fast the disk was, which is not the same on all days.
fn disk_of(found: &[(&Cell, Results)]) -> String {
    let speeds = found.iter().filter_map(|(_, results)| results.disk_mb_per_s);
    let Some(Spread { median, min, max }) = Spread::of(speeds.collect()) else { return String::new() };
    let unknown = found.iter().filter(|(_, results)| results.disk_mb_per_s.is_none());
    let unknown: Vec<_> = unknown.map(|(cell, results)| name(cell, results.pinned)).collect();
    let unknown =
        if unknown.is_empty() { String::new() } else { format!("; not recorded: {}", unknown.join(", ")) };
    format!(
        ", whose disk stored {} MB/s ({}–{}) of a log alone, 8 clients × 64 KiB, just before each cell{unknown}",
        number(median),
        number(min),
        number(max)
    )
}

fn kafka_of(results: &Results) -> String {
    let of = |name: &str| results.base[name].as_str().unwrap_or_default().to_owned();
    let Some(heap) = results.base["heap_mib"].as_u64() else { return String::new() };
    let properties: Vec<_> = results.base["properties"].as_array().into_iter().flatten().collect();
    let properties: Vec<_> = properties.iter().filter_map(|property| property.as_str()).collect();
    format!("Apache Kafka {}, one KRaft node, heap {heap} MiB, `{}`", of("version"), properties.join(" "))
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

/// Whether the cell is the one whose table says what Hence takes at rest and under load.
pub const fn is_about_memory(cell: &Cell) -> bool {
    matches!(cell.load, Load::Start)
}
