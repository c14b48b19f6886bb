//! The core: owns the machines, gives them commands in order, gathers one commit and the replies.
//!
//! Always: one turn makes at most one commit, and it fits into the room that the turn was given. The way through: `turn`
//! here, commands in `topics` and `groups`, questions about many groups in `readings`, `apply` for facts, `gather` for
//! what fits.
//!
//! What does not fit waits in one of five places. Commands that were not begun stay in the caller's queue. The one that was
//! begun is `under_way`, and nothing overtakes it. What asks of many groups is among `readings`, which go on behind the commands. What
//! no command waits for (`removals`) goes on behind both; on a full disk it waits for [`Timer::Behind`]. What waits for a time
//! is in the `schedule`. `Turn::more` says that something has work now, `Turn::next_timer` when the schedule has.

mod apply;
mod counters;
mod gather;
mod groups;
mod readings;
mod removals;
mod steps;
mod topics;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use hence_base::{Offset, StreamId, TableId, Timestamp, Urgency};

use crate::catalog::{self, Catalog, TopicId};
use crate::command::{Command, RequestId, Start, StepClock};
use crate::error::DiskFull;
use crate::group::{Groups, Reached};
use crate::limits::{COMMANDS_PER_TURN_MAX, FULL_DISK_RETRY_MS, TIMERS_PER_TURN_MAX};
use crate::reply::{Reply, Request};
use crate::schedule::Schedule;
use crate::settings::Settings;
use crate::topic::Partitions;
use crate::turn::{Op, Room, Turn};
pub(crate) use counters::{Counter, Counters};
pub(crate) use gather::{Flow, Gather, Never, NoFit};
use readings::Reading;
use removals::Removals;
use steps::Steps;

/// A derived row that changed: table, key, value; no value deletes.
pub type DirtyRow = (TableId, Vec<u8>, Option<Vec<u8>>);

/// A slice of changed derived rows.
#[derive(Debug, Default)]
pub struct DirtyRows {
    /// The rows.
    pub rows: Vec<DirtyRow>,
    /// Whether more rows are dirty.
    pub more: bool,
}

/// All broker state and the machines that change it.
#[derive(Debug)]
pub struct Core {
    settings: Settings,
    /// The time of the present turn; none while recovery applies operations.
    now: Timestamp,
    steps: Steps,
    counters: Counters,
    catalog: catalog::Machine,
    partitions: Partitions,
    removals: Removals,
    /// The removed topic whose offsets are looked for, and the group that was looked at last.
    removal_after: (TopicId, u64),
    groups: Groups,
    /// Bytes that the members of all groups hold.
    groups_held: usize,
    schedule: Schedule<Timer>,
    /// Whether recovery is over: before, nothing has a time, so nothing is due.
    started: bool,
    /// A command of which a part is done.
    under_way: Option<UnderWay>,
    /// What is being answered, the first of it in steps.
    readings: VecDeque<(RequestId, Reading)>,
    /// The names that the list of topics under way has more than once.
    twice: Vec<String>,
}

/// What can be due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// Work behind the commands waits for space.
    Behind,
    /// A group is to be looked at.
    Group(Arc<str>),
}

/// A command that did not fit into one turn.
#[derive(Debug)]
struct UnderWay {
    id: RequestId,
    command: Command,
    /// What is decided already.
    done: Option<Reply>,
}

impl Core {
    /// A core without state. Restore rows, apply operations, then send [`Start`].
    pub fn new(settings: Settings) -> Self {
        Self {
            now: Timestamp::NONE,
            steps: Steps::default(),
            counters: Counters::default(),
            catalog: catalog::Machine::default(),
            partitions: Partitions::new(settings.producer_expires_ms, settings.producers_max),
            removals: Removals::default(),
            removal_after: (TopicId::NONE, 0),
            groups: Groups::default(),
            groups_held: 0,
            schedule: Schedule::default(),
            started: false,
            under_way: None,
            readings: VecDeque::new(),
            twice: Vec::new(),
            settings,
        }
    }

