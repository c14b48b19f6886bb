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
use crate::watch::{Phases, Watch};
use crate::wire;

const SILENCE_MAX: Duration = Duration::from_secs(30);
const SCRATCH_BYTES: usize = 256 * 1024;
const PRODUCER: usize = 0;
/// Of a batch, this much tells its length and its last offset.
const BATCH_START_BYTES: usize = 27;

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
    let mut producer = Producer::open(args.broker, Protocol::Kafka, requests, &poller, PRODUCER)?;
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
            None if now >= warm => window = Some((Watch::start(args.pid)?, delivered())),
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
        Self::follow(args.broker, &args.topic, args.fetch_bytes, poller, token)
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

/// Walks over fetch responses as they arrive, in pieces of any size, and keeps none of the records.
struct Walk {
    head_bytes: usize,
    stage: Stage,
    /// What is collected of a head.
    held: Vec<u8>,
    records_left: usize,
    /// Where to go on.
    offset: i64,
    batches: u64,
    bytes: u64,
    /// A response has just ended.
    whole: bool,
}

#[derive(Clone, Copy)]
enum Stage {
    ResponseHead,
    BatchStart,
    Skip { bytes: usize },
}

impl Walk {
    fn new(head_bytes: usize) -> Self {
        let (stage, held) = (Stage::ResponseHead, Vec::new());
        Self { head_bytes, stage, held, records_left: 0, offset: 0, batches: 0, bytes: 0, whole: false }
    }

    fn feed(&mut self, mut piece: &[u8]) -> anyhow::Result<()> {
        while !piece.is_empty() {
            match self.stage {
                Stage::ResponseHead => {
                    if !collect(&mut self.held, &mut piece, self.head_bytes) {
                        return Ok(());
                    }
                    let head = wire::fetch_head(&self.held)?;
                    ensure!(
                        head.response_bytes == self.head_bytes + head.records_bytes,
                        "an odd Fetch response"
                    );
                    self.held.clear();
                    self.records_left = head.records_bytes;
                    self.next();
                }
                Stage::BatchStart => {
                    if !collect(&mut self.held, &mut piece, BATCH_START_BYTES) {
                        return Ok(());
                    }
                    self.batch_start()?;
                }
                Stage::Skip { bytes } => {
                    let skipped = bytes.min(piece.len());
                    piece = &piece[skipped..];
                    self.records_left -= skipped;
                    self.stage = Stage::Skip { bytes: bytes - skipped };
                    if skipped == bytes {
                        self.next();
                    }
                }
            }
        }
        Ok(())
    }

    fn batch_start(&mut self) -> anyhow::Result<()> {
        let base = i64::from_be_bytes(self.held[..8].try_into()?);
        let bytes = 12 + i32::from_be_bytes(self.held[8..12].try_into()?) as usize;
        let last = base + i64::from(i32::from_be_bytes(self.held[23..27].try_into()?));
        self.held.clear();
        if bytes <= self.records_left {
            ensure!(last >= self.offset, "a batch before the offset that was asked for");
            self.offset = last + 1;
            self.batches += 1;
            self.bytes += bytes as u64;
        }
        let rest = bytes.min(self.records_left).saturating_sub(BATCH_START_BYTES);
        self.records_left -= BATCH_START_BYTES;
        self.stage = Stage::Skip { bytes: rest };
        if rest == 0 {
            self.next();
        }
        Ok(())
    }

    fn next(&mut self) {
        self.stage = match self.records_left {
            0 => {
                self.whole = true;
                Stage::ResponseHead
            }
            left if left < BATCH_START_BYTES => Stage::Skip { bytes: left },
            _ => Stage::BatchStart,
        };
    }
}

/// Moves bytes from `piece` until `held` has `want`; false when more must come.
fn collect(held: &mut Vec<u8>, piece: &mut &[u8], want: usize) -> bool {
    let taken = (want - held.len()).min(piece.len());
    held.extend_from_slice(&piece[..taken]);
    *piece = &piece[taken..];
    held.len() == want
}
