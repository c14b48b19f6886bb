//! Commands on groups: found by name, judged by the group, and what changes committed offsets.
//!
//! Always: offsets are kept by topic id, so a topic that was created anew has none; names are resolved when the command is
//! judged. A group that nobody ever stored anything of exists only as long as someone is announced in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hence_base::Timestamp;

use super::Groups;
use super::effects::Effects;
use super::join::Answer;
use super::offsets::{self, Kept, Place};
use super::record::Record;
use super::state::{Group, Phase};
use crate::catalog::{Catalog, Topic};
use crate::command::{
    Heartbeat, JoinGroup, LeaveGroup, OffsetCommit, OffsetDelete, PartitionCommit, RequestId, SyncGroup,
    TopicRef,
};
use crate::core::{Never, NoFit};
use crate::error::{
    CommitError, DeleteGroupError, DiskFull, GroupNotFound, GroupSubscribed, HeartbeatError, InvalidGroupId,
    InvalidSessionTimeout, JoinError, LeaveError, MetadataTooLarge, OverLimit, PartitionCommitError,
    SyncError, UnknownMember, UnknownPartition, UnknownTopic, UnknownTopicId,
};
use crate::limits::{
    GROUP_NAME_BYTES_MAX, MEMBER_NAME_BYTES_MAX, OFFSET_METADATA_BYTES_MAX, OFFSETS_PER_STEP_MAX,
    PROTOCOLS_PER_MEMBER_MAX,
};
use crate::reply::{Committed, Joined, Request, Synced};
use crate::turn::Op;

/// What became of each offset of a commit.
pub type Commits = Vec<Vec<Result<(), PartitionCommitError>>>;

/// The command is to be handled again in the next turn.
#[derive(Debug)]
pub struct Later;

fn named(group: &str) -> Result<(), InvalidGroupId> {
    if group.is_empty() || group.len() > GROUP_NAME_BYTES_MAX { Err(InvalidGroupId {}) } else { Ok(()) }
}

impl Groups {
    /// A member joins.
    pub fn join(
        &mut self,
        fx: &mut Effects<'_, '_>,
        id: RequestId,
        command: &JoinGroup,
    ) -> Answer<Joined, JoinError> {
        if let Err(error) = self.judge_join(fx, command) {
            return Answer::Now(Err(error));
        }
        let is_new = !self.by_name.contains_key(command.group.as_str());
        let check_ms = fx.settings.offsets_check_ms;
        let group = self.group(&command.group);
        if is_new {
            group.sweep_at = fx.wake_in(check_ms);
        }
        let answer = group.join(fx, id, command);
        // A first join that was refused leaves nothing behind.
        if group.is_idle() && group.record.serial == 0 {
            self.by_name.remove(command.group.as_str());
        }
        answer
    }

    fn judge_join(&self, fx: &Effects<'_, '_>, command: &JoinGroup) -> Result<(), JoinError> {
        named(&command.group)?;
        let ms = command.session_timeout_ms;
        if ms < fx.settings.session_timeout_min_ms || ms > fx.settings.session_timeout_max_ms {
            return Err(InvalidSessionTimeout { ms }.into());
        }
        let names = [&command.member, &command.new_member, &command.client.id, &command.client.host];
        let longest = names.into_iter().chain(&command.instance).map(String::len).max().unwrap_or(0);
        if longest > MEMBER_NAME_BYTES_MAX {
            return Err(OverLimit { what: "bytes in a member's name", max: MEMBER_NAME_BYTES_MAX }.into());
        }
        if command.protocols.len() > PROTOCOLS_PER_MEMBER_MAX {
            return Err(OverLimit { what: "protocols of a member", max: PROTOCOLS_PER_MEMBER_MAX }.into());
        }
        if !self.by_name.contains_key(command.group.as_str()) {
            if !command.member.is_empty() {
                return Err(UnknownMember {}.into());
            }
            self.room_for_group(fx)?;
        }
        Ok(())
    }

    fn room_for_group(&self, fx: &Effects<'_, '_>) -> Result<(), OverLimit> {
        let max = fx.settings.groups_max;
        if self.by_name.len() >= max { Err(OverLimit { what: "groups", max }) } else { Ok(()) }
    }

