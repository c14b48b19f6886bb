//! The ceiling probes: what disk, sockets and threads allow here when there is no broker between them.
//!
//! Probe 1 is one thread that writes what many clients submit, probe 2 puts TCP and a checksum before it, probe 3 is many
//! dirty files and one round of syncs. Cells alternate with each other over the runs; medians are kept in
//! `bench/results/probes.json`. Probe 2 has one runtime, of several threads, as the broker has: which runtime would be
//! faster is not asked here, and measured elsewhere it was noise. The file of most cells is written once for all of them.

mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::binaries::Binaries;
use super::contestant::{Contestant, work_dir};
use super::machine;
use super::results::Spread;
use super::tables::number;
use crate::peer;

pub use table::table;

#[derive(clap::Args)]
pub struct Args {
    /// Runs of each cell
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Seconds that are counted
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// One run of half a second of each cell, to see that it works; nothing is written
    #[arg(long)]
    quick: bool,
    /// This generator instead of a release build of the tree
    #[arg(long, value_name = "PATH")]
    generator: Option<PathBuf>,
}

/// How often and how long.
#[derive(Clone, Copy)]
struct Plan {
    runs: u32,
    seconds: f64,
    warm_up: f64,
}

/// Of the look at the disk before a cell.
const DISK_PLAN: Plan = Plan { runs: 1, seconds: 3.0, warm_up: 0.5 };

impl Args {
    const fn plan(&self) -> Plan {
        if self.quick {
            return Plan { runs: 1, seconds: 0.5, warm_up: 0.2 };
        }
        Plan { runs: self.runs, seconds: self.seconds, warm_up: 1.0 }
    }
}

/// One cell of probe 1 or 2.
struct Cell {
    mode: &'static str,
    /// Clients of probe 1, connections of probe 2.
    clients: u32,
    bytes: u32,
    load: Load,
}

/// What submits.
#[derive(Clone, Copy)]
enum Load {
    /// Threads of the log's own process, on a file whose blocks are so.
    Threads { blocks: &'static str },
    /// Connections with so many requests in flight.
    Closed { depth: u32 },
    /// Connections over which so many requests a second are dealt out.
    Open { rate: u32 },
}

const fn log(mode: &'static str, clients: u32, bytes: u32) -> Cell {
    log_on(WRITTEN, mode, clients, bytes)
}

const fn log_on(blocks: &'static str, mode: &'static str, clients: u32, bytes: u32) -> Cell {
    Cell { mode, clients, bytes, load: Load::Threads { blocks } }
}

const fn sockets(mode: &'static str, clients: u32, bytes: u32, depth: u32) -> Cell {
    Cell { mode, clients, bytes, load: Load::Closed { depth } }
}

const WRITTEN: &str = "written";
const KIB: u32 = 1024;
const MIB: u32 = 1024 * KIB;

const CELLS: &[Cell] = &[
    log("direct", 1, KIB),
    log("direct", 16, KIB),
    log("direct", 128, KIB),
    log("direct", 8, 64 * KIB),
    log("direct", 8, MIB),
    log("buffered", 1, KIB),
    log("buffered", 16, KIB),
    log("buffered", 128, KIB),
    log("buffered", 8, 64 * KIB),
    log("buffered", 8, MIB),
    log_on("allocated", "direct", 16, KIB),
    log_on("allocated", "direct", 8, 64 * KIB),
    log_on("growing", "direct", 16, KIB),
    log_on("growing", "direct", 8, 64 * KIB),
    sockets("direct", 2, MIB, 4),
    sockets("direct", 4, 64 * KIB, 8),
    sockets("direct", 8, 16 * KIB, 8),
    sockets("direct", 16, KIB, 16),
    sockets("buffered", 2, MIB, 4),
    sockets("buffered", 4, 64 * KIB, 8),
    sockets("buffered", 8, 16 * KIB, 8),
    sockets("buffered", 16, KIB, 16),
    sockets("none", 4, 64 * KIB, 8),
    sockets("none", 16, KIB, 16),
    Cell { mode: "direct", clients: 16, bytes: 16 * KIB, load: Load::Open { rate: 4_000 } },
];

/// What the three files of probe 1 take at most, and those of probe 3.
const FREE_BYTES_MIN: u64 = 20 << 30;

/// Dirty files of probe 3.
const FILES: [u32; 4] = [10, 100, 1_000, 5_000];

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Probes {
    commit: String,
    date: String,
    machine: Value,
    seconds: f64,
    runs: u32,
    rows: Vec<Row>,
    files: Vec<FilesRow>,
}

/// Medians of a cell of probe 1 or 2.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    what: String,
    mode: String,
    load: String,
    requests_per_s: Spread,
    mb_per_s: Spread,
    syncs_per_s: Spread,
    p50_us: Spread,
    p99_us: Spread,
    p999_us: Spread,
    others_share_max: f64,
}

