//! A journal that holds back durability on command, and knows what of it is held by readers, over the memory journal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use hence_base::{Commit, Offset, Op, Position, StreamId, TableId};
use hence_broker::{Bounds, Entry, Failure, Find, Found, Outcome, ReadError, ReadLimits};
use hence_journal::{Journal, Observer, Room, RowSource, State, SubmitError};

/// What is submitted while it holds becomes durable when it is let go.
#[derive(Debug)]
pub struct Held {
    inner: Arc<dyn Journal>,
    holding: AtomicBool,
    appends: AtomicUsize,
    reads: AtomicUsize,
    read_bytes: Arc<AtomicUsize>,
}

/// A payload that was read, for as long as somebody has it.
struct Read {
    payload: Bytes,
    read_bytes: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Read {
    fn as_ref(&self) -> &[u8] {
        &self.payload
    }
}

impl Drop for Read {
    fn drop(&mut self) {
        self.read_bytes.fetch_sub(self.payload.len(), Ordering::SeqCst);
    }
}

impl Held {
    pub fn over(inner: Arc<dyn Journal>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            holding: AtomicBool::new(false),
            appends: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
            read_bytes: Arc::default(),
        })
    }

    /// From now on nothing becomes durable.
    pub fn hold(&self) {
        self.holding.store(true, Ordering::SeqCst);
    }

    /// Everything submitted becomes durable, and what follows does as it is flushed.
    pub fn let_go(&self) {
        self.holding.store(false, Ordering::SeqCst);
        self.inner.flush();
    }

    /// Batches that were submitted so far.
    pub fn appends(&self) -> usize {
        self.appends.load(Ordering::SeqCst)
    }

    /// How often something was read so far.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// Bytes that were read and are still held.
    pub fn read_bytes(&self) -> usize {
        self.read_bytes.load(Ordering::SeqCst)
    }

    fn read_out(&self, mut entry: Entry) -> Entry {
        let read_bytes = Arc::clone(&self.read_bytes);
        read_bytes.fetch_add(entry.payload.len(), Ordering::SeqCst);
        entry.payload = Bytes::from_owner(Read { payload: entry.payload, read_bytes });
        entry
    }
}

impl Journal for Held {
    fn submit(&self, commit: &Commit<'_>) -> Result<Position, SubmitError> {
        let appends = commit.ops.iter().filter(|op| matches!(op, Op::Append { .. })).count();
        self.appends.fetch_add(appends, Ordering::SeqCst);
        self.inner.submit(commit)
    }

    fn flush(&self) {
        if !self.holding.load(Ordering::SeqCst) {
            self.inner.flush();
        }
    }

    fn room(&self) -> Room {
        self.inner.room()
    }

    fn state(&self) -> State {
        self.inner.state()
    }

    fn observe(&self, observer: Arc<dyn Observer>) {
        self.inner.observe(observer);
    }

    fn derive_rows_from(&self, source: Arc<dyn RowSource>) {
        self.inner.derive_rows_from(source);
    }

    fn bounds(&self, stream: StreamId) -> Option<Bounds> {
        self.inner.bounds(stream)
    }

    fn read(
        &self,
        stream: StreamId,
        from: Offset,
        limits: ReadLimits,
    ) -> Outcome<Result<Vec<Entry>, ReadError>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        match self.inner.read(stream, from, limits) {
            Outcome::Now(Ok(entries)) => {
                Outcome::Now(Ok(entries.into_iter().map(|entry| self.read_out(entry)).collect()))
            }
            other => other,
        }
    }

    fn find(&self, stream: StreamId, what: Find) -> Outcome<Result<Option<Found>, ReadError>> {
        self.inner.find(stream, what)
    }

    fn row(&self, table: TableId, key: &[u8]) -> Outcome<Option<Bytes>> {
        self.inner.row(table, key)
    }

    fn scan(
        &self,
        table: TableId,
        prefix: &[u8],
        after: Option<&[u8]>,
        rows_max: usize,
    ) -> Outcome<Vec<(Bytes, Bytes)>> {
        self.inner.scan(table, prefix, after, rows_max)
    }

    fn close(&self) -> Result<(), Failure> {
        self.inner.close()
    }
}
