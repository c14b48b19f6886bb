//! A block on its way to the device: sealed behind the one before it, written, and then told about in the log's order.
//!
//! Always: what is told about has nothing before it that is not on the device; after a write that failed nothing is told any
//! more. Two blocks are on their way at once only where a write reports its own failure, and only while writes are slow.
//! Never here: which thread writes (`writing`).

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::MutexGuard;

use super::log_end::{Quiet, Writer};
use super::open::Way;
use super::options::Mode;
use super::segments::is_short;
use super::store::{Store, Turn};
use crate::clock::now;
use crate::disk::DiskFile;
use crate::format::Place;
use crate::format::block::Kind;
use crate::log::chain::Block;
use crate::planted::bug;

/// So many blocks are on their way at most.
const FLIGHTS_MAX: usize = 2;

/// A write that takes longer than this, and than a millisecond for each MiB beside, waits for the device more than it
/// moves bytes: another one may wait at the same time.
const SLOW: Duration = Duration::from_millis(1);
const SLOW_PER_MIB: Duration = Duration::from_millis(1);

/// A block that is sealed and not told about.
#[derive(Debug)]
pub struct Flight {
    block: Block,
    /// Whether it counts as written, in the journal's mode.
    landed: bool,
}

/// What it takes to write a block, without the writer's lock.
#[derive(Debug)]
pub struct Passage {
    file: Arc<dyn DiskFile>,
    at: Place,
    bytes: Bytes,
}

impl Store {
    /// Seals the next block behind the last, in a segment that has space for it.
    pub fn launch(&self, writer: &mut Writer) -> Result<Passage, Turn> {
        let draft = self.next_draft(writer).ok_or(Turn::Idle)?;
        let length = draft.space.len() as u64;
        if length > writer.left_bytes()
            && let Err(error) = self.next_segment(writer, length)
        {
            if is_short(&error) {
                writer.held = Some(draft);
                if !self.stuck.swap(true, Ordering::AcqRel) {
                    tracing::warn!(%error, "nothing can be written until there is room again");
                }
                self.bell.ring();
                return Err(Turn::Stuck);
            }
            return Err(self.give_up(writer, &error));
        }
        self.stuck.store(false, Ordering::Release);
        if bug!(AcknowledgedBeforeDurable)
            && let Some(observer) = self.observer.0.get()
        {
            observer.advanced(draft.last, &[]);
        }
        let block = writer.chain.seal(draft, Kind::Commits, 0);
        let passage =
            Passage { file: Arc::clone(&writer.file), at: block.header.place, bytes: block.bytes.clone() };
        writer.flights.push_back(Flight { block, landed: false });
        Ok(passage)
    }

    /// Writes it.
    pub fn fly(&self, passage: &Passage) -> io::Result<()> {
        let Passage { file, at, bytes } = passage;
        let begun = now();
        self.put(file.as_ref(), at.offset, bytes, self.options.mode == Mode::Fsync)?;
        if let Some(told) = self.timing.0.get() {
            told(begun.elapsed());
        }
        Ok(())
    }

    /// A write has ended: tells about it and what landed behind it, unless an earlier one is still on its way.
    pub fn land(&self, writer: &mut Writer, passage: &Passage, written: io::Result<()>) -> Turn {
        if let Err(error) = written {
            return self.give_up(writer, &error);
        }
        let own = writer.flights.iter_mut().find(|flight| flight.block.header.place == passage.at);
        own.into_iter().for_each(|own| own.landed = true);
        while writer.flights.front().is_some_and(|first| first.landed || bug!(ToldOutOfOrder))
            && let Some(first) = writer.flights.pop_front()
        {
            self.tell(writer, first.block);
        }
        if writer.flights.is_empty() {
            self.log_end.all_landed();
        }
        Turn::Wrote
    }

    /// After an error nothing is told any more, whatever is on its way: before it may be a hole.
    fn give_up(&self, writer: &mut Writer, error: &io::Error) -> Turn {
        self.fail(error);
        writer.flights.clear();
        writer.broken = true;
        self.log_end.all_landed();
        Turn::Idle
    }

    /// What is written is readable, and whoever waits for it learns of it.
    fn tell(&self, writer: &mut Writer, block: Block) {
        let (durable, end) = (block.header.last, block.header.end());
        if self.options.mode == Mode::Os {
            writer.wrote_unsynced(block.header.place.segment);
        } else if writer.unsynced.is_empty() {
            writer.chain.synced = end;
        }
        self.counters.commits.fetch_add(durable.0 + 1 - block.header.first.0, Ordering::Relaxed);
        let freed = !block.effects.changes.is_empty();
        let effects = self.index.write().publish(block, &mut writer.touched);
        writer.used_effects = Some(effects);
        self.durable.store(durable.0, Ordering::Release);
        if let Some(observer) = self.observer.0.get() {
            observer.advanced(durable, &writer.touched);
        }
        if freed {
            self.bell.ring();
        }
    }

    /// Writes one block if a commit waits, with nothing beside it.
    pub fn write_next(&self, writer: &mut Quiet<'_>) -> Turn {
        match self.launch(writer) {
            Ok(passage) => {
                let written = self.fly(&passage);
                self.land(writer, &passage, written)
            }
            Err(turn) => turn,
        }
    }

    /// Writes one block if a commit waits, and a second one beside another where that pays: `begins` is called before a
    /// write that leaves the lock to others.
    pub fn write_beside(&self, begins: impl Fn()) -> Turn {
        let mut writer = self.log_end.lock();
        if self.log_end.is_called() || !self.may_launch(&writer) {
            return Turn::Later;
        }
        let passage = match self.launch(&mut writer) {
            Ok(passage) => passage,
            Err(turn) => return turn,
        };
        let begun = now();
        let written = if self.slow.load(Ordering::Relaxed) {
            begins();
            MutexGuard::unlocked(&mut writer, || self.fly(&passage))
        } else {
            self.fly(&passage)
        };
        self.slow.store(self.is_slow(&passage, begun), Ordering::Relaxed);
        self.land(&mut writer, &passage, written)
    }

    /// Whether another block may be on its way: a second one only when as much waits as the first one has, so that the
    /// device is asked no more often than it must.
    fn may_launch(&self, writer: &Writer) -> bool {
        match writer.flights.front() {
            None => true,
            Some(_) if writer.flights.len() == FLIGHTS_MAX => false,
            Some(first) => self.taking.lock().intake.pending_bytes() >= first.block.bytes.len() as u64,
        }
    }

    fn is_slow(&self, passage: &Passage, begun: Instant) -> bool {
        let fast = SLOW + SLOW_PER_MIB.mul_f64(passage.bytes.len() as f64 / f64::from(1 << 20));
        self.way == Way::Direct
            && self.options.mode == Mode::Fsync
            && self.options.commit_interval_min_us == 0
            && begun.elapsed() > fast
    }
}

#[cfg(test)]
mod tests;
