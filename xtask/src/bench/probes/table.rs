//! The tables of the probes, from their file and from nothing else.
//!
//! A file that lacks what is shown today is refused: it was written by an older form of the probes.

use std::fmt::Write;

use anyhow::Context;

use super::super::tables::{number, spread};
use super::{FilesRow, Probes, Row, path};

/// The tables of the committed file; nothing when they were not run.
pub fn table() -> anyhow::Result<String> {
    let text = match std::fs::read_to_string(path()) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(error).context("bench/results/probes.json"),
    };
    Ok(render(&serde_json::from_str(&text).context("bench/results/probes.json: run the probes anew")?))
}

/// The tables of these medians.
pub fn render(probes: &Probes) -> String {
    let mut out = String::from(
        "**What this disk and these sockets allow without a broker** (`direct`: durable with O_DIRECT and O_DSYNC; \
         `buffered`: fdatasync; `none`: no disk)\n\n\
         | what | disk | load | requests/s | MB/s | syncs/s | p50, µs | p99, µs | p99.9, µs |\n\
         |---|---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for row in &probes.rows {
        let Row { what, mode, load, .. } = row;
        let syncs = if mode == "none" { "–".to_owned() } else { number(row.syncs_per_s.median) };
        let _ = writeln!(
            out,
            "| {what} | {mode} | {load} | {} | {} | {syncs} | {} | {} | {} |",
            spread(&row.requests_per_s),
            spread(&row.mb_per_s),
            number(row.p50_us.median),
            number(row.p99_us.median),
            number(row.p999_us.median)
        );
    }
    out.push_str(
        "\n**4 KiB at the end of each of many files, made durable**\n\n\
         | files | one fdatasync after another, ms | one syncfs, ms | the same bytes in one file, ms |\n|---:|---:|---:|---:|\n",
    );
    for FilesRow { files, fdatasync_each_ms, syncfs_ms, one_write_ms } in &probes.files {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            number(f64::from(*files)),
            spread(fdatasync_each_ms),
            spread(syncfs_ms),
            spread(one_write_ms)
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
    out
}
