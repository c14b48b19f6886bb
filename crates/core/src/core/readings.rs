//! What only asks, of many groups or offsets at once: answered in steps, while other commands go on.
//!
//! Always: a first step is taken where the command stands in the queue, so that a short one is answered at once; of long
//! ones the first goes on by one step a turn, behind the commands. An answer is of as many moments as it took steps, each
//! group's listing and each offset of one of them. Never here: what changes anything.

use super::{Core, Flow, Gather};
use crate::catalog::Catalog;
use crate::command::{DescribeGroups, OffsetFetch, RequestId};
use crate::group::{Groups, Reached};
use crate::limits::{LOOKS_PER_READING_STEP_MIN, READINGS_MAX};
use crate::reply::{GroupDescription, GroupListing, GroupOffsets, Reply};

/// A question, and the part of its answer that is there.
#[derive(Debug)]
pub enum Reading {
    /// All groups.
    Groups(Vec<GroupListing>),
    /// Some groups in full.
    Described(DescribeGroups, Vec<Option<GroupDescription>>),
    /// Offsets, and how far they are found.
    Offsets(OffsetFetch, Vec<GroupOffsets>, Reached),
}

impl Reading {
    /// Goes on until everything is answered or no look is left; at least one is taken.
    fn step(&mut self, groups: &Groups, catalog: &Catalog, looks: &mut usize) -> Flow {
        match self {
            Self::Groups(listed) => groups.list(listed, looks),
            Self::Described(command, described) => groups.describe(command, described, looks),
            Self::Offsets(command, found, reached) => groups.fetch(catalog, command, found, reached, looks),
        }
    }

    fn reply(self) -> Reply {
        match self {
            Self::Groups(listed) => Reply::ListGroups(listed),
            Self::Described(_, described) => Reply::DescribeGroups(described),
            Self::Offsets(_, found, _) => Reply::OffsetFetch(found),
        }
    }
}

impl Core {
    /// Answers a question, or begins to.
    pub(super) fn read(&mut self, gather: &mut Gather<'_>, id: RequestId, mut reading: Reading) {
        match self.read_some(gather, &mut reading) {
            Flow::Done => gather.reply(id, reading.reply()),
            Flow::Later => self.readings.push_back((id, reading)),
        }
    }

    /// Takes a step of what is being answered; says whether more is left for the next turn.
    pub(super) fn read_on(&mut self, gather: &mut Gather<'_>) -> bool {
        if let Some((id, mut reading)) = self.readings.pop_front() {
            match self.read_some(gather, &mut reading) {
                Flow::Done => gather.reply(id, reading.reply()),
                Flow::Later => self.readings.push_front((id, reading)),
            }
        }
        !self.readings.is_empty()
    }

    /// Whether so much is being answered that commands wait, each of which could be one more.
    pub(super) fn reads_enough(&self) -> bool {
        self.readings.len() >= READINGS_MAX
    }

    fn read_some(&self, gather: &mut Gather<'_>, reading: &mut Reading) -> Flow {
        let looks = gather.looks.max(LOOKS_PER_READING_STEP_MIN);
        let mut left = looks;
        let flow = reading.step(&self.groups, &self.catalog.catalog, &mut left);
        gather.look(looks - left);
        flow
    }
}
