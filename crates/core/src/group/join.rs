//! Joining a group: new members, static ones that come back under another id, known ones that join again.
//!
//! Always: a join is answered when the join phase ends, at once where nothing has to change, or with an error; never twice.

use std::sync::Arc;

use super::effects::Effects;
use super::record::Seat;
use super::state::{Group, Initial, Member, Phase, announced_bytes};
use crate::command::{JoinGroup, RequestId};
use crate::core::NoFit;
use crate::error::{
    DiskFull, GroupFull, GroupTooLarge, InconsistentProtocol, JoinError, MemberIdRequired, OverLimit,
    Rebalancing, UnknownMember,
};
use crate::limits::{GROUP_ROW_BYTES_MAX, NEW_MEMBER_TIMEOUT_MS};
use crate::reply::Joined;

/// How a request was answered.
#[derive(Debug)]
pub enum Answer<T, E> {
    /// At once.
    Now(Result<T, E>),
    /// Later: the request is parked.
    Parked,
    /// The turn is full: to be handled again in the next one.
    Later,
}

type JoinAnswer = Answer<Joined, JoinError>;

fn refuse(error: impl Into<JoinError>) -> JoinAnswer {
    Answer::Now(Err(error.into()))
}

impl Group {
    /// A member joins.
    pub fn join(&mut self, fx: &mut Effects<'_, '_>, id: RequestId, command: &JoinGroup) -> JoinAnswer {
        let max = fx.settings.group_members_max;
        let is_known =
            self.members.contains_key(&command.member) || self.pending.contains_key(&command.member);
        if !is_known && self.members.len() + self.pending.len() >= max && !self.replaces(command) {
            return refuse(GroupFull { max });
        }
        if !self.supports(command) {
            return refuse(InconsistentProtocol {});
        }
        if let Err(error) = self.room_for(fx, command) {
            return Answer::Now(Err(error));
        }
        if command.member.is_empty() {
            self.join_new(fx, id, command)
        } else {
            self.join_known(fx, id, command)
        }
    }

    fn join_new(&mut self, fx: &mut Effects<'_, '_>, id: RequestId, command: &JoinGroup) -> JoinAnswer {
        let member = &command.new_member;
        if member.is_empty() || self.members.contains_key(member) {
            return refuse(UnknownMember {});
        }
        if let Some(instance) = &command.instance {
            return match self.statics.get(instance).cloned() {
                Some(old) => self.replace_static(fx, id, command, &old),
                None => self.add(fx, id, command, member),
            };
        }
        if command.known_member_required {
            let until = fx.wake_in(i64::from(command.session_timeout_ms));
            if self.pending.insert(member.clone(), until).is_none() {
                fx.holds(announced_bytes(member), 0);
            }
            return refuse(MemberIdRequired { member: member.clone() });
        }
        self.add(fx, id, command, member)
    }

    fn join_known(&mut self, fx: &mut Effects<'_, '_>, id: RequestId, command: &JoinGroup) -> JoinAnswer {
        let name = command.member.as_str();
        if self.pending.contains_key(name) {
            // A static member is never told to come again.
            return if command.instance.is_some() {
                refuse(UnknownMember {})
            } else {
                self.add(fx, id, command, name)
            };
        }
        let member = match self.member_of(name, command.instance.as_deref()) {
            Ok(member) => member,
            Err(not_member) => return Answer::Now(Err(not_member.into())),
        };
        let same = member.seat.protocols == command.protocols;
        let is_leader = self.leader == name;
        match self.phase {
            Phase::Empty => refuse(UnknownMember {}),
            // The answer to its join may have been lost.
            Phase::Completing if same => Answer::Now(Ok(self.joined(name, is_leader))),
            // A leader that joins again asks for a rebalance, as the topics may have changed; others get on with it.
            Phase::Stable if same && !is_leader => Answer::Now(Ok(self.joined(name, false))),
            Phase::Preparing { .. } | Phase::Completing | Phase::Stable => {
                self.rejoin(fx, id, command, name);
                self.rebalance_or_complete(fx);
                Answer::Parked
            }
        }
    }

