//! One group while it lives: its facts, and what its members are doing at the moment.
//!
//! Always: facts (`record`) change only in `apply`. Who waits for an answer and when a session ends are no facts: they die
//! with the process, and after a restart every member of the stored generation has a whole session timeout to be heard of.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use hence_base::Timestamp;
use hence_base::limits::ROW_VALUE_BYTES_MAX;

use super::effects::Effects;
use super::offsets::Place;
use super::record::{Record, Seat};
use crate::command::{MemberRef, RequestId};
use crate::core::{Counter, Never, NoFit};
use crate::error::{FencedInstance, RowError, UnknownMember};
use crate::reply::{GroupDescription, GroupState, MemberDescription};
use crate::tables::GROUPS;
use crate::turn::Op;

/// A group.
#[derive(Debug)]
pub struct Group {
    pub(super) name: Arc<str>,
    pub(super) record: Record,
    pub(super) members: BTreeMap<String, Member>,
    /// Static names with the member that has each.
    pub(super) statics: BTreeMap<String, String>,
    /// Members that were told their id and are to come again with it (KIP-394), and until when.
    pub(super) pending: BTreeMap<String, Timestamp>,
    pub(super) phase: Phase,
    pub(super) protocol_type: Option<String>,
    /// The leader of the generation, or of the one that is forming; empty when there is none.
    pub(super) leader: String,
    /// Until when every member of the generation must have asked for its assignment.
    pub(super) sync_by: Option<Timestamp>,
    /// Counts joins: the first that came leads.
    pub(super) arrivals: u64,
    /// When offsets are looked at next, and where to go on.
    pub(super) sweep_at: Timestamp,
    pub(super) sweep_after: Option<Place>,
}

/// What a group is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Empty,
    /// Members are to join until the deadline.
    Preparing {
        until: Timestamp,
        /// Set for the first rebalance of an empty group: it waits for more members rather than for known ones.
        initial: Option<Initial>,
    },
    /// All joined; the leader's assignment is awaited.
    Completing,
    Stable,
}

/// The wait for the first members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Initial {
    /// Whether a member came since the deadline was set.
    pub more_came: bool,
    /// How far the deadline was moved last.
    pub delay_ms: i64,
    /// How much longer it may be moved.
    pub left_ms: i64,
}

/// A member.
#[derive(Debug)]
pub(super) struct Member {
    /// What is stored of it, once it is part of a generation.
    pub seat: Seat,
    /// Its join that waits for the join phase to end.
    pub joining: Option<RequestId>,
    /// Its sync that waits for the leader's.
    pub syncing: Option<RequestId>,
    /// Whether it was not part of a generation yet: then even waiting has an end.
    pub is_new: bool,
    /// Whether it did not ask for its assignment yet.
    pub unsynced: bool,
    /// It is gone if it is not heard of until then.
    pub deadline: Timestamp,
    /// When it came, among all that came.
    pub arrival: u64,
}

impl Member {
    /// Whether its session is over. Who waits for an answer cannot be heard of.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.deadline <= now && !self.is_waiting()
    }

    /// When its session may be over; nothing while it waits.
    pub fn expiry(&self) -> Option<Timestamp> {
        (!self.is_waiting()).then_some(self.deadline)
    }

    fn is_waiting(&self) -> bool {
        !self.is_new && (self.joining.is_some() || self.syncing.is_some())
    }

    /// It was heard of.
    pub fn heard(&mut self, now: Timestamp) -> Timestamp {
        self.deadline = now.plus_ms(i64::from(self.seat.session_ms));
        self.deadline
    }
}

/// What a member that was told its id holds.
pub(super) fn announced_bytes(id: &str) -> usize {
    64 + id.len()
}

impl Group {
    /// A group of which nothing is stored.
    pub fn new(name: Arc<str>) -> Self {
        Self {
            name,
            record: Record::default(),
            members: BTreeMap::new(),
            statics: BTreeMap::new(),
            pending: BTreeMap::new(),
            phase: Phase::Empty,
            protocol_type: None,
            leader: String::new(),
            sync_by: None,
            arrivals: 0,
            sweep_at: Timestamp::NONE,
            sweep_after: None,
        }
    }

    /// The group's row was set. Its members are not touched: live, they are what it was made from.
    pub fn apply(&mut self, value: &[u8]) -> Result<(), RowError> {
        self.record = Record::decode(value)?;
        Ok(())
    }

    /// After recovery: the stored generation goes on, and every member has a whole session.
    pub fn resume(&mut self, now: Timestamp) {
        let record = &self.record;
        self.protocol_type.clone_from(&record.protocol_type);
        self.leader.clone_from(&record.leader);
        let mut rebalance_ms = 0;
        for (arrival, seat) in record.members.iter().enumerate() {
            rebalance_ms = rebalance_ms.max(seat.rebalance_ms);
            if let Some(instance) = &seat.instance {
                self.statics.insert(instance.clone(), seat.id.clone());
            }
            let deadline = now.plus_ms(i64::from(seat.session_ms));
            let member = Member {
                seat: seat.clone(),
                joining: None,
                syncing: None,
                is_new: false,
                unsynced: !record.assigned,
                deadline,
                arrival: arrival as u64,
            };
            self.members.insert(seat.id.clone(), member);
        }
        self.arrivals = record.members.len() as u64;
        self.phase = match (record.members.is_empty(), record.assigned) {
            (true, _) => Phase::Empty,
            (false, true) => Phase::Stable,
            (false, false) => Phase::Completing,
        };
        if self.phase == Phase::Completing {
            self.sync_by = Some(now.plus_ms(i64::from(rebalance_ms)));
        }
    }

