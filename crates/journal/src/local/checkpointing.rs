//! When a checkpoint is due, and what becomes of one: written beside the log, named once all that it reflects is durable.
//!
//! Always: two whole ones are kept, and what lies before the place of the older is needed for no start.
//! Never here: what a checkpoint holds (`checkpoint`).

use std::io;
use std::sync::atomic::Ordering;
use std::time::Instant;

use hence_base::Position;

use super::checkpoint::{self, Written};
use super::store::Store;
use crate::clock::now;
use crate::format::Place;
use crate::format::checkpoint::Header;
use crate::format::segment::Kind;
use crate::limits::{CHECKPOINT_RETRY_INTERVAL, CHECKPOINT_SHARE};
use crate::planted::bug;

/// The checkpoints of a running journal.
#[derive(Debug)]
pub struct Checkpoints {
    /// Where the log is replayed from by the one before the newest, and by the newest.
    places: [Place; 2],
    /// Numbers of these two: no others are kept.
    pub kept: [Option<u64>; 2],
    /// Number of the next one.
    number: u64,
    /// Bytes of log that the opening replayed and no checkpoint has passed since.
    pub replayed_bytes: u64,
    /// Bytes of the last one.
    bytes: u64,
    /// Where the log ended, in bytes ever written, at the last one.
    log_bytes: u64,
    /// One that is written and waits for its name.
    waiting: Option<Written>,
    /// When one could not be written, if that was the last attempt.
    refused_at: Option<Instant>,
}

impl Checkpoints {
    /// Those that an opening found whole, the older first: their places and numbers. `number` is the next one's.
    pub const fn found(places: [Place; 2], kept: [Option<u64>; 2], number: u64) -> Self {
        Self {
            places,
            kept,
            number,
            replayed_bytes: 0,
            bytes: 0,
            log_bytes: 0,
            waiting: None,
            refused_at: None,
        }
    }

    /// The segment before which no start needs the log.
    pub fn floor(&self) -> u64 {
        self.places[0].min(self.places[1]).segment
    }
}

impl Store {
    /// Begins a checkpoint that is due, or finishes the one that waits. `false`: nothing to do.
    pub fn checkpoint_step(&self, checkpoints: &mut Checkpoints) -> io::Result<bool> {
        if checkpoints.waiting.is_some() {
            return self.finish_waiting(checkpoints);
        }
        let waits = self.is_early(checkpoints.refused_at, CHECKPOINT_RETRY_INTERVAL);
        if waits || !self.may_checkpoint() || !self.checkpoint_is_due(checkpoints) {
            return Ok(false);
        }
        let begun = self.begin_checkpoint(checkpoints);
        checkpoints.refused_at = begun.is_err().then(now);
        begun.map(|()| true)
    }

    /// Gives the checkpoint that waits its name, once all that it reflects is durable. `false`: not yet, or there is none.
    fn finish_waiting(&self, checkpoints: &mut Checkpoints) -> io::Result<bool> {
        let durable = self.durable.load(Ordering::Acquire);
        let may = |written: &mut Written| written.header.made.0 <= durable || bug!(CheckpointAheadOfLog);
        let Some(written) = checkpoints.waiting.take_if(may) else { return Ok(false) };
        self.finish_checkpoint(checkpoints, &written)?;
        Ok(true)
    }

    /// Whether all rows are known here. Until the owner has named the source of derived rows, which it does before it
    /// submits, what it derives from replayed entries is nowhere, and a checkpoint would lose it.
    fn may_checkpoint(&self) -> bool {
        self.source.0.get().is_some() || self.counters.commits.load(Ordering::Relaxed) > 0
    }

    fn checkpoint_is_due(&self, checkpoints: &Checkpoints) -> bool {
        let written = self.counters.log_bytes.load(Ordering::Relaxed) - checkpoints.log_bytes
            + checkpoints.replayed_bytes;
        let due = self.options.checkpoint_bytes.max(CHECKPOINT_SHARE * checkpoints.bytes);
        written >= due || self.dead_bytes_held(checkpoints) >= due
    }

    /// Bytes of segments that hold nothing readable and wait for two checkpoints to pass them. When space is short, a
    /// segment that waits is enough: the roller may want it.
    fn dead_bytes_held(&self, checkpoints: &Checkpoints) -> u64 {
        let floor = checkpoints.floor();
        let end = self.log_end.lock().chain.place.segment;
        let mut waiting = self.segments.used();
        waiting.retain(|&(sequence, kind, _)| kind == Kind::Log && (floor..end).contains(&sequence));
        if !waiting.is_empty() && self.is_short() {
            return u64::MAX;
        }
        let index = self.index.read();
        let dead = waiting.iter().filter(|&&(sequence, ..)| index.live(sequence).rows == 0);
        dead.map(|(_, _, bytes)| bytes).sum()
    }

    fn begin_checkpoint(&self, checkpoints: &mut Checkpoints) -> io::Result<()> {
        let header = {
            let writer = self.log_end.quiet()?;
            Header {
                journal: writer.chain.journal,
                number: checkpoints.number,
                place: writer.chain.place,
                previous: writer.chain.previous,
                next: writer.chain.next,
                epoch: writer.chain.epoch,
                last: writer.last,
                made: Position(writer.chain.next.0 - 1),
                body: 0,
            }
        };
        // One that fails is due again when as much was written again, or space is short: meanwhile others have their turn.
        checkpoints.number += 1;
        checkpoints.log_bytes = self.counters.log_bytes.load(Ordering::Relaxed);
        checkpoints.replayed_bytes = 0;
        checkpoints.waiting = Some(checkpoint::write(self, header)?);
        Ok(())
    }

    fn finish_checkpoint(&self, checkpoints: &mut Checkpoints, written: &Written) -> io::Result<()> {
        self.sync_behind()?;
        checkpoint::finish(self, written)?;
        checkpoints.bytes = written.bytes;
        checkpoints.places = [checkpoints.places[1], written.header.place];
        self.counters.checkpoints.fetch_add(1, Ordering::Relaxed);
        checkpoints.kept = [checkpoints.kept[1], Some(written.header.number)];
        checkpoint::remove_others(self.disk.as_ref(), &checkpoints.kept)
    }

    /// Writes a checkpoint at once, when the journal closes, if it may.
    pub fn checkpoint_now(&self) -> io::Result<()> {
        let checkpoints = &mut self.keeper.lock().checkpoints;
        self.finish_waiting(checkpoints)?;
        if !self.may_checkpoint() {
            return Ok(());
        }
        self.begin_checkpoint(checkpoints)?;
        self.finish_waiting(checkpoints).map(drop)
    }
}
