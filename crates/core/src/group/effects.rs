//! What a group may do to the world while it handles one command or timer.
//!
//! Always: facts are stored and applied in one go, so that what follows sees them; that they fit is asked first.

use hence_base::{Timestamp, Urgency};

use crate::command::RequestId;
use crate::core::{Counters, Gather, NoFit};
use crate::error::{JoinError, SyncError};
use crate::reply::{Joined, Reply, Synced};
use crate::settings::Settings;
use crate::turn::Op;

/// The turn, the settings, the counters, and when the group wants to be looked at.
#[derive(Debug)]
pub struct Effects<'a, 'g> {
    /// The turn.
    pub gather: &'a mut Gather<'g>,
    /// The settings.
    pub settings: &'a Settings,
    /// The counters: a group's serial comes from them.
    pub counters: &'a mut Counters,
    /// Bytes that the members of all groups hold: metadata, assignments, names.
    pub held: &'a mut usize,
    /// When the group is to be looked at, at the latest.
    pub wake_by: Option<Timestamp>,
}

impl Effects<'_, '_> {
    /// The time that sessions and other waits go by.
    pub const fn lived(&self) -> Timestamp {
        self.gather.lived
    }

    /// The date of what is stored.
    pub const fn date(&self) -> Timestamp {
        self.gather.now
    }

    /// The group is to be looked at by then.
    pub fn wake_by(&mut self, at: Timestamp) -> Timestamp {
        self.wake_by = Some(self.wake_by.map_or(at, |by| by.min(at)));
        at
    }

    /// In so many milliseconds, and the group is looked at then.
    pub fn wake_in(&mut self, ms: i64) -> Timestamp {
        let at = self.lived().plus_ms(ms);
        self.wake_by(at)
    }

    /// A member holds so much where it held so much before.
    pub fn holds(&mut self, bytes: usize, before: usize) {
        *self.held = (*self.held + bytes).saturating_sub(before);
    }

    /// Whether operations fit into the turn. Groups keep consumers going: relief.
    pub fn fits(&self, bytes: usize) -> Result<(), NoFit> {
        self.gather.fits(bytes, Urgency::Relief)
    }

    /// Makes an operation, which was applied, part of the turn.
    pub fn push(&mut self, op: Op) {
        self.gather.push(op, Urgency::Relief);
    }

    /// Answers a parked join.
    pub fn answer_join(&mut self, to: RequestId, answer: Result<Joined, JoinError>) {
        self.gather.reply(to, Reply::JoinGroup(answer));
    }

    /// Answers a parked sync.
    pub fn answer_sync(&mut self, to: RequestId, answer: Result<Synced, SyncError>) {
        self.gather.reply(to, Reply::SyncGroup(answer));
    }
}
