//! `cargo xtask crowd`: ten thousand idle connections and a crowd of hostile ones cost bounded memory and disturb nobody.
//!
//! The broker is a process of its own; the connections are this one's, the clients that must not notice are librdkafka's
//! (those of `kill`). Every idle connection has asked something once. Memory is the broker's resident set, as the kernel
//! counts it; what sockets take in the kernel is not in it. That those who do nothing are closed when their time is up is
//! seen at a second broker, whose patience is short.

mod process;
mod sockets;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::compat::{Client, hence_binary};
use crate::kill::{Clients, Running, check};
use crate::peer::{self, Hence, HenceOptions, now, pause};

use process::Process;
use sockets::{Hostile, Idle};

const IDLE_DEFAULT: usize = 10_000;
/// Of each hostile kind.
const HOSTILE: usize = 200;
/// What an idle connection may cost the broker: its task, its buffers at rest, what it is counted by.
const BYTES_PER_IDLE_MAX: u64 = 8 * 1024;
/// What a hostile connection may cost beyond twice what it sent: a read buffer.
const BYTES_PER_HOSTILE_MAX: u64 = 96 * 1024;
/// What the allocator and the broker's own work may add in the meantime.
const MARGIN_BYTES: u64 = 16 << 20;
/// Processor time that the idle ones may cost, of the second in which nothing else happens.
const IDLE_CPU_MS_MAX: u64 = 100;
/// In which a connection that is to be closed is.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);
/// Patience of the second broker.
const IDLE_TIMEOUT_MS: u64 = 1_500;
/// In which it closes one that does nothing: it looks ten times in its patience, and may be busy.
const GIVEN_UP_WITHIN: Duration = Duration::from_millis(2 * IDLE_TIMEOUT_MS + 1_000);
/// Less than its patience may have passed since the connection's last byte arrived there.
const GIVEN_UP_AFTER: Duration = Duration::from_millis(IDLE_TIMEOUT_MS / 2);
/// Descriptors of a process beside its connections.
const OTHER_FILES: u64 = 500;

/// Arguments of `cargo xtask crowd`.
#[derive(clap::Args)]
pub struct Args {
    /// Idle connections
    #[arg(long, default_value_t = IDLE_DEFAULT)]
    idle: usize,
    /// The binary of Hence; built when absent
    #[arg(long, value_name = "PATH")]
    hence: Option<PathBuf>,
}

/// Lets the crowd in and judges what it cost; fails when a bound is passed or a client is disturbed.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let python = Client::load("confluent-kafka")?;
    python.build()?;
    process::raise_files_limit(args.idle as u64 + 4 * HOSTILE as u64 + OTHER_FILES)?;
    let dir = peer::work_dir().join("crowd");
    if dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| format!("cannot empty {}", dir.display()))?;
    }
    let binary = hence_binary(args.hence.as_deref())?;
    let hence = Hence::start(&HenceOptions::new(binary.clone(), dir.clone()))?;
    let (bootstrap, broker) = (hence.bootstrap.clone(), Process(hence.pid));
    let mut running = Running::Hence(hence);
    // Whatever the broker needs for clients at all is there before the first look.
    let clients = Clients::start(&python, &dir, &bootstrap, 1)?;
    let mut acknowledged = clients.wait_for_more(0, 500, &mut running)?;
    let address = bootstrap.parse().with_context(|| bootstrap.clone())?;

    let started = now();
    let before = broker.memory_bytes()?;
    let mut idle = Idle::connect(address, args.idle)?;
    let entered_in = started.elapsed();
    acknowledged = clients.wait_for_more(acknowledged, 0, &mut running).context("beside the idle ones")?;
    let idle_bytes = broker.memory_bytes()?.saturating_sub(before);
    let mut bounds = vec![Bound {
        what: "memory of the idle ones, KiB",
        is: idle_bytes >> 10,
        max: (args.idle as u64 * BYTES_PER_IDLE_MAX + MARGIN_BYTES) >> 10,
    }];
    println!("crowd: {} idle connections in {} ms", args.idle, entered_in.as_millis());

    let mut hostile = Hostile::connect(address, HOSTILE)?;
    acknowledged = clients.wait_for_more(acknowledged, 1_000, &mut running).context("beside the hostile")?;
    let hostile_bytes = broker.memory_bytes()?.saturating_sub(before + idle_bytes);
    bounds.push(Bound {
        what: "memory of the hostile ones, KiB",
        is: hostile_bytes >> 10,
        max: (2 * hostile.sent_bytes() + hostile.count() * BYTES_PER_HOSTILE_MAX + MARGIN_BYTES) >> 10,
    });
    hostile.must_be_closed(CLOSED_WITHIN)?;
    hostile.must_be_waited_for()?;
    idle.must_be_open()?;
    drop(hostile);
    clients.wait_for_more(acknowledged, 0, &mut running).context("after the hostile")?;
    let verdict = check(&clients.finish(&python, &bootstrap)?);
    println!("crowd: the clients beside it: {verdict}");

    let cpu_before = broker.cpu_ms()?;
    pause(Duration::from_secs(1));
    let what = "processor time of a second of idling, ms";
    bounds.push(Bound { what, is: broker.cpu_ms()? - cpu_before, max: IDLE_CPU_MS_MAX });
    idle.must_answer()?;
    drop(idle);
    running.stop()?;
    give_up_the_quiet(binary, dir.join("impatient"))?;

    bounds.iter().for_each(|bound| println!("crowd: {bound}"));
    let wrong = verdict.wrong.len() + bounds.iter().filter(|bound| bound.is > bound.max).count();
    println!("crowd: {} connections, {} bounds, {wrong} wrong", args.idle + 5 * HOSTILE, bounds.len());
    ensure!(verdict.acknowledged > 0, "the clients beside it did nothing");
    if wrong == 0 { Ok(()) } else { Err(crate::Told.into()) }
}

/// A broker of little patience closes those that do nothing in time, and nobody else.
fn give_up_the_quiet(binary: PathBuf, dir: PathBuf) -> anyhow::Result<()> {
    let mut options = HenceOptions::new(binary, dir);
    options.arguments = vec!["--set".to_owned(), format!("listener.idle_timeout_ms={IDLE_TIMEOUT_MS}")];
    let hence = Hence::start(&options)?;
    let address = hence.bootstrap.parse().with_context(|| hence.bootstrap.clone())?;
    let begun = now();
    let (mut busy, quiet) = (Idle::connect(address, 1)?, Hostile::connect_quiet(address, HOSTILE)?);
    let started = now();
    quiet.must_be_given_up(&mut busy, begun, GIVEN_UP_AFTER, GIVEN_UP_WITHIN)?;
    let ms = started.elapsed().as_millis();
    println!("crowd: {} that do nothing are closed in {ms} ms of patience {IDLE_TIMEOUT_MS}", quiet.count());
    hence.stop()
}

/// What something came to, and what it may.
struct Bound {
    what: &'static str,
    is: u64,
    max: u64,
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, is, max } = self;
        write!(f, "{what}: {is}, at most {max}{}", if is > max { ", TOO MUCH" } else { "" })
    }
}
