//! What members of a generation do: ask for their assignment, say that they are alive, leave, commit. And what time does.
//!
//! Always: whoever is heard of has a whole session timeout again; a heartbeat stores nothing and moves no timer.

use std::collections::BTreeMap;

use super::effects::Effects;
use super::join::Answer;
use super::state::{Group, Phase};
use crate::command::{Heartbeat, Leaving, MemberRef, OffsetCommit, RequestId, SyncGroup};
use crate::core::{Never, NoFit};
use crate::error::{
    CommitError, DiskFull, GroupNotEmpty, GroupTooLarge, HeartbeatError, IllegalGeneration,
    InconsistentProtocol, LeaveError, Rebalancing, SyncError, UnknownMember,
};
use crate::reply::Synced;

impl Group {
    /// A member asks for its assignment; the leader's request brings everyone's.
    pub fn sync(
        &mut self,
        fx: &mut Effects<'_, '_>,
        id: RequestId,
        command: &SyncGroup,
    ) -> Answer<Synced, SyncError> {
        if let Err(error) = self.judge_sync(command) {
            return Answer::Now(Err(error));
        }
        let name = command.who.member.as_str();
        if self.phase == Phase::Stable {
            if let Some(member) = self.members.get_mut(name) {
                member.unsynced = false;
                member.heard(fx.gather.lived);
            }
            return Answer::Now(Ok(self.synced(name)));
        }
        if self.leader == name {
            let assignments: BTreeMap<_, _> = command.assignments.iter().cloned().collect();
            // Everyone who waits is answered by this, the leader below.
            return match self.assign(fx, assignments) {
                Ok(()) => {
                    if let Some(member) = self.members.get_mut(name) {
                        member.unsynced = false;
                        let deadline = member.heard(fx.gather.lived);
                        fx.wake_by(deadline);
                    }
                    Answer::Now(Ok(self.synced(name)))
                }
                Err(NoFit::Later) => Answer::Later,
                Err(NoFit::Never(Never::DiskFull)) => Answer::Now(Err(DiskFull {}.into())),
                Err(NoFit::Never(Never::TooLarge { bytes, bytes_max })) => {
                    Answer::Now(Err(GroupTooLarge { bytes, bytes_max }.into()))
                }
            };
        }
        if let Some(member) = self.members.get_mut(name) {
            member.unsynced = false;
            if let Some(waits) = member.syncing.replace(id) {
                // The same member asked twice; only the newer request is of use to it.
                fx.answer_sync(waits, Err(Rebalancing {}.into()));
            }
        }
        Answer::Parked
    }

    fn judge_sync(&mut self, command: &SyncGroup) -> Result<(), SyncError> {
        self.member(&command.who)?;
        let current = self.record.generation;
        if command.who.generation != current {
            return Err(IllegalGeneration { current }.into());
        }
        let differs =
            |asked: &Option<String>, own: &Option<String>| asked.is_some() && own.is_some() && asked != own;
        if differs(&command.protocol_type, &self.protocol_type)
            || differs(&command.protocol, &self.record.protocol)
        {
            return Err(InconsistentProtocol {}.into());
        }
        match self.phase {
            Phase::Empty => Err(UnknownMember {}.into()),
            Phase::Preparing { .. } => Err(Rebalancing {}.into()),
            Phase::Completing | Phase::Stable => Ok(()),
        }
    }

    /// A member is alive.
    pub fn heartbeat(&mut self, fx: &Effects<'_, '_>, command: &Heartbeat) -> Result<(), HeartbeatError> {
        let (current, phase) = (self.record.generation, self.phase);
        let member = self.member(&command.who)?;
        if command.who.generation != current {
            return Err(IllegalGeneration { current }.into());
        }
        if phase == Phase::Empty {
            return Err(UnknownMember {}.into());
        }
        member.heard(fx.lived());
        if matches!(phase, Phase::Preparing { .. }) {
            return Err(Rebalancing {}.into());
        }
        Ok(())
    }

    /// Members leave.
    pub fn leave(&mut self, fx: &mut Effects<'_, '_>, leaving: &[Leaving]) -> Vec<Result<(), LeaveError>> {
        let mut any = false;
        let answers = leaving.iter().map(|leaving| self.leave_one(fx, leaving, &mut any)).collect();
        match self.phase {
            Phase::Stable | Phase::Completing if any => self.prepare(fx),
            Phase::Preparing { .. } => self.complete_if_all_joined(fx),
            Phase::Empty | Phase::Stable | Phase::Completing => {}
        }
        answers
    }

    fn leave_one(
        &mut self,
        fx: &mut Effects<'_, '_>,
        leaving: &Leaving,
        any: &mut bool,
    ) -> Result<(), LeaveError> {
        if self.remove_pending(fx, &leaving.member) {
            return Ok(());
        }
        let id = match (&leaving.instance, leaving.member.as_str()) {
            (Some(instance), "") => self.statics.get(instance).cloned().ok_or(UnknownMember {})?,
            (instance, id) => {
                self.member_of(id, instance.as_deref())?;
                id.to_owned()
            }
        };
        self.remove_member(fx, &id);
        *any = true;
        Ok(())
    }

    /// Whether these offsets may be committed. A member that commits is heard of.
    pub fn judge_commit(&mut self, fx: &Effects<'_, '_>, command: &OffsetCommit) -> Result<(), CommitError> {
        let who = &command.who;
        let (current, phase) = (self.record.generation, self.phase);
        if who.generation < 0 && phase == Phase::Empty {
            return Ok(());
        }
        let is_member = who.generation >= 0 || !who.member.is_empty() || who.instance.is_some();
        if !is_member {
            return Err(UnknownMember {}.into());
        }
        let member = self.member(who)?;
        if who.generation != current {
            return Err(IllegalGeneration { current }.into());
        }
        if phase == Phase::Completing {
            return Err(Rebalancing {}.into());
        }
        member.heard(fx.lived());
        Ok(())
    }

    /// Whether the group may be deleted.
    pub fn judge_delete(&self) -> Result<(), GroupNotEmpty> {
        if self.phase == Phase::Empty { Ok(()) } else { Err(GroupNotEmpty {}) }
    }

    /// Whether offsets may be deleted: of topics that no member reads, where that can be known.
    pub fn judge_delete_offsets(&self) -> Result<(), GroupNotEmpty> {
        let consumer = self.protocol_type.as_deref() == Some("consumer");
        if self.phase == Phase::Empty || consumer { Ok(()) } else { Err(GroupNotEmpty {}) }
    }

    /// Time passed.
    pub fn pass(&mut self, fx: &mut Effects<'_, '_>) {
        let now = fx.lived();
        let members = self.members.len();
        if self.expire(now, fx) {
            let gone = self.members.len() < members;
            match self.phase {
                Phase::Stable | Phase::Completing if gone => self.prepare(fx),
                Phase::Preparing { .. } => self.complete_if_all_joined(fx),
                Phase::Empty | Phase::Stable | Phase::Completing => {}
            }
        }
        self.pass_join_deadline(fx);
        self.pass_sync_deadline(fx);
    }

    /// Whether nothing keeps the group: no members, nobody announced.
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Empty && self.pending.is_empty()
    }

    /// Who asks is no member of anything: a simple consumer or an administrator.
    pub fn is_simple(who: &MemberRef) -> bool {
        who.generation < 0
    }
}
