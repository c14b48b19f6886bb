//! The local store: a journal in the files of one directory.
//!
//! Always: in `fsync` two threads write, or a caller who submits alone (`writing`); in `os` whoever flushes writes; neither
//! path allocates payload memory.
//! `open` is the way in. A commit: `store` takes it, `flight` writes it at the `log_end`, `claiming` finds it space (`space`
//! says whose it is, `segments` which files there are). A read: `reading`, with `cold` and `fetching` for what is not in
//! memory. Behind the log, on a thread of its own (`tending`): `keeping` goes by urgency through `checkpointing` (what one
//! holds: `checkpoint`), `rolling` and `scrubbing`.
//! Never here: what recovery decides (`log`), what bytes mean (`format`).

pub(crate) mod checkpoint;
mod checkpointing;
mod claiming;
mod cold;
mod counters;
mod fetching;
mod flight;
mod keeping;
pub(crate) mod lock;
mod log_end;
pub(crate) mod open;
mod options;
mod reading;
pub(crate) mod recovered;
mod rolling;
mod scrubbing;
pub(crate) mod segments;
mod space;
mod store;
mod tending;
mod writing;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use hence_base::{Commit, Offset, Position, StreamId, TableId};

pub use counters::Counts;
pub use open::{NotAJournal, OpenError};
pub use options::{Io, Mode, Options};
pub use rolling::{Rewrite, Rewriter};
pub use scrubbing::Damaged;

use fetching::Fetchers;
use reading::{May, Stop};
use store::Store;
use tending::TendThread;
use writing::WriteThreads;

use crate::{
    Bounds, Entry, Failure, Find, Found, Journal, Observer, Outcome, ReadError, ReadLimits, Room, RowSource,
    State, SubmitError,
};

/// A journal in the files of one directory.
#[derive(Debug)]
pub struct LocalJournal {
    store: Arc<Store>,
    write_threads: Option<WriteThreads>,
    tend_thread: Option<TendThread>,
    fetchers: Option<Fetchers>,
}

impl LocalJournal {
    fn new(store: Store) -> std::io::Result<Self> {
        let store = Arc::new(store);
        let threads = store.options.threads;
        let write_threads =
            store.options.has_write_threads().then(|| WriteThreads::start(&store)).transpose()?;
        let tend_thread = threads.then(|| TendThread::start(Arc::clone(&store))).transpose()?;
        let fetchers = threads.then(Fetchers::start).transpose()?;
        Ok(Self { store, write_threads, tend_thread, fetchers })
    }

    /// One step of the work behind the log, for whoever opened it without threads. `false`: nothing to do now.
    pub fn tend(&self) -> bool {
        self.store.tend()
    }

    /// Names who says what becomes of entries that are moved. Set once.
    pub fn rewrite_with(&self, rewriter: Arc<dyn Rewriter>) {
        assert!(self.store.rewriter.0.set(rewriter).is_ok(), "a journal has one rewriter, set once");
    }

    /// Names who is told how long each write of a block took, with its sync in `fsync`. Set once; must be quick.
    pub fn time_writes(&self, told: impl Fn(Duration) + Send + Sync + 'static) {
        assert!(self.store.timing.0.set(Box::new(told)).is_ok(), "writes are timed by one, set once");
    }

    /// Blocks that are known to be damaged: their readers get an error, everything else runs.
    pub fn damaged(&self) -> Vec<Damaged> {
        self.store.damaged()
    }

    /// What happened since it was opened.
    pub fn counts(&self) -> Counts {
        self.store.counts()
    }

    /// How blocks are written: what the line that says "ready" names.
    pub fn io(&self) -> &'static str {
        self.store.way.name()
    }

    fn later<T: Send + 'static>(
        &self,
        question: impl Fn(&Store) -> Result<T, Stop> + Send + 'static,
    ) -> Outcome<Result<T, ReadError>> {
        let store = Arc::clone(&self.store);
        let ask = move || match question(&store) {
            Ok(answer) => Ok(answer),
            Err(Stop::Error(error)) => Err(error),
            Err(Stop::Cold | Stop::Moved) => unreachable!("a question that may fetch is answered"),
        };
        match &self.fetchers {
            Some(fetchers) => Outcome::Later(Box::pin(fetchers.ask(ask))),
            None => Outcome::Now(ask()),
        }
    }
}

