//! The face of a journal: submit, learn of durability, read, find, scan. Every store implements it and the one
//! conformance suite runs over all of them.
//!
//! Always: positions are given in submit order; an entry is readable only once its commit is durable; after a failure
//! nothing is accepted any more. Never here: how anything is stored.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use hence_base::{Commit, Epoch, LeaderEpoch, Offset, Op, Position, StreamId, TableId, Timestamp};

/// What a store answers later: a plain future, woken by the store's own threads, on any runtime.
pub type StoreFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// An answer that is there at once when it is in memory, and a future when it must be fetched.
pub enum Outcome<T> {
    /// Answered from memory.
    Now(T),
    /// Being fetched.
    Later(StoreFuture<T>),
}

impl<T> fmt::Debug for Outcome<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now(_) => "Now",
            Self::Later(_) => "Later",
        })
    }
}

/// An ordered sequence of atomic commits over streams and state rows, with a single writer.
pub trait Journal: Send + Sync + fmt::Debug {
    /// Takes a commit: copies what it borrows, gives it the next position and returns before it is durable.
    ///
    /// Only the owner of the core calls this, one call at a time, so bases of appends are plain checks: an append whose
    /// base is not its stream's end is a broken invariant and stops the process.
    fn submit(&self, commit: &Commit<'_>) -> Result<Position, SubmitError>;

    /// Writes what was submitted where that does not block (memory, and `os`, where the kernel takes it); a store whose
    /// writes block has a thread for them and wakes it. Called after the core was left, by whoever submitted: several
    /// submits may share one flush, and nothing becomes durable without one.
    fn flush(&self);

    /// The same for a caller that has nothing better to do than to wait for one write, and who submits alone: a store with
    /// a thread for its writes may write here instead, which is faster than waking the thread. `false`: more waits, and a
    /// `flush` must follow.
    fn flush_here(&self) -> bool {
        self.flush();
        true
    }

    /// How much a commit may hold at this moment. What stays within it is not refused by the next `submit`.
    fn room(&self) -> Room;

    /// The room at this moment, for who only looks: promises nothing, and takes back no promise.
    fn room_now(&self) -> Room {
        self.room()
    }

    /// The newest durable position and whether the journal still accepts commits.
    fn state(&self) -> State;

    /// Names who is told when the durable position moves. Set once, before the first `submit`.
    fn observe(&self, observer: Arc<dyn Observer>);

    /// Names who has the rows that are derived from entries and become rows at a checkpoint only.
    fn derive_rows_from(&self, source: Arc<dyn RowSource>);

    /// Readable range of a stream; `None` when nothing was ever appended to it or it was dropped.
    fn bounds(&self, stream: StreamId) -> Option<Bounds>;

    /// Whole entries from the one that contains `from`, in order, within `limits`; empty at the end of the stream.
    fn read(
        &self,
        stream: StreamId,
        from: Offset,
        limits: ReadLimits,
    ) -> Outcome<Result<Vec<Entry>, ReadError>>;

    /// The first entry that answers `what`; `None` when none does.
    fn find(&self, stream: StreamId, what: Find) -> Outcome<Result<Option<Found>, ReadError>>;

    /// A state row as of the newest submitted commit.
    fn row(&self, table: TableId, key: &[u8]) -> Outcome<Option<Bytes>>;

    /// The rows of `table` whose keys start with `prefix`, in key order, at most `rows_max`, after `after` if given.
    fn scan(
        &self,
        table: TableId,
        prefix: &[u8],
        after: Option<&[u8]>,
        rows_max: usize,
    ) -> Outcome<Vec<(Bytes, Bytes)>>;

    /// Makes everything submitted durable (whatever the mode), writes a checkpoint and marks the stop as clean.
    /// Blocks the calling thread; nothing may be submitted afterwards.
    fn close(&self) -> Result<(), Failure>;
}

/// What an opening found: given by a store beside the journal, once the state was replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Names the journal for as long as it lives.
    pub identity: [u8; 16],
    /// This opening's epoch.
    pub epoch: Epoch,
    /// Whether everything that was ever acknowledged is proved to be here: a clean stop, or a mode that syncs before it
    /// acknowledges. When false the owner raises leader epochs before it serves anything.
    pub complete: bool,
}

/// What may be submitted now, in bytes as [`Commit`] counts them before encoding (payloads, headers, rows).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Largest single commit.
    pub commit_bytes_max: usize,
    /// Bytes that commits of normal urgency may still take; 0 when the disk is full.
    pub normal_bytes: u64,
    /// Bytes that commits of relief urgency may still take.
    pub relief_bytes: u64,
}

/// What is durable, and whether more is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Every commit up to this position is durable in the journal's mode.
    pub durable: Position,
    /// Why nothing is accepted any more.
    pub failure: Option<Failure>,
}