    fn add(
        &mut self,
        fx: &mut Effects<'_, '_>,
        id: RequestId,
        command: &JoinGroup,
        member: &str,
    ) -> JoinAnswer {
        self.remove_pending(fx, member);
        if self.members.is_empty() {
            self.protocol_type = Some(command.protocol_type.clone());
        }
        if self.leader.is_empty() {
            member.clone_into(&mut self.leader);
        }
        if let Phase::Preparing { initial: Some(Initial { more_came, .. }), .. } = &mut self.phase {
            *more_came = true;
        }
        if let Some(instance) = &command.instance {
            self.statics.insert(instance.clone(), member.to_owned());
        }
        self.arrivals += 1;
        let new = Member {
            seat: seat_of(command, member),
            joining: Some(id),
            syncing: None,
            is_new: true,
            unsynced: false,
            deadline: fx.wake_in(NEW_MEMBER_TIMEOUT_MS),
            arrival: self.arrivals,
        };
        fx.holds(new.seat.bytes(), 0);
        self.members.insert(member.to_owned(), new);
        self.rebalance_or_complete(fx);
        Answer::Parked
    }

    /// A known member waits for the next generation, with what it says now.
    fn rejoin(&mut self, fx: &mut Effects<'_, '_>, id: RequestId, command: &JoinGroup, name: &str) {
        let Some(member) = self.members.get_mut(name) else { return };
        let old_bytes = member.seat.bytes();
        let Seat { assignment, instance, .. } = std::mem::take(&mut member.seat);
        member.seat = Seat { assignment, instance, ..seat_of(command, name) };
        fx.holds(member.seat.bytes(), old_bytes);
        if let Some(waits) = member.joining.replace(id) {
            // The same member asked twice; only the newer request is of use to it.
            fx.answer_join(waits, Err(Rebalancing {}.into()));
        }
    }

    /// A static member came back without its id: it takes the seat of its former self (KIP-345).
    fn replace_static(
        &mut self,
        fx: &mut Effects<'_, '_>,
        id: RequestId,
        command: &JoinGroup,
        old: &str,
    ) -> JoinAnswer {
        // The seat is stored anew when the group is stable: asked before anything changes.
        let bytes = self.record.encode().len() + seat_of(command, &command.new_member).bytes();
        match fx.fits(bytes + 2 * crate::turn::OP_OVERHEAD_BYTES + self.name.len()) {
            Ok(()) => {}
            Err(NoFit::Later) => return Answer::Later,
            Err(NoFit::Never(_)) => return refuse(DiskFull {}),
        }
        let former_leader = self.leader.clone();
        self.take_seat(fx, id, command, old);
        match self.phase {
            Phase::Stable if self.choose_protocol() == self.record.protocol => {
                self.store_replaced(fx, id, command, former_leader)
            }
            Phase::Stable | Phase::Completing | Phase::Empty => {
                self.prepare(fx);
                Answer::Parked
            }
            Phase::Preparing { .. } => {
                self.complete_if_all_joined(fx);
                Answer::Parked
            }
        }
    }

    fn take_seat(&mut self, fx: &mut Effects<'_, '_>, id: RequestId, command: &JoinGroup, old: &str) {
        let new = command.new_member.clone();
        let Some(mut member) = self.members.remove(old) else { return };
        if let Some(waits) = member.joining.replace(id) {
            fx.answer_join(waits, Err(crate::error::FencedInstance {}.into()));
        }
        if let Some(waits) = member.syncing.take() {
            fx.answer_sync(waits, Err(crate::error::FencedInstance {}.into()));
        }
        let old_bytes = member.seat.bytes();
        let assignment = std::mem::take(&mut member.seat.assignment);
        member.seat = Seat { assignment, ..seat_of(command, &new) };
        fx.holds(member.seat.bytes(), old_bytes);
        let deadline = member.heard(fx.gather.lived);
        fx.wake_by(deadline);
        if let Some(instance) = &command.instance {
            self.statics.insert(instance.clone(), new.clone());
        }
        if self.leader == old {
            self.leader.clone_from(&new);
        }
        self.members.insert(new, member);
    }

