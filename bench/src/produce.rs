//! Closed loop: each connection keeps a number of requests in flight; what is measured is how fast they are answered.
//!
//! One thread drives all connections. Counting starts after the warm-up, with requests in flight.

use std::time::Duration;

use anyhow::{Context, ensure};

use crate::load::{Producer, Protocol};
use crate::poller::Poller;
use crate::report::{Counts, Latencies, Report};
use crate::requests::{Made, Shape};
use crate::watch::{Phases, Target, Watch};
use crate::{clock, requests};

/// A broker that says nothing for so long is stuck.
const SILENCE_MAX: Duration = Duration::from_secs(30);
const SCRATCH_BYTES: usize = 256 * 1024;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// An existing topic
    #[arg(long, default_value = "bench")]
    topic: String,
    #[command(flatten)]
    shape: Shape,
    /// Connections
    #[arg(long, default_value_t = 1)]
    connections: usize,
    /// Requests in flight on each connection
    #[arg(long, default_value_t = 5)]
    depth: usize,
    /// The server is the ceiling probe, not a broker
    #[arg(long)]
    probe: bool,
    #[command(flatten)]
    phases: Phases,
}

/// Runs the loop.
pub fn run(args: &Args) -> anyhow::Result<String> {
    let batch = args.shape.batch()?;
    let mut run = Run::open(args, &batch)?;
    let mut watch: Option<(Watch, u64)> = None;
    let warm = clock::now() + args.phases.warm_up();
    let mut end = warm + args.phases.window();
    loop {
        let now = run.turn(args.depth)?;
        if watch.is_none() && now >= warm {
            run.latencies.clear();
            run.answered = 0;
            let started = Watch::start(args.target.pid)?;
            end = started.started() + args.phases.window();
            watch = Some((started, run.commits()));
        } else if now >= end {
            break;
        }
    }
    let (watch, before) = watch.context("the run ended before its warm-up")?;
    let cost = watch.end()?;
    let batches = run.answered * args.shape.partitions_per_request as u64;
    let counts = Counts {
        requests: run.answered,
        records: batches * u64::from(batch.records),
        bytes: batches * batch.bytes.len() as u64,
    };
    let report = Report::of(counts, cost).acks(&run.latencies);
    if args.probe { report.syncs(run.commits() - before).json() } else { report.json() }
}

struct Run {
    poller: Poller,
    producers: Vec<Producer>,
    ready: Vec<crate::poller::Ready>,
    scratch: Vec<u8>,
    latencies: Latencies,
    answered: u64,
}

impl Run {
    fn open(args: &Args, batch: &Made) -> anyhow::Result<Self> {
        let poller = Poller::new()?;
        let (protocol, requests) = if args.probe {
            (Protocol::Probe, requests::probe(&batch.bytes, args.connections))
        } else {
            (Protocol::Kafka, args.shape.requests(&args.topic, &batch.bytes, args.connections))
        };
        let producers = requests.into_iter().enumerate();
        let producers = producers
            .map(|(token, requests)| Producer::open(args.target.broker, protocol, requests, &poller, token))
            .collect::<anyhow::Result<_>>()?;
        let mut run = Self {
            poller,
            producers,
            ready: Vec::new(),
            scratch: vec![0; SCRATCH_BYTES],
            latencies: Latencies::new()?,
            answered: 0,
        };
        for producer in &mut run.producers {
            fill(producer, args.depth, &run.poller)?;
        }
        Ok(run)
    }

    /// Commits of the probe's log, as far as anybody has heard.
    fn commits(&self) -> u64 {
        self.producers.iter().map(|producer| producer.commits).max().unwrap_or_default()
    }

    /// Takes what is ready and sends as much as was answered.
    fn turn(&mut self, depth: usize) -> anyhow::Result<std::time::Instant> {
        self.poller.wait(SILENCE_MAX, &mut self.ready)?;
        ensure!(!self.ready.is_empty(), "no answer for {} s", SILENCE_MAX.as_secs());
        let now = clock::now();
        for ready in &self.ready {
            let Some(producer) = self.producers.get_mut(ready.token) else { continue };
            producer.on_ready(*ready, &mut self.scratch, |at| {
                self.latencies.add(now - at);
                self.answered += 1;
            })?;
            fill(producer, depth, &self.poller)?;
        }
        Ok(now)
    }
}

fn fill(producer: &mut Producer, depth: usize, poller: &Poller) -> anyhow::Result<()> {
    let now = clock::now();
    while producer.in_flight() < depth {
        producer.push(now);
    }
    producer.flush(poller)
}
