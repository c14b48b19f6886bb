//! Open loop: requests leave at fixed times whatever the broker does; latency runs from the intended time.
//!
//! One producer, one partition, one consumer that follows: batches arrive in the order in which they were sent, so the
//! n-th batch that arrives is the n-th that was sent. How late the generator itself was is reported beside.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::clock;
use crate::load::{Producer, Protocol};
use crate::poller::{Poller, Ready};
use crate::report::{Counts, Latencies, Report};
use crate::requests::Shape;
use crate::tail::Reader;
use crate::watch::{Phases, Watch};

const SCRATCH_BYTES: usize = 256 * 1024;
const PRODUCER: usize = 0;
const CONSUMER: usize = 1;
/// The alarm ends a wait before.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// So many requests without an answer: the rate is beyond the broker.
const BEHIND_MAX: usize = 1_000_000;

#[derive(clap::Args)]
pub struct Args {
    /// Where the broker listens
    #[arg(long)]
    broker: SocketAddr,
    /// The broker's process id, to measure what it costs
    #[arg(long)]
    pid: Option<u32>,
    /// A fresh topic with one partition
    #[arg(long, default_value = "bench")]
    topic: String,
    #[command(flatten)]
    shape: Shape,
    /// Requests per second
    #[arg(long)]
    rate: f64,
    /// Most bytes of one fetch
    #[arg(long, default_value_t = 1024 * 1024)]
    fetch_bytes: i32,
    #[command(flatten)]
    phases: Phases,
}

/// Runs the schedule.
pub fn run(args: &Args) -> anyhow::Result<String> {
    ensure!(args.shape.partitions == 1 && args.rate > 0.0, "one partition and a rate above 0");
    let batch = args.shape.batch()?;
    let mut poller = Poller::new()?;
    let requests = args.shape.requests(&args.topic, &batch.bytes, 1).remove(0);
    let mut producer = Producer::open(args.broker, Protocol::Kafka, requests, &poller, PRODUCER)?;
    let mut consumer = Reader::follow(args.broker, &args.topic, args.fetch_bytes, &poller, CONSUMER)?;
    let mut seen = Seen::new()?;
    let (mut scratch, mut ready) = (vec![0; SCRATCH_BYTES], Vec::new());
    let schedule = Schedule { start: clock::now(), every: Duration::from_secs_f64(1.0 / args.rate) };
    let warm = schedule.start + args.phases.warm_up();
    let (mut sent, mut window) = (0u32, None::<(Watch, Counts)>);
    loop {
        let mut now = clock::now();
        while schedule.at(sent) <= now {
            let intended = schedule.at(sent);
            seen.late.add(now - intended);
            producer.push(intended);
            seen.unconsumed.push_back(intended);
            sent += 1;
            now = clock::now();
        }
        ensure!(seen.unconsumed.len() < BEHIND_MAX, "the broker is behind by {BEHIND_MAX} requests");
        producer.flush(&poller)?;
        poller.wake_after(schedule.at(sent).saturating_duration_since(clock::now()))?;
        poller.wait(WAIT_MAX, &mut ready)?;
        for &event in &ready {
            seen.take(event, &mut producer, &mut consumer, &mut scratch)?;
        }
        let now = clock::now();
        match &window {
            None if now >= warm => {
                seen.clear();
                window = Some((Watch::start(args.pid)?, consumer.counts));
            }
            Some((watch, _)) if now >= watch.started() + args.phases.window() => break,
            _ => {}
        }
    }
    let (watch, before) = window.context("the run ended before its warm-up")?;
    let report = Report::of(consumer.counts.minus(before), watch.end()?);
    report.acks(&seen.acknowledged).end_to_end(&seen.consumed, &seen.late).json()
}

struct Schedule {
    start: Instant,
    every: Duration,
}

impl Schedule {
    fn at(&self, n: u32) -> Instant {
        self.start + self.every * n
    }
}

struct Seen {
    /// Intended times of what has not arrived.
    unconsumed: VecDeque<Instant>,
    acknowledged: Latencies,
    consumed: Latencies,
    late: Latencies,
}

impl Seen {
    fn new() -> anyhow::Result<Self> {
        let unconsumed = VecDeque::new();
        let (acknowledged, consumed, late) = (Latencies::new()?, Latencies::new()?, Latencies::new()?);
        Ok(Self { unconsumed, acknowledged, consumed, late })
    }

    fn clear(&mut self) {
        self.acknowledged.clear();
        self.consumed.clear();
        self.late.clear();
    }

    fn take(
        &mut self,
        event: Ready,
        producer: &mut Producer,
        consumer: &mut Reader,
        scratch: &mut [u8],
    ) -> anyhow::Result<()> {
        if event.token == PRODUCER {
            let now = clock::now();
            return producer.on_ready(event, scratch, |at| self.acknowledged.add(now - at));
        }
        let before = consumer.counts.requests;
        consumer.on_ready(scratch)?;
        let now = clock::now();
        for _ in before..consumer.counts.requests {
            let intended = self.unconsumed.pop_front().context("a batch arrived that was not sent")?;
            self.consumed.add(now - intended);
        }
        Ok(())
    }
}