    /// Nothing changes for the group but the id of one seat: no rebalance.
    fn store_replaced(
        &mut self,
        fx: &mut Effects<'_, '_>,
        id: RequestId,
        command: &JoinGroup,
        former_leader: String,
    ) -> JoinAnswer {
        let record = self.next_record(fx.date());
        if self.store(fx, record).is_err() {
            // It was asked for before: only a row that is too large can still be refused.
            self.prepare(fx);
            return Answer::Parked;
        }
        let name = command.new_member.as_str();
        if let Some(member) = self.members.get_mut(name) {
            member.joining = member.joining.filter(|waits| *waits != id);
            member.unsynced = false;
        }
        let is_leader = self.leader == name;
        let mut answer = self.joined(name, is_leader && command.can_skip_assignment);
        if command.can_skip_assignment {
            answer.skip_assignment = is_leader;
        } else {
            // The former id keeps the new one from assigning, which a stable group would not pass on.
            answer.leader = former_leader;
        }
        Answer::Now(Ok(answer))
    }

    /// Whether a join takes the seat of a static member.
    fn replaces(&self, command: &JoinGroup) -> bool {
        command.instance.as_ref().is_some_and(|instance| self.statics.contains_key(instance))
    }

    /// Whether the group can follow a protocol of the member's.
    fn supports(&self, command: &JoinGroup) -> bool {
        if command.protocol_type.is_empty() || command.protocols.is_empty() {
            return false;
        }
        if self.members.is_empty() {
            return true;
        }
        let all_have = |name: &str| {
            self.members.values().all(|member| member.seat.protocols.iter().any(|(own, _)| own == name))
        };
        self.protocol_type.as_ref() == Some(&command.protocol_type)
            && command.protocols.iter().any(|(name, _)| all_have(name))
    }

    /// Whether the group's row, and the memory for all groups, could hold the member too, in the place that it takes if
    /// it had one. What takes no more than before is never too much.
    fn room_for(&self, fx: &Effects<'_, '_>, command: &JoinGroup) -> Result<(), JoinError> {
        let id = if command.member.is_empty() { &command.new_member } else { &command.member };
        let replaced = self.replaced(command);
        let before = replaced.map_or(0, Seat::bytes);
        let own = seat_of(command, id).bytes() + replaced.map_or(0, |seat| seat.assignment.len());
        let held_before = before + if self.pending.contains_key(id) { announced_bytes(id) } else { 0 };
        let max = fx.settings.groups_bytes_max;
        if own > held_before && (*fx.held + own).saturating_sub(held_before) > max {
            return Err(OverLimit { what: "bytes of metadata of all members", max }.into());
        }
        let all: usize = self.members.values().map(|member| member.seat.bytes()).sum();
        let (bytes, bytes_max) = (all - before + own, GROUP_ROW_BYTES_MAX);
        if bytes > bytes_max { Err(GroupTooLarge { bytes, bytes_max }.into()) } else { Ok(()) }
    }

    /// The seat that a join takes.
    fn replaced(&self, command: &JoinGroup) -> Option<&Seat> {
        let id = match &command.instance {
            Some(instance) if command.member.is_empty() => self.statics.get(instance)?,
            _ => &command.member,
        };
        self.members.get(id).map(|member| &member.seat)
    }

    /// The group's name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }
}

fn seat_of(command: &JoinGroup, member: &str) -> Seat {
    Seat {
        id: member.to_owned(),
        instance: command.instance.clone(),
        client: command.client.clone(),
        session_ms: command.session_timeout_ms,
        rebalance_ms: command.rebalance_timeout_ms,
        protocols: command.protocols.clone(),
        subscription: command.subscription.clone(),
        assignment: bytes::Bytes::new(),
    }
}