    /// A member asks for its assignment.
    pub fn sync(
        &mut self,
        fx: &mut Effects<'_, '_>,
        id: RequestId,
        command: &SyncGroup,
    ) -> Answer<Synced, SyncError> {
        let group = named(&command.who.group)
            .map_err(SyncError::from)
            .and_then(|()| self.existing(&command.who.group).map_err(Into::into));
        match group {
            Ok(group) => group.sync(fx, id, command),
            Err(error) => Answer::Now(Err(error)),
        }
    }

    /// A member is alive.
    pub fn heartbeat(&mut self, fx: &Effects<'_, '_>, command: &Heartbeat) -> Result<(), HeartbeatError> {
        named(&command.who.group)?;
        self.existing(&command.who.group)?.heartbeat(fx, command)
    }

    /// Members leave.
    pub fn leave(
        &mut self,
        fx: &mut Effects<'_, '_>,
        command: &LeaveGroup,
    ) -> Result<Vec<Result<(), LeaveError>>, LeaveError> {
        named(&command.group)?;
        match self.existing(&command.group) {
            Ok(group) => Ok(group.leave(fx, &command.members)),
            Err(unknown) => Ok(command.members.iter().map(|_| Err(unknown.clone().into())).collect()),
        }
    }

    fn existing(&mut self, group: &str) -> Result<&mut Group, UnknownMember> {
        self.by_name.get_mut(group).ok_or(UnknownMember {})
    }

    /// Commits offsets: those that are accepted, all in this turn.
    pub fn commit(
        &mut self,
        fx: &mut Effects<'_, '_>,
        catalog: &Catalog,
        command: &OffsetCommit,
    ) -> Result<Result<Commits, CommitError>, Later> {
        if let Err(error) = self.judge_commit(fx, command) {
            return Ok(Err(error));
        }
        let expires = command.retention_ms.filter(|ms| *ms >= 0).map(|ms| fx.date().plus_ms(ms));
        let kept = |commit: &PartitionCommit| Kept {
            committed: Committed {
                offset: commit.offset,
                leader_epoch: commit.leader_epoch,
                metadata: Arc::from(commit.metadata.as_str()),
            },
            at: fx.date(),
            expires,
        };
        let mut answers: Commits = Vec::with_capacity(command.topics.len());
        let mut accepted: BTreeMap<Place, Kept> = BTreeMap::new();
        for topic in &command.topics {
            let known = resolve(catalog, &topic.topic);
            let judged = topic.partitions.iter().map(|commit| {
                let place = place_of(known.as_ref().map_err(Clone::clone)?, commit)?;
                accepted.insert(place, kept(commit));
                Ok(())
            });
            answers.push(judged.collect());
        }
        match self.store_commit(fx, &command.who.group, &accepted) {
            Ok(Ok(())) => Ok(Ok(answers)),
            Ok(Err(error)) => Ok(Err(error)),
            Err(Later) => Err(Later),
        }
    }

    fn judge_commit(&mut self, fx: &Effects<'_, '_>, command: &OffsetCommit) -> Result<(), CommitError> {
        let group = command.who.group.as_str();
        if group.len() > GROUP_NAME_BYTES_MAX {
            return Err(InvalidGroupId {}.into());
        }
        match self.by_name.get_mut(group) {
            Some(group) => group.judge_commit(fx, command),
            None if Group::is_simple(&command.who) => Ok(self.room_for_group(fx)?),
            None => Err(GroupNotFound { group: group.to_owned() }.into()),
        }
    }

    fn store_commit(
        &mut self,
        fx: &mut Effects<'_, '_>,
        name: &str,
        accepted: &BTreeMap<Place, Kept>,
    ) -> Result<Result<(), CommitError>, Later> {
        if accepted.is_empty() {
            return Ok(Ok(()));
        }
        let serial = self.by_name.get(name).map_or(0, |group| group.record.serial);
        if let Err(error) = self.room_for_offsets(fx, serial, accepted) {
            return Ok(Err(error.into()));
        }
        // A group of which nothing is stored gets its row first: two small operations more.
        const ROW_BYTES: usize = 1024;
        let ops = |serial| accepted.iter().map(move |(place, kept)| offsets::put(serial, *place, kept));
        match fx.fits(ops(serial).map(|op| op.bytes()).sum::<usize>() + ROW_BYTES + name.len()) {
            Ok(()) => {}
            Err(NoFit::Later) => return Err(Later),
            Err(NoFit::Never(Never::DiskFull)) => return Ok(Err(DiskFull {}.into())),
            Err(NoFit::Never(Never::TooLarge { bytes_max, .. })) => {
                return Ok(Err(OverLimit { what: "bytes in one commit", max: bytes_max }.into()));
            }
        }
        let serial = match self.stored(fx, name) {
            Ok(serial) => serial,
            Err(NoFit::Later) => return Err(Later),
            Err(NoFit::Never(_)) => return Ok(Err(DiskFull {}.into())),
        };
        for op in ops(serial) {
            self.emit(fx, op);
        }
        Ok(Ok(()))
    }

