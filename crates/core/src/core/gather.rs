//! What a turn gathers, and whether more fits into it.
//!
//! Always: a commit has one urgency; once it holds an operation of normal urgency it is normal as a whole, and all of it
//! must fit into what normal commits may take.

use hence_base::{Timestamp, Urgency};

use crate::command::RequestId;
use crate::error::{AppendError, CommitTooLarge, DiskFull};
use crate::limits::{LOOKS_PER_TURN_MAX, OPS_PER_TURN_MAX};
use crate::reply::Reply;
use crate::turn::{Op, Room, Turn};

/// A turn under construction.
#[derive(Debug)]
pub struct Gather<'a> {
    /// The time of the turn: what is stored has its date from it.
    pub now: Timestamp,
    /// The same without the steps of the clock that nobody lived through: sessions and other waits go by it.
    pub lived: Timestamp,
    /// How much more the turn may look at where looking is all that is done.
    pub looks: usize,
    room: Room,
    turn: &'a mut Turn,
}

/// Why something is not part of this turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFit {
    /// The turn is full; the next one has room.
    Later,
    /// It would not fit into an empty turn either.
    Never(Never),
}

/// Why something fits into no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Never {
    /// The disk is full.
    DiskFull,
    /// No commit may be so large.
    TooLarge {
        /// What it would take.
        bytes: usize,
        /// What one may take.
        bytes_max: usize,
    },
}

/// Whether a step is done or must be taken again in the next turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// Done.
    Done,
    /// The turn is full.
    Later,
}

impl From<Never> for AppendError {
    fn from(never: Never) -> Self {
        match never {
            Never::DiskFull => DiskFull {}.into(),
            Never::TooLarge { bytes, bytes_max } => CommitTooLarge { bytes, bytes_max }.into(),
        }
    }
}

impl<'a> Gather<'a> {
    /// Starts gathering into a turn that was cleared.
    pub fn new(now: Timestamp, lived: Timestamp, room: Room, turn: &'a mut Turn) -> Self {
        Self { now, lived, looks: LOOKS_PER_TURN_MAX, room, turn }
    }

    /// Whether operations of `bytes` in all fit.
    pub fn fits(&self, bytes: usize, urgency: Urgency) -> Result<(), NoFit> {
        let normal = [urgency, self.turn.urgency].contains(&Urgency::Normal);
        let disk = if normal { self.room.normal_bytes } else { self.room.relief_bytes };
        let total = self.turn.bytes.saturating_add(bytes);
        let disk_has_it = total as u64 <= disk;
        let some = !self.turn.ops.is_empty();
        let long = some && (self.turn.ops.len() >= OPS_PER_TURN_MAX || self.looks == 0);
        if total <= self.room.commit_bytes_max && disk_has_it && !long {
            return Ok(());
        }
        if some {
            return Err(NoFit::Later);
        }
        let bytes_max = self.room.commit_bytes_max;
        Err(NoFit::Never(if disk_has_it { Never::TooLarge { bytes, bytes_max } } else { Never::DiskFull }))
    }

    /// Takes an operation in. That it fits was asked before.
    pub fn push(&mut self, op: Op, urgency: Urgency) {
        self.turn.bytes += op.bytes();
        if urgency == Urgency::Normal {
            self.turn.urgency = Urgency::Normal;
        }
        self.turn.ops.push(op);
    }

    /// Takes a reply in.
    pub fn reply(&mut self, to: RequestId, reply: Reply) {
        self.turn.replies.push((to, reply));
    }

    /// Counts looking at `count` things: a turn ends when it looked at too many.
    pub fn look(&mut self, count: usize) {
        self.looks = self.looks.saturating_sub(count);
    }

    /// Whether nothing more should be started in this turn.
    pub fn is_full(&self) -> bool {
        self.turn.ops.len() >= OPS_PER_TURN_MAX
            || self.turn.bytes >= self.room.commit_bytes_max
            || self.looks == 0
    }
}
