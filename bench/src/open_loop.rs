//! Open loop: requests leave at fixed times whatever the broker does; latency runs from the intended time.
//!
//! One producer, one partition, one consumer that follows: batches arrive in the order in which they were sent, so the
//! n-th batch that arrives is the n-th that was sent. How late the generator itself was is reported beside. Rates and costs
//! are of the window; a latency is of everything that was to be sent in it, however long after its end it arrives, and of
//! what had not arrived when it began.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::clock;
use crate::load::{Producer, Protocol};
use crate::poller::{Poller, Ready};
use crate::report::{Counts, Latencies, Report};
use crate::requests::Shape;
use crate::tail::Reader;
use crate::watch::{Phases, Target, Watch};

#[cfg(test)]
mod tests;

const SCRATCH_BYTES: usize = 256 * 1024;
const PRODUCER: usize = 0;
const CONSUMER: usize = 1;
/// The alarm ends a wait before.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// So many requests without an answer: the rate is beyond the broker.
const BEHIND_MAX: usize = 1_000_000;
/// What was sent has arrived so long after the window, or never will.
const ARRIVES_WITHIN: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub target: Target,
    /// A fresh topic with one partition
    #[arg(long, default_value = "bench")]
    pub topic: String,
    #[command(flatten)]
    pub shape: Shape,
    /// Requests per second
    #[arg(long)]
    pub rate: f64,
    /// Most bytes of one fetch
    #[arg(long, default_value_t = 1024 * 1024)]
    pub fetch_bytes: i32,
    #[command(flatten)]
    pub phases: Phases,
}

/// Runs the schedule.
pub fn run(args: &Args) -> anyhow::Result<String> {
    run_until(args, ARRIVES_WITHIN)
}

/// Runs the schedule and waits so long for what is still on its way at its end.
pub fn run_until(args: &Args, arrives_within: Duration) -> anyhow::Result<String> {
    let mut run = Run::open(args)?;
    let warm = run.schedule.start + args.phases.warm_up();
    let mut window = None::<(Watch, Counts)>;
    loop {
        run.send_due(clock::now())?;
        let next = run.schedule.at(run.sent);
        run.turn(next.saturating_duration_since(clock::now()))?;
        let now = clock::now();
        match &window {
            None if now >= warm => {
                run.seen.clear();
                window = Some((Watch::start(args.target.pid)?, run.consumer.counts));
            }
            Some((watch, _)) if now >= watch.started() + args.phases.window() => break,
            _ => {}
        }
    }
    let (watch, before) = window.context("the run ended before its warm-up")?;
    let end = watch.started() + args.phases.window();
    let report = Report::of(run.consumer.counts.minus(before), watch.end()?);
    run.send_due(end)?;
    run.receive_rest(arrives_within)?;
    report.acks(&run.seen.acknowledged).end_to_end(&run.seen.consumed, &run.seen.late).json()
}

/// Both connections and what was seen on them.
struct Run {
    poller: Poller,
    producer: Producer,
    consumer: Reader,
    schedule: Schedule,
    sent: u32,
    seen: Seen,
    scratch: Vec<u8>,
    ready: Vec<Ready>,
}

impl Run {
    /// The schedule starts at once.
    fn open(args: &Args) -> anyhow::Result<Self> {
        ensure!(args.shape.partitions == 1 && args.rate > 0.0, "one partition and a rate above 0");
        let batch = args.shape.batch()?;
        let poller = Poller::new()?;
        let requests = args.shape.requests(&args.topic, &batch.bytes, 1).remove(0);
        let producer = Producer::open(args.target.broker, Protocol::Kafka, requests, &poller, PRODUCER)?;
        let consumer = Reader::follow(args.target.broker, &args.topic, args.fetch_bytes, &poller, CONSUMER)?;
        let (seen, scratch) = (Seen::new()?, vec![0; SCRATCH_BYTES]);
        let schedule = Schedule { start: clock::now(), every: Duration::from_secs_f64(1.0 / args.rate) };
        Ok(Self { poller, producer, consumer, schedule, sent: 0, seen, scratch, ready: Vec::new() })
    }

    /// Sends what was to leave until `until`.
    fn send_due(&mut self, until: Instant) -> anyhow::Result<()> {
        while self.schedule.at(self.sent) <= until {
            let intended = self.schedule.at(self.sent);
            self.seen.late.add(clock::now().saturating_duration_since(intended));
            self.producer.push(intended);
            self.seen.unconsumed.push_back(intended);
            self.sent += 1;
        }
        let behind = self.seen.unconsumed.len();
        ensure!(behind < BEHIND_MAX, "the broker is behind by {BEHIND_MAX} requests");
        self.producer.flush(&self.poller)
    }

    /// Waits and takes what is there.
    fn turn(&mut self, within: Duration) -> anyhow::Result<()> {
        self.poller.wake_after(within)?;
        self.poller.wait(WAIT_MAX, &mut self.ready)?;
        for &event in &self.ready {
            self.seen.take(event, &mut self.producer, &mut self.consumer, &mut self.scratch)?;
        }
        Ok(())
    }

    /// Sends nothing new and receives until everything has arrived: a stall at the end of a window costs what any other does.
    fn receive_rest(&mut self, within: Duration) -> anyhow::Result<()> {
        let deadline = clock::now() + within;
        while !self.seen.unconsumed.is_empty() || self.producer.in_flight() > 0 {
            let left = deadline.saturating_duration_since(clock::now());
            let lost = self.seen.unconsumed.len();
            ensure!(
                !left.is_zero(),
                "{lost} batches have not arrived {} s after the window",
                within.as_secs_f64()
            );
            self.turn(left)?;
            self.producer.flush(&self.poller)?;
        }
        Ok(())
    }
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
