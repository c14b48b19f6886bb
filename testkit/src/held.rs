//! A journal that does what a test says, over one that writes when it is flushed and answers reads at once: holds back
//! durability, fails, lets something happen in the midst of a submit, and counts what is asked of it and what of it readers
//! still hold.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hence_base::{Commit, Offset, Op, Position, StreamId, TableId};
use hence_journal::{
    Bounds, Entry, Failure, Find, Found, Journal, Observer, Outcome, ReadError, ReadLimits, Room, RowSource,
    State, SubmitError,
};
use parking_lot::Mutex;

/// What is submitted while it holds becomes durable when it is let go.
#[derive(Debug)]
pub struct Held {
    inner: Arc<dyn Journal>,
    control: Mutex<Control>,
    appends: AtomicUsize,
    reads: AtomicUsize,
    read_bytes: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Control {
    holding: bool,
    failed: bool,
    observer: Option<Arc<dyn Observer>>,
    rows: Option<Arc<dyn RowSource>>,
    interruption: Option<Box<dyn FnOnce() + Send>>,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("holding", &self.holding).finish_non_exhaustive()
    }
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
    /// Passes on to `inner` what nothing was said about.
    pub fn over(inner: Arc<dyn Journal>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            control: Mutex::default(),
            appends: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
            read_bytes: Arc::default(),
        })
    }

    /// From now on nothing becomes durable.
    pub fn hold(&self) {
        self.control.lock().holding = true;
    }

    /// Everything submitted becomes durable, and what follows does as it is flushed.
    pub fn let_go(&self) {
        self.control.lock().holding = false;
        self.flush();
    }

    /// A write fails: what was submitted and is not durable never will be.
    pub fn fail(&self) {
        let observer = {
            let mut control = self.control.lock();
            control.failed = true;
            control.observer.clone()
        };
        if let Some(observer) = observer {
            observer.failed(Failure::Unknown);
        }
    }

    /// Does something once in the midst of the next submit, when whoever submits holds what it holds.
    pub fn interrupt(&self, what: impl FnOnce() + Send + 'static) {
        self.control.lock().interruption = Some(Box::new(what));
    }

    /// Asks for derived rows as a checkpoint does.
    pub fn take_dirty_rows(&self) -> usize {
        let rows = self.control.lock().rows.clone();
        rows.map_or(0, |rows| rows.dirty_rows(1_000).rows.len())
    }

    /// Appends that were submitted so far.
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
        let interruption = self.control.lock().interruption.take();
        if let Some(interruption) = interruption {
            interruption();
        }
        if self.control.lock().failed {
            return Err(Failure::Unknown.into());
        }
        let appends = commit.ops.iter().filter(|op| matches!(op, Op::Append { .. })).count();
        self.appends.fetch_add(appends, Ordering::SeqCst);
        self.inner.submit(commit)
    }

    fn flush(&self) {
        let flushes = {
            let control = self.control.lock();
            !control.holding && !control.failed
        };
        if flushes {
            self.inner.flush();
        }
    }

    fn room(&self) -> Room {
        self.inner.room()
    }

    fn state(&self) -> State {
        let failure = self.control.lock().failed.then_some(Failure::Unknown);
        State { failure: failure.or(self.inner.state().failure), ..self.inner.state() }
    }

    fn observe(&self, observer: Arc<dyn Observer>) {
        self.control.lock().observer = Some(Arc::clone(&observer));
        self.inner.observe(observer);
    }

    fn derive_rows_from(&self, source: Arc<dyn RowSource>) {
        self.control.lock().rows = Some(Arc::clone(&source));
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
        if self.control.lock().failed { Err(Failure::Unknown) } else { self.inner.close() }
    }
}
