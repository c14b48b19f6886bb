//! The bench that cases work on: an opened journal, a watcher on it, builders for commits, waiting that ends.
//!
//! Always: the bench keeps each stream's end, so that cases name streams and payloads only.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use bytes::Bytes;
use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, Position, StreamId, TableId, Target, Timestamp,
    Urgency,
};
use parking_lot::{Condvar, Mutex};

use super::{Opened, Shape, Store};
use crate::{
    Bounds, Entry, Failure, Find, Journal, Observer, Outcome, ReadError, ReadLimits, SubmitError, Touched,
};

/// Longer than any store takes to make a commit durable.
const PATIENCE: Duration = Duration::from_secs(60);

pub const A: StreamId = StreamId(11);
pub const B: StreamId = StreamId(12);
pub const C: StreamId = StreamId(13);
pub const TABLE: TableId = TableId(3);
pub const ALL: ReadLimits = ReadLimits { bytes_max: usize::MAX, before: None };

/// A call of the observer.
#[derive(Clone, Debug)]
pub struct Advance {
    pub durable: Position,
    pub touched: Vec<Touched>,
    /// What the journal itself said during the call.
    pub seen: Position,
    pub seen_bounds: Vec<Option<Bounds>>,
}

#[derive(Debug)]
pub struct Watcher {
    journal: std::sync::Weak<dyn Journal>,
    advances: Mutex<Vec<Advance>>,
    /// The failure that was told, and how many advances had been told before it.
    failed: Mutex<Option<(Failure, usize)>>,
    moved: Condvar,
}

impl Observer for Watcher {
    fn advanced(&self, durable: Position, touched: &[Touched]) {
        let Some(journal) = self.journal.upgrade() else { return };
        let seen_bounds = touched.iter().map(|touch| journal.bounds(touch.stream)).collect();
        let seen = journal.state().durable;
        self.advances.lock().push(Advance { durable, touched: touched.to_vec(), seen, seen_bounds });
        self.moved.notify_all();
    }

    fn failed(&self, failure: Failure) {
        let advances = self.advances.lock();
        self.failed.lock().get_or_insert((failure, advances.len()));
        self.moved.notify_all();
    }
}

pub struct Bench {
    pub opened: Opened,
    watcher: Arc<Watcher>,
    ends: BTreeMap<StreamId, Offset>,
    time: Timestamp,
    epoch: LeaderEpoch,
}

impl Bench {
    pub fn fresh(store: &dyn Store) -> Self {
        Self::shaped(store, Shape::default()).expect("every store opens an empty journal of its own shape")
    }

    pub fn shaped(store: &dyn Store, shape: Shape) -> Option<Self> {
        store.fresh(shape).map(|opened| Self::over(opened, BTreeMap::new()))
    }

    pub fn over(opened: Opened, ends: BTreeMap<StreamId, Offset>) -> Self {
        let watcher = Arc::new(Watcher {
            journal: Arc::downgrade(&opened.journal),
            advances: Mutex::default(),
            failed: Mutex::default(),
            moved: Condvar::new(),
        });
        opened.journal.observe(watcher.clone());
        Self { opened, watcher, ends, time: Timestamp::NONE, epoch: LeaderEpoch(0) }
    }

    /// Closes and opens again; `None` when nothing outlives a close.
    pub fn reopened(self, store: &dyn Store) -> Option<Self> {
        self.opened.journal.close().expect("a healthy journal closes");
        let ends = self.ends;
        store.reopen(self.opened).map(|opened| Self::over(opened, ends))
    }

    /// Opens the journal while this bench's owner still has it; `None` when the store cannot be shared.
    pub fn taken_over(&self, store: &dyn Store) -> Option<Self> {
        let ends = self.ends.clone();
        store.take_over(&self.opened).map(|opened| Self::over(opened, ends))
    }

    /// Stops at this moment and opens again; `None` when nothing outlives that.
    pub fn crashed(self, store: &dyn Store) -> Option<Self> {
        let ends = self.ends;
        store.crash(self.opened).map(|opened| Self::over(opened, ends))
    }

    pub fn journal(&self) -> &dyn Journal {
        &*self.opened.journal
    }

    /// The time and leader epoch of the entries that follow.
    pub fn at(&mut self, time: i64) -> &mut Self {
        self.time = Timestamp(time);
        self.epoch = LeaderEpoch(self.epoch.0 + 1);
        self
    }

