//! The ceiling probes: what disk, sockets and threads allow here when there is no broker between them.
//!
//! Probe 1 is one thread that writes what many clients submit, probe 2 puts TCP and a checksum before it. Cells alternate
//! with each other over the runs; medians are kept in `bench/results/probes.json`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::binaries::Binaries;
use super::contestant::{Contestant, work_dir};
use super::machine;
use super::results::Spread;
use super::run::words;
use super::tables::{number, spread};
use crate::peer;

const WARM_UP_S: &str = "1";

#[derive(clap::Args)]
pub struct Args {
    /// Runs of each cell
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Seconds that are counted
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// This generator instead of a release build of the tree
    #[arg(long, value_name = "PATH")]
    generator: Option<PathBuf>,
}

/// One cell of a probe.
struct Cell {
    what: &'static str,
    mode: &'static str,
    /// Clients of probe 1, connections of probe 2.
    clients: u32,
    bytes: u32,
    /// Requests in flight on a connection; 0 is probe 1.
    depth: u32,
}

const fn log(mode: &'static str, clients: u32, bytes: u32) -> Cell {
    Cell { what: "log alone", mode, clients, bytes, depth: 0 }
}

const fn sockets(mode: &'static str, clients: u32, bytes: u32, depth: u32) -> Cell {
    Cell { what: "TCP, checksum, log", mode, clients, bytes, depth }
}

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
    log("buffered", 8, 64 * KIB),
    sockets("direct", 2, MIB, 4),
    sockets("direct", 4, 64 * KIB, 8),
    sockets("direct", 8, 16 * KIB, 8),
    sockets("direct", 16, KIB, 16),
    sockets("none", 4, 64 * KIB, 8),
    sockets("none", 16, KIB, 16),
];

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Probes {
    commit: String,
    date: String,
    machine: Value,
    seconds: f64,
    runs: u32,
    rows: Vec<Row>,
}

/// One cell's medians.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    what: String,
    mode: String,
    load: String,
    requests_per_s: Spread,
    mb_per_s: Spread,
    p50_us: Spread,
    p99_us: Spread,
    others_share_max: f64,
}

fn path() -> PathBuf {
    peer::root().join("bench/results/probes.json")
}

/// Runs every cell and writes the file.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let binaries = Binaries::generator_only(args.generator.as_deref())?;
    let dir = work_dir().join("probe-log");
    std::fs::create_dir_all(&dir)?;
    let mut reports: Vec<Vec<Value>> = CELLS.iter().map(|_| Vec::new()).collect();
    for n in 1..=args.runs {
        for (cell, reports) in CELLS.iter().zip(&mut reports) {
            let report = once(cell, &binaries, &dir, args.seconds)?;
            println!(
                "probe run {n}/{}: {}, {}, {}: {}",
                args.runs,
                cell.what,
                cell.mode,
                cell.load(),
                said(&report)
            );
            reports.push(report);
        }
    }
    std::fs::remove_dir_all(&dir)?;
    let rows = CELLS.iter().zip(&reports).map(|(cell, reports)| row(cell, reports)).collect::<Option<_>>();
    let probes = Probes {
        commit: binaries.commit.clone(),
        date: machine::today(),
        machine: machine::describe(&work_dir()),
        seconds: args.seconds,
        runs: args.runs,
        rows: rows.context("a report without its figures")?,
    };
    if let Some(folder) = path().parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path(), serde_json::to_string_pretty(&probes)? + "\n")?;
    println!("bench: {} probe cells, wrote {}", CELLS.len(), path().display());
    Ok(())
}

fn once(cell: &Cell, binaries: &Binaries, dir: &Path, seconds: f64) -> anyhow::Result<Value> {
    let (clients, bytes, seconds) = (cell.clients.to_string(), cell.bytes.to_string(), seconds.to_string());
    let mode = cell.mode;
    if cell.depth == 0 {
        let file = dir.join("ring").display().to_string();
        return binaries.generate(&words(&[
            "ceiling-log",
            "--file",
            &file,
            "--mode",
            mode,
            "--clients",
            &clients,
            "--bytes",
            &bytes,
            "--warm-up",
            WARM_UP_S,
            "--seconds",
            &seconds,
        ]));
    }
    let probe = Contestant::probe(binaries, mode)?;
    let (address, pid, depth) = (probe.address(), probe.pid().to_string(), cell.depth.to_string());
    // A batch of one record is as large as its record and its head.
    let record = (cell.bytes - 80).to_string();
    let report = binaries.generate(&words(&[
        "produce",
        "--probe",
        "--broker",
        &address,
        "--pid",
        &pid,
        "--connections",
        &clients,
        "--depth",
        &depth,
        "--record-bytes",
        &record,
        "--batch-bytes",
        "1",
        "--warm-up",
        WARM_UP_S,
        "--seconds",
        &seconds,
    ]))?;
    probe.stop()?;
    Ok(report)
}

fn said(report: &Value) -> String {
    let of = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN);
    format!(
        "{} MB/s, {} requests/s, p50 {} µs, p99 {} µs",
        number(of("/mb_per_s")),
        number(of("/requests_per_s")),
        number(of("/ack_us/p50")),
        number(of("/ack_us/p99"))
    )
}

fn row(cell: &Cell, reports: &[Value]) -> Option<Row> {
    let of = |pointer: &str| {
        Spread::of(reports.iter().filter_map(|report| report.pointer(pointer)?.as_f64()).collect())
    };
    Some(Row {
        what: cell.what.to_owned(),
        mode: cell.mode.to_owned(),
        load: cell.load(),
        requests_per_s: of("/requests_per_s")?,
        mb_per_s: of("/mb_per_s")?,
        p50_us: of("/ack_us/p50")?,
        p99_us: of("/ack_us/p99")?,
        others_share_max: of("/cost/others_share")?.max,
    })
}

impl Cell {
    fn load(&self) -> String {
        let bytes = if self.bytes >= MIB {
            format!("{} MiB", self.bytes / MIB)
        } else {
            format!("{} KiB", self.bytes / KIB)
        };
        match self.depth {
            0 => format!("{} clients × {bytes}", self.clients),
            depth => format!("{} connections × {bytes} × {depth} in flight", self.clients),
        }
    }
}

/// The table of the probes; nothing when they were not run.
pub fn table() -> anyhow::Result<String> {
    let text = match std::fs::read_to_string(path()) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(error).context("bench/results/probes.json"),
    };
    let probes: Probes = serde_json::from_str(&text).context("bench/results/probes.json")?;
    let mut out = String::from(
        "**What this disk and these sockets allow without a broker** (`direct`: durable with O_DIRECT and O_DSYNC; \
         `buffered`: fdatasync; `none`: no disk)\n\n\
         | what | disk | load | requests/s | MB/s | p50, µs | p99, µs |\n|---|---|---|---:|---:|---:|---:|\n",
    );
    for row in &probes.rows {
        let Row { what, mode, load, .. } = row;
        let _ = writeln!(
            out,
            "| {what} | {mode} | {load} | {} | {} | {} | {} |",
            spread(&row.requests_per_s),
            spread(&row.mb_per_s),
            number(row.p50_us.median),
            number(row.p99_us.median)
        );
    }
    let others = probes.rows.iter().map(|row| row.others_share_max).fold(0.0, f64::max);
    let _ = write!(
        out,
        "\nMedians (min–max) of {} runs of {} s; others took at most {:.0} % of the processors; commit {}, {}; `cargo xtask \
         bench probes`.\n",
        probes.runs,
        number(probes.seconds),
        others * 100.0,
        probes.commit,
        probes.date
    );
    Ok(out)
}
