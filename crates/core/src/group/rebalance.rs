//! The phases of a rebalance: members are to join, all joined, the leader assigned.
//!
//! Always: a generation is stored before anyone is told of it, and again with its assignments; so neither goes back after a
//! restart. An empty group waits a moment for more members at every first join (`group.initial.rebalance.delay.ms`).

use std::collections::BTreeMap;

use bytes::Bytes;
use hence_base::Timestamp;

use super::effects::Effects;
use super::state::{Group, Initial, Member, Phase, announced_bytes};
use crate::core::NoFit;
use crate::error::{Rebalancing, UnknownMember};
use crate::limits::FULL_DISK_RETRY_MS;
use crate::reply::{Joined, JoinedMember, Synced};

impl Group {
    /// Starts a rebalance, or ends the join phase if everyone is there.
    pub(super) fn rebalance_or_complete(&mut self, fx: &mut Effects<'_, '_>) {
        match self.phase {
            Phase::Preparing { .. } => self.complete_if_all_joined(fx),
            Phase::Empty | Phase::Completing | Phase::Stable => self.prepare(fx),
        }
    }

    /// Starts a rebalance: everyone is to join again.
    pub(super) fn prepare(&mut self, fx: &mut Effects<'_, '_>) {
        for member in self.members.values_mut() {
            if let Some(waits) = member.syncing.take() {
                fx.answer_sync(waits, Err(Rebalancing {}.into()));
                let deadline = member.heard(fx.gather.lived);
                fx.wake_by(deadline);
            }
            member.unsynced = false;
        }
        self.sync_by = None;
        let timeout_ms = self.rebalance_timeout_ms();
        if self.phase == Phase::Empty {
            let delay_ms = fx.settings.initial_rebalance_delay_ms;
            let left_ms = (timeout_ms - delay_ms).max(0);
            let initial = Some(Initial { more_came: false, delay_ms, left_ms });
            self.phase = Phase::Preparing { until: fx.wake_in(delay_ms), initial };
            if delay_ms <= 0 {
                self.complete(fx);
            }
            return;
        }
        self.phase = Phase::Preparing { until: fx.wake_in(timeout_ms), initial: None };
        self.complete_if_all_joined(fx);
    }

    /// Ends the join phase if everyone is there; the first rebalance of an empty group waits for its time.
    pub(super) fn complete_if_all_joined(&mut self, fx: &mut Effects<'_, '_>) {
        let all = self.pending.is_empty() && self.members.values().all(|member| member.joining.is_some());
        if matches!(self.phase, Phase::Preparing { initial: None, .. }) && all {
            self.complete(fx);
        }
    }

    /// The deadline of the join phase, if there is one and it passed.
    pub(super) fn pass_join_deadline(&mut self, fx: &mut Effects<'_, '_>) {
        let Phase::Preparing { until, initial } = self.phase else { return };
        if until > fx.lived() {
            return;
        }
        match initial {
            Some(Initial { more_came: true, delay_ms, left_ms }) if left_ms > 0 => {
                let next_ms = fx.settings.initial_rebalance_delay_ms.min(left_ms);
                let left_ms = (left_ms - delay_ms).max(0);
                let initial = Some(Initial { more_came: false, delay_ms: next_ms, left_ms });
                self.phase = Phase::Preparing { until: fx.wake_in(next_ms), initial };
            }
            _ => self.complete(fx),
        }
    }

