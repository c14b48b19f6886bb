//! The journal's face on SlateDB: takes commits, keeps bounds and rows in memory, asks SlateDB for entries.
//!
//! Always: a position is a sequence number of SlateDB; bounds show only what is durable; once a failure was told nothing
//! is told to be durable. One runtime of its own per journal, since the face has none. Never here: what a row's bytes are.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use hence_base::limits::COMMIT_BYTES_MAX_DEFAULT;
use hence_base::{Commit, Offset, Position, StreamId, TableId, Timestamp};
use hence_journal::{
    Bounds, Entry, Failure, Find, Found, Journal, Observer, Outcome, ReadError, ReadLimits, Refusal, Room,
    RowSource, State, StoreFuture, SubmitError,
};
use parking_lot::{Mutex, RwLock};
use slatedb::{CloseReason, Db};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::Notify;

use crate::reading::{self, Seen};
use crate::rows::Rows;
use crate::submitted::{Submitted, weigh};

/// How a journal is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Shortest time from one write of SlateDB's log to the next: what a PUT costs against how long a commit waits.
    pub flush_interval_min: Duration,
    /// Largest commit.
    pub commit_bytes_max: usize,
    /// Size at which SlateDB moves its memtable to the object store.
    pub memtable_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            flush_interval_min: Duration::ZERO,
            commit_bytes_max: COMMIT_BYTES_MAX_DEFAULT,
            memtable_bytes: 64 << 20,
        }
    }
}

/// A journal on SlateDB.
pub struct SlateJournal {
    pub(crate) shared: Arc<Shared>,
    pub(crate) runtime: Option<Runtime>,
}

/// What the face, the writer and the readers share.
pub struct Shared {
    pub options: Options,
    pub db: Db,
    pub submitted: Mutex<Submitted>,
    pub rows: RwLock<Rows>,
    pub streams: RwLock<HashMap<StreamId, Live>>,
    pub durable: AtomicU64,
    pub wake: Notify,
    pub observer: OnceLock<Arc<dyn Observer>>,
    pub source: OnceLock<Arc<dyn RowSource>>,
    pub closing: Mutex<Option<SyncSender<Result<(), Failure>>>>,
    /// Held while the observer is told, so that nothing is told to be durable after a failure.
    pub telling: Mutex<()>,
}

/// The durable part of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    pub start: Offset,
    pub end: Offset,
    /// Payload bytes of all entries that the stream ever had.
    pub bytes_ever: u64,
    /// Payload bytes of the entries that are no longer readable.
    pub bytes_gone: u64,
    /// Largest timestamp of all entries that the stream ever had.
    pub newest: Timestamp,
}

impl Default for Live {
    fn default() -> Self {
        let (start, end) = (Offset::ZERO, Offset::ZERO);
        Self { start, end, bytes_ever: 0, bytes_gone: 0, newest: Timestamp(i64::MIN) }
    }
}

impl Live {
    pub const fn bounds(&self) -> Bounds {
        Bounds { start: self.start, end: self.end, bytes: self.bytes_ever - self.bytes_gone }
    }

    pub fn append(&mut self, end: Offset, bytes: u64, newest: Timestamp) {
        self.end = end;
        self.bytes_ever += bytes;
        self.newest = newest;
    }

    /// Makes `to` the start; `bytes_before` is what lies before the first entry that is left.
    pub fn trim(&mut self, to: Offset, bytes_before: Option<u64>) {
        self.start = self.start.max(to.min(self.end));
        self.bytes_gone = bytes_before.unwrap_or(self.bytes_ever);
    }
}

impl fmt::Debug for SlateJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlateJournal").field("durable", &self.shared.durable).finish_non_exhaustive()
    }
}

impl Shared {
    pub fn bounds(&self, stream: StreamId) -> Option<Bounds> {
        self.streams.read().get(&stream).map(Live::bounds)
    }

    pub fn durable(&self) -> Position {
        Position(self.durable.load(Ordering::Acquire))
    }

    pub fn set_durable(&self, position: Position) {
        self.durable.store(position.0, Ordering::Release);
    }

    /// Takes nothing any more and says so, once.
    pub fn fail(&self, failure: Failure) {
        let _telling = self.telling.lock();
        let mut submitted = self.submitted.lock();
        if matches!(submitted.failure, Some(Failure::Fenced | Failure::Unknown)) {
            return;
        }
        submitted.failure = Some(failure);
        submitted.queue.clear();
        drop(submitted);
        if let Some(observer) = self.observer.get() {
            observer.failed(failure);
        }
    }

    /// Whether a failure was told.
    pub fn has_failed(&self) -> bool {
        matches!(self.submitted.lock().failure, Some(Failure::Fenced | Failure::Unknown))
    }

    /// Learns of a newer owner although nothing is being written.
    pub async fn watch(self: Arc<Self>) {
        let mut status = self.db.subscribe();
        let reason = match status.wait_for(|status| status.close_reason.is_some()).await {
            Ok(status) => status.close_reason,
            Err(_gone) => return,
        };
        match reason {
            Some(CloseReason::Fenced) => self.fail(Failure::Fenced),
            Some(CloseReason::Panic) => self.fail(Failure::Unknown),
            _ => {}
        }
    }

