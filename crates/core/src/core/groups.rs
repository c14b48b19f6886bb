//! Commands and timers of groups: handed to the group machine, with the turn and the timer to act on.
//!
//! Always: whatever a group wants to be woken for is in the schedule when the command is done.

use std::sync::Arc;

use super::{Core, Flow, Gather, Timer};
use crate::catalog::Catalog;
use crate::command::{Command, DeleteGroups, RequestId};
use crate::error::DeleteGroupError;
use crate::group::{Answer, Effects, Groups, Later};
use crate::reply::Reply;

impl Core {
    /// Runs a command on groups.
    pub(super) fn run_group(&mut self, gather: &mut Gather<'_>, id: RequestId, command: Command) {
        let name = group_of(&command).map(str::to_owned);
        let answer = match &command {
            Command::JoinGroup(command) => {
                let answer = self.in_group(gather, name, |groups, _, fx| groups.join(fx, id, command));
                replied(answer, Reply::JoinGroup)
            }
            Command::SyncGroup(command) => {
                let answer = self.in_group(gather, name, |groups, _, fx| groups.sync(fx, id, command));
                replied(answer, Reply::SyncGroup)
            }
            Command::Heartbeat(command) => {
                let answer = self.in_group(gather, name, |groups, _, fx| groups.heartbeat(fx, command));
                Replied::Now(Reply::Heartbeat(answer))
            }
            Command::LeaveGroup(command) => {
                let answer = self.in_group(gather, name, |groups, _, fx| groups.leave(fx, command));
                Replied::Now(Reply::LeaveGroup(answer))
            }
            Command::OffsetCommit(command) => {
                let commit = |groups: &mut Groups, catalog: &Catalog, fx: &mut Effects<'_, '_>| {
                    groups.commit(fx, catalog, command)
                };
                decided(self.in_group(gather, name, commit), Reply::OffsetCommit)
            }
            Command::OffsetDelete(command) => {
                let delete = |groups: &mut Groups, catalog: &Catalog, fx: &mut Effects<'_, '_>| {
                    groups.delete_offsets(fx, catalog, command)
                };
                decided(self.in_group(gather, name, delete), Reply::OffsetDelete)
            }
            _ => return,
        };
        match answer {
            Replied::Now(reply) => gather.reply(id, reply),
            Replied::Parked => {}
            Replied::Later => self.set_aside(id, command, None),
        }
    }

    pub(super) fn delete_groups(
        &mut self,
        gather: &mut Gather<'_>,
        command: &mut DeleteGroups,
        done: &mut Vec<Result<(), DeleteGroupError>>,
    ) -> Flow {
        while let Some(name) = command.groups.get(done.len()) {
            match self.with_groups(gather, |groups, _, fx| groups.delete(fx, name)) {
                Ok(decided) => done.push(decided),
                Err(Later) => return Flow::Later,
            }
        }
        Flow::Done
    }

    /// Time passed for a group.
    pub(super) fn pass_group(&mut self, gather: &mut Gather<'_>, name: Arc<str>) {
        if let Some(next) = self.with_groups(gather, |groups, catalog, fx| groups.pass(fx, catalog, &name)) {
            self.schedule.set(Timer::Group(name), next);
        }
    }

    /// Does something with the groups; what they want to be woken for is lost, so it must want nothing.
    pub(super) fn with_groups<T>(
        &mut self,
        gather: &mut Gather<'_>,
        act: impl FnOnce(&mut Groups, &Catalog, &mut Effects<'_, '_>) -> T,
    ) -> T {
        self.acted(gather, act).0
    }

    /// Does something with one group, and sees to it that it is woken when it wants to be.
    fn in_group<T>(
        &mut self,
        gather: &mut Gather<'_>,
        name: Option<String>,
        act: impl FnOnce(&mut Groups, &Catalog, &mut Effects<'_, '_>) -> T,
    ) -> T {
        let (answer, wake_by) = self.acted(gather, act);
        if let (Some(at), Some(name)) = (wake_by, name) {
            self.schedule.set_by(Timer::Group(Arc::from(name)), at);
        }
        answer
    }

    fn acted<T>(
        &mut self,
        gather: &mut Gather<'_>,
        act: impl FnOnce(&mut Groups, &Catalog, &mut Effects<'_, '_>) -> T,
    ) -> (T, Option<hence_base::Timestamp>) {
        let (settings, counters) = (&self.settings, &mut self.counters);
        let held = &mut self.groups_held;
        let mut fx = Effects { gather, settings, counters, held, wake_by: None };
        let answer = act(&mut self.groups, &self.catalog.catalog, &mut fx);
        (answer, fx.wake_by)
    }
}

/// What became of a command.
enum Replied {
    Now(Reply),
    Parked,
    Later,
}

fn replied<T, E>(answer: Answer<T, E>, reply: impl FnOnce(Result<T, E>) -> Reply) -> Replied {
    match answer {
        Answer::Now(answer) => Replied::Now(reply(answer)),
        Answer::Parked => Replied::Parked,
        Answer::Later => Replied::Later,
    }
}

fn decided<T>(answer: Result<T, Later>, reply: impl FnOnce(T) -> Reply) -> Replied {
    match answer {
        Ok(answer) => Replied::Now(reply(answer)),
        Err(Later) => Replied::Later,
    }
}

/// The group that a command is about, where it can be one that wants to be woken.
fn group_of(command: &Command) -> Option<&str> {
    match command {
        Command::JoinGroup(command) => Some(&command.group),
        Command::SyncGroup(command) => Some(&command.who.group),
        Command::LeaveGroup(command) => Some(&command.group),
        Command::OffsetCommit(command) => Some(&command.who.group),
        _ => None,
    }
}