    /// Ends the join phase: who did not come is out, the rest are the next generation.
    fn complete(&mut self, fx: &mut Effects<'_, '_>) {
        let absent = |member: &Member| member.joining.is_none() && member.seat.instance.is_none();
        let gone: Vec<String> =
            self.members.iter().filter(|(_, member)| absent(member)).map(|(id, _)| id.clone()).collect();
        for id in gone {
            self.remove_member(fx, &id);
        }
        if !self.members.is_empty() && !self.elect() {
            // Only static members that did not come: until their sessions end.
            let until = fx.wake_in(self.rebalance_timeout_ms());
            self.phase = Phase::Preparing { until, initial: None };
            return;
        }
        let mut record = self.next_record(fx.date());
        record.generation = self.record.generation.saturating_add(1);
        record.protocol = self.choose_protocol();
        record.assigned = false;
        record.members.iter_mut().for_each(|seat| seat.assignment = Bytes::new());
        if let Err(no_fit) = self.store(fx, record) {
            self.wait_for_room(fx, no_fit);
            return;
        }
        if self.members.is_empty() {
            self.phase = Phase::Empty;
            self.leader.clear();
            return;
        }
        self.phase = Phase::Completing;
        self.sync_by = Some(fx.wake_in(self.rebalance_timeout_ms()));
        self.answer_joins(fx);
    }

