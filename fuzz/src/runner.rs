//! Runs targets over their corpus and over mutations of it until the time is up, on stable Rust.
//!
//! A finding stops its target: the input is written beside the corpus, with the command that replays it. The bound on
//! one allocation grows with the input, since a decoder may hold what it was sent and not what it was told.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::allocation;
use crate::mutation::{Random, mutate};
use crate::targets::Target;

/// Beyond what the target takes for any input, this many bytes per byte of input: decoded structs are wider than their encoding.
const ALLOCATION_PER_INPUT_BYTE: usize = 256;
/// One input may take at most this long, in an unoptimised build on a busy machine.
const INPUT_TIME_MAX: Duration = Duration::from_secs(5);

/// What a run of one target showed.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Inputs run, the corpus included.
    pub execs: u64,
    /// The largest single allocation that any of them caused.
    pub largest_bytes: usize,
    /// What was found, if anything; the target stops there.
    pub finding: Option<Finding>,
}

/// An input that a target did not take well.
#[derive(Debug)]
pub struct Finding {
    /// What happened.
    pub what: String,
    /// The input.
    pub input: Vec<u8>,
}

/// The committed inputs of `target` under `corpus`, in order of name.
pub fn corpus_of(target: &Target, corpus: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let folder = corpus.join(target.name);
    let entries = std::fs::read_dir(&folder).with_context(|| format!("the corpus {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    ensure!(!paths.is_empty(), "the corpus {} is empty", folder.display());
    paths.iter().map(|path| std::fs::read(path).with_context(|| path.display().to_string())).collect()
}

/// Runs the corpus as it is, then mutations of it until `time` is over.
pub fn run(target: &Target, corpus: &[Vec<u8>], seed: u64, time: Duration) -> Outcome {
    let until = now() + time;
    let mut outcome = Outcome::default();
    for input in corpus {
        if outcome.finding.is_none() {
            outcome.take(target, input);
        }
    }
    let mut random = Random::new(seed, target.name);
    let mut input = Vec::new();
    while outcome.finding.is_none() && now() < until {
        mutate(corpus, &mut random, &mut input);
        outcome.take(target, &input);
    }
    outcome
}

impl Outcome {
    /// Runs one input and judges it.
    pub fn take(&mut self, target: &Target, input: &[u8]) {
        let started = now();
        allocation::take_largest();
        let panicked = catch_unwind(|| (target.run)(input)).is_err();
        let largest = allocation::take_largest();
        let took = started.elapsed();
        self.execs += 1;
        self.largest_bytes = self.largest_bytes.max(largest);
        let bound = target.allocation_bytes + ALLOCATION_PER_INPUT_BYTE * input.len();
        let what = if panicked {
            "panicked".to_owned()
        } else if largest > bound {
            format!("asked for {largest} bytes at once for an input of {} (at most {bound})", input.len())
        } else if took > INPUT_TIME_MAX {
            format!("took {} ms", took.as_millis())
        } else {
            return;
        };
        self.finding = Some(Finding { what, input: input.to_vec() });
    }
}

#[allow(clippy::disallowed_methods, reason = "a run is bounded by time")]
fn now() -> Instant {
    Instant::now()
}
