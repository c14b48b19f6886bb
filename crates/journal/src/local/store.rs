//! What the threads of a local journal share, and how a commit is taken.
//!
//! Always: a block is readable and told about only after it is durable in the journal's mode (`flight`); the first failed
//! write or sync ends all writing. Lock order: keeper, flushing, writer, then taking or index, then the segments' files or
//! rows. The core's lock, of whoever has derived rows, comes between keeper and taking. Observers are told of what is durable
//! under the writer's lock.
//! Never here: opening, reading, threads.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hence_base::{Commit, Op, Position, Urgency};
use parking_lot::{Mutex, RwLock};

use super::cold::Cold;
use super::counters::{Counters, Counts};
use super::keeping::Keeper;
use super::lock::Lock;
use super::log_end::{LogEnd, Quiet, Writer};
use super::open::Way;
use super::options::Options;
use super::rolling::Rewriter;
use super::scrubbing::Places;
use super::segments::Segments;
use super::tending::Bell;
use crate::disk::{Disk, DiskFile};
use crate::format::Place;
use crate::format::block::Kind;
use crate::format::commit;
use crate::log::index::Index;
use crate::log::intake::{Draft, Intake};
use crate::log::rows::Rows;
use crate::planted::bug;
use crate::ring::Pool;
use crate::{Failure, Observer, Refusal, Room, RowSource, SubmitError};

/// A local journal, shared by its threads.
#[derive(Debug)]
pub struct Store {
    pub options: Options,
    pub disk: Arc<dyn Disk>,
    /// How segments are written.
    pub way: Way,
    pub pool: Arc<Pool>,
    pub segments: Segments,
    pub taking: Mutex<Taking>,
    pub rows: RwLock<Rows>,
    pub index: RwLock<Index>,
    pub cold: Cold,
    /// Held by the caller that writes, where no thread does: others leave their commits to it.
    pub flushing: Mutex<()>,
    pub log_end: LogEnd,
    /// Whether the last write waited for the device more than it moved bytes.
    pub slow: AtomicBool,
    pub keeper: Mutex<Keeper>,
    pub damaged: Mutex<Places>,
    pub bell: Bell,
    pub counters: Counters,
    pub durable: AtomicU64,
    /// Whether a block waits for space.
    pub stuck: AtomicBool,
    pub observer: Told,
    pub source: Source,
    pub rewriter: Rewriting,
    pub timing: Timing,
    /// Dead bytes that may stay on disk beside half of the readable ones.
    pub slack_bytes: u64,
    /// Held until the last thread has ended: none may write when another process does.
    #[expect(dead_code, reason = "the lock lasts as long as the store")]
    pub lock: Option<Lock>,
}

/// Who is told.
#[derive(Default)]
pub struct Told(pub OnceLock<Arc<dyn Observer>>);

/// Who has derived rows.
#[derive(Default)]
pub struct Source(pub OnceLock<Arc<dyn RowSource>>);

/// Who rewrites moved entries.
#[derive(Default)]
pub struct Rewriting(pub OnceLock<Arc<dyn Rewriter>>);

/// Who is told how long each write of a block took, with its sync where it has one.
#[derive(Default)]
pub struct Timing(pub OnceLock<Box<dyn Fn(Duration) + Send + Sync>>);

impl std::fmt::Debug for Timing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Timing({})", self.0.get().is_some())
    }
}

impl std::fmt::Debug for Rewriting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rewriting({})", self.0.get().is_some())
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Told({})", self.0.get().is_some())
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.0.get().is_some())
    }
}

/// What a submit changes.
#[derive(Debug)]
pub struct Taking {
    pub intake: Intake,
    pub failure: Option<Failure>,
    /// Bytes left of the segment being written, behind the last block that was sealed.
    pub here_bytes: u64,
    /// Bytes of a block that was taken and is not sealed, or was not when the last one was taken.
    pub taken_bytes: u64,
    /// What is left of what the room last told: work behind the log may hide space for a moment, a promise holds.
    pub promised: Room,
}

impl Taking {
    /// Bytes of blocks that are not written.
    pub fn pending_bytes(&self) -> u64 {
        self.intake.pending_bytes() + self.taken_bytes
    }
}

