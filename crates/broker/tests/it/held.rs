//! A journal that holds back durability on command, and fails on command.
//!
//! Wraps the memory journal: a flush that is asked for while it is held happens when it is let go.

use std::sync::Arc;

use bytes::Bytes;
use hence_base::{Commit, Offset, Position, StreamId, TableId};
use hence_broker::{Bounds, Entry, Failure, Find, Found, Outcome, ReadError, ReadLimits};
use hence_journal::{Journal, Observer, Room, RowSource, State, SubmitError};
use parking_lot::Mutex;

#[derive(Debug)]
pub struct Held {
    inner: Arc<dyn Journal>,
    control: Mutex<Control>,
}

#[derive(Default)]
struct Control {
    holding: bool,
    failed: bool,
    observer: Option<Arc<dyn Observer>>,
    rows: Option<Arc<dyn RowSource>>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("holding", &self.holding).finish_non_exhaustive()
    }
}

impl Held {
    pub fn over(inner: Arc<dyn Journal>) -> Arc<Self> {
        Arc::new(Self { inner, control: Mutex::default() })
    }

    /// From now on nothing becomes durable.
    pub fn hold(&self) {
        self.control.lock().holding = true;
    }

    /// Everything submitted becomes durable, and what follows does as it is flushed.
    pub fn let_go(&self) {
        self.control.lock().holding = false;
        self.inner.flush();
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

    /// Asks for derived rows as a checkpoint does.
    pub fn take_dirty_rows(&self) -> usize {
        let rows = self.control.lock().rows.clone();
        rows.map_or(0, |rows| rows.dirty_rows(1_000).rows.len())
    }
}

impl Journal for Held {
    fn submit(&self, commit: &Commit<'_>) -> Result<Position, SubmitError> {
        if self.control.lock().failed {
            return Err(Failure::Unknown.into());
        }
        self.inner.submit(commit)
    }

    fn flush(&self) {
        let (holding, failed) = {
            let control = self.control.lock();
            (control.holding, control.failed)
        };
        if !holding && !failed {
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
        self.inner.read(stream, from, limits)
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
