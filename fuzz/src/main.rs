//! `hence-fuzz`: the targets over their corpus and mutations of it, within a bound of time. `cargo xtask fuzz` calls it.
//!
//! Prints one line per target and one that counts; exits with 1 when something was found.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what was found is the output")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use clap::Parser;
use hence_fuzz::allocation::Watched;
use hence_fuzz::runner::{self, Outcome};
use hence_fuzz::targets::{TARGETS, Target};

#[global_allocator]
static ALLOCATOR: Watched = Watched;

#[derive(Parser)]
#[command(about = "Runs the fuzz targets over their corpus and mutations of it")]
struct Args {
    /// Seconds for all targets together
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Where the mutations start
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run only this target
    #[arg(long)]
    target: Option<String>,
    /// Run this one input through `--target` and nothing else
    #[arg(long, requires = "target", value_name = "FILE")]
    replay: Option<PathBuf>,
    /// The folder with a corpus per target
    #[arg(long, default_value = "fuzz/corpus")]
    corpus: PathBuf,
    /// Where the inputs of findings are written
    #[arg(long, default_value = "fuzz/findings")]
    findings: PathBuf,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing was found.
fn run(args: &Args) -> anyhow::Result<bool> {
    let asked = |target: &&Target| args.target.as_ref().is_none_or(|name| name == target.name);
    let chosen: Vec<&Target> = TARGETS.iter().filter(asked).collect();
    let names = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    ensure!(!chosen.is_empty(), "there is no such target; the targets are: {}", names());
    let time = Duration::from_secs(args.seconds) / chosen.len() as u32;
    let (mut execs, mut findings) = (0, 0);
    for target in &chosen {
        let outcome = match &args.replay {
            Some(input) => replay(target, input)?,
            None => runner::run(target, &runner::corpus_of(target, &args.corpus)?, args.seed, time),
        };
        execs += outcome.execs;
        findings += usize::from(outcome.finding.is_some());
        report(target, &outcome, args)?;
    }
    println!("fuzz: {} targets, {execs} execs, {findings} findings", chosen.len());
    Ok(findings == 0)
}

fn replay(target: &Target, input: &PathBuf) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    outcome.take(target, &std::fs::read(input)?);
    Ok(outcome)
}

fn report(target: &Target, outcome: &Outcome, args: &Args) -> anyhow::Result<()> {
    let Target { name, .. } = target;
    let Outcome { execs, largest_bytes, finding } = outcome;
    println!("fuzz: {name}: {execs} execs, largest allocation {largest_bytes} bytes, seed {}", args.seed);
    let Some(finding) = finding else { return Ok(()) };
    println!("fuzz: {name}: {} at exec {execs}", finding.what);
    if args.replay.is_none() {
        std::fs::create_dir_all(&args.findings)?;
        let path = args.findings.join(format!("{name}-{}-{execs}", args.seed));
        std::fs::write(&path, &finding.input)?;
        println!("fuzz: → cargo xtask fuzz --target {name} --replay {}", path.display());
    }
    Ok(())
}
