//! Who creates and deletes topics and trims their partitions, and what must be in the catalog for it.
//!
//! Always: a topic that was answered as created is there until a deletion is asked for; one that was answered as deleted
//! is not. Never here: batches.

use std::collections::BTreeMap;
use std::sync::Arc;

use hence_base::{Offset, StreamId};
use hence_broker::Pending;
use hence_broker::core::{
    CreateTopicError, CreateTopics, DeleteTopicError, DeleteTopics, NewTopic, Topic, TopicId, TopicRef, Trim,
    TrimError, TrimTo,
};

use super::server::Server;
use super::{Truth, answered};
use crate::dice::Dice;
use crate::hold;
use crate::model::Violation;

const TOPICS_MAX: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Answered as created.
    There,
    /// Creation was asked for, or deletion: it may be there or not.
    Unsure,
    /// Answered as deleted, or refused.
    Gone,
}

struct Asked<T> {
    of: TopicId,
    pending: Pending<Vec<T>>,
}

type Trimmed = Vec<Result<Offset, TrimError>>;

/// All topics that were ever asked for.
#[derive(Default)]
pub struct Topics {
    fates: BTreeMap<TopicId, (String, Fate)>,
    streams: BTreeMap<TopicId, Arc<[StreamId]>>,
    creating: Vec<Asked<Result<Arc<Topic>, CreateTopicError>>>,
    deleting: Vec<Asked<Result<Arc<Topic>, DeleteTopicError>>>,
    trimming: Vec<(StreamId, Pending<Trimmed>)>,
    next: u64,
}

impl std::fmt::Debug for Topics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Topics").field("fates", &self.fates).finish_non_exhaustive()
    }
}

impl Topics {
    /// Creates, deletes or trims.
    pub fn ask(&mut self, server: &Server, dice: &mut Dice, truth: &mut Truth) {
        let there: Vec<TopicId> = self.there().map(|(id, _)| id).collect();
        match dice.below(10) {
            0 if there.len() > 2 => {
                let Some(id) = dice.pick(&there).copied() else { return };
                self.set(id, Fate::Unsure);
                let pending = server.ask(DeleteTopics { topics: vec![TopicRef::Id(id)] });
                self.deleting.push(Asked { of: id, pending });
            }
            1..7 if there.len() >= 2 => self.trim(server, dice, truth),
            _ if there.len() < TOPICS_MAX => self.create(server, dice),
            _ => {}
        }
    }

    fn create(&mut self, server: &Server, dice: &mut Dice) {
        self.next += 1;
        let mut id = [0; 16];
        dice.fill(&mut id);
        let (id, name) = (TopicId(id), format!("topic-{}", self.next));
        let partitions = 1 + dice.below(3) as i32;
        let topic = NewTopic { name: name.clone(), id, partitions, settings: Vec::new() };
        self.fates.insert(id, (name, Fate::Unsure));
        let pending = server.ask(CreateTopics { topics: vec![topic], validate_only: false });
        self.creating.push(Asked { of: id, pending });
    }

    fn trim(&mut self, server: &Server, dice: &mut Dice, truth: &mut Truth) {
        let Some(stream) = self.pick_stream(dice) else { return };
        let Some((start, end)) = server.bounds(stream) else { return };
        let to = start.plus(dice.below(end.0 - start.0 + 1));
        let known = truth.partitions.entry(stream).or_default();
        known.floor_asked = known.floor_asked.max(to);
        let pending = server.ask(Trim { streams: std::iter::once((stream, TrimTo::Offset(to))).collect() });
        self.trimming.push((stream, pending));
    }

    fn set(&mut self, id: TopicId, fate: Fate) {
        if let Some((_, known)) = self.fates.get_mut(&id) {
            *known = fate;
        }
    }

    fn there(&self) -> impl Iterator<Item = (TopicId, &str)> {
        let there = self.fates.iter().filter(|(_, (_, fate))| *fate == Fate::There);
        there.map(|(id, (name, _))| (*id, name.as_str()))
    }

    /// A topic that is there, with how many partitions it has.
    pub fn pick(&self, dice: &mut Dice) -> Option<(TopicId, usize)> {
        let there: Vec<TopicId> = self.there().map(|(id, _)| id).collect();
        let id = dice.pick(&there)?;
        Some((*id, self.streams.get(id)?.len()))
    }

