//! Driving the core: take what is queued, run bounded turns, submit, leave, park, flush, look again.
//!
//! Always: who finds the core taken leaves its command to the holder, who looks again after leaving. Never here: what
//! happens once something is durable.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hence_base::Position;
use hence_core::{Op, Reply, Room};
use hence_journal::planted::bug;
use hence_journal::{Failure, SubmitError};
use parking_lot::MutexGuard;

use super::parked::{Batch, Fate};
use super::slot::Slot;
use super::{Host, NO_TIMER, NOBODY, Running, fail};
use crate::error::Unavailable;
use crate::limits;
use crate::options::Flush;

/// What one entry into the core made.
#[derive(Default)]
pub(super) struct Made {
    batches: Vec<Batch>,
    /// Turns that will never be durable: their commit was not taken.
    lost: Vec<(Arc<Slot>, Unavailable)>,
    submitted: bool,
    /// Commands or work are left.
    left: bool,
}

impl Host {
    /// Runs what waits for the core, unless another does; see the module's page.
    pub fn drive(&self) {
        for _ in 0..limits::ENTRIES_PER_DRIVE_MAX {
            let Some(running) = self.running.try_lock() else { return };
            let stopped = self.stopped();
            let made = match stopped {
                Some(why) => self.refuse(running, why),
                None => self.enter(running),
            };
            let left = made.left;
            self.settle(made);
            if left && self.stopped().is_none() {
                break;
            }
            let stopped_meanwhile = stopped.is_none() && self.stopped().is_some();
            if self.intake.lock().is_empty() && !stopped_meanwhile {
                return;
            }
        }
        // Others have had their share of this task: the driver goes on.
        self.bells.drive.notify_one();
    }

    fn enter(&self, mut running: MutexGuard<'_, Running>) -> Made {
        let mut made = Made::default();
        self.take_in(&mut running);
        for _ in 0..limits::TURNS_PER_ENTRY_MAX {
            if running.work.is_empty() && !running.more {
                return made;
            }
            self.turn(&mut running, &mut made);
            if self.stopped().is_some() {
                break;
            }
        }
        made.left = running.more || !running.work.is_empty();
        made
    }

    fn take_in(&self, running: &mut Running) {
        let mut intake = self.intake.lock();
        for (slot, command) in intake.drain(..) {
            let id = slot.map_or(NOBODY, |slot| running.asked.insert(slot));
            running.work.push_back((id, command));
        }
    }

    fn turn(&self, running: &mut Running, made: &mut Made) {
        let (now, started_at) = self.clock.now_and_elapsed();
        let waiting = running.work.len();
        let Running { core, turn, work, .. } = running;
        turn.clear();
        core.turn(now, self.room(), work, turn);
        self.queued.fetch_sub(waiting - running.work.len(), Ordering::Relaxed);
        running.more = running.turn.more;
        self.arm(running.turn.next_timer.map_or(NO_TIMER, |at| at.0));
        let submitted = self.submit(running, made);
        let Running { turn, asked, .. } = running;
        let answered = turn.replies.drain(..);
        let replies: Vec<_> = answered.filter_map(|(id, reply)| Some((asked.remove(id)?, reply))).collect();
        match submitted {
            Ok(committed) => {
                made.batches.push(batch(running, replies, committed, started_at));
            }
            Err(why) => {
                running.newest = Position(u64::MAX);
                made.lost.extend(replies.into_iter().map(|(slot, _)| (slot, why)));
                let _ = self.stopped.set(why);
            }
        }
    }

    /// Submits the turn's commit: whether there was one.
    fn submit(&self, running: &mut Running, made: &mut Made) -> Result<bool, Unavailable> {
        let Some(commit) = running.turn.commit() else { return Ok(false) };
        match self.journal.submit(&commit) {
            Ok(position) => {
                running.newest = position;
                made.submitted = true;
                self.counts.commits.inc();
                self.counts.commit_bytes.inc_by(running.turn.bytes as u64);
                Ok(true)
            }
            Err(SubmitError::Failed(Failure::Closed)) => Err(Unavailable::Stopping),
            Err(SubmitError::Failed(failure)) => Err(failure.into()),
            Err(SubmitError::Refused(refusal)) => {
                // The core stayed within the room that the journal gave, so one of the two is wrong, and the core is
                // now ahead of the journal: nothing may be built on that.
                tracing::error!(%refusal, bytes = running.turn.bytes, "journal refused a commit within its room");
                Err(Unavailable::Unknown)
            }
        }
    }

    fn room(&self) -> Room {
        let room = self.journal.room();
        Room {
            commit_bytes_max: room.commit_bytes_max,
            normal_bytes: room.normal_bytes,
            relief_bytes: room.relief_bytes,
        }
    }

    fn arm(&self, next_timer_ms: i64) {
        let before = self.next_timer_ms.swap(next_timer_ms, Ordering::SeqCst);
        if next_timer_ms < before {
            self.bells.timer.notify_one();
        }
    }

    /// The core is not entered any more: answers what waits for it.
    pub(super) fn refuse(&self, mut running: MutexGuard<'_, Running>, why: Unavailable) -> Made {
        self.take_in(&mut running);
        self.queued.fetch_sub(running.work.len(), Ordering::Relaxed);
        running.work.clear();
        running.more = false;
        // What is due has nobody to act on it: who ticks would tick in vain, again and again.
        self.arm(NO_TIMER);
        // With what the core had not answered yet (a join that waits for others): it will not be any more.
        let lost = running.asked.drain().into_iter().map(|slot| (slot, why)).collect();
        Made { lost, ..Made::default() }
    }

    /// Has what was submitted flushed, by whoever does that.
    pub(super) fn have_flushed(&self) {
        match self.flush {
            Flush::AtOnce => self.journal.flush(),
            Flush::EndOfTurn => self.bells.flush.notify_one(),
        }
    }

    /// After the core was left: parks or releases each turn's batch, and has the journal flushed.
    pub(super) fn settle(&self, made: Made) {
        for (slot, why) in made.lost {
            slot.answer(Err(why));
        }
        let mut released = Vec::new();
        let mut failed = Vec::new();
        if !made.batches.is_empty() {
            let mut parked = self.parked.lock();
            for batch in made.batches {
                match parked.park(batch) {
                    Fate::Parked => {}
                    Fate::Released(batch) => released.push(batch),
                    Fate::Failed(batch, why) => failed.push((batch, why)),
                }
            }
        }
        failed.into_iter().for_each(|(batch, why)| fail(batch, why));
        self.release(released);
        if made.submitted && !Self::is_flushed_later() {
            self.have_flushed();
        }
    }
}

fn batch(
    running: &mut Running,
    replies: Vec<(Arc<Slot>, Reply)>,
    committed: bool,
    submitted_at: Duration,
) -> Batch {
    let ended = running.turn.ops.iter().filter_map(|op| match op {
        Op::DropStream { stream } => Some(*stream),
        _ => None,
    });
    let early = bug!(SeenBeforeDurable) && !committed;
    Batch {
        position: if early { Position::ZERO } else { running.newest },
        submitted_at,
        committed,
        replies,
        ended: ended.collect(),
        catalog: running.turn.catalog.take(),
    }
}