/// Medians of probe 3.
#[derive(Debug, Serialize, Deserialize)]
struct FilesRow {
    files: u32,
    fdatasync_each_ms: Spread,
    syncfs_ms: Spread,
    one_write_ms: Spread,
}

fn path() -> PathBuf {
    peer::root().join("bench/results/probes.json")
}

/// Runs every cell and writes the file.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let (plan, binaries) = (args.plan(), Binaries::generator_only(args.generator.as_deref())?);
    let dir = work_dir().join("probes");
    if dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| format!("cannot empty {}", dir.display()))?;
    }
    std::fs::create_dir_all(&dir)?;
    let free = machine::free_bytes(&dir)?;
    ensure!(free >= FREE_BYTES_MIN, "{free} bytes are free, the probes' files may take {FREE_BYTES_MIN}");
    let mut reports: Vec<Vec<Value>> = CELLS.iter().map(|_| Vec::new()).collect();
    let mut of_files: Vec<Vec<Value>> = FILES.iter().map(|_| Vec::new()).collect();
    for n in 1..=plan.runs {
        let runs = plan.runs;
        for (cell, reports) in CELLS.iter().zip(&mut reports) {
            let report = once(cell, &binaries, &dir, plan)?;
            println!(
                "probe run {n}/{runs}: {}, {}, {}: {}",
                cell.what(),
                cell.mode,
                cell.load(),
                said(&report)
            );
            reports.push(report);
        }
        for (files, reports) in FILES.iter().zip(&mut of_files) {
            let report = binaries
                .generate(&split(&format!("ceiling-files --dir {} --files {files}", dir.display())))?;
            println!("probe run {n}/{runs}: {report}");
            reports.push(report);
        }
    }
    std::fs::remove_dir_all(&dir)?;
    let rows = CELLS.iter().zip(&reports).map(|(cell, reports)| row(cell, reports)).collect::<Option<_>>();
    let files =
        FILES.iter().zip(&of_files).map(|(files, reports)| files_row(*files, reports)).collect::<Option<_>>();
    let probes = Probes {
        commit: binaries.commit,
        date: machine::today(),
        machine: machine::describe(&work_dir()),
        seconds: plan.seconds,
        runs: plan.runs,
        rows: rows.context("a report without its figures")?,
        files: files.context("a report of files without its figures")?,
    };
    let cells = CELLS.len() + FILES.len();
    if args.quick {
        print!("{}", table::render(&probes));
        println!("bench: {cells} probe cells, nothing written");
        return Ok(());
    }
    if let Some(folder) = path().parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path(), serde_json::to_string_pretty(&probes)? + "\n")?;
    println!("bench: {cells} probe cells, wrote {}", path().display());
    Ok(())
}

/// What the disk stores now, in MB/s: a log alone, as the first table of the probes has it. Disks of virtual machines are
/// three times as fast on one day as on another, so it is kept with every cell. A disk that takes no direct writes is not
/// looked at.
pub fn disk_mb_per_s(binaries: &Binaries, plan: super::run::Plan) -> Option<f64> {
    let look = || {
        let dir = work_dir().join("disk");
        std::fs::create_dir_all(&dir)?;
        let report = once(&log("direct", 8, 64 * KIB), binaries, &dir, DISK_PLAN);
        std::fs::remove_dir_all(&dir)?;
        report?.pointer("/mb_per_s").and_then(Value::as_f64).context("a report without its figures")
    };
    match plan.looks.then(look)? {
        Ok(speed) => {
            println!("the disk stores {} MB/s of a log alone", number(speed));
            Some(speed)
        }
        Err(error) => {
            println!("the disk was not looked at: {error:#}");
            None
        }
    }
}

