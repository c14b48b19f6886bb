//! `cargo xtask kill`: a loaded broker is ended with SIGKILL at random moments and started again on its directory.
//!
//! Two idempotent producers and a group's consumer (librdkafka's, from Python) live through all kills of a run; at its end
//! every acknowledged record must be there exactly once, at its offset and in order, and nothing that was read may have
//! changed. No record may be refused: the producers wait for longer than any run takes. Both durability modes and both ways of
//! writing get their share of the rounds. A seed repeats the moments.

mod broker;
mod check;
mod clients;

#[cfg(test)]
mod tests;

use std::hash::{BuildHasher as _, Hasher as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::compat::{Client, hence_binary};
use crate::peer::{self, now, pause};

pub use broker::Running;
pub use check::check;
pub use clients::Clients;

use broker::{Kind, Mode};
use check::Verdict;
use clients::Journal;

const PARTITIONS: u32 = 3;
/// What is asked for and what the broker then says of itself: under `os` direct writing is staged, which is what it chooses
/// by itself where it can.
const MODES: [Mode; 4] = [
    Mode { durability: "fsync", io: "direct", says: "direct" },
    Mode { durability: "fsync", io: "buffered", says: "buffered" },
    Mode { durability: "os", io: "direct", says: "staged" },
    Mode { durability: "os", io: "buffered", says: "buffered" },
];
/// The broker lives at most this long in a round.
const LIFE_MS_MAX: u64 = 2_200;
/// One start in this many is killed before it is done.
const EARLY_KILLS: u64 = 6;
/// In which an early kill falls.
const EARLY_MS_MAX: u64 = 60;

/// Arguments of `cargo xtask kill`.
#[derive(clap::Args)]
pub struct Args {
    /// Kills in all
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Repeats the moments of a run
    #[arg(long)]
    seed: Option<u64>,
    /// Only this durability: `fsync` or `os`
    #[arg(long, value_name = "MODE")]
    durability: Option<String>,
    /// Only this way of writing: `direct` or `buffered`
    #[arg(long, value_name = "IO")]
    io: Option<String>,
    /// Kill real Kafka instead, to try this task itself
    #[arg(long)]
    kafka: bool,
    /// The binary of Hence; built when absent
    #[arg(long, value_name = "PATH")]
    hence: Option<PathBuf>,
}

/// A seed that nobody chose; it is printed, so that its run can be had again.
#[allow(clippy::disallowed_methods, reason = "chance begins here")]
fn any_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish() >> 16
}

/// Runs the rounds, spread over the kinds of broker; fails when a record is lost, doubled, moved or changed.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let python = Client::load("confluent-kafka")?;
    python.build()?;
    let kinds = if args.kafka { vec![Kind::Kafka] } else { kinds_of_hence(args)? };
    let seed = args.seed.unwrap_or_else(any_seed);
    println!("kill: seed {seed}");
    let mut moments = Moments(seed);
    let (mut acknowledged, mut wrong) = (0, 0);
    let shares = u32::try_from(kinds.len())?;
    for (index, kind) in (0..).zip(kinds) {
        let rounds = args.rounds / shares + u32::from(index < args.rounds % shares);
        if rounds > 0 {
            let verdict = run_kind(&kind, &python, rounds, &mut moments)
                .with_context(|| format!("{kind}, seed {seed}"))?;
            println!("kill: {kind}: {rounds} kills, {verdict}");
            acknowledged += verdict.acknowledged;
            wrong += verdict.wrong.len();
        }
    }
    println!("kill: {} kills, {acknowledged} records acknowledged, {wrong} wrong", args.rounds);
    if wrong == 0 { Ok(()) } else { Err(crate::Told.into()) }
}

fn kinds_of_hence(args: &Args) -> anyhow::Result<Vec<Kind>> {
    let binary = hence_binary(args.hence.as_deref())?;
    let is_chosen = |given: &Option<String>, one: &str| given.as_ref().is_none_or(|given| given == one);
    let kinds: Vec<_> = MODES
        .into_iter()
        .filter(|mode| is_chosen(&args.durability, mode.durability) && is_chosen(&args.io, mode.io))
        .map(|mode| Kind::Hence { binary: binary.clone(), mode })
        .collect();
    let modes = || MODES.map(|mode| format!("{} {}", mode.durability, mode.io)).join(", ");
    ensure!(!kinds.is_empty(), "there is no such mode; the modes are {}", modes());
    Ok(kinds)
}

/// All rounds on one directory: start, load, kill, start …, then let the clients finish and compare.
fn run_kind(kind: &Kind, python: &Client, rounds: u32, moments: &mut Moments) -> anyhow::Result<Verdict> {
    let dir = peer::work_dir().join(format!("kill/{}", kind.name()));
    if dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| format!("cannot empty {}", dir.display()))?;
    }
    std::fs::create_dir_all(&dir)?;
    let mut broker = kind.start(&dir, None)?;
    let bootstrap = broker.bootstrap().to_owned();
    let clients = Clients::start(python, &dir, &bootstrap, PARTITIONS)?;
    let mut acknowledged = 0;
    for round in 1..=rounds {
        acknowledged = clients.wait_for_more(acknowledged, moments.up_to(LIFE_MS_MAX), &mut broker)?;
        broker.kill()?;
        if moments.up_to(EARLY_KILLS) == 0 {
            kind.start_and_kill(&dir, &bootstrap, Duration::from_millis(moments.up_to(EARLY_MS_MAX)))?;
        }
        let killed = now();
        broker = kind.start(&dir, Some(&bootstrap))?;
        let started_in = killed.elapsed().as_millis();
        println!("kill: {kind}: round {round}, {acknowledged} acknowledged, back in {started_in} ms");
        // Clients that reconnect find the same address.
        ensure!(broker.bootstrap() == bootstrap, "it came back as {}", broker.bootstrap());
    }
    clients.wait_for_more(acknowledged, 500, &mut broker)?;
    let journal: Journal = clients.finish(python, &bootstrap)?;
    broker.stop()?;
    pause(Duration::from_millis(1));
    Ok(check(&journal))
}

/// Random moments that a seed repeats (splitmix64).
struct Moments(u64);

impl Moments {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}