    fn answer_joins(&mut self, fx: &mut Effects<'_, '_>) {
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            let answer = self.joined(&id, id == self.leader);
            let Some(member) = self.members.get_mut(&id) else { continue };
            member.is_new = false;
            member.unsynced = true;
            fx.holds(0, std::mem::take(&mut member.seat.assignment).len());
            let waits = member.joining.take();
            let deadline = member.heard(fx.gather.lived);
            fx.wake_by(deadline);
            if let Some(waits) = waits {
                fx.answer_join(waits, Ok(answer));
            }
        }
    }

    /// What a member is told of the present generation.
    pub(super) fn joined(&self, member: &str, with_members: bool) -> Joined {
        let protocol = self.record.protocol.as_deref();
        let seats = self.members.values().map(|member| &member.seat).filter(|_| with_members);
        let members = seats.map(|seat| JoinedMember {
            member: seat.id.clone(),
            instance: seat.instance.clone(),
            metadata: seat.metadata(protocol),
        });
        Joined {
            generation: self.record.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.record.protocol.clone(),
            leader: self.leader.clone(),
            member: member.to_owned(),
            skip_assignment: false,
            members: members.collect(),
        }
    }

    /// The leader assigned: everyone who waits gets its share.
    pub(super) fn assign(
        &mut self,
        fx: &mut Effects<'_, '_>,
        mut assignments: BTreeMap<String, Bytes>,
    ) -> Result<(), NoFit> {
        let mut record = self.next_record(fx.date());
        record.assigned = true;
        for seat in &mut record.members {
            seat.assignment = assignments.remove(&seat.id).unwrap_or_default();
        }
        self.store(fx, record)?;
        let assigned: Vec<Bytes> = self.record.members.iter().map(|seat| seat.assignment.clone()).collect();
        for (member, assignment) in self.members.values_mut().zip(assigned) {
            fx.holds(assignment.len(), member.seat.assignment.len());
            member.seat.assignment = assignment;
        }
        self.phase = Phase::Stable;
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            let answer = self.synced(&id);
            let Some(member) = self.members.get_mut(&id) else { continue };
            if let Some(waits) = member.syncing.take() {
                let deadline = member.heard(fx.gather.lived);
                fx.wake_by(deadline);
                fx.answer_sync(waits, Ok(answer));
            }
        }
        Ok(())
    }

    /// A member's assignment.
    pub(super) fn synced(&self, member: &str) -> Synced {
        let assignment = self.members.get(member).map(|member| member.seat.assignment.clone());
        Synced {
            protocol_type: self.protocol_type.clone(),
            protocol: self.record.protocol.clone(),
            assignment: assignment.unwrap_or_default(),
        }
    }

    /// Members of the generation that did not ask for their assignment in time are out.
    pub(super) fn pass_sync_deadline(&mut self, fx: &mut Effects<'_, '_>) {
        if self.sync_by.is_none_or(|by| by > fx.lived()) {
            return;
        }
        self.sync_by = None;
        if !matches!(self.phase, Phase::Completing | Phase::Stable) {
            return;
        }
        let late: Vec<String> =
            self.members.iter().filter(|(_, member)| member.unsynced).map(|(id, _)| id.clone()).collect();
        if late.is_empty() {
            return;
        }
        for id in late {
            self.remove_member(fx, &id);
        }
        self.prepare(fx);
    }

    /// Takes a member out. Who waits under its name is told that it is none.
    pub(super) fn remove_member(&mut self, fx: &mut Effects<'_, '_>, id: &str) {
        let Some(member) = self.members.remove(id) else { return };
        fx.holds(0, member.seat.bytes());
        if let Some(waits) = member.joining {
            fx.answer_join(waits, Err(UnknownMember {}.into()));
        }
        if let Some(waits) = member.syncing {
            fx.answer_sync(waits, Err(UnknownMember {}.into()));
        }
        if let Some(instance) = member.seat.instance {
            self.statics.remove(&instance);
        }
        if self.leader == id {
            self.leader = self.first(|_| true).unwrap_or_default();
        }
    }

    /// Takes an announced member out, since it came or does not come; says whether there was one.
    pub(super) fn remove_pending(&mut self, fx: &mut Effects<'_, '_>, id: &str) -> bool {
        let was = self.pending.remove(id).is_some();
        if was {
            fx.holds(0, announced_bytes(id));
        }
        was
    }

    /// Makes sure that the leader is one that came; says whether any did.
    fn elect(&mut self) -> bool {
        if self.members.get(&self.leader).is_some_and(|leader| leader.joining.is_some()) {
            return true;
        }
        match self.first(|member| member.joining.is_some()) {
            Some(first) => {
                self.leader = first;
                true
            }
            None => false,
        }
    }

    fn first(&self, which: impl Fn(&Member) -> bool) -> Option<String> {
        let members = self.members.iter().filter(|(_, member)| which(member));
        members.min_by_key(|(_, member)| member.arrival).map(|(id, _)| id.clone())
    }

    /// The protocol that all support and most prefer; the leader's choice among equals.
    pub(super) fn choose_protocol(&self) -> Option<String> {
        let supported = |name: &str| {
            self.members.values().all(|member| member.seat.protocols.iter().any(|(own, _)| own == name))
        };
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let vote =
                member.seat.protocols.iter().map(|(name, _)| name.as_str()).find(|name| supported(name));
            if let Some(vote) = vote {
                *votes.entry(vote).or_default() += 1;
            }
        }
        let most = votes.values().max()?;
        let winners: Vec<&str> =
            votes.iter().filter(|(_, count)| *count == most).map(|(name, _)| *name).collect();
        let leader = self.members.get(&self.leader)?;
        let own = leader.seat.protocols.iter().map(|(name, _)| name.as_str());
        own.into_iter().find(|name| winners.contains(name)).map(str::to_owned)
    }

    fn rebalance_timeout_ms(&self) -> i64 {
        self.members.values().map(|member| i64::from(member.seat.rebalance_ms)).max().unwrap_or(0)
    }

    /// The generation could not be stored: it is tried again, in the next turn or when there may be space.
    fn wait_for_room(&mut self, fx: &mut Effects<'_, '_>, no_fit: NoFit) {
        let wait_ms = if no_fit == NoFit::Later { 0 } else { FULL_DISK_RETRY_MS };
        self.phase = Phase::Preparing { until: fx.wake_in(wait_ms), initial: None };
    }

    /// Sessions and pending members whose time is over; says whether any is gone. A new member that waits for a join phase
    /// which ends now is answered by that; others do not come any more and are no part of what it makes.
    pub(super) fn expire(&mut self, now: Timestamp, fx: &mut Effects<'_, '_>) -> bool {
        let ends = matches!(self.phase, Phase::Preparing { until, .. } if until <= now);
        let before = self.pending.len();
        self.pending.retain(|member, until| {
            let stays = *until > now;
            if !stays {
                fx.holds(0, announced_bytes(member));
            }
            stays
        });
        let gone: Vec<String> = self
            .members
            .iter()
            .filter(|(_, member)| member.is_expired(now) && !(ends && member.joining.is_some()))
            .map(|(id, _)| id.clone())
            .collect();
        for id in &gone {
            self.remove_member(fx, id);
        }
        !gone.is_empty() || self.pending.len() < before
    }
}