    /// Runs a bounded batch of commands at `now` and fills `turn`, which the caller cleared. Commands that do not fit into
    /// `room` beside what the turn made stay in the queue; one that would never fit is answered with a full disk.
    pub fn turn(
        &mut self,
        now: Timestamp,
        room: Room,
        commands: &mut VecDeque<(RequestId, Command)>,
        turn: &mut Turn,
    ) {
        self.now = now;
        self.steps.pass(now);
        let mut gather = Gather::new(now, now.plus_ms(-self.steps.behind_ms), room, turn);
        if let Some(UnderWay { id, command, done }) = self.under_way.take() {
            self.run(&mut gather, id, command, done);
        }
        if self.started {
            self.run_timers(&mut gather);
        }
        for _ in 0..COMMANDS_PER_TURN_MAX {
            if self.under_way.is_some() || gather.is_full() || self.reads_enough() {
                break;
            }
            let Some((id, command)) = commands.pop_front() else { break };
            self.run(&mut gather, id, command, None);
        }
        let mut behind = self.run_behind(&mut gather);
        behind |= self.read_on(&mut gather);
        turn.catalog = self.catalog.publish();
        let next_wait = self.schedule.next().map(|lived| lived.plus_ms(self.steps.behind_ms));
        turn.next_timer = next_wait.into_iter().chain(self.partitions.next_expiry()).min();
        turn.more = behind || self.under_way.is_some() || turn.next_timer.is_some_and(|due| due <= now);
    }