/// What a turn of the writer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Wrote a block: it is told of, unless an earlier one is on its way.
    Wrote,
    /// Nothing waits, or nothing is written any more.
    Idle,
    /// A block waits for space.
    Stuck,
    /// Another block is on its way, and too little waits for a second one, or somebody waits for quiet.
    Later,
}

impl Store {
    /// Takes a commit.
    pub fn submit(&self, commit: &Commit<'_>) -> Result<Position, SubmitError> {
        let size = commit::size(commit).filter(|size| size.content <= self.options.commit_bytes_max());
        let size = size.ok_or(Refusal::TooLarge)?;
        let has_rows = commit.ops.iter().any(|op| matches!(op, Op::Put { .. } | Op::Delete { .. }));
        let mut taking = self.taking.lock();
        if let Some(failure) = taking.failure {
            return Err(failure.into());
        }
        let room = self.room_of(&taking);
        let left = match commit.urgency {
            Urgency::Normal => room.normal_bytes.max(taking.promised.normal_bytes),
            Urgency::Relief => room.relief_bytes.max(taking.promised.relief_bytes),
        };
        if size.content as u64 > left || left == 0 {
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
            if bug!(RefusedLeavesRows) {
                commit.ops.iter().for_each(|op| self.rows.write().apply(op));
            }
            return Err(Refusal::DiskFull.into());
        }
        let position = taking.intake.submit(commit, size.encoded);
        let promised = &mut taking.promised;
        promised.normal_bytes = promised.normal_bytes.saturating_sub(size.encoded as u64);
        promised.relief_bytes = promised.relief_bytes.saturating_sub(size.encoded as u64);
        // A checkpoint whose place is behind this commit must find its rows.
        let rows = has_rows.then(|| self.rows.write());
        drop(taking);
        if let Some(mut rows) = rows {
            commit.ops.iter().for_each(|op| rows.apply(op));
        }
        Ok(position)
    }

    /// The newest position that was given.
    pub fn submitted(&self) -> Position {
        Position(self.taking.lock().intake.next().0 - 1)
    }

    /// Whether something can be written: a commit waits, or a block for space.
    pub fn has_work(&self) -> bool {
        let taking = self.taking.lock();
        taking.failure.is_none() && (taking.intake.waits() || self.stuck.load(Ordering::Acquire))
    }

    /// Writes what waits, on the calling thread.
    pub fn write_all(&self) {
        // Whoever writes looks again after letting go, so a submit whose flush found the lock taken is not left behind.
        while self.has_work() {
            let Some(_flushing) = self.flushing.try_lock() else { return };
            let Ok(mut writer) = self.log_end.quiet() else { return };
            let mut turn = Turn::Wrote;
            while turn == Turn::Wrote {
                turn = self.write_next(&mut writer);
            }
            if turn == Turn::Stuck {
                return;
            }
        }
    }

    /// Writes one block on the calling thread, unless another writes: it looks again. `false`: more waits.
    pub fn write_one(&self) -> bool {
        {
            let Some(_flushing) = self.flushing.try_lock() else { return true };
            if let Ok(mut writer) = self.log_end.quiet() {
                self.write_next(&mut writer);
            }
        }
        // After letting go: who found it taken meanwhile left its commit to whoever looks now.
        !self.has_work()
    }

    pub fn next_draft(&self, writer: &mut Writer) -> Option<Draft> {
        let mut taking = self.taking.lock();
        if let Some(effects) = writer.used_effects.take() {
            taking.intake.recycle(effects);
        }
        if taking.failure.is_some_and(|failure| failure != Failure::Closed) {
            return None;
        }
        if let Some(draft) = writer.held.take() {
            return Some(draft);
        }
        // What was taken before is sealed: its place is behind it.
        taking.here_bytes = writer.left_bytes();
        let draft = taking.intake.take();
        taking.taken_bytes = draft.as_ref().map_or(0, |draft| draft.space.len() as u64);
        draft
    }

