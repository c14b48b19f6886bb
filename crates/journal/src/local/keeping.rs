//! Keeps the house behind the log: readies segments, writes checkpoints, lets segments without readable entries go.
//!
//! Always: one small step at a time, in order of urgency; never on the path of an acknowledgement.
//! Never here: threads (`tending`), what a checkpoint holds.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::checkpoint::{self, Written};
use super::options::Mode;
use super::rolling::Output;
use super::scrubbing::Scrub;
use super::segments::is_short;
use super::store::Store;
use crate::format::Place;
use crate::format::checkpoint::Header;
use crate::format::segment::Kind;
use crate::limits::{CHECKPOINT_RETRY_INTERVAL, CHECKPOINT_SHARE, CLEAN_INTERVAL};
use crate::planted::bug;
use hence_base::Position;

/// What is kept between steps.
#[derive(Debug)]
pub struct Keeper {
    /// Where the log is replayed from by the newest checkpoint and the one before: what lies before the older is not
    /// needed for any start.
    pub places: [Place; 2],
    /// Number of the next checkpoint.
    pub number: u64,
    /// Bytes of the last checkpoint.
    pub bytes: u64,
    /// Where the log ended, in bytes ever written, at the last checkpoint.
    pub log_bytes: u64,
    /// Bytes of log that the opening replayed and no checkpoint has passed since.
    pub replayed_bytes: u64,
    /// Numbers of the newest whole checkpoint and the one before: no others are kept.
    pub kept: [Option<u64>; 2],
    /// A checkpoint that waits.
    pub waiting: Option<Written>,
    /// Where the roller writes.
    pub output: Option<Output>,
    /// Payload bytes that the roller wrote into segments.
    pub moved_bytes: BTreeMap<u64, u64>,
    /// Segments with damage: the roller leaves them alone.
    pub unmovable: Vec<u64>,
    /// Where the scrub is.
    pub scrub: Scrub,
    /// When a checkpoint could not be written, if that was the last attempt.
    pub refused_at: Option<Instant>,
    /// When the roller last gathered small rows.
    pub gathered_at: Option<Instant>,
    /// When a spare file was last cleaned.
    pub cleaned_at: Option<Instant>,
}

impl Store {
    /// One step of what is to be done behind the log. `false`: nothing to do now.
    pub fn tend(&self) -> bool {
        if self.state_failure().is_some() {
            return false;
        }
        let Some(mut keeper) = self.keeper.try_lock() else { return false };
        let stepped = self.step(&mut keeper);
        if self.stuck.load(Ordering::Acquire) && !self.options.has_write_threads() {
            self.write_all();
        }
        match stepped {
            Ok(stepped) => stepped,
            Err(error) if is_short(&error) => {
                self.segments.look_at_space();
                false
            }
            Err(error) => {
                tracing::warn!(%error, "work behind the journal failed; it will be tried again");
                false
            }
        }
    }

    fn step(&self, keeper: &mut Keeper) -> io::Result<bool> {
        // A full disk is emptied first: what is freed here is what the next steps use.
        if self.free_segments(keeper)? {
            return Ok(true);
        }
        // A full disk refuses these three, and is emptied by the next.
        if done(self.checkpoint_step(keeper))?
            || done(self.fill_reserve())?
            || done(self.make_ready())?
            || (self.is_short() && self.roll_step(keeper, true)?)
        {
            return Ok(true);
        }
        if self.count_gone_step() || self.clean_step(keeper)? || self.roll_step(keeper, false)? {
            return Ok(true);
        }
        // The scrub is never done; so that it stays slow it does not ask to be called again.
        self.scrub_step(&mut keeper.scrub);
        Ok(false)
    }

    /// Whether it is early to do again what was last done at `last`. Without threads nothing is.
    pub fn is_early(&self, last: Option<Instant>, interval: Duration) -> bool {
        self.options.threads && last.is_some_and(|last| now().duration_since(last) < interval)
    }

    /// Cleans a spare file, now and then: under load, most are used again before their turn comes.
    fn clean_step(&self, keeper: &mut Keeper) -> io::Result<bool> {
        if self.is_early(keeper.cleaned_at, CLEAN_INTERVAL) || !self.segments.clean_spare()? {
            return Ok(false);
        }
        keeper.cleaned_at = Some(now());
        Ok(true)
    }

    /// Whether there is less space ahead than the next segment and the reserve take.
    fn is_short(&self) -> bool {
        self.segments.ahead_bytes() < self.wanted_bytes() + self.options.reserve_bytes()
    }

    /// Bytes of the next new segment.
    pub fn wanted_bytes(&self) -> u64 {
        self.options.next_segment_bytes(self.segments.used_bytes(), self.segments.capacity_bytes())
    }

    /// Makes the files of segments spare that nothing refers to any more.
    fn free_segments(&self, keeper: &mut Keeper) -> io::Result<bool> {
        let floor = keeper.places[0].min(keeper.places[1]).segment;
        let is_dead = |output: &mut Output| self.index.read().live(output.sequence).rows == 0;
        drop(keeper.output.take_if(is_dead));
        let output = keeper.output.as_ref().map(|output| output.sequence);
        let dead = |&(sequence, kind, _): &(u64, Kind, u64)| {
            Some(sequence) != output
                && (kind == Kind::Moved || sequence < floor)
                && (self.index.read().live(sequence).rows == 0 || bug!(RecycledWhileRead))
        };
        let dead: Vec<_> = self.segments.used().into_iter().filter(dead).collect();
        if dead.is_empty() {
            return Ok(false);
        }
        // What made them dead must be on the device before they are overwritten.
        self.sync_behind()?;
        self.segments.retire(dead.iter().map(|&(sequence, ..)| sequence));
        for (sequence, _, _) in dead {
            keeper.moved_bytes.remove(&sequence);
            self.cold.forget(sequence);
            self.index.write().forget(sequence);
            self.counters.recycled.fetch_add(1, Ordering::Relaxed);
        }
        Ok(true)
    }