    /// The present catalog, with what this core has decided so far, durable or not.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::new(self.catalog.catalog.clone())
    }

    /// The start and the end of a stream, with what this core has decided so far, durable or not.
    pub fn bounds(&self, stream: StreamId) -> Option<(Offset, Offset)> {
        self.partitions.find(stream).ok().map(|own| (own.floor(), own.end()))
    }

    /// Up to `rows_max` derived rows that changed since they were last asked for; `more` until those are given that were
    /// dirty when the round began.
    pub fn dirty_rows(&mut self, rows_max: usize) -> DirtyRows {
        self.partitions.dirty_rows(rows_max)
    }

    /// Runs a command, or goes on with one of which `done` is decided.
    fn run(&mut self, gather: &mut Gather<'_>, id: RequestId, command: Command, done: Option<Reply>) {
        match command {
            Command::Tick => {}
            Command::StepClock(StepClock { ms }) => {
                self.steps.expect(gather.now, ms);
                gather.reply(id, Reply::StepClock(()));
            }
            Command::Start(command) => self.run_step(gather, id, command, Self::start, Reply::Start),
            Command::Produce(command) => {
                self.run_list(gather, id, command, done, Self::produce, Reply::Produce)
            }
            Command::InitProducer(command) => {
                self.run_step(gather, id, command, Self::init_producer, Reply::InitProducer)
            }
            Command::Trim(command) => self.run_list(gather, id, command, done, Self::trim, Reply::Trim),
            Command::EpochEnds(command) => {
                self.run_list(gather, id, command, done, Self::epoch_ends, Reply::EpochEnds)
            }
            Command::CreateTopics(command) => {
                self.run_list(gather, id, command, done, Self::create_topics, Reply::CreateTopics)
            }
            Command::DeleteTopics(command) => {
                self.run_list(gather, id, command, done, Self::delete_topics, Reply::DeleteTopics)
            }
            Command::CreatePartitions(command) => {
                self.run_list(gather, id, command, done, Self::create_partitions, Reply::CreatePartitions)
            }
            Command::AlterSettings(command) => {
                self.run_list(gather, id, command, done, Self::alter_settings, Reply::AlterSettings)
            }
            Command::OffsetFetch(command) => {
                self.read(gather, id, Reading::Offsets(command, Vec::new(), Reached::default()))
            }
            Command::ListGroups(_) => self.read(gather, id, Reading::Groups(Vec::new())),
            Command::DescribeGroups(command) => {
                self.read(gather, id, Reading::Described(command, Vec::new()))
            }
            Command::DeleteGroups(command) => {
                self.run_list(gather, id, command, done, Self::delete_groups, Reply::DeleteGroups)
            }
            Command::JoinGroup(_)
            | Command::SyncGroup(_)
            | Command::Heartbeat(_)
            | Command::LeaveGroup(_)
            | Command::OffsetCommit(_)
            | Command::OffsetDelete(_) => self.run_group(gather, id, command),
        }
    }

    /// Runs a command that is one step: all of it is in this turn, or it is taken again in the next one.
    fn run_step<C: Into<Command>, R>(
        &mut self,
        gather: &mut Gather<'_>,
        id: RequestId,
        command: C,
        step: impl FnOnce(&mut Self, &mut Gather<'_>, &C) -> Option<R>,
        reply: impl FnOnce(R) -> Reply,
    ) {
        match step(self, gather, &command) {
            Some(answer) => gather.reply(id, reply(answer)),
            None => self.set_aside(id, command.into(), None),
        }
    }

    /// Runs a command that is a list of steps, each decided by itself: what does not fit is decided in the next turn.
    fn run_list<C: Request>(
        &mut self,
        gather: &mut Gather<'_>,
        id: RequestId,
        mut command: C,
        done: Option<Reply>,
        steps: impl FnOnce(&mut Self, &mut Gather<'_>, &mut C, &mut C::Reply) -> Flow,
        reply: impl FnOnce(C::Reply) -> Reply,
    ) where
        C::Reply: Default,
    {
        let mut done = done.and_then(C::reply).unwrap_or_default();
        match steps(self, gather, &mut command, &mut done) {
            Flow::Done => gather.reply(id, reply(done)),
            Flow::Later => self.set_aside(id, command.into(), Some(reply(done))),
        }
    }

    fn set_aside(&mut self, id: RequestId, command: Command, done: Option<Reply>) {
        self.under_way = Some(UnderWay { id, command, done });
    }

    /// Arms what recovery could not: it has no time. After a loss, goes on from the opening's epoch.
    fn start(&mut self, gather: &mut Gather<'_>, command: &Start) -> Option<Result<(), DiskFull>> {
        if !command.complete {
            let ops = self.counters.after_loss(command.epoch);
            // Nothing may be served under the old epochs: without even this much space there is no start.
            match gather.fits(ops.iter().map(Op::bytes).sum(), Urgency::Relief) {
                Ok(()) => ops.into_iter().for_each(|op| self.emit(gather, op, Urgency::Relief)),
                Err(NoFit::Later) => return None,
                Err(NoFit::Never(_)) => return Some(Err(DiskFull {})),
            }
        }
        self.started = true;
        self.partitions.start(gather.now);
        for (group, at) in self.groups.start(gather.lived, self.settings.offsets_check_ms) {
            self.schedule.set(Timer::Group(group), at);
        }
        self.groups_held = self.groups.held();
        Some(Ok(()))
    }

    /// Runs what is due.
    fn run_timers(&mut self, gather: &mut Gather<'_>) {
        for _ in 0..TIMERS_PER_TURN_MAX {
            if self.under_way.is_some() || gather.is_full() {
                return;
            }
            match self.schedule.pop_due(gather.lived) {
                None => break,
                Some(Timer::Behind) => {}
                Some(Timer::Group(name)) => self.pass_group(gather, name),
            }
        }
        let looks = gather.looks / 2;
        if looks > 0 {
            self.partitions.expire(gather.now, looks);
        }
    }

    /// Takes a step of the work that no command waits for; says whether more is left for the next turn.
    fn run_behind(&mut self, gather: &mut Gather<'_>) -> bool {
        if self.under_way.is_some() {
            return true;
        }
        match self.remove_some(gather) {
            Ok(more) => more,
            Err(NoFit::Later) => true,
            // A step is far below the least that a commit may hold; where one may hold less than that, no time helps.
            Err(NoFit::Never(Never::TooLarge { .. })) => false,
            Err(NoFit::Never(Never::DiskFull)) => {
                self.schedule.set(Timer::Behind, gather.lived.plus_ms(FULL_DISK_RETRY_MS));
                false
            }
        }
    }

    /// Makes an operation part of the turn and applies it: the live half of "facts change only in `apply`".
    fn emit(&mut self, gather: &mut Gather<'_>, op: Op, urgency: Urgency) {
        self.apply(&op.borrow()).expect("an operation that this core made is one that it understands");
        gather.push(op, urgency);
    }
}
