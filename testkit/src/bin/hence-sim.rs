//! Runs seeds of the simulation: `hence-sim --seeds N [--start S] | --replay SEED | --planted | --images N`.
//! `cargo xtask sim` builds it optimised and passes the arguments on.
//!
//! Always: a failing seed is printed with the command that replays it; the last line counts. Exit code 1: something is
//! wrong, or a hard path was never taken.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what was found is the output")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hence_testkit::command;
use hence_testkit::images::{self, ImageCounts, Spread};
use hence_testkit::sim::{self, Counts, Durability, Ran};
use parking_lot::Mutex;

/// One seed in so many is run twice.
const TWICE_EVERY: u64 = 16;
const HOUSE_EVERY: u64 = 4;
/// A seed takes a fraction of a second: one that takes so many does not end.
const SEED_SECONDS_MAX: u64 = 60;
const FAILURES_SHOWN_MAX: usize = 5;
const COMMITS_PER_RECORDING: u64 = 900;

struct Args {
    seeds: u64,
    start: u64,
    replay: Option<u64>,
    planted: bool,
    images: Option<u64>,
    threads: u64,
}

fn main() -> ExitCode {
    let args = match args() {
        Ok(args) => args,
        Err(wrong) => {
            eprintln!("error: {wrong}");
            return ExitCode::from(2);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("watch".to_owned()).spawn(watch) {
        eprintln!("error: no thread watches over the seeds: {error}");
        return ExitCode::FAILURE;
    }
    std::panic::set_hook(Box::new(|panic| LAST_PANIC.set(panic.to_string().replace('\n', " "))));
    let good = match args.replay {
        Some(seed) => replay(seed),
        None if args.planted => planted(&args),
        None => args.images.map_or_else(|| seeds(&args), |images| crash_images(&args, images)),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn args() -> Result<Args, String> {
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let mut args = Args { seeds: 200, start: 1, replay: None, planted: false, images: None, threads };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || command::number(&word, &mut words);
        match word.as_str() {
            "--seeds" => args.seeds = number()?,
            "--start" => args.start = number()?,
            "--threads" => args.threads = number()?.max(1),
            "--replay" => args.replay = Some(number()?),
            "--images" => args.images = Some(number()?),
            "--planted" => args.planted = true,
            _ => return Err(format!("{word} is no argument")),
        }
    }
    Ok(args)
}

thread_local! {
    static DIARY: std::cell::Cell<Vec<String>> = const { std::cell::Cell::new(Vec::new()) };
    static LAST_PANIC: std::cell::Cell<String> = const { std::cell::Cell::new(String::new()) };
}

/// Seeds under way, with the seconds that each has taken.
static UNDER_WAY: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());

/// Ends the process, loudly, when a seed does not end: a loop without an end is a finding, and it eats the machine.
fn watch() {
    loop {
        std::thread::park_timeout(std::time::Duration::from_secs(1));
        for (seed, seconds) in UNDER_WAY.lock().iter_mut() {
            *seconds += 1;
            if *seconds > SEED_SECONDS_MAX {
                println!("sim: seed {seed} does not end");
                std::process::exit(1);
            }
        }
    }
}

/// Runs one seed; a panic is a broken promise too.
fn run(seed: u64) -> Result<Ran, String> {
    // One seed in four runs the core on top.
    let run = if seed.is_multiple_of(HOUSE_EVERY) { sim::house::run } else { sim::run };
    UNDER_WAY.lock().push((seed, 0));
    let ran = std::panic::catch_unwind(|| run(seed));
    UNDER_WAY.lock().retain(|(other, _)| *other != seed);
    match ran {
        Ok(Ok(ran)) => Ok(ran),
        Ok(Err(failed)) => {
            DIARY.set(failed.diary.clone());
            Err(failed.to_string())
        }
        Err(_) => Err(format!("seed {seed}: {}", LAST_PANIC.take())),
    }
}

fn replay(seed: u64) -> bool {
    let (once, twice) = (run(seed), run(seed));
    if once != twice {
        println!("sim: seed {seed} is not the same twice: {once:?} and {twice:?}");
        return false;
    }
    match once {
        Ok(ran) => {
            command::tell("sim", &ran.counts.named());
            println!("sim: seed {seed} holds, the same twice, trace {:016x}", ran.trace);
            true
        }
        Err(failed) => {
            DIARY.take().iter().for_each(|line| println!("    {line}"));
            println!("sim: {failed}");
            false
        }
    }
}

/// Calls `each` for seed after seed on all threads until it says that it is enough.
fn on_all_threads(args: &Args, each: impl Fn(u64) -> bool + Sync) {
    let next = AtomicU64::new(args.start);
    let enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..args.threads {
            scope.spawn(|| {
                while !enough.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= args.start + args.seeds {
                        return;
                    }
                    if !each(seed) {
                        enough.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
}

fn seeds(args: &Args) -> bool {
    let sum = Mutex::new((Counts::default(), 0_u64));
    let failures: Mutex<BTreeMap<u64, String>> = Mutex::default();
    println!("sim: {} seeds from {} on {} threads", args.seeds, args.start, args.threads);
    on_all_threads(args, |seed| {
        let ran = run(seed);
        let again = (seed - args.start).is_multiple_of(TWICE_EVERY).then(|| run(seed));
        let failed = match (&ran, &again) {
            (Ok(_), Some(again)) if ran != *again => Some(format!("seed {seed} is not the same twice")),
            (Ok(_), _) => None,
            (Err(failed), _) => Some(failed.clone()),
        };
        if let Some(failed) = failed {
            println!("sim: {failed}\n     → cargo xtask sim --replay {seed}");
            failures.lock().insert(seed, failed);
        }
        let mut sum = sum.lock();
        sum.1 += 1;
        if let Ok(ran) = ran {
            sum.0 += ran.counts;
        }
        if sum.1.is_multiple_of((args.seeds / 10).max(1)) {
            println!("sim: {} of {} seeds", sum.1, args.seeds);
        }
        failures.lock().len() < FAILURES_SHOWN_MAX
    });
    let ((counts, done), failures) = (sum.into_inner(), failures.into_inner());
    command::tell("sim", &counts.named());
    let zeros = command::tell_zeros("sim", &counts.named());
    println!("sim: {done} seeds, {} failed, {zeros} paths never taken", failures.len());
    failures.is_empty() && zeros == 0
}

/// Records runs of every mode and opens what power cuts could have left of them.
fn crash_images(args: &Args, images: u64) -> bool {
    let spread = Spread::of(images);
    println!("images: {images} of {} recordings", spread.recordings);
    let sum = Mutex::new(ImageCounts::default());
    let failures = AtomicU64::new(0);
    let recordings_of = Args { seeds: spread.recordings, ..*args };
    on_all_threads(&recordings_of, |seed| {
        let durability = Spread::durability(seed);
        match crash_images_of(seed, durability, spread.share(seed - args.start)) {
            Ok(counts) => *sum.lock() += counts,
            Err(violation) => {
                println!(
                    "images: {durability:?}: {violation}\n     → cargo xtask sim --images {images} --start {}",
                    args.start
                );
                failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        true
    });
    let (counts, failures) = (sum.into_inner(), failures.into_inner());
    command::tell("images", &counts.named());
    let zeros = command::tell_zeros("images", &counts.named());
    println!("images: {} opened, {failures} recordings failed", counts.images);
    failures == 0 && zeros == 0
}

fn crash_images_of(seed: u64, durability: Durability, images: u64) -> Result<ImageCounts, String> {
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    let recording = images::record(dir.path(), seed, durability, COMMITS_PER_RECORDING);
    let recording = recording.map_err(|violation| format!("recording of seed {seed}: {violation}"))?;
    images::examine(&recording, seed, images).map_err(|violation| violation.to_string())
}

/// Plants each bug and looks for a seed that finds it.
#[cfg(feature = "planted")]
fn planted(args: &Args) -> bool {
    use hence_journal::planted::{Bug, plant};

    // A second block is on its way only where threads write: images of a broker show that.
    let bugs: Vec<_> = Bug::ALL.iter().filter(|bug| **bug != Bug::ToldOutOfOrder).collect();
    let mut missed = Vec::new();
    for bug in &bugs {
        let found: Mutex<Option<(u64, String)>> = Mutex::default();
        on_all_threads(args, |seed| {
            plant(Some(**bug));
            let ran = run(seed);
            plant(None);
            if let Err(failed) = ran {
                let mut found = found.lock();
                if found.as_ref().is_none_or(|(first, _)| seed < *first) {
                    *found = Some((seed, failed));
                }
                return false;
            }
            found.lock().is_none()
        });
        match found.into_inner() {
            Some((seed, failed)) => {
                let short: String = failed.chars().take(160).collect();
                println!("sim: {bug:?} found after {} seeds: {short}", seed + 1 - args.start);
            }
            None => {
                println!("sim: {bug:?} NOT found within {} seeds", args.seeds);
                missed.push(bug);
            }
        }
    }
    let all = bugs.len();
    println!("sim: {} of {all} planted bugs found within {} seeds each", all - missed.len(), args.seeds);
    missed.is_empty()
}

#[cfg(not(feature = "planted"))]
fn planted(_args: &Args) -> bool {
    println!("sim: built without planted bugs: use cargo xtask sim --planted");
    false
}