    /// Whether there may be so many offsets, with notes of so many bytes; what takes no more than before may be.
    fn room_for_offsets(
        &self,
        fx: &Effects<'_, '_>,
        serial: u64,
        accepted: &BTreeMap<Place, Kept>,
    ) -> Result<(), OverLimit> {
        let (mut new, mut bytes, mut bytes_before) = (0, 0, 0);
        for (place, kept) in accepted {
            let before = self.offsets.find(serial, *place);
            new += usize::from(before.is_none());
            bytes += kept.note_bytes();
            bytes_before += before.map_or(0, Kept::note_bytes);
        }
        let max = fx.settings.offsets_max;
        if new > 0 && self.offsets.len() + new > max {
            return Err(OverLimit { what: "committed offsets", max });
        }
        let max = fx.settings.offsets_notes_bytes_max;
        if bytes > bytes_before && self.offsets.notes_bytes() - bytes_before + bytes > max {
            return Err(OverLimit { what: "bytes of metadata of all committed offsets", max });
        }
        Ok(())
    }

    /// The serial of a group, which is stored if it was not.
    fn stored(&mut self, fx: &mut Effects<'_, '_>, name: &str) -> Result<u64, NoFit> {
        let is_new = !self.by_name.contains_key(name);
        let group = self.group(name);
        if group.record.serial == 0 {
            let record = Record { since: fx.date(), ..group.record.clone() };
            if let Err(no_fit) = group.store(fx, record) {
                if is_new {
                    self.by_name.remove(name);
                }
                return Err(no_fit);
            }
        }
        let serial = group.record.serial;
        if is_new {
            group.sweep_at = fx.wake_in(fx.settings.offsets_check_ms);
        }
        Ok(serial)
    }

    /// Removes committed offsets.
    pub fn delete_offsets(
        &mut self,
        fx: &mut Effects<'_, '_>,
        catalog: &Catalog,
        command: &OffsetDelete,
    ) -> Result<<OffsetDelete as Request>::Reply, Later> {
        let not_found = || GroupNotFound { group: command.group.clone() };
        let Some(group) = self.by_name.get(command.group.as_str()) else {
            return Ok(Err(not_found().into()));
        };
        if let Err(error) = group.judge_delete_offsets() {
            return Ok(Err(error.into()));
        }
        let serial = group.record.serial;
        let mut ops = Vec::new();
        let mut answers = Vec::with_capacity(command.topics.len());
        for (name, partitions) in &command.topics {
            let topic = catalog.topic(name);
            let read = group.reads(name) == Some(true);
            let judged = partitions.iter().map(|&partition| {
                let topic = topic.ok_or_else(|| UnknownTopic { name: name.clone() })?;
                topic.stream(partition).ok_or(UnknownPartition { partition })?;
                if read {
                    return Err(GroupSubscribed {}.into());
                }
                let place = (topic.id, partition);
                if self.offsets.find(serial, place).is_some() {
                    ops.push(offsets::delete(serial, place));
                }
                Ok(())
            });
            answers.push(judged.collect());
        }
        match fx.fits(ops.iter().map(Op::bytes).sum()) {
            Ok(()) => {}
            Err(NoFit::Later) => return Err(Later),
            Err(NoFit::Never(_)) => return Ok(Err(DiskFull {}.into())),
        }
        ops.into_iter().for_each(|op| self.emit(fx, op));
        Ok(Ok(answers))
    }