/// Why a journal stopped accepting commits. It stays so until restart; readers go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A write or sync failed: commits above the durable position may or may not be stored.
    #[error("a write to the journal failed; it is read-only until restart")]
    Unknown,
    /// Another owner has opened the journal with a higher epoch.
    #[error("another process owns the journal now")]
    Fenced,
    /// It was closed.
    #[error("the journal is closed")]
    Closed,
}

/// Why a commit was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Nothing was or will be stored.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// Nothing is accepted any more; this commit was not stored, earlier ones may be.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Why a commit was refused; the journal is well and another commit may be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The disk is full (for relief commits: even the reserve is).
    #[error("the disk is full")]
    DiskFull,
    /// The commit is larger than [`Room::commit_bytes_max`].
    #[error("the commit is larger than the configured maximum")]
    TooLarge,
}

/// Told of durability by whichever thread learns of it; must return quickly and never call back into `submit`.
pub trait Observer: Send + Sync {
    /// Everything up to `durable` is durable now; `touched` are the streams with new readable entries or a new start.
    fn advanced(&self, durable: Position, touched: &[Touched]);

    /// Nothing further will become durable.
    fn failed(&self, failure: Failure);
}

/// A stream whose readable range changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The stream.
    pub stream: StreamId,
    /// Its readable range now.
    pub bounds: Bounds,
    /// Payload bytes that became readable by this advance.
    pub bytes: u64,
}

/// Readable range of a stream: `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// First readable offset.
    pub start: Offset,
    /// The offset after the last durable entry.
    pub end: Offset,
    /// Payload bytes of the readable entries (entries that a trim cut into are counted whole).
    pub bytes: u64,
}

/// One entry, owned: its header and its payload as stored. Cloning shares the bytes.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Offset of the first record.
    pub base: Offset,
    /// How many offsets it covers.
    pub count: u32,
    /// Largest timestamp of its records.
    pub max_timestamp: Timestamp,
    /// Leader epoch when it was appended.
    pub leader_epoch: LeaderEpoch,
    /// The payload's format tag.
    pub format: u8,
    /// The format's flags.
    pub flags: u8,
    /// The format's annotations.
    pub annotations: Bytes,
    /// The payload.
    pub payload: Bytes,
}

impl Entry {
    /// The offset after the entry.
    pub const fn end(&self) -> Offset {
        Offset(self.base.0 + self.count as u64)
    }
}

/// How much a read returns: at least one entry if there is one (KIP-74), then up to the limits.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// Payload bytes; the first entry is returned even when it is larger.
    pub bytes_max: usize,
    /// Read no entry whose base is at or beyond this offset.
    pub before: Option<Offset>,
}

/// What to look for in a stream.
#[derive(Clone, Copy, Debug)]
pub enum Find {
    /// The first entry whose largest timestamp is at or after this time.
    AtOrAfter(Timestamp),
    /// The entry with the largest timestamp; the first of them when several share it.
    Newest,
    /// The first entry such that it and those after it hold at most this many payload bytes.
    LastBytes(u64),
}

/// An entry that was looked for.
#[derive(Clone, Debug)]
pub struct Found {
    /// The entry.
    pub entry: Entry,
}

/// Why a read failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The offset is below the start or above the end; nothing was read.
    #[error("offset out of range: the stream has {}..{}", bounds.start, bounds.end)]
    OutOfRange {
        /// What is readable.
        bounds: Bounds,
    },
    /// There is no such stream.
    #[error("no such stream")]
    NoStream,
    /// The stored bytes do not match their checksum; the rest of the stream is readable.
    #[error("the stored bytes at offset {at} are damaged")]
    Corrupt {
        /// First offset that cannot be read.
        at: Offset,
    },
    /// The disk failed to give the bytes.
    #[error("reading from the disk failed")]
    Io,
}

/// Rows that follow from entries and are kept by the core: asked for at a checkpoint, in slices.
pub trait RowSource: Send + Sync {
    /// Up to `rows_max` rows that changed since they were last asked for. Called again while `more`.
    /// Holds the core for at most a millisecond per call.
    fn dirty_rows(&self, rows_max: usize) -> DirtyRows;
}

/// A slice of changed derived rows.
#[derive(Debug, Default)]
pub struct DirtyRows {
    /// The rows; `None` deletes.
    pub rows: Vec<(TableId, Vec<u8>, Option<Vec<u8>>)>,
    /// The newest position that they reflect: the checkpoint is valid only once it is durable.
    pub made: Position,
    /// Whether more rows are dirty.
    pub more: bool,
}

/// Who is shown the recovered state while a journal opens: first the rows of the checkpoint, then every later operation.
/// The rows may already reflect some of the operations (a checkpoint is fuzzy), so applying must be idempotent.
pub trait Replay {
    /// A row of the checkpoint.
    fn row(&mut self, table: TableId, key: &[u8], value: &[u8]);

    /// An operation of a commit after the checkpoint.
    fn op(&mut self, position: Position, op: &Op<'_>);
}
