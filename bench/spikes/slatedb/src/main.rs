//! Measures journals through their face: commits and their latency, what they cost in requests, reads, openings.
//!
//! `bench STORE [key=value …]` prints one table row per number of commits in flight, then reads, then takeovers. Stores:
//! `hence` (the local store, to compare), `files`, `files-nosync`, `s3`. Never here: how a store does anything.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, Position, StreamId, Target, Timestamp, Urgency,
};
use hence_journal::conformance::Replayed;
use hence_journal::{
    DirtyRows, Failure, Journal, Observer, Outcome, ReadError, ReadLimits, RowSource, Touched, local,
};
use hence_spike_slatedb::stores::{self, Counting, Counts};
use hence_spike_slatedb::{Options, open};
use parking_lot::{Condvar, Mutex};

type Failed = Box<dyn std::error::Error>;

const STREAM: StreamId = StreamId(1);
const READ: ReadLimits = ReadLimits { bytes_max: 1 << 20, before: None };

/// Settings by name, as `key=value` arguments.
struct Settings(BTreeMap<String, String>);

impl Settings {
    fn number(&self, key: &str, default: u64) -> Result<u64, Failed> {
        Ok(self.0.get(key).map_or(Ok(default), |text| text.parse())?)
    }

    fn text(&self, key: &str, default: &str) -> String {
        self.0.get(key).map_or_else(|| default.to_owned(), Clone::clone)
    }
}

/// What is measured: a kind of store and where it is.
struct Bench {
    kind: String,
    directory: PathBuf,
    path: String,
    counting: Option<Arc<Counting>>,
    options: Options,
    bytes: usize,
    seconds: u64,
}

fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().ok_or("bench STORE [dir=…] [s3=…] [flush_ms=…] [bytes=…] [seconds=…]")?;
    let pairs = arguments.map(|argument| {
        let (key, value) = argument.split_once('=').ok_or("settings are key=value")?;
        Ok((key.to_owned(), value.to_owned()))
    });
    let settings = Settings(pairs.collect::<Result<_, Failed>>()?);
    let directory = tempfile::tempdir_in(settings.text("dir", "."))?;
    let store = match kind.as_str() {
        "hence" => None,
        "files" => Some(stores::local(directory.path(), true)?),
        "files-nosync" => Some(stores::local(directory.path(), false)?),
        "s3" => Some(stores::s3(&settings.text("s3", "http://127.0.0.1:5000"), "hence")?),
        other => return Err(format!("no store is called {other}").into()),
    };
    let flush_interval_min = Duration::from_millis(settings.number("flush_ms", 0)?);
    let mut bench = Bench {
        kind,
        directory: directory.path().join("journal"),
        path: String::new(),
        counting: store.map(|store| Arc::new(Counting::new(store))),
        options: Options { flush_interval_min, ..Options::default() },
        bytes: settings.number("bytes", 16 << 10)? as usize,
        seconds: settings.number("seconds", 10)?,
    };
    println!(
        "store {}, commits of {} bytes, flush at most every {flush_interval_min:?}",
        bench.kind, bench.bytes
    );
    println!(
        "in flight | commits/s | MB/s | p50 ms | p99 ms | log PUTs/commit | other PUTs/commit | bytes put/payload"
    );
    for in_flight in [1, 64] {
        bench.path = format!("bench-{}-{in_flight}", std::process::id());
        bench.directory = directory.path().join(&bench.path);
        bench.writes(in_flight)?;
        bench.reads()?;
    }
    bench.takeovers()
}

struct NoRows;

impl RowSource for NoRows {
    fn dirty_rows(&self, _rows_max: usize) -> DirtyRows {
        DirtyRows::default()
    }
}

/// Learns when commits become durable.
#[derive(Default)]
struct Durable {
    seen: Mutex<(Position, Option<Failure>)>,
    moved: Condvar,
}

impl Observer for Durable {
    fn advanced(&self, durable: Position, _touched: &[Touched]) {
        self.seen.lock().0 = durable;
        self.moved.notify_all();
    }

    fn failed(&self, failure: Failure) {
        self.seen.lock().1 = Some(failure);
        self.moved.notify_all();
    }
}

impl Durable {
    /// Waits until `position` is durable and gives what is durable by then.
    fn wait(&self, position: Position) -> Result<Position, Failure> {
        let mut seen = self.seen.lock();
        while seen.0 < position {
            if let Some(failure) = seen.1 {
                return Err(failure);
            }
            self.moved.wait(&mut seen);
        }
        Ok(seen.0)
    }
}

impl Bench {
    fn open(&self) -> Result<(Arc<dyn Journal>, Arc<Durable>), Failed> {
        let mut replayed = Replayed::default();
        let journal: Arc<dyn Journal> = match &self.counting {
            Some(counting) => open(counting.clone(), &self.path, self.options, &mut replayed)?.0,
            None => local::LocalJournal::open(&local::Options::new(&self.directory), &mut replayed)?.0,
        };
        let durable = Arc::new(Durable::default());
        durable.seen.lock().0 = journal.state().durable;
        journal.observe(durable.clone());
        journal.derive_rows_from(Arc::new(NoRows));
        Ok((journal, durable))
    }

    fn counts(&self) -> Counts {
        self.counting.as_ref().map(|counting| counting.counts()).unwrap_or_default()
    }

