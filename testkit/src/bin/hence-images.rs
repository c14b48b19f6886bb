//! Crash images of a broker with real clients: `hence-images --images N [--start S] [--planted] CLIENTS…`, where CLIENTS is a
//! command that is given the broker's address. `cargo xtask images` builds it and says which clients.
//!
//! Always: a broken promise is told with the image that shows it; the last line counts. Exit code 1: something is wrong, or a
//! hard path was never taken.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what was found is the output")]

use std::process::ExitCode;

use hence_testkit::command;
use hence_testkit::images::Spread;
use hence_testkit::images::served::{Broken, Counts, examine, record};
use hence_testkit::model::Violation;
use hence_testkit::sim::Durability;

struct Args {
    images: u64,
    start: u64,
    planted: bool,
    clients: Vec<String>,
}

fn main() -> ExitCode {
    let args = match args() {
        Ok(args) => args,
        Err(wrong) => {
            eprintln!("error: {wrong}");
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime did not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let good =
        runtime.block_on(async { if args.planted { planted(&args).await } else { images(&args).await } });
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn args() -> Result<Args, String> {
    let mut args = Args { images: 100, start: 1, planted: false, clients: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || command::number(&word, &mut words);
        match word.as_str() {
            "--images" => args.images = number()?,
            "--start" => args.start = number()?,
            "--planted" => args.planted = true,
            _ => {
                args.clients = std::iter::once(word).chain(words).collect();
                return Ok(args);
            }
        }
    }
    Err("it is not said who the clients are".to_owned())
}

/// Records runs of every mode and opens what crashes could have left of them.
async fn images(args: &Args) -> bool {
    let spread = Spread::of(args.images);
    println!("images: {} of {} recordings", args.images, spread.recordings);
    let (mut counts, mut wrong) = (Counts::default(), 0);
    for (number, seed) in (0..spread.recordings).zip(args.start..) {
        let durability = Spread::durability(seed);
        match images_of(durability, seed, spread.share(number), &args.clients).await {
            Ok(counted) => counts += counted,
            Err(failed) => {
                println!("images: {durability:?}: {}", failed.told());
                wrong += 1;
            }
        }
    }
    let named = counts.named();
    command::tell("images", &named);
    let zeros = command::tell_zeros("images", &named);
    println!("images: {} opened, {wrong} recordings wrong, {zeros} paths never taken", counts.images);
    wrong == 0 && zeros == 0
}

/// Why a recording was not well.
enum Failed {
    /// It could not be made.
    Recording(Violation),
    /// An image of it broke a promise.
    Image(Broken),
}

impl Failed {
    /// What a person is told, with where the image is.
    fn told(&self) -> String {
        match self {
            Self::Recording(violation) => violation.to_string(),
            Self::Image(broken) => match broken.keep() {
                Ok(path) => format!("{}\n     → the image is in {}", broken.violation, path.display()),
                Err(error) => format!("{}; the image cannot be kept: {error}", broken.violation),
            },
        }
    }
}

async fn images_of(
    durability: Durability,
    seed: u64,
    images: u64,
    clients: &[String],
) -> Result<Counts, Failed> {
    let recording = record(durability, clients).await.map_err(Failed::Recording)?;
    println!("images: {}", recording.describe());
    examine(&recording, seed, images).await.map_err(Failed::Image)
}

/// Plants each bug in a broker, and in what opens its images, and sees that one shows it.
#[cfg(feature = "planted")]
async fn planted(args: &Args) -> bool {
    use hence_journal::planted::{Bug, plant_everywhere};

    // Those that a run of seconds shows. The simulation finds all but those that need threads.
    const BUGS: &[(Bug, Durability)] = &[
        (Bug::AcknowledgedBeforeDurable, Durability::Direct),
        (Bug::ToldOutOfOrder, Durability::Direct),
        (Bug::SyncForgotten, Durability::Buffered),
        (Bug::NamesNotSynced, Durability::Direct),
        (Bug::StagedForgotten, Durability::Staged),
        (Bug::LossyCalledComplete, Durability::Os),
        (Bug::CloseWithoutSync, Durability::Os),
        (Bug::RecycledWhileRead, Durability::Direct),
        (Bug::MovedNotSynced, Durability::Buffered),
        (Bug::ChecksumNotChecked, Durability::Direct),
    ];
    let mut found = 0;
    for (bug, durability) in BUGS {
        plant_everywhere(Some(*bug));
        let ran = images_of(*durability, args.start, args.images, &args.clients).await;
        plant_everywhere(None);
        match ran {
            Err(Failed::Image(Broken { violation, .. })) => {
                println!("images: {bug:?} found: {violation}");
                found += 1;
            }
            Err(Failed::Recording(violation)) => println!("images: {bug:?} was not recorded: {violation}"),
            Ok(_) => println!("images: {bug:?} NOT found in {} images", args.images),
        }
    }
    println!("images: {found} of {} planted bugs found within {} images each", BUGS.len(), args.images);
    found == BUGS.len()
}

#[cfg(not(feature = "planted"))]
#[expect(clippy::unused_async, reason = "the one with bugs waits")]
async fn planted(_args: &Args) -> bool {
    println!("images: built without planted bugs: use cargo xtask images --planted");
    false
}