    /// Stores what the group is now, and applies it. Nothing changes when it does not fit.
    pub(super) fn store(&mut self, fx: &mut Effects<'_, '_>, mut record: Record) -> Result<(), NoFit> {
        let is_new = self.record.serial == 0;
        record.serial = if is_new { fx.counters.next(Counter::Groups) } else { self.record.serial };
        let value = record.encode();
        if value.len() > ROW_VALUE_BYTES_MAX {
            let (bytes, bytes_max) = (value.len(), ROW_VALUE_BYTES_MAX);
            return Err(NoFit::Never(Never::TooLarge { bytes, bytes_max }));
        }
        let op = Op::Put { table: GROUPS, key: self.name.as_bytes().to_vec(), value };
        let counter = is_new.then(|| Counter::Groups.put(record.serial + 1));
        fx.fits(op.bytes() + counter.as_ref().map_or(0, Op::bytes))?;
        if let Some(counter) = counter {
            fx.counters.take_in(&counter);
            fx.push(counter);
        }
        // The same way in as recovery's.
        if let Op::Put { value, .. } = &op {
            self.apply(value).expect("a row that was encoded here is one that is understood");
        }
        fx.push(op);
        Ok(())
    }

    /// What would be stored of the group with its present members.
    pub(super) fn next_record(&self, now: Timestamp) -> Record {
        Record {
            serial: self.record.serial,
            generation: self.record.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.record.protocol.clone(),
            leader: self.leader.clone(),
            assigned: self.record.assigned,
            since: now,
            members: self.members.values().map(|member| member.seat.clone()).collect(),
        }
    }

    /// Bytes that its members hold, those included that were told their id.
    pub fn held(&self) -> usize {
        let members = self.members.values().map(|member| member.seat.bytes());
        members.chain(self.pending.keys().map(|id| announced_bytes(id))).sum()
    }

    /// What it is doing, in Kafka's words.
    pub fn state(&self) -> GroupState {
        match self.phase {
            Phase::Empty => GroupState::Empty,
            Phase::Preparing { .. } => GroupState::PreparingRebalance,
            Phase::Completing => GroupState::CompletingRebalance,
            Phase::Stable => GroupState::Stable,
        }
    }

    /// Checks that a request comes from a member, and under a static name from the one that has it now.
    pub(super) fn member_of(
        &mut self,
        member: &str,
        instance: Option<&str>,
    ) -> Result<&mut Member, NotMember> {
        if let Some(instance) = instance {
            match self.statics.get(instance) {
                None => return Err(NotMember::Unknown(UnknownMember {})),
                Some(own) if own != member => return Err(NotMember::Fenced(FencedInstance {})),
                Some(_) => {}
            }
        }
        self.members.get_mut(member).ok_or(NotMember::Unknown(UnknownMember {}))
    }

    /// The same for a request that names a generation.
    pub(super) fn member(&mut self, who: &MemberRef) -> Result<&mut Member, NotMember> {
        self.member_of(&who.member, who.instance.as_deref())
    }

    /// Whether one of its members reads a topic; `None` when that is not known.
    pub fn reads(&self, topic: &str) -> Option<bool> {
        let mut any = false;
        for member in self.members.values() {
            any |= member.seat.subscription.as_ref()?.iter().any(|own| own == topic);
        }
        Some(any)
    }

    /// The group in full.
    pub fn describe(&self) -> GroupDescription {
        let stable = self.phase == Phase::Stable;
        let protocol = self.record.protocol.clone().filter(|_| stable);
        let members = self.members.values().map(|Member { seat, .. }| MemberDescription {
            member: seat.id.clone(),
            instance: seat.instance.clone(),
            client: seat.client.clone(),
            metadata: seat.metadata(protocol.as_deref()),
            assignment: if stable { seat.assignment.clone() } else { Bytes::new() },
        });
        GroupDescription {
            group: self.name.to_string(),
            state: self.state(),
            protocol_type: self.protocol_type.clone(),
            generation: self.record.generation,
            since: self.record.since,
            members: members.collect(),
            protocol,
        }
    }

    /// When the group is to be looked at next.
    pub fn next_deadline(&self) -> Timestamp {
        let until = match self.phase {
            Phase::Preparing { until, .. } => Some(until),
            _ => None,
        };
        let sessions = self.members.values().filter_map(Member::expiry);
        let pending = self.pending.values().copied();
        until
            .into_iter()
            .chain(self.sync_by)
            .chain(sessions)
            .chain(pending)
            .fold(self.sweep_at, Timestamp::min)
    }
}

/// Why a request does not come from a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotMember {
    Unknown(UnknownMember),
    Fenced(FencedInstance),
}

macro_rules! not_member {
    ($($error:ident),*) => {
        $(
            impl From<NotMember> for crate::error::$error {
                fn from(not_member: NotMember) -> Self {
                    match not_member {
                        NotMember::Unknown(cause) => cause.into(),
                        NotMember::Fenced(cause) => cause.into(),
                    }
                }
            }
        )*
    };
}

not_member!(JoinError, SyncError, HeartbeatError, LeaveError, CommitError);
