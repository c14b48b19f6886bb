//! The end of the log: what is known of it, and who may write there.
//!
//! Always: two may write a block of commits at the same time (`flight`); whoever writes anything else, or relies on where
//! the log ends, holds [`Quiet`]: nothing is on its way, and nothing failed. Never here: what is written.

use std::collections::VecDeque;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::flight::Flight;
use crate::Touched;
use crate::disk::DiskFile;
use crate::log::chain::Chain;
use crate::log::intake::Draft;
use crate::log::recovery::Last;
use crate::log::runs::Effects;

/// The end of the log, shared by those who write.
#[derive(Debug)]
pub struct LogEnd {
    writer: Mutex<Writer>,
    /// Rung when no block is on its way any more.
    landed: Condvar,
    /// So many wait for that.
    callers: AtomicUsize,
}

/// The end of the log: held by whoever writes.
#[derive(Debug)]
pub struct Writer {
    pub chain: Chain,
    pub file: Arc<dyn DiskFile>,
    /// Bytes of the segment being written.
    pub segment_bytes: u64,
    /// Segments with writes that no sync has followed, open: a sync must not depend on a file that can be opened.
    pub unsynced: Vec<(u64, Arc<dyn DiskFile>)>,
    /// Blocks on their way, in the log's order; `chain` is behind them.
    pub flights: VecDeque<Flight>,
    /// Whether a write failed: before whatever is on its way may be a hole.
    pub broken: bool,
    pub touched: Vec<Touched>,
    /// What the last block's effects were kept in: given back to the intake with the next block.
    pub used_effects: Option<Effects>,
    /// A block that found no space, or no file to go to.
    pub held: Option<Draft>,
    /// What is known of the run.
    pub last: Option<Last>,
}

impl Writer {
    /// Bytes left of the segment being written.
    pub const fn left_bytes(&self) -> u64 {
        self.segment_bytes - self.chain.place.offset
    }

    /// A segment has a write that no sync has followed.
    pub fn wrote_unsynced(&mut self, segment: u64) {
        if self.unsynced.last().is_none_or(|(last, _)| *last != segment) {
            self.unsynced.push((segment, Arc::clone(&self.file)));
        }
    }
}

/// The writer while no block is on its way, and none has failed.
#[derive(Debug)]
pub struct Quiet<'a>(MutexGuard<'a, Writer>);

impl Deref for Quiet<'_> {
    type Target = Writer;

    fn deref(&self) -> &Writer {
        &self.0
    }
}

impl DerefMut for Quiet<'_> {
    fn deref_mut(&mut self) -> &mut Writer {
        &mut self.0
    }
}

impl LogEnd {
    /// Nothing is on its way.
    pub const fn new(writer: Writer) -> Self {
        Self { writer: Mutex::new(writer), landed: Condvar::new(), callers: AtomicUsize::new(0) }
    }

    /// The writer, whatever is on its way.
    pub fn lock(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock()
    }

    /// The writer once nothing is on its way: meanwhile nothing more is launched.
    pub fn quiet(&self) -> io::Result<Quiet<'_>> {
        self.callers.fetch_add(1, Ordering::AcqRel);
        let mut writer = self.writer.lock();
        while !writer.flights.is_empty() {
            self.landed.wait(&mut writer);
        }
        self.callers.fetch_sub(1, Ordering::AcqRel);
        if writer.broken { Err(io::ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(Quiet(writer)) }
    }

    /// The writer if nobody has it and nothing is on its way.
    pub fn try_quiet(&self) -> Option<Quiet<'_>> {
        let writer = self.writer.try_lock()?;
        (writer.flights.is_empty() && !writer.broken).then_some(Quiet(writer))
    }

    /// Whether somebody waits for quiet.
    pub fn is_called(&self) -> bool {
        self.callers.load(Ordering::Acquire) > 0
    }

    /// Tells those who wait that nothing is on its way.
    pub fn all_landed(&self) {
        self.landed.notify_all();
    }
}
