//! What the threads of a local journal share, and the one path on which a commit becomes durable.
//!
//! Always: a block is readable and told about only after it is durable in the journal's mode; the first failed write or
//! sync ends all writing. Lock order: writer, then taking or index, never both of these at once.
//! Never here: opening, reading, threads.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use hence_base::{Commit, Op, Position};
use parking_lot::{Mutex, RwLock};

use super::cold::Cold;
use super::options::{Mode, Options};
use super::segments::Segments;
use crate::disk::{Access, DiskFile};
use crate::format::block::Kind;
use crate::format::{commit, segment};
use crate::log::chain::Chain;
use crate::log::index::Index;
use crate::log::intake::{Draft, Intake};
use crate::log::rows::Rows;
use crate::log::runs::Effects;
use crate::ring::Pool;
use crate::{Failure, Observer, Refusal, Room, RowSource, SubmitError, Touched};

/// A local journal, shared by its threads.
#[derive(Debug)]
pub struct Store {
    pub options: Options,
    /// How segment files are opened to write.
    pub access: Access,
    pub pool: Arc<Pool>,
    pub segments: Segments,
    pub taking: Mutex<Taking>,
    pub rows: RwLock<Rows>,
    pub index: RwLock<Index>,
    pub cold: Cold,
    pub writer: Mutex<Writer>,
    pub durable: AtomicU64,
    pub observer: Told,
    pub source: Source,
}

/// Who is told.
#[derive(Default)]
pub struct Told(pub OnceLock<Arc<dyn Observer>>);

/// Who has derived rows.
#[derive(Default)]
pub struct Source(pub OnceLock<Arc<dyn RowSource>>);

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
}

/// The end of the log: held by whoever writes.
#[derive(Debug)]
pub struct Writer {
    pub chain: Chain,
    pub file: Arc<dyn DiskFile>,
    /// Bytes of the segment being written.
    pub segment_bytes: u64,
    /// Segments with writes that no sync has followed.
    pub unsynced: Vec<u64>,
    pub touched: Vec<Touched>,
    /// Given back to the intake with the next block.
    pub spare: Option<Effects>,
}

impl Store {
    /// Takes a commit.
    pub fn submit(&self, commit: &Commit<'_>) -> Result<Position, SubmitError> {
        let size = commit::size(commit).filter(|size| size.content <= self.options.commit_bytes_max());
        let size = size.ok_or(Refusal::TooLarge)?;
        let mut taking = self.taking.lock();
        if let Some(failure) = taking.failure {
            return Err(failure.into());
        }
        let position = taking.intake.submit(commit, size.encoded);
        drop(taking);
        if commit.ops.iter().any(|op| matches!(op, Op::Put { .. } | Op::Delete { .. })) {
            let mut rows = self.rows.write();
            commit.ops.iter().for_each(|op| rows.apply(op));
        }
        Ok(position)
    }

    /// Whether a commit waits to be written.
    pub fn waits(&self) -> bool {
        self.taking.lock().intake.waits()
    }

    /// Writes one block if a commit waits. `false`: nothing waits, or nothing is written any more.
    pub fn write_next(&self, writer: &mut Writer) -> bool {
        let draft = {
            let mut taking = self.taking.lock();
            if let Some(spare) = writer.spare.take() {
                taking.intake.recycle(spare);
            }
            if taking.failure.is_some_and(|failure| failure != Failure::Closed) {
                return false;
            }
            taking.intake.take()
        };
        let Some(draft) = draft else { return false };
        let written = self.write(writer, draft, Kind::Commits, 0, self.options.mode == Mode::Fsync);
        let block = match written {
            Ok(block) => block,
            Err(error) => {
                self.fail(&error);
                return false;
            }
        };
        let durable = block.header.last;
        let effects = self.index.write().publish(block, &mut writer.touched);
        writer.spare = Some(effects);
        self.durable.store(durable.0, Ordering::Release);
        if let Some(observer) = self.observer.0.get() {
            observer.advanced(durable, &writer.touched);
        }
        true
    }

    /// Writes a block at the end of the log, in another segment if it does not fit, and syncs it if asked.
    pub fn write(
        &self,
        writer: &mut Writer,
        draft: Draft,
        kind: Kind,
        flags: u8,
        sync: bool,
    ) -> io::Result<crate::log::chain::Block> {
        let length = draft.space.len() as u64;
        if writer.chain.place.offset + length > writer.segment_bytes {
            self.next_segment(writer, length)?;
        }
        let block = writer.chain.seal(draft, kind, flags);
        writer.file.write(block.header.place.offset, &block.bytes)?;
        if sync {
            writer.file.sync()?;
            if writer.unsynced.is_empty() {
                writer.chain.synced = writer.chain.place;
            }
        } else if writer.unsynced.last() != Some(&block.header.place.segment) {
            writer.unsynced.push(block.header.place.segment);
        }
        Ok(block)
    }

    fn next_segment(&self, writer: &mut Writer, length: u64) -> io::Result<()> {
        let Options { segment_bytes_min, segment_bytes_max, .. } = self.options;
        let grown = (writer.segment_bytes * 2).clamp(segment_bytes_min, segment_bytes_max);
        let bytes = grown.max(segment::HEADER_BYTES + length);
        let (sequence, file) = self.segments.create(bytes, self.access, &self.pool)?;
        writer.chain.enter(sequence);
        writer.file = file;
        writer.segment_bytes = bytes;
        Ok(())
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
        for sequence in writer.unsynced.drain(..) {
            self.segments.sync(sequence)?;
        }
        writer.chain.synced = writer.chain.place;
        Ok(())
    }

    /// Writes what waits, syncs, and says on disk that nothing follows.
    pub fn close(&self, writer: &mut Writer) -> Result<(), Failure> {
        {
            let mut taking = self.taking.lock();
            match taking.failure {
                None => taking.failure = Some(Failure::Closed),
                Some(failure) => return Err(failure),
            }
        }
        while self.write_next(writer) {}
        // A write that failed may have left a hole: nothing may follow it.
        if self.state_failure() != Some(Failure::Closed) {
            return Err(Failure::Unknown);
        }
        let closed = self.sync_all(writer).and_then(|()| {
            let draft = self.taking.lock().intake.empty();
            self.write(writer, draft, Kind::Close, 0, true)
        });
        closed.map(drop).map_err(|error| {
            self.fail(&error);
            Failure::Unknown
        })
    }

    /// Why nothing is accepted any more.
    pub fn state_failure(&self) -> Option<Failure> {
        self.taking.lock().failure
    }

    /// How much may be submitted.
    pub fn room(&self) -> Room {
        Room {
            commit_bytes_max: self.options.commit_bytes_max(),
            normal_bytes: u64::MAX,
            relief_bytes: u64::MAX,
        }
    }
}