fn once(cell: &Cell, binaries: &Binaries, dir: &Path, plan: Plan) -> anyhow::Result<Value> {
    let Cell { mode, clients, bytes, load } = *cell;
    let phases = format!("--warm-up {} --seconds {}", plan.warm_up, plan.seconds);
    let task = match load {
        Load::Threads { blocks } => {
            let file = dir.join(blocks).display().to_string();
            let arguments = format!(
                "ceiling-log --file {file} --mode {mode} --blocks {blocks} --clients {clients} --bytes {bytes} {phases}"
            );
            return binaries.generate(&split(&arguments));
        }
        Load::Open { rate } => format!("ceiling-open-loop --rate {rate}"),
        Load::Closed { depth } => format!("produce --probe --depth {depth}"),
    };
    let probe = Contestant::probe(binaries, mode, dir)?;
    // A batch of one record is as large as its record and its head.
    let shape = format!("--record-bytes {} --batch-bytes 1 --connections {clients}", bytes - 80);
    let (address, pid) = (probe.address(), probe.pid());
    let report =
        binaries.generate(&split(&format!("{task} --broker {address} --pid {pid} {shape} {phases}")));
    probe.stop()?;
    report
}

fn split(arguments: &str) -> Vec<String> {
    arguments.split(' ').map(str::to_owned).collect()
}

fn said(report: &Value) -> String {
    let of = |pointer: &str| number(report.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN));
    format!(
        "{} MB/s, {} requests/s, {} syncs/s, p50 {} µs, p99 {} µs, p99.9 {} µs",
        of("/mb_per_s"),
        of("/requests_per_s"),
        of("/syncs_per_s"),
        of("/ack_us/p50"),
        of("/ack_us/p99"),
        of("/ack_us/p999")
    )
}

fn of(reports: &[Value], pointer: &str) -> Option<Spread> {
    Spread::of(reports.iter().filter_map(|report| report.pointer(pointer)?.as_f64()).collect())
}

fn row(cell: &Cell, reports: &[Value]) -> Option<Row> {
    Some(Row {
        what: cell.what(),
        mode: cell.mode.to_owned(),
        load: cell.load(),
        requests_per_s: of(reports, "/requests_per_s")?,
        mb_per_s: of(reports, "/mb_per_s")?,
        syncs_per_s: of(reports, "/syncs_per_s")?,
        p50_us: of(reports, "/ack_us/p50")?,
        p99_us: of(reports, "/ack_us/p99")?,
        p999_us: of(reports, "/ack_us/p999")?,
        others_share_max: of(reports, "/cost/others_share")?.max,
    })
}

fn files_row(files: u32, reports: &[Value]) -> Option<FilesRow> {
    Some(FilesRow {
        files,
        fdatasync_each_ms: of(reports, "/fdatasync_each_ms")?,
        syncfs_ms: of(reports, "/syncfs_ms")?,
        one_write_ms: of(reports, "/one_write_ms")?,
    })
}

impl Cell {
    fn what(&self) -> String {
        match self.load {
            Load::Threads { blocks: WRITTEN } => "log alone".to_owned(),
            Load::Threads { blocks } => format!("log alone, {blocks} file"),
            Load::Closed { .. } => "TCP, checksum, log".to_owned(),
            Load::Open { .. } => "TCP, checksum, log, open loop".to_owned(),
        }
    }

    fn load(&self) -> String {
        let bytes = if self.bytes >= MIB {
            format!("{} MiB", self.bytes / MIB)
        } else {
            format!("{} KiB", self.bytes / KIB)
        };
        let clients = self.clients;
        match self.load {
            Load::Threads { .. } => format!("{clients} clients × {bytes}"),
            Load::Closed { depth } => format!("{clients} connections × {bytes} × {depth} in flight"),
            Load::Open { rate } => {
                format!("{} × {bytes} a second over {clients} connections", number(f64::from(rate)))
            }
        }
    }
}
