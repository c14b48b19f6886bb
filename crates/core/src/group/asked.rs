//! What is asked of groups and changes nothing: which there are, who is in them, what they committed.
//!
//! Always: an answer is made in pieces, each behind what is there already, until no look is left; a piece has one thing at
//! least. One group in full, whose row has a bound, is one thing. Never here: how pieces become turns (`core::readings`).

use std::ops::Bound;

use super::Groups;
use super::offsets::Place;
use super::state::Group;
use crate::catalog::Catalog;
use crate::command::{DescribeGroups, OffsetFetch, TopicRef};
use crate::core::Flow;
use crate::limits::{LOOKS_PER_GROUP, LOOKS_PER_PART};
use crate::reply::{GroupDescription, GroupListing, GroupOffsets, TopicOffsets};

/// How far offsets are found.
#[derive(Debug, Default)]
pub struct Reached {
    /// Groups of which all is found.
    whole: usize,
    /// Which group the next one is, whatever had its name before.
    serial: u64,
    /// The place in it that was looked at last, where all of its offsets are asked for.
    after: Option<Place>,
}

/// Whether a look is left for one more thing, which takes `count`.
fn has_look(looks: &mut usize, count: usize) -> bool {
    let some = *looks > 0;
    *looks = looks.saturating_sub(count);
    some
}

impl Groups {
    /// Lists the groups behind those that are listed.
    pub fn list(&self, listed: &mut Vec<GroupListing>, looks: &mut usize) -> Flow {
        // What grows is copied, and by then it is long.
        listed.reserve(self.by_name.len().saturating_sub(listed.len()));
        let last = listed.last().map(|last| last.group.clone());
        let from = last.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        for (_, group) in self.by_name.range::<str, _>((from, Bound::Unbounded)) {
            if !has_look(looks, LOOKS_PER_GROUP) {
                return Flow::Later;
            }
            listed.push(GroupListing {
                group: group.name().to_string(),
                protocol_type: group.protocol_type.clone(),
                state: group.state(),
            });
        }
        Flow::Done
    }

    /// Describes the groups behind those that are described.
    pub fn describe(
        &self,
        command: &DescribeGroups,
        described: &mut Vec<Option<GroupDescription>>,
        looks: &mut usize,
    ) -> Flow {
        described.reserve(command.groups.len() - described.len());
        while let Some(name) = command.groups.get(described.len()) {
            let group = self.by_name.get(name.as_str());
            let members = group.map_or(0, |group| group.members.len());
            if !has_look(looks, LOOKS_PER_GROUP + members * LOOKS_PER_PART) {
                return Flow::Later;
            }
            described.push(group.map(Group::describe));
        }
        Flow::Done
    }

    /// Finds the committed offsets behind those that are found.
    pub fn fetch(
        &self,
        catalog: &Catalog,
        command: &OffsetFetch,
        found: &mut Vec<GroupOffsets>,
        reached: &mut Reached,
        looks: &mut usize,
    ) -> Flow {
        found.reserve(command.groups.len() - found.len());
        while let Some(query) = command.groups.get(reached.whole) {
            if found.len() == reached.whole {
                if !has_look(looks, LOOKS_PER_GROUP) {
                    return Flow::Later;
                }
                found.push(GroupOffsets { group: query.group.clone(), topics: Vec::new() });
                reached.after = None;
            }
            let serial = self.by_name.get(query.group.as_str()).map_or(0, |group| group.record.serial);
            let Some(GroupOffsets { topics, .. }) = found.last_mut() else { break };
            if reached.serial != serial {
                topics.clear();
                (reached.serial, reached.after) = (serial, None);
            }
            let flow = match &query.topics {
                Some(asked) => self.fetch_asked(catalog, serial, asked, topics, looks),
                None => self.fetch_all(catalog, serial, &mut reached.after, topics, looks),
            };
            if flow == Flow::Later {
                return Flow::Later;
            }
            reached.whole += 1;
        }
        Flow::Done
    }

    fn fetch_asked(
        &self,
        catalog: &Catalog,
        serial: u64,
        asked: &[(TopicRef, Vec<i32>)],
        topics: &mut Vec<TopicOffsets>,
        looks: &mut usize,
    ) -> Flow {
        // The last topic may be there in part.
        for (at, (topic, partitions)) in asked.iter().enumerate().skip(topics.len().saturating_sub(1)) {
            if topics.len() == at {
                if !has_look(looks, LOOKS_PER_PART) {
                    return Flow::Later;
                }
                let known = catalog.find(topic).map(|topic| (topic.name.clone(), topic.id));
                let partitions = Vec::with_capacity(partitions.len().min(*looks));
                topics.push(TopicOffsets { topic: topic.clone(), known, partitions });
            }
            let Some(last) = topics.last_mut() else { break };
            let id = last.known.as_ref().map(|(_, id)| *id);
            for &partition in partitions.iter().skip(last.partitions.len()) {
                if !has_look(looks, LOOKS_PER_PART) {
                    return Flow::Later;
                }
                let kept = id.and_then(|id| self.offsets.find(serial, (id, partition)));
                last.partitions.push((partition, kept.map(|kept| kept.committed.clone())));
            }
        }
        Flow::Done
    }

    fn fetch_all(
        &self,
        catalog: &Catalog,
        serial: u64,
        after: &mut Option<Place>,
        topics: &mut Vec<TopicOffsets>,
        looks: &mut usize,
    ) -> Flow {
        for (place, kept) in self.offsets.of(serial, *after) {
            if !has_look(looks, LOOKS_PER_PART) {
                return Flow::Later;
            }
            *after = Some(*place);
            let (id, partition) = *place;
            let Some(topic) = catalog.topic_by_id(id) else { continue };
            let offset = (partition, Some(kept.committed.clone()));
            match topics.last_mut().filter(|last| last.topic == TopicRef::Id(id)) {
                Some(last) => last.partitions.push(offset),
                None => topics.push(TopicOffsets {
                    topic: TopicRef::Id(id),
                    known: Some((topic.name.clone(), id)),
                    partitions: vec![offset],
                }),
            }
        }
        Flow::Done
    }
}
