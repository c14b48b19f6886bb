//! Probe 3: many dirty files and one round of syncs, against one write of the same bytes to one file.
//!
//! Each file gets 4 KiB at its end, then all are made durable: one `fdatasync` after another, or one `syncfs`, which syncs
//! what others have dirtied too. The argument against a file for each partition. Left out: syncs in flight through io_uring,
//! for which no crate of the house is there; they were about half of one after another where they were measured.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::clock;

const BYTES_PER_FILE: usize = 4096;
/// Descriptors beside the files.
const OTHER_FILES: u64 = 100;

#[derive(clap::Args)]
pub struct Args {
    /// A directory on the disk to measure; the files are removed from it
    #[arg(long)]
    dir: PathBuf,
    /// Files
    #[arg(long, default_value_t = 1_000)]
    files: u32,
}

/// Milliseconds of one round of each kind.
pub fn run(args: &Args) -> anyhow::Result<String> {
    raise_files_limit(u64::from(args.files) + OTHER_FILES)?;
    let dir = args.dir.join("many");
    std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    let paths: Vec<_> = (0..args.files).map(|n| dir.join(n.to_string())).collect();
    let mut files = paths.iter().map(append).collect::<anyhow::Result<Vec<_>>>()?;
    let mut one = append(&dir.join("one"))?;
    dirty(&mut files)?;
    // What making them has dirtied is nobody's.
    rustix::fs::syncfs(&one)?;
    dirty(&mut files)?;
    let each = timed(|| files.iter().try_for_each(File::sync_data))?;
    dirty(&mut files)?;
    let together = timed(|| Ok(rustix::fs::syncfs(&one)?))?;
    let bytes = vec![0; BYTES_PER_FILE * files.len()];
    let one_write = timed(|| one.write_all(&bytes).and_then(|()| one.sync_data()))?;
    drop(files);
    std::fs::remove_dir_all(&dir)?;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let report = serde_json::json!({
        "files": args.files,
        "fdatasync_each_ms": ms(each),
        "syncfs_ms": ms(together),
        "one_write_ms": ms(one_write),
    });
    Ok(report.to_string())
}

fn append(path: &PathBuf) -> anyhow::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.with_context(|| path.display().to_string())
}

fn dirty(files: &mut [File]) -> std::io::Result<()> {
    let bytes = [0; BYTES_PER_FILE];
    files.iter_mut().try_for_each(|file| file.write_all(&bytes))
}

fn timed(work: impl FnOnce() -> std::io::Result<()>) -> anyhow::Result<Duration> {
    let started: Instant = clock::now();
    work()?;
    Ok(started.elapsed())
}

fn raise_files_limit(wanted: u64) -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
        setrlimit(Resource::Nofile, raised)
            .with_context(|| format!("{wanted} open files are not allowed here"))?;
    }
    Ok(())
}
