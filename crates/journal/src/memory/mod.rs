//! The memory store: a journal for tests and for `--durability memory`, gone with the process.
//!
//! Always: a commit counts as durable once it was flushed, in submit order; entries are readable from then on, rows from
//! submit on, as the face says. A payload is copied once, however many streams it goes to, and what is kept is bounded.
//! Never two locks but in this order: flushing, then submitted or readable. Rows stand alone.
//! Never here: files, threads, anything that blocks.

mod chunks;
mod limits;
mod rows;
mod size;
mod stream;
mod submitted;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hence_base::limits::COMMIT_BYTES_MAX_DEFAULT;
use hence_base::{Commit, Epoch, Offset, Position, StreamId, TableId, Urgency};
use parking_lot::{Mutex, RwLock};

use crate::{
    Bounds, Entry, Failure, Find, Found, Journal, Observer, Opening, Outcome, ReadError, ReadLimits, Refusal,
    Room, RowSource, State, SubmitError, Touched,
};
use rows::Rows;
use stream::Stream;
use submitted::{Change, Submitted};

/// How a memory journal is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names the journal.
    pub identity: [u8; 16],
    /// Bytes of payloads, annotations and rows that are kept at most; beyond it appends are refused as by a full disk.
    pub kept_bytes_max: u64,
    /// Largest single commit, in bytes.
    pub commit_bytes_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            identity: [0; 16],
            kept_bytes_max: limits::KEPT_BYTES_MAX_DEFAULT,
            commit_bytes_max: COMMIT_BYTES_MAX_DEFAULT,
        }
    }
}

impl Options {
    /// What opening it finds: nothing, and that is all there ever was.
    pub const fn opening(&self) -> Opening {
        Opening { identity: self.identity, epoch: Epoch(1), complete: true }
    }
}

/// A journal in memory.
pub struct MemoryJournal {
    options: Options,
    submitted: Mutex<Submitted>,
    rows: RwLock<Rows>,
    /// Held while changes become readable and are told, so that both happen in order.
    flushing: Mutex<Flushing>,
    readable: RwLock<HashMap<StreamId, Stream>>,
    durable: AtomicU64,
    kept_bytes: AtomicU64,
    observer: OnceLock<Arc<dyn Observer>>,
}

/// What a flush uses again the next time.
#[derive(Debug, Default)]
struct Flushing {
    serial: u64,
    changes: Vec<Change>,
    gone: Vec<Entry>,
    touched: Vec<Touched>,
}

impl std::fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryJournal")
            .field("durable", &self.durable)
            .field("kept_bytes", &self.kept_bytes)
            .finish_non_exhaustive()
    }
}

impl MemoryJournal {
    /// An empty journal.
    #[expect(clippy::new_ret_no_self, reason = "it is only ever used through the journal's face")]
    pub fn new(options: Options) -> Arc<dyn Journal> {
        Arc::new(Self {
            options,
            submitted: Mutex::default(),
            rows: RwLock::default(),
            flushing: Mutex::default(),
            readable: RwLock::default(),
            durable: AtomicU64::new(0),
            kept_bytes: AtomicU64::new(0),
            observer: OnceLock::new(),
        })
    }

    fn judge(&self, commit: &Commit<'_>) -> Result<(), Refusal> {
        let bytes = size::weigh(commit)?;
        if bytes > self.options.commit_bytes_max as u64 {
            return Err(Refusal::TooLarge);
        }
        let room = self.room();
        let left = match commit.urgency {
            Urgency::Normal => room.normal_bytes,
            Urgency::Relief => room.relief_bytes,
        };
        if bytes > left { Err(Refusal::DiskFull) } else { Ok(()) }
    }

    /// Makes what was submitted until now readable, in one step, and tells the observer.
    fn flush_once(&self, flushing: &mut Flushing) {
        let Flushing { serial, changes, gone, touched } = flushing;
        let position = self.submitted.lock().take(changes);
        if position.0 == self.durable.load(Ordering::Acquire) {
            return;
        }
        *serial += 1;
        let mut streams = self.readable.write();
        for change in changes.drain(..) {
            apply(&mut streams, change, *serial, gone, touched);
        }
        touched.retain_mut(|touch| {
            let bounds = streams.get(&touch.stream).map(Stream::bounds);
            touch.bounds = bounds.unwrap_or_default();
            bounds.is_some()
        });
        self.durable.store(position.0, Ordering::Release);
        drop(streams);
        let freed: u64 = gone.iter().map(submitted::entry_bytes).sum();
        self.kept_bytes.fetch_sub(freed, Ordering::Relaxed);
        gone.clear();
        if let Some(observer) = self.observer.get() {
            observer.advanced(position, touched);
        }
        touched.clear();
    }
}