    /// Keeps `in_flight` commits under way.
    fn writes(&self, in_flight: usize) -> Result<(), Failed> {
        let (journal, durable) = self.open()?;
        let before = self.counts();
        let (mut sent, mut latencies, mut end) = (VecDeque::new(), Vec::new(), 0);
        let payload = noise(self.bytes);
        let started = Instant::now();
        while started.elapsed().as_secs() < self.seconds {
            while sent.len() < in_flight {
                let position = append(&*journal, end, &payload)?;
                sent.push_back((position, Instant::now()));
                end += 1;
                journal.flush();
            }
            let oldest = sent.front().map(|(position, _)| *position).unwrap_or_default();
            let upto = durable.wait(oldest)?;
            while let Some((_, at)) = sent.pop_front_if(|(position, _)| *position <= upto) {
                latencies.push(at.elapsed());
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        let after = self.counts();
        latencies.sort();
        let commits = latencies.len() as f64;
        let at = |part: f64| latencies[((commits - 1.0) * part) as usize].as_secs_f64() * 1e3;
        let per_commit = |count: u64| count as f64 / commits;
        println!(
            "{in_flight} | {:.0} | {:.1} | {:.2} | {:.2} | {:.3} | {:.4} | {:.2}",
            commits / seconds,
            commits * self.bytes as f64 / seconds / 1e6,
            at(0.5),
            at(0.99),
            per_commit(after.log_puts - before.log_puts),
            per_commit(after.other_puts - before.other_puts),
            per_commit(after.put_bytes - before.put_bytes) / self.bytes as f64,
        );
        journal.close()?;
        Ok(())
    }

    /// Opens what was written, reads all of it twice, and reads single entries here and there.
    fn reads(&self) -> Result<(), Failed> {
        let started = Instant::now();
        let (journal, _durable) = self.open()?;
        println!("opened in {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
        let end = journal.bounds(STREAM).ok_or("the stream is there")?.end;
        for round in ["first", "second"] {
            let before = self.counts();
            let (mut from, mut bytes) = (Offset::ZERO, 0);
            let started = Instant::now();
            while from < end {
                let read = now(journal.read(STREAM, from, READ))?;
                bytes += read.iter().map(|entry| entry.payload.len()).sum::<usize>();
                from = read.last().ok_or("nothing was read")?.end();
            }
            let megabytes = bytes as f64 / 1e6;
            let gets = (self.counts().gets - before.gets) as f64;
            println!(
                "{round} read of {megabytes:.0} MB in order: {:.0} MB/s, {:.2} GETs/MB",
                megabytes / started.elapsed().as_secs_f64(),
                gets / megabytes,
            );
        }
        let mut latencies: Vec<_> = (0..200)
            .map(|n| {
                let from = Offset((n * 7_919) % end.0);
                let started = Instant::now();
                let one = ReadLimits { bytes_max: 1, before: None };
                now(journal.read(STREAM, from, one)).map(|_read| started.elapsed())
            })
            .collect::<Result<_, ReadError>>()?;
        latencies.sort();
        println!(
            "one entry anywhere: p50 {:.2} ms, p99 {:.2} ms",
            latencies[100].as_secs_f64() * 1e3,
            latencies[198].as_secs_f64() * 1e3,
        );
        journal.close()?;
        Ok(())
    }

    /// Takes a busy journal over, five times.
    fn takeovers(&self) -> Result<(), Failed> {
        if self.counting.is_none() {
            return Ok(());
        }
        let payload = noise(self.bytes);
        let (mut journal, mut durable) = self.open()?;
        for round in 0..5 {
            let end = journal.bounds(STREAM).map_or(0, |bounds| bounds.end.0);
            let last = (end..end + 64).map(|base| append(&*journal, base, &payload)).last();
            journal.flush();
            let started = Instant::now();
            let (next, next_durable) = self.open()?;
            let opened = started.elapsed();
            let end = next.bounds(STREAM).map_or(0, |bounds| bounds.end.0);
            let position = append(&*next, end, &payload)?;
            next.flush();
            next_durable.wait(position)?;
            let first = started.elapsed();
            let told = last.map(|last| last.map(|last| durable.wait(last)));
            // What was in flight was told before the takeover, or never.
            println!(
                "takeover {round}: open {:.0} ms, first commit durable at {:.0} ms, former owner: {told:?}",
                opened.as_secs_f64() * 1e3,
                first.as_secs_f64() * 1e3,
            );
            (journal, durable) = (next, next_durable);
        }
        journal.close()?;
        Ok(())
    }
}

fn append(journal: &dyn Journal, base: u64, payload: &[u8]) -> Result<Position, hence_journal::SubmitError> {
    let header = EntryHeader {
        base: Offset(base),
        count: 1,
        max_timestamp: Timestamp(base as i64),
        leader_epoch: LeaderEpoch(1),
        format: 1,
        flags: 0,
        annotations: &[7; 32],
    };
    let targets = std::iter::once(Target { stream: STREAM, header }).collect();
    let ops = vec![Op::Append(Append { targets, payload })];
    journal.submit(&Commit { ops, urgency: Urgency::Normal })
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The answer, waited for on this thread.
fn now<T>(outcome: Outcome<T>) -> T {
    let later = match outcome {
        Outcome::Now(answer) => return answer,
        Outcome::Later(later) => later,
    };
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut later = pin!(later);
    loop {
        match later.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}