    async fn read_entries(
        self: Arc<Self>,
        stream: StreamId,
        from: Offset,
        limits: ReadLimits,
        end: Offset,
    ) -> Result<Vec<Entry>, ReadError> {
        let read = reading::entries(&self.db, stream, from, limits, end).await;
        // A trim or a drop that became durable meanwhile has taken the rows away: that is no damage.
        match self.bounds(stream) {
            None => Err(ReadError::NoStream),
            Some(bounds) if from < bounds.start => Err(ReadError::OutOfRange { bounds }),
            Some(_) => read,
        }
    }
}

/// Runs `answer` on the journal's runtime, and says `gone` if that ends first.
fn later<T: Send + 'static>(
    runtime: &Handle,
    answer: impl Future<Output = T> + Send + 'static,
    gone: T,
) -> StoreFuture<T> {
    let task = runtime.spawn(answer);
    Box::pin(async move { task.await.unwrap_or(gone) })
}

impl SlateJournal {
    fn handle(&self) -> &Handle {
        self.runtime.as_ref().expect("it is taken by the drop only").handle()
    }
}

impl Journal for SlateJournal {
    fn submit(&self, commit: &Commit<'_>) -> Result<Position, SubmitError> {
        let mut submitted = self.shared.submitted.lock();
        if let Some(failure) = submitted.failure {
            return Err(failure.into());
        }
        if weigh(commit)? > self.shared.options.commit_bytes_max {
            return Err(Refusal::TooLarge.into());
        }
        let position = submitted.take_in(commit);
        drop(submitted);
        self.shared.rows.write().apply(commit);
        Ok(position)
    }

    fn flush(&self) {
        self.shared.wake.notify_one();
    }

    fn room(&self) -> Room {
        let commit_bytes_max = self.shared.options.commit_bytes_max;
        // An object store is never full.
        Room { commit_bytes_max, normal_bytes: u64::MAX, relief_bytes: u64::MAX }
    }

    fn state(&self) -> State {
        let failure = self.shared.submitted.lock().failure;
        State { durable: self.shared.durable(), failure }
    }

    fn observe(&self, observer: Arc<dyn Observer>) {
        assert!(self.shared.observer.set(observer).is_ok(), "a journal has one observer, set once");
    }

    fn derive_rows_from(&self, source: Arc<dyn RowSource>) {
        assert!(self.shared.source.set(source).is_ok(), "a journal has one source of rows, set once");
    }

    fn bounds(&self, stream: StreamId) -> Option<Bounds> {
        self.shared.bounds(stream)
    }

    fn read(
        &self,
        stream: StreamId,
        from: Offset,
        limits: ReadLimits,
    ) -> Outcome<Result<Vec<Entry>, ReadError>> {
        let Some(bounds) = self.shared.bounds(stream) else { return Outcome::Now(Err(ReadError::NoStream)) };
        if from < bounds.start || from > bounds.end {
            return Outcome::Now(Err(ReadError::OutOfRange { bounds }));
        }
        if from == bounds.end {
            return Outcome::Now(Ok(Vec::new()));
        }
        let read = self.shared.clone().read_entries(stream, from, limits, bounds.end);
        Outcome::Later(later(self.handle(), read, Err(ReadError::Io)))
    }

    fn find(&self, stream: StreamId, what: Find) -> Outcome<Result<Option<Found>, ReadError>> {
        let live = self.shared.streams.read().get(&stream).copied();
        let Some(live) = live else { return Outcome::Now(Err(ReadError::NoStream)) };
        let seen = Seen { bounds: live.bounds(), bytes_ever: live.bytes_ever, newest: live.newest };
        let db = self.shared.db.clone();
        let find = async move { reading::find(&db, stream, what, seen).await };
        Outcome::Later(later(self.handle(), find, Err(ReadError::Io)))
    }

    fn row(&self, table: TableId, key: &[u8]) -> Outcome<Option<Bytes>> {
        Outcome::Now(self.shared.rows.read().row(table, key))
    }

    fn scan(
        &self,
        table: TableId,
        prefix: &[u8],
        after: Option<&[u8]>,
        rows_max: usize,
    ) -> Outcome<Vec<(Bytes, Bytes)>> {
        Outcome::Now(self.shared.rows.read().scan(table, prefix, after, rows_max))
    }

    fn close(&self) -> Result<(), Failure> {
        let (answer, closed) = sync_channel(1);
        let mut submitted = self.shared.submitted.lock();
        if let Some(failure) = submitted.failure.replace(Failure::Closed) {
            submitted.failure = Some(failure);
            return Err(failure);
        }
        drop(submitted);
        *self.shared.closing.lock() = Some(answer);
        self.flush();
        closed.recv().unwrap_or(Err(Failure::Unknown))
    }
}

impl Drop for SlateJournal {
    /// Without a close this is a crash: tasks end where they are.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