fn apply(
    streams: &mut HashMap<StreamId, Stream>,
    change: Change,
    serial: u64,
    gone: &mut Vec<Entry>,
    touched: &mut Vec<Touched>,
) {
    let (id, bytes) = match change {
        Change::Append(id, entry) => {
            let bytes = entry.payload.len() as u64;
            streams.entry(id).or_default().append(entry);
            (id, bytes)
        }
        Change::Trim(id, to) => {
            let Some(stream) = streams.get_mut(&id) else { return };
            gone.extend(stream.trim(to));
            (id, 0)
        }
        Change::Drop(id) => {
            gone.extend(streams.remove(&id).into_iter().flat_map(Stream::into_entries));
            return;
        }
    };
    let Some(stream) = streams.get_mut(&id) else { return };
    if stream.touched_by != serial {
        stream.touched_by = serial;
        stream.touched_at = touched.len();
        touched.push(Touched { stream: id, bounds: Bounds::default(), bytes: 0 });
    }
    if let Some(touch) = touched.get_mut(stream.touched_at) {
        touch.bytes += bytes;
    }
}

impl Journal for MemoryJournal {
    fn submit(&self, commit: &Commit<'_>) -> Result<Position, SubmitError> {
        let mut submitted = self.submitted.lock();
        if let Some(failure) = submitted.failure {
            return Err(failure.into());
        }
        self.judge(commit)?;
        let kept = submitted.take_in(commit);
        // Counted under the lock: a flush may free it at once.
        self.kept_bytes.fetch_add(kept, Ordering::Relaxed);
        let position = submitted.position;
        drop(submitted);
        let (kept, freed) = self.rows.write().apply(commit);
        self.kept_bytes.fetch_add(kept, Ordering::Relaxed);
        self.kept_bytes.fetch_sub(freed, Ordering::Relaxed);
        Ok(position)
    }

    fn flush(&self) {
        // Whoever flushes looks again after letting go, so a submit whose flush found the lock taken is not left behind.
        while self.submitted.lock().position.0 != self.durable.load(Ordering::Acquire) {
            let Some(mut flushing) = self.flushing.try_lock() else { return };
            self.flush_once(&mut flushing);
        }
    }

    fn room(&self) -> Room {
        let Options { kept_bytes_max, commit_bytes_max, .. } = self.options;
        let relief_bytes = kept_bytes_max.saturating_sub(self.kept_bytes.load(Ordering::Relaxed));
        let normal_bytes = relief_bytes.saturating_sub(kept_bytes_max / limits::RELIEF_SHARE);
        Room { commit_bytes_max, normal_bytes, relief_bytes }
    }

    fn state(&self) -> State {
        let failure = self.submitted.lock().failure;
        State { durable: Position(self.durable.load(Ordering::Acquire)), failure }
    }

    fn observe(&self, observer: Arc<dyn Observer>) {
        assert!(self.observer.set(observer).is_ok(), "a journal has one observer, set once");
    }

    /// Derived rows become rows at a checkpoint, and nothing is recovered from memory: the source is never asked.
    fn derive_rows_from(&self, _source: Arc<dyn RowSource>) {}

    fn bounds(&self, stream: StreamId) -> Option<Bounds> {
        self.readable.read().get(&stream).map(Stream::bounds)
    }

    fn read(
        &self,
        stream: StreamId,
        from: Offset,
        limits: ReadLimits,
    ) -> Outcome<Result<Vec<Entry>, ReadError>> {
        let streams = self.readable.read();
        Outcome::Now(
            streams.get(&stream).ok_or(ReadError::NoStream).and_then(|stream| stream.read(from, limits)),
        )
    }

    fn find(&self, stream: StreamId, what: Find) -> Outcome<Result<Option<Found>, ReadError>> {
        let streams = self.readable.read();
        Outcome::Now(streams.get(&stream).ok_or(ReadError::NoStream).map(|stream| stream.find(what)))
    }

    fn row(&self, table: TableId, key: &[u8]) -> Outcome<Option<Bytes>> {
        Outcome::Now(self.rows.read().row(table, key))
    }

    fn scan(
        &self,
        table: TableId,
        prefix: &[u8],
        after: Option<&[u8]>,
        rows_max: usize,
    ) -> Outcome<Vec<(Bytes, Bytes)>> {
        Outcome::Now(self.rows.read().scan(table, prefix, after, rows_max))
    }

    fn close(&self) -> Result<(), Failure> {
        if let Some(failure) = self.submitted.lock().failure.replace(Failure::Closed) {
            return Err(failure);
        }
        self.flush_once(&mut self.flushing.lock());
        Ok(())
    }
}
