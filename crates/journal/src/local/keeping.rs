//! Keeps the house behind the log: what is done next of all that is to be done there, and the small steps of it.
//!
//! Always: one small step at a time, in order of urgency; never on the path of an acknowledgement.
//! Never here: threads (`tending`), checkpoints (`checkpointing`), moving entries (`rolling`).

use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::checkpointing::Checkpoints;
use super::options::Mode;
use super::rolling::{Output, Roller};
use super::scrubbing::Scrub;
use super::segments::is_short;
use super::store::Store;
use crate::clock::now;
use crate::format::segment::Kind;
use crate::limits::CLEAN_INTERVAL;
use crate::planted::bug;

/// What is kept between steps.
#[derive(Debug)]
pub struct Keeper {
    /// The newest checkpoints and the one that waits.
    pub checkpoints: Checkpoints,
    /// Where entries are moved to.
    pub roller: Roller,
    /// Where the scrub is.
    pub scrub: Scrub,
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
        if done(self.checkpoint_step(&mut keeper.checkpoints))?
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
    pub fn is_short(&self) -> bool {
        self.segments.ahead_bytes() < self.wanted_bytes() + self.options.reserve_bytes()
    }

    /// Bytes of the next new segment.
    pub fn wanted_bytes(&self) -> u64 {
        self.options.next_segment_bytes(self.segments.used_bytes(), self.segments.capacity_bytes())
    }

    /// Makes the files of segments spare that nothing refers to any more.
    fn free_segments(&self, keeper: &mut Keeper) -> io::Result<bool> {
        let floor = keeper.checkpoints.floor();
        let is_dead = |output: &mut Output| self.index.read().live(output.sequence).rows == 0;
        drop(keeper.roller.output.take_if(is_dead));
        let output = keeper.roller.output.as_ref().map(|output| output.sequence);
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
            keeper.roller.moved_bytes.remove(&sequence);
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
}

/// Whether a step was done; that something is short is no error of it.
fn done(step: io::Result<bool>) -> io::Result<bool> {
    step.or_else(|error| if is_short(&error) { Ok(false) } else { Err(error) })
}
