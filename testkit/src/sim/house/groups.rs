//! Consumer groups that commit offsets and read them back.
//!
//! Always: each commits rising offsets, so what was answered, or shown to whoever asked, is never undercut again.
//! Never here: membership.

use std::collections::BTreeMap;

use hence_broker::Pending;
use hence_broker::core::{
    CommitError, GroupOffsets, GroupOffsetsQuery, MemberRef, OffsetCommit, OffsetFetch, PartitionCommit,
    PartitionCommitError, TopicCommit, TopicId, TopicRef,
};

use super::answered;
use super::server::Server;
use super::topics::Topics;
use crate::dice::Dice;
use crate::hold;
use crate::model::Violation;

type Key = (usize, TopicId, i32);
type Commits = Result<Vec<Vec<Result<(), PartitionCommitError>>>, CommitError>;

/// Some groups.
#[derive(Debug)]
pub struct Groups {
    count: usize,
    /// The least that each must be at: answered or shown.
    held: BTreeMap<Key, i64>,
    /// The most that was ever asked for.
    asked: BTreeMap<Key, i64>,
    committing: Vec<(Key, i64, Pending<Commits>)>,
    fetching: Vec<(Key, i64, Pending<Vec<GroupOffsets>>)>,
}

impl Groups {
    /// So many.
    pub fn new(count: usize) -> Self {
        Self {
            count,
            held: BTreeMap::new(),
            asked: BTreeMap::new(),
            committing: Vec::new(),
            fetching: Vec::new(),
        }
    }

    /// One of them commits or asks.
    pub fn ask(&mut self, server: &Server, dice: &mut Dice, topics: &Topics) {
        let Some((topic, partitions)) = topics.pick(dice) else { return };
        let group = dice.below(self.count as u64) as usize;
        let partition = dice.below(partitions as u64) as i32;
        let key = (group, topic, partition);
        if dice.one_in(2) {
            let held = self.held.get(&key).copied().unwrap_or(-1);
            self.fetching.push((key, held, server.ask(query(key))));
            return;
        }
        let asked = self.asked.entry(key).or_insert(-1);
        *asked += 1 + dice.skewed(20) as i64;
        let commit = PartitionCommit { partition, offset: *asked, leader_epoch: -1, metadata: String::new() };
        let who = MemberRef { group: name(group), generation: -1, ..MemberRef::default() };
        let topics = vec![TopicCommit { topic: TopicRef::Id(topic), partitions: vec![commit] }];
        self.committing.push((key, *asked, server.ask(OffsetCommit { who, retention_ms: None, topics })));
    }

    /// Takes answers.
    pub fn hear(&mut self, answers: &mut u64) -> Result<(), Violation> {
        let Self { held, asked, committing, fetching, .. } = self;
        committing.retain_mut(|(key, offset, pending)| {
            let Some(answer) = answered(pending) else { return true };
            if let Ok(Ok(answer)) = answer
                && matches!(answer.first().and_then(|topic| topic.first()), Some(Ok(())))
            {
                *answers += 1;
                let held = held.entry(*key).or_insert(-1);
                *held = (*held).max(*offset);
            }
            false
        });
        let mut shown = Vec::new();
        fetching.retain_mut(|(key, least, pending)| {
            let Some(answer) = answered(pending) else { return true };
            shown.extend(answer.ok().map(|answer| (*key, *least, answer)));
            false
        });
        for (key, least, answer) in shown {
            *answers += 1;
            // None: the topic is gone, which is for the topics to judge.
            let Some(offset) = offset_of(&answer) else { continue };
            let most = asked.get(&key).copied().unwrap_or(-1);
            hold!(
                (least..=most).contains(&offset),
                "{key:?} was answered {offset}, must be in {least}..={most}"
            );
            let held = held.entry(key).or_insert(-1);
            *held = (*held).max(offset);
        }
        Ok(())
    }

    /// Nothing that was asked will be answered.
    pub fn forget(&mut self) {
        self.committing.clear();
        self.fetching.clear();
    }

    /// Compares after a start; says whether something that was answered or shown is not there.
    pub fn compare(&mut self, server: &Server, topics: &Topics, may_lack: bool) -> Result<bool, Violation> {
        let mut lacked = false;
        self.held.retain(|(_, topic, _), _| topics.holds_topic(*topic));
        self.asked.retain(|(_, topic, _), _| topics.holds_topic(*topic));
        for (key, most) in &self.asked {
            let least = self.held.get(key).copied().unwrap_or(-1);
            let found = offset_of(&server.settle(query(*key))?).unwrap_or(-1);
            if found < least {
                hold!(may_lack, "{key:?} is at {found} after a start; {least} was answered or shown");
                lacked = true;
            }
            hold!(
                found <= *most,
                "{key:?} is at {found} after a start; {most} was the most that was asked for"
            );
            self.held.insert(*key, found);
        }
        Ok(lacked)
    }
}

fn name(group: usize) -> String {
    format!("group-{group}")
}

fn query((group, topic, partition): Key) -> OffsetFetch {
    let topics = Some(vec![(TopicRef::Id(topic), vec![partition])]);
    OffsetFetch { groups: vec![GroupOffsetsQuery { group: name(group), topics }] }
}

/// The one offset that was asked for; −1 when none is committed, none when the topic is not known.
fn offset_of(answer: &[GroupOffsets]) -> Option<i64> {
    let topic = answer.first()?.topics.first()?;
    topic.known.as_ref()?;
    let (_, committed) = topic.partitions.first()?;
    Some(committed.as_ref().map_or(-1, |committed| committed.offset))
}