    fn header(&self, stream: StreamId, count: u32) -> EntryHeader<'static> {
        EntryHeader {
            base: self.end(stream),
            count,
            max_timestamp: self.time,
            leader_epoch: self.epoch,
            format: 2,
            flags: 0b101,
            annotations: b"annotated",
        }
    }

    pub fn end(&self, stream: StreamId) -> Offset {
        self.ends.get(&stream).copied().unwrap_or_default()
    }

    /// One payload for all `streams`, as an operation; the bench counts on its being taken.
    pub fn append_op<'a>(&mut self, streams: &[StreamId], count: u32, payload: &'a [u8]) -> Op<'a> {
        let target = |stream: &StreamId| Target { stream: *stream, header: self.header(*stream, count) };
        let targets = streams.iter().map(target).collect();
        for stream in streams {
            *self.ends.entry(*stream).or_default() = self.end(*stream).plus(u64::from(count));
        }
        Op::Append(Append { targets, payload })
    }

    /// An append that the bench does not count on: it will be refused.
    pub fn ghost_op<'a>(&self, stream: StreamId, payload: &'a [u8]) -> Op<'a> {
        let target = Target { stream, header: self.header(stream, 1) };
        Op::Append(Append { targets: std::iter::once(target).collect(), payload })
    }

    /// Submits and flushes one append per stream, in one commit, and waits until it is durable.
    pub fn append(&mut self, streams: &[StreamId], count: u32, payload: &[u8]) -> Position {
        let op = self.append_op(streams, count, payload);
        self.commit(vec![op])
    }

    pub fn submit(&self, ops: Vec<Op<'_>>) -> Result<Position, SubmitError> {
        self.journal().submit(&Commit { ops, urgency: Urgency::Normal })
    }

    pub fn relieve(&self, ops: Vec<Op<'_>>) -> Result<Position, SubmitError> {
        self.journal().submit(&Commit { ops, urgency: Urgency::Relief })
    }

    pub fn commit(&self, ops: Vec<Op<'_>>) -> Position {
        let position = self.submit(ops).expect("a healthy journal with room takes a commit");
        self.durable(position);
        position
    }

    /// Flushes and waits until `position` is durable.
    pub fn durable(&self, position: Position) {
        self.journal().flush();
        let mut advances = self.watcher.advances.lock();
        while advances.last().is_none_or(|last| last.durable < position) {
            let late = self.watcher.moved.wait_for(&mut advances, PATIENCE).timed_out();
            assert!(!late, "position {position} did not become durable: {:?}", self.journal().state());
        }
    }

    /// Flushes and waits until `position` is durable or a failure was told.
    pub fn settled(&self, position: Position) -> Result<(), Failure> {
        self.journal().flush();
        let mut advances = self.watcher.advances.lock();
        loop {
            if advances.last().is_some_and(|last| last.durable >= position) {
                return Ok(());
            }
            if let Some((failure, _)) = *self.watcher.failed.lock() {
                return Err(failure);
            }
            let late = self.watcher.moved.wait_for(&mut advances, PATIENCE).timed_out();
            assert!(
                !late,
                "position {position} neither became durable nor failed: {:?}",
                self.journal().state()
            );
        }
    }

    /// The failure that was told; panics when anything was told to be durable after it.
    pub fn failure(&self) -> Option<Failure> {
        let advances = self.watcher.advances.lock();
        let (failure, told_before) = (*self.watcher.failed.lock())?;
        assert_eq!(advances.len(), told_before, "nothing becomes durable after a failure");
        Some(failure)
    }

    pub fn opening_is_complete(&self) -> bool {
        self.opened.opening.complete
    }

    pub fn advances(&self) -> Vec<Advance> {
        self.watcher.advances.lock().clone()
    }

    pub fn bounds(&self, stream: StreamId) -> Option<(u64, u64)> {
        self.journal().bounds(stream).map(|bounds| (bounds.start.0, bounds.end.0))
    }

    pub fn try_read(&self, stream: StreamId, from: u64, limits: ReadLimits) -> Result<Vec<Entry>, ReadError> {
        now(self.journal().read(stream, Offset(from), limits))
    }

    pub fn read(&self, stream: StreamId, from: u64) -> Vec<Entry> {
        self.try_read(stream, from, ALL).expect("the offset is in range")
    }

    /// Bases and payloads of what a read gives.
    pub fn payloads(&self, stream: StreamId, from: u64) -> Vec<(u64, Bytes)> {
        self.read(stream, from).into_iter().map(|entry| (entry.base.0, entry.payload)).collect()
    }

    /// Base of what is found.
    pub fn find(&self, stream: StreamId, what: Find) -> Option<u64> {
        let found = now(self.journal().find(stream, what)).expect("the stream is there");
        found.map(|found| found.entry.base.0)
    }

    pub fn row(&self, key: &str) -> Option<Bytes> {
        now(self.journal().row(TABLE, key.as_bytes()))
    }

    pub fn scan(&self, table: TableId, prefix: &str, after: Option<&str>, rows_max: usize) -> Vec<String> {
        let rows = now(self.journal().scan(table, prefix.as_bytes(), after.map(str::as_bytes), rows_max));
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        rows.iter().map(|(key, value)| format!("{}={}", text(key), text(value))).collect()
    }
}

pub fn put<'a>(key: &'a str, value: &'a str) -> Op<'a> {
    Op::Put { table: TABLE, key: key.as_bytes(), value: value.as_bytes() }
}

pub fn delete(key: &str) -> Op<'_> {
    Op::Delete { table: TABLE, key: key.as_bytes() }
}

pub fn trim(stream: StreamId, to: u64) -> Op<'static> {
    Op::Trim { stream, to: Offset(to) }
}

pub fn drop_stream(stream: StreamId) -> Op<'static> {
    Op::DropStream { stream }
}

/// Bytes that no compression, no shift and no mix-up leaves equal.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// The answer, waited for on this thread.
pub fn now<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Now(answer) => answer,
        Outcome::Later(later) => block_on(later),
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park_timeout(PATIENCE),
        }
    }
}