    /// A partition of a topic that is there.
    pub fn pick_stream(&self, dice: &mut Dice) -> Option<StreamId> {
        let (id, partitions) = self.pick(dice)?;
        self.streams.get(&id)?.get(dice.below(partitions as u64) as usize).copied()
    }

    /// Whether the partition's topic was answered as created and no deletion was asked for.
    pub fn holds(&self, stream: StreamId) -> bool {
        self.there().any(|(id, _)| self.streams.get(&id).is_some_and(|streams| streams.contains(&stream)))
    }

    /// Whether the topic is there.
    pub fn holds_topic(&self, id: TopicId) -> bool {
        self.there().any(|(there, _)| there == id)
    }

    /// Partitions of topics that are there.
    pub fn streams(&self) -> Vec<StreamId> {
        self.there()
            .filter_map(|(id, _)| self.streams.get(&id))
            .flat_map(|streams| streams.iter().copied())
            .collect()
    }

    /// Takes answers.
    pub fn hear(&mut self, truth: &mut Truth, answers: &mut u64) -> Result<(), Violation> {
        let mut created = Vec::new();
        self.creating.retain_mut(|asked| {
            let answer = answered(&mut asked.pending);
            let waits = answer.is_none();
            created.extend(answer.map(|answer| (asked.of, answer)));
            waits
        });
        for (id, answer) in created {
            let Ok(answer) = answer else { continue };
            *answers += 1;
            match answer.first() {
                Some(Ok(topic)) => {
                    hold!(topic.id == id, "topic {id} was created as {}", topic.id);
                    self.streams.insert(id, Arc::clone(&topic.partitions));
                    self.set(id, Fate::There);
                }
                Some(Err(CreateTopicError::DiskFull(_))) => self.set(id, Fate::Gone),
                other => return Err(Violation(format!("creating topic {id} was answered {other:?}"))),
            }
        }
        let mut deleted = Vec::new();
        self.deleting.retain_mut(|asked| {
            let answer = answered(&mut asked.pending);
            let waits = answer.is_none();
            deleted.extend(answer.map(|answer| (asked.of, answer)));
            waits
        });
        for (id, answer) in deleted {
            let Ok(answer) = answer else { continue };
            *answers += 1;
            match answer.first() {
                Some(Ok(_)) => self.set(id, Fate::Gone),
                other => hold!(
                    matches!(other, Some(Err(DeleteTopicError::DiskFull(_)))),
                    "deleting {id}: {other:?}"
                ),
            }
        }
        self.hear_trims(truth, answers);
        Ok(())
    }

    fn hear_trims(&mut self, truth: &mut Truth, answers: &mut u64) {
        self.trimming.retain_mut(|(stream, pending)| {
            let Some(answer) = answered(pending) else { return true };
            if let Ok(answer) = answer
                && let Some(Ok(start)) = answer.first()
            {
                *answers += 1;
                let known = truth.partitions.entry(*stream).or_default();
                known.floor = known.floor.max(*start);
            }
            false
        });
    }

    /// Nothing that was asked will be answered.
    pub fn forget(&mut self) {
        self.creating.clear();
        self.deleting.clear();
        self.trimming.clear();
    }

    /// Compares with the catalog after a start; says whether something that was answered is not there.
    pub fn compare(&mut self, server: &Server, truth: &mut Truth, may_lack: bool) -> Result<bool, Violation> {
        let catalog = server.catalog();
        let mut lacked = false;
        for (id, (name, fate)) in &mut self.fates {
            let found = catalog.topic_by_id(*id);
            let by_name = catalog.topic(name).is_some_and(|topic| topic.id == *id);
            hold!(found.is_some() == by_name, "topic {name}: found by id or by name only");
            match (*fate, found) {
                (Fate::There, None) | (Fate::Gone, Some(_)) => {
                    hold!(may_lack, "topic {name} was answered as {fate:?}, which it is not");
                    lacked = true;
                }
                _ => {}
            }
            if let Some(topic) = found {
                let streams = self.streams.entry(*id).or_insert_with(|| Arc::clone(&topic.partitions));
                hold!(*streams == topic.partitions, "topic {name} has other partitions than it had");
            }
            *fate = if found.is_some() { Fate::There } else { Fate::Gone };
        }
        let there: Vec<StreamId> = self.streams();
        truth.partitions.retain(|stream, _| there.contains(stream));
        Ok(lacked)
    }
}