impl LocalJournal {
    fn stop_threads(&self) {
        // The last holder may be one of the threads, in a call of the observer: it cannot wait for the others, which
        // may wait for what it holds. They end by themselves.
        let own = self.write_threads.as_ref().is_some_and(WriteThreads::is_current)
            || self.tend_thread.as_ref().is_some_and(TendThread::is_current);
        if let Some(threads) = &self.write_threads {
            threads.stop(!own);
        }
        if let Some(thread) = &self.tend_thread {
            thread.stop(!own);
        }
    }
}

impl Drop for LocalJournal {
    fn drop(&mut self) {
        self.stop_threads();
        if let Some(fetchers) = &self.fetchers {
            fetchers.stop();
        }
    }
}

impl Journal for LocalJournal {
    fn submit(&self, commit: &Commit<'_>) -> Result<Position, SubmitError> {
        self.store.submit(commit)
    }

    fn flush(&self) {
        match &self.write_threads {
            Some(threads) => threads.wake(),
            None => self.store.write_all(),
        }
    }

    fn flush_here(&self) -> bool {
        match &self.write_threads {
            Some(threads) => {
                threads.write_or_wake(&self.store);
                true
            }
            None => self.store.write_one(),
        }
    }

    fn room(&self) -> Room {
        self.store.room()
    }

    fn room_now(&self) -> Room {
        self.store.room_of(&self.store.taking.lock())
    }

    fn state(&self) -> State {
        State {
            durable: Position(self.store.durable.load(Ordering::Acquire)),
            failure: self.store.state_failure(),
        }
    }

    fn observe(&self, observer: Arc<dyn Observer>) {
        assert!(self.store.observer.0.set(observer).is_ok(), "a journal has one observer, set once");
    }

    fn derive_rows_from(&self, source: Arc<dyn RowSource>) {
        assert!(
            self.store.source.0.set(source).is_ok(),
            "a journal has one source of derived rows, set once"
        );
    }

    fn bounds(&self, stream: StreamId) -> Option<Bounds> {
        self.store.index.read().bounds(stream)
    }

    fn read(
        &self,
        stream: StreamId,
        from: Offset,
        limits: ReadLimits,
    ) -> Outcome<Result<Vec<Entry>, ReadError>> {
        match self.store.read(stream, from, limits, May::Recall) {
            Ok(entries) => Outcome::Now(Ok(entries)),
            Err(Stop::Error(error)) => Outcome::Now(Err(error)),
            Err(Stop::Cold | Stop::Moved) => {
                self.later(move |store| store.read(stream, from, limits, May::Fetch))
            }
        }
    }

    fn find(&self, stream: StreamId, what: Find) -> Outcome<Result<Option<Found>, ReadError>> {
        match self.store.find(stream, what, May::Recall) {
            Ok(found) => Outcome::Now(Ok(found)),
            Err(Stop::Error(error)) => Outcome::Now(Err(error)),
            Err(Stop::Cold | Stop::Moved) => self.later(move |store| store.find(stream, what, May::Fetch)),
        }
    }

    fn row(&self, table: TableId, key: &[u8]) -> Outcome<Option<Bytes>> {
        Outcome::Now(self.store.rows.read().row(table, key))
    }

    fn scan(
        &self,
        table: TableId,
        prefix: &[u8],
        after: Option<&[u8]>,
        rows_max: usize,
    ) -> Outcome<Vec<(Bytes, Bytes)>> {
        Outcome::Now(self.store.rows.read().scan(table, prefix, after, rows_max))
    }

    fn close(&self) -> Result<(), Failure> {
        self.stop_threads();
        self.store.close()
    }
}