    /// Writes a block of the journal's own at the end of the log, and syncs it if asked.
    pub fn write_own(
        &self,
        writer: &mut Quiet<'_>,
        draft: Draft,
        kind: Kind,
        flags: u8,
        sync: bool,
    ) -> io::Result<()> {
        let length = draft.space.len() as u64;
        if length > writer.left_bytes() {
            self.next_segment(writer, length)?;
        }
        let block = writer.chain.seal(draft, kind, flags);
        let Place { segment, offset } = block.header.place;
        let written = self.put(writer.file.as_ref(), offset, &block.bytes, sync);
        written.inspect_err(|error| {
            writer.broken = true;
            self.fail(error);
        })?;
        if sync && writer.unsynced.is_empty() {
            writer.chain.synced = writer.chain.place;
        } else if !sync {
            writer.wrote_unsynced(segment);
        }
        self.taking.lock().here_bytes = writer.left_bytes();
        Ok(())
    }

    /// Writes a block's bytes, and syncs them if asked.
    pub fn put(&self, file: &dyn DiskFile, at: u64, bytes: &[u8], sync: bool) -> io::Result<()> {
        let written = file.write(at, bytes);
        if !bug!(WriteErrorIgnored) {
            written?;
        }
        self.counters.blocks.fetch_add(1, Ordering::Relaxed);
        self.counters.log_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if sync {
            let synced = if bug!(SyncForgotten) { Ok(()) } else { file.sync() };
            if !bug!(SyncErrorIgnored) {
                synced?;
            }
            self.counters.syncs.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Says on disk that an epoch begins.
    pub fn begin_epoch(&self, draft: Draft, flags: u8) -> io::Result<()> {
        self.write_own(&mut self.log_end.quiet()?, draft, Kind::Open, flags, true)
    }

    /// Ends all writing: what was submitted and is not durable may or may not be stored.
    pub fn fail(&self, error: &io::Error) {
        let first = self.taking.lock().failure.replace(Failure::Unknown) != Some(Failure::Unknown);
        if first {
            tracing::error!(%error, "a write to the journal failed; it is read-only until restart");
            if let Some(observer) = self.observer.0.get() {
                observer.failed(Failure::Unknown);
            }
        }
    }

    /// Syncs everything that was written.
    pub fn sync_all(&self, writer: &mut Writer) -> io::Result<()> {
        for (_, file) in writer.unsynced.drain(..).filter(|_| !bug!(CloseWithoutSync)) {
            file.sync()?;
        }
        writer.chain.synced = writer.chain.place;
        Ok(())
    }

    /// Writes what waits, syncs, writes a checkpoint and says on disk that nothing follows.
    pub fn close(&self) -> Result<(), Failure> {
        {
            let mut taking = self.taking.lock();
            match taking.failure {
                None => taking.failure = Some(Failure::Closed),
                Some(failure) => return Err(failure),
            }
        }
        self.drain().and_then(|()| self.say_closed()).map_err(|error| {
            self.fail(&error);
            Failure::Unknown
        })
    }

    /// Writes and syncs all that was submitted.
    fn drain(&self) -> io::Result<()> {
        let mut writer = self.log_end.quiet()?;
        let mut turn = Turn::Wrote;
        while turn == Turn::Wrote {
            turn = self.write_next(&mut writer);
        }
        // After a write that failed, or could not be, there may be a hole: nothing may follow it.
        let whole = turn == Turn::Idle && self.state_failure() == Some(Failure::Closed);
        if whole { self.sync_all(&mut writer) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn say_closed(&self) -> io::Result<()> {
        if let Err(error) = self.checkpoint_now() {
            // The log has it all; the next start only replays more.
            tracing::warn!(%error, "no checkpoint could be written at the close");
        }
        let mut writer = self.log_end.quiet()?;
        let draft = self.taking.lock().intake.empty();
        self.write_own(&mut writer, draft, Kind::Close, 0, true)
    }

    /// Why nothing is accepted any more.
    pub fn state_failure(&self) -> Option<Failure> {
        self.taking.lock().failure
    }

    /// What happened since it was opened.
    pub fn counts(&self) -> Counts {
        self.counters.counts()
    }
}
