//! Probe 1: one thread writes what many clients submit; each client waits until its bytes are durable.
//!
//! Nothing is copied into the buffer, so this is what the disk and the hand-over between threads allow.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::file::{Aligned, Mode, Ring};
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
    stop: bool,
}

#[derive(Default)]
struct Log {
    shared: Mutex<Shared>,
    work: Condvar,
    done: Condvar,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the clients and the committer.
pub fn run(args: &Args) -> anyhow::Result<String> {
    let log = Arc::new(Log::default());
    let mut ring = Ring::create(&args.file, args.mode)?;
    let committer = {
        let log = Arc::clone(&log);
        thread::Builder::new()
            .name("committer".into())
            .spawn(move || commit_all(&log, &mut ring).map(|()| ring.writes))?
    };
    let clients: Vec<_> = (0..args.clients)
        .map(|n| {
            let (log, bytes) = (Arc::clone(&log), args.bytes);
            thread::Builder::new().name(format!("client-{n}")).spawn(move || submit_all(&log, bytes))
        })
        .collect::<Result<_, _>>()?;
    clock::pause(args.phases.warm_up());
    let (watch, before) = (Watch::start(None)?, log.lock().durable);
    clock::pause(args.phases.window());
    let durable = log.lock().durable - before;
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
    Report::of(counts, cost).acks(&latencies).json()
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
        log.lock().durable = sequence;
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
        drop(shared);
        latencies.push(started.elapsed());
    }
}