    /// Deletes a group.
    pub fn delete(
        &mut self,
        fx: &mut Effects<'_, '_>,
        name: &str,
    ) -> Result<Result<(), DeleteGroupError>, Later> {
        let Some(group) = self.by_name.get(name) else {
            return Ok(Err(GroupNotFound { group: name.to_owned() }.into()));
        };
        if let Err(error) = group.judge_delete() {
            return Ok(Err(error.into()));
        }
        let (op, held) = (Self::delete_op(name), group.held());
        match fx.fits(op.bytes()) {
            Ok(()) => {}
            Err(NoFit::Later) => return Err(Later),
            Err(NoFit::Never(_)) => return Ok(Err(DiskFull {}.into())),
        }
        fx.holds(0, held);
        self.emit(fx, op);
        Ok(Ok(()))
    }

    /// Removes offsets that expired, in steps; a group of which nothing is left is gone.
    pub(super) fn sweep(&mut self, fx: &mut Effects<'_, '_>, catalog: &Catalog, name: &str) {
        let Some(group) = self.by_name.get(name) else { return };
        let (serial, after) = (group.record.serial, group.sweep_after);
        let mut last = None;
        let mut looked = 0;
        let mut ops = Vec::new();
        for (place, kept) in self.offsets.of(serial, after).take(OFFSETS_PER_STEP_MAX) {
            (last, looked) = (Some(*place), looked + 1);
            if expires_at(group, catalog, *place, kept, fx.settings.offsets_retention_ms) <= fx.date() {
                ops.push(offsets::delete(serial, *place));
            }
        }
        fx.gather.look(looked + 1);
        let more = looked == OFFSETS_PER_STEP_MAX;
        match fx.fits(ops.iter().map(Op::bytes).sum()) {
            Ok(()) => ops.into_iter().for_each(|op| self.emit(fx, op)),
            Err(NoFit::Later) => {
                fx.wake_in(0);
                return;
            }
            // A full disk: it is looked again when it is time anyway.
            Err(NoFit::Never(_)) => {}
        }
        let next = if more { fx.lived() } else { fx.lived().plus_ms(fx.settings.offsets_check_ms) };
        let Some(group) = self.by_name.get_mut(name) else { return };
        group.sweep_at = fx.wake_by(next);
        group.sweep_after = last.filter(|_| more);
        if !more && group.is_idle() && self.offsets.is_empty(serial) {
            let op = Self::delete_op(name);
            if serial == 0 {
                self.by_name.remove(name);
            } else if fx.fits(op.bytes()).is_ok() {
                self.emit(fx, op);
            }
        }
    }
}

/// Until when an offset is kept (Kafka's rules: KIP-211): some time after its group became empty, or after it was committed
/// by who is no member; and while members are there, those that nobody reads any more.
fn expires_at(group: &Group, catalog: &Catalog, place: Place, kept: &Kept, retention_ms: i64) -> Timestamp {
    const NEVER: Timestamp = Timestamp(i64::MAX);
    if let Some(at) = kept.expires {
        return at;
    }
    let since = match (group.protocol_type.as_deref(), group.phase) {
        (None, _) => kept.at,
        (Some(_), Phase::Empty) => group.record.since.max(kept.at),
        (Some("consumer"), Phase::Stable) => {
            match catalog.topic_by_id(place.0).and_then(|topic| group.reads(&topic.name)) {
                Some(false) => kept.at,
                Some(true) | None => NEVER,
            }
        }
        (Some(_), _) => NEVER,
    };
    since.plus_ms(retention_ms)
}

fn resolve<'a>(catalog: &'a Catalog, topic: &TopicRef) -> Result<&'a Arc<Topic>, PartitionCommitError> {
    catalog.find(topic).ok_or_else(|| match topic {
        TopicRef::Name(name) => UnknownTopic { name: name.clone() }.into(),
        TopicRef::Id(id) => UnknownTopicId { id: *id }.into(),
    })
}

fn place_of(topic: &Topic, commit: &PartitionCommit) -> Result<Place, PartitionCommitError> {
    let partition = commit.partition;
    topic.stream(partition).ok_or(UnknownPartition { partition })?;
    let (bytes, bytes_max) = (commit.metadata.len(), OFFSET_METADATA_BYTES_MAX);
    if bytes > bytes_max {
        return Err(MetadataTooLarge { bytes, bytes_max }.into());
    }
    Ok((topic.id, partition))
}