    /// Syncs what was written so far, in `os`, where no block is ever on its way; in `fsync` it is.
    pub fn sync_behind(&self) -> io::Result<()> {
        if self.options.mode == Mode::Fsync {
            return Ok(());
        }
        let (unsynced, place) = {
            let writer = self.log_end.lock();
            (writer.unsynced.clone(), writer.chain.place)
        };
        for (_, file) in unsynced.iter().filter(|_| !bug!(CloseWithoutSync)) {
            // Like any sync of the log: after one that failed nothing is known.
            file.sync().inspect_err(|error| {
                self.log_end.lock().broken = true;
                self.fail(error);
            })?;
        }
        let mut writer = self.log_end.lock();
        // The segment that was written then may have got more since.
        writer.unsynced.retain(|(sequence, _)| *sequence >= place.segment);
        writer.chain.synced = writer.chain.synced.max(place);
        Ok(())
    }

    fn checkpoint_step(&self, keeper: &mut Keeper) -> io::Result<bool> {
        if keeper.waiting.is_some() {
            return self.finish_waiting(keeper);
        }
        let waits = self.is_early(keeper.refused_at, CHECKPOINT_RETRY_INTERVAL);
        if waits || !self.may_checkpoint() || !self.checkpoint_is_due(keeper) {
            return Ok(false);
        }
        let begun = self.begin_checkpoint(keeper);
        keeper.refused_at = begun.is_err().then(now);
        begun.map(|()| true)
    }

    /// Gives the checkpoint that waits its name, once all that it reflects is durable. `false`: not yet, or there is none.
    fn finish_waiting(&self, keeper: &mut Keeper) -> io::Result<bool> {
        let durable = self.durable.load(Ordering::Acquire);
        let may = |written: &mut Written| written.header.made.0 <= durable || bug!(CheckpointAheadOfLog);
        let Some(written) = keeper.waiting.take_if(may) else { return Ok(false) };
        self.finish_checkpoint(keeper, &written)?;
        Ok(true)
    }

    /// Whether all rows are known here. Until the owner has named the source of derived rows, which it does before it
    /// submits, what it derives from replayed entries is nowhere, and a checkpoint would lose it.
    fn may_checkpoint(&self) -> bool {
        self.source.0.get().is_some() || self.counters.commits.load(Ordering::Relaxed) > 0
    }

    fn checkpoint_is_due(&self, keeper: &Keeper) -> bool {
        let written =
            self.counters.log_bytes.load(Ordering::Relaxed) - keeper.log_bytes + keeper.replayed_bytes;
        let due = self.options.checkpoint_bytes.max(CHECKPOINT_SHARE * keeper.bytes);
        written >= due || self.dead_bytes_held(keeper) >= due
    }

    /// Bytes of segments that hold nothing readable and wait for two checkpoints to pass them. When space is short, a
    /// segment that waits is enough: the roller may want it.
    fn dead_bytes_held(&self, keeper: &Keeper) -> u64 {
        let floor = keeper.places[0].min(keeper.places[1]).segment;
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

    fn begin_checkpoint(&self, keeper: &mut Keeper) -> io::Result<()> {
        let header = {
            let writer = self.log_end.quiet()?;
            Header {
                journal: writer.chain.journal,
                number: keeper.number,
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
        keeper.number += 1;
        keeper.log_bytes = self.counters.log_bytes.load(Ordering::Relaxed);
        keeper.replayed_bytes = 0;
        keeper.waiting = Some(checkpoint::write(self, header)?);
        Ok(())
    }

    fn finish_checkpoint(&self, keeper: &mut Keeper, written: &Written) -> io::Result<()> {
        self.sync_behind()?;
        checkpoint::finish(self, written)?;
        keeper.bytes = written.bytes;
        keeper.places = [keeper.places[1], written.header.place];
        self.counters.checkpoints.fetch_add(1, Ordering::Relaxed);
        keeper.kept = [keeper.kept[1], Some(written.header.number)];
        checkpoint::remove_others(self.disk.as_ref(), &keeper.kept)
    }

    /// Writes a checkpoint at once, when the journal closes, if it may.
    pub fn checkpoint_now(&self) -> io::Result<()> {
        let mut keeper = self.keeper.lock();
        self.finish_waiting(&mut keeper)?;
        if !self.may_checkpoint() {
            return Ok(());
        }
        self.begin_checkpoint(&mut keeper)?;
        self.finish_waiting(&mut keeper).map(drop)
    }
}

/// The time, for the pace of a thread.
#[expect(clippy::disallowed_methods, reason = "nothing that is stored depends on it")]
pub fn now() -> Instant {
    Instant::now()
}

/// Whether a step was done; that something is short is no error of it.
fn done(step: io::Result<bool>) -> io::Result<bool> {
    step.or_else(|error| if is_short(&error) { Ok(false) } else { Err(error) })
}
