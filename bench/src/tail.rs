//! One producer and readers that follow it: what is measured is how many bytes reach all readers together.
//!
//! The producer waits while the slowest reader is more than a window behind, so that everybody stays at the tail. A
//! reader looks at the heads of the batches only, to know where to go on.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::ensure;

use crate::clock;
use crate::connection::Connection;
use crate::load::{Producer, Protocol};
use crate::poller::Poller;
use crate::report::{Counts, Report};
use crate::requests::Shape;
use crate::walk::Walk;
use crate::watch::{Phases, Target, Watch};
use crate::wire;

const SILENCE_MAX: Duration = Duration::from_secs(30);
const SCRATCH_BYTES: usize = 256 * 1024;
const PRODUCER: usize = 0;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// A fresh topic with one partition
    #[arg(long, default_value = "bench")]
    topic: String,
    #[command(flatten)]
    shape: Shape,
    /// Readers
    #[arg(long, default_value_t = 10)]
    readers: usize,
    /// Produce requests in flight
    #[arg(long, default_value_t = 5)]
    depth: usize,
    /// How far the slowest reader may fall behind
    #[arg(long, default_value_t = 8 * 1024 * 1024)]
    window_bytes: u64,
    /// Most bytes of one fetch
    #[arg(long, default_value_t = 1024 * 1024)]
    fetch_bytes: i32,
    #[command(flatten)]
    phases: Phases,
}

/// Runs the producer and the readers.
pub fn run(args: &Args) -> anyhow::Result<String> {
    ensure!(args.shape.partitions == 1 && args.readers > 0, "one partition and at least one reader");
    let batch = args.shape.batch()?;
    let mut poller = Poller::new()?;
    let requests = args.shape.requests(&args.topic, &batch.bytes, 1).remove(0);
    let mut producer = Producer::open(args.target.broker, Protocol::Kafka, requests, &poller, PRODUCER)?;
    let mut readers = (0..args.readers)
        .map(|n| Reader::open(args, &poller, PRODUCER + 1 + n))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (mut scratch, mut ready, mut acknowledged) = (vec![0; SCRATCH_BYTES], Vec::new(), 0);
    let warm = clock::now() + args.phases.warm_up();
    let mut window: Option<(Watch, Counts)> = None;
    loop {
        let slowest = readers.iter().map(|reader| reader.counts.bytes).min().unwrap_or_default();
        let sent = acknowledged + (producer.in_flight() * batch.bytes.len()) as u64;
        let room = args.window_bytes.saturating_sub(sent.saturating_sub(slowest)) / batch.bytes.len() as u64;
        for _ in producer.in_flight()..args.depth.min(producer.in_flight() + room as usize) {
            producer.push(clock::now());
        }
        producer.flush(&poller)?;
        poller.wait(SILENCE_MAX, &mut ready)?;
        ensure!(!ready.is_empty(), "no answer for {} s", SILENCE_MAX.as_secs());
        for &event in &ready {
            if event.token == PRODUCER {
                producer.on_ready(event, &mut scratch, |_| acknowledged += batch.bytes.len() as u64)?;
            } else if let Some(reader) = readers.get_mut(event.token - 1) {
                reader.on_ready(&mut scratch)?;
            }
        }
        let now = clock::now();
        let delivered = || readers.iter().fold(Counts::default(), |sum, reader| sum.plus(reader.counts));
        match &window {
            None if now >= warm => window = Some((Watch::start(args.target.pid)?, delivered())),
            Some((watch, _)) if now >= watch.started() + args.phases.window() => break,
            _ => {}
        }
    }
    let delivered = readers.iter().fold(Counts::default(), |sum, reader| sum.plus(reader.counts));
    let (watch, before) = window.ok_or_else(|| anyhow::anyhow!("the run ended before its warm-up"))?;
    Report::of(delivered.minus(before), watch.end()?).json()
}

/// One consumer of the partition.
pub struct Reader {
    connection: Connection,
    topic: String,
    fetch_bytes: i32,
    walk: Walk,
    /// What it received.
    pub counts: Counts,
}

impl Reader {
    fn open(args: &Args, poller: &Poller, token: usize) -> anyhow::Result<Self> {
        Self::follow(args.target.broker, &args.topic, args.fetch_bytes, poller, token)
    }

    /// Connects and asks for what comes from offset 0 on.
    pub fn follow(
        broker: SocketAddr,
        topic: &str,
        fetch_bytes: i32,
        poller: &Poller,
        token: usize,
    ) -> anyhow::Result<Self> {
        let connection = Connection::open(broker)?;
        poller.add(connection.stream(), token)?;
        let walk = Walk::new(wire::fetch_head_bytes(topic));
        let counts = Counts::default();
        let mut reader = Self { connection, topic: topic.to_owned(), fetch_bytes, walk, counts };
        reader.ask()?;
        Ok(reader)
    }

    /// Reads what is there and asks for more when a response is whole.
    pub fn on_ready(&mut self, scratch: &mut [u8]) -> anyhow::Result<()> {
        let read = self.connection.read(scratch)?;
        let offset = self.walk.offset;
        let batches = self.walk.batches;
        self.walk.feed(&scratch[..read])?;
        self.counts.requests += self.walk.batches - batches;
        self.counts.records += (self.walk.offset - offset) as u64;
        self.counts.bytes = self.walk.bytes;
        if std::mem::take(&mut self.walk.whole) {
            self.ask()?;
        }
        Ok(())
    }

    fn ask(&mut self) -> anyhow::Result<()> {
        let request = wire::fetch(&self.topic, 0, self.walk.offset, self.fetch_bytes, wire::FETCH_WAIT_MS);
        self.connection.push(&request.into());
        // A fetch request is small: the socket takes it.
        self.connection.flush()
    }
}
