//! Probe 1: one thread writes what many clients submit; each client waits until its bytes are durable.
//!
//! Nothing is copied into the buffer, so this is what the disk and the hand-over between threads allow.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::file::{Aligned, Blocks, Mode, Ring};
use crate::clock;
use crate::report::{Counts, Latencies, Report};
use crate::watch::{Phases, Watch};

const BUFFER_BYTES: usize = 8 << 20;

#[derive(clap::Args)]
pub struct Args {
    /// The file to write, on the disk to measure
    #[arg(long)]
    file: PathBuf,
    /// How commits become durable
    #[arg(long, value_enum, default_value = "direct")]
    mode: Mode,
    /// How the blocks of the file are there before they are written
    #[arg(long, value_enum, default_value = "written")]
    blocks: Blocks,
    /// Client threads, each with one submission in flight
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Bytes of a submission
    #[arg(long, default_value_t = 1024)]
    bytes: usize,
    #[command(flatten)]
    phases: Phases,
}

#[derive(Default)]
struct Shared {
    pending_bytes: usize,
    submitted: u64,
    durable: u64,
    commits: u64,
    /// The warm-up is over.
    counting: bool,
    stop: bool,
}

#[derive(Default)]
struct Log {
    shared: Mutex<Shared>,
    work: Condvar,
    done: Condvar,
}

impl Log {
    /// Submissions and commits that are durable.
    fn counts(&self) -> (u64, u64) {
        let shared = self.lock();
        (shared.durable, shared.commits)
    }

    fn start_counting(&self) -> (u64, u64) {
        self.lock().counting = true;
        self.counts()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the clients and the committer.
pub fn run(args: &Args) -> anyhow::Result<String> {
    let log = Arc::new(Log::default());
    let mut ring = Ring::create(&args.file, args.mode, args.blocks)?;
    let committer = {
        let log = Arc::clone(&log);
        thread::Builder::new().name("committer".into()).spawn(move || commit_all(&log, &mut ring))?
    };
    let clients: Vec<_> = (0..args.clients)
        .map(|n| {
            let (log, bytes) = (Arc::clone(&log), args.bytes);
            thread::Builder::new().name(format!("client-{n}")).spawn(move || submit_all(&log, bytes))
        })
        .collect::<Result<_, _>>()?;
    clock::pause(args.phases.warm_up());
    let (watch, before) = (Watch::start(None)?, log.start_counting());
    clock::pause(args.phases.window());
    let (durable, commits) = log.counts();
    let (durable, commits) = (durable - before.0, commits - before.1);
    let cost = watch.end()?;
    log.lock().stop = true;
    log.work.notify_all();
    log.done.notify_all();
    let mut latencies = Latencies::new()?;
    for client in clients {
        let own = client.join().map_err(|_| anyhow::anyhow!("a client panicked"))?;
        own.into_iter().for_each(|latency| latencies.add(latency));
    }
    committer.join().map_err(|_| anyhow::anyhow!("the committer panicked"))??;
    let counts = Counts { requests: durable, records: durable, bytes: durable * args.bytes as u64 };
    Report::of(counts, cost).acks(&latencies).syncs(commits).json()
}

fn commit_all(log: &Log, ring: &mut Ring) -> anyhow::Result<()> {
    let mut buffer = Aligned::new(BUFFER_BYTES);
    loop {
        let (bytes, sequence) = {
            let mut shared = log.lock();
            while shared.pending_bytes == 0 && !shared.stop {
                shared = log.work.wait(shared).unwrap_or_else(PoisonError::into_inner);
            }
            if shared.stop {
                return Ok(());
            }
            (std::mem::take(&mut shared.pending_bytes), shared.submitted)
        };
        ring.write(&mut buffer, bytes.min(BUFFER_BYTES))?;
        {
            let mut shared = log.lock();
            shared.durable = sequence;
            shared.commits += 1;
        }
        log.done.notify_all();
    }
}

fn submit_all(log: &Log, bytes: usize) -> Vec<Duration> {
    let mut latencies = Vec::new();
    loop {
        let started = clock::now();
        let mut shared = log.lock();
        shared.pending_bytes += bytes;
        shared.submitted += 1;
        let own = shared.submitted;
        log.work.notify_one();
        while shared.durable < own && !shared.stop {
            shared = log.done.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
        if shared.stop {
            return latencies;
        }
        let counting = shared.counting;
        drop(shared);
        if counting {
            latencies.push(started.elapsed());
        }
    }
}
