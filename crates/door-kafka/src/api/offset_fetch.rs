//! OffsetFetch (key 9): committed offsets, of several groups at once from version 8 on (KIP-709).
//!
//! Each group, topic and partition is answered once: a note is long, and naming its partition is not. What was never
//! committed is answered with −1 and no error; unstable offsets do not exist without transactions.

use std::collections::{BTreeMap, HashSet};

use hence_kafka_proto::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchResponse, OffsetFetchResponseGroup,
    OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use hence_kafka_proto::{ApiKey, Uuid};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{ErrorCode, GROUP_UNAVAILABLE};
use crate::ports::{
    Committed, GroupOffsets, GroupOffsetsQuery, OffsetFetch, TopicId, TopicOffsets, TopicRef,
};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::OffsetFetch, 1..=10, |call| Work::reading(call, handle));

/// Several groups can be asked for from this version on.
const GROUPS_SINCE: i16 = 8;
/// Topics are named by id from this version on.
const IDS_SINCE: i16 = 10;
const NO_OFFSET: i64 = -1;
const NO_EPOCH: i32 = -1;

async fn handle(call: Call) -> Answered {
    let request: OffsetFetchRequest<'_> = call.request()?;
    let groups = if call.version >= GROUPS_SINCE {
        let mut told = HashSet::new();
        let groups = request.groups.iter().filter(|group| told.insert(group.group_id));
        groups.map(|group| query(group, call.version >= IDS_SINCE)).collect()
    } else {
        let topics = request.topics.as_ref().map(|topics| {
            let named = topics
                .iter()
                .map(|topic| (TopicRef::Name(topic.name.to_owned()), topic.partition_indexes.as_slice()));
            distinct(named)
        });
        vec![GroupOffsetsQuery { group: request.group_id.to_owned(), topics }]
    };
    let found = call.door.broker.call(OffsetFetch { groups }).await;
    let Ok(found) = found else { return unavailable(&call, &request) };
    if call.version >= GROUPS_SINCE {
        let groups = found.iter().map(|group| OffsetFetchResponseGroup {
            group_id: group.group.as_str().into(),
            topics: group.topics.iter().map(|topic| grouped(&call, topic)).collect(),
            ..Default::default()
        });
        return call.answer(&OffsetFetchResponse { groups: groups.collect(), ..Default::default() });
    }
    let topics = found.first().map(|group| alone(&call, group)).unwrap_or_default();
    call.answer(&OffsetFetchResponse { topics, ..Default::default() })
}

fn query(group: &OffsetFetchRequestGroup<'_>, by_id: bool) -> GroupOffsetsQuery {
    let topics = group.topics.as_ref().map(|topics| {
        let named = topics.iter().map(|topic| {
            let topic_ref = if by_id {
                TopicRef::Id(TopicId(topic.topic_id.0))
            } else {
                TopicRef::Name(topic.name.to_owned())
            };
            (topic_ref, topic.partition_indexes.as_slice())
        });
        distinct(named)
    });
    GroupOffsetsQuery { group: group.group_id.to_owned(), topics }
}

/// Each topic once and each of its partitions once, where they are named first.
fn distinct<'r>(named: impl Iterator<Item = (TopicRef, &'r [i32])>) -> Vec<(TopicRef, Vec<i32>)> {
    let mut places = BTreeMap::new();
    let mut told = HashSet::new();
    let mut topics: Vec<(TopicRef, Vec<i32>)> = Vec::new();
    for (topic, partitions) in named {
        let place = *places.entry(topic.clone()).or_insert(topics.len());
        if place == topics.len() {
            topics.push((topic, Vec::new()));
        }
        if let Some((_, distinct)) = topics.get_mut(place) {
            distinct.extend(partitions.iter().filter(|partition| told.insert((place, **partition))));
        }
    }
    topics
}

fn unavailable(call: &Call, request: &OffsetFetchRequest<'_>) -> Answered {
    let error_code = call.code(GROUP_UNAVAILABLE);
    let groups = request.groups.iter().map(|group| OffsetFetchResponseGroup {
        group_id: group.group_id.into(),
        error_code,
        ..Default::default()
    });
    let groups = groups.collect();
    let error_code = if call.version < GROUPS_SINCE { error_code } else { ErrorCode::NONE.code() };
    call.answer(&OffsetFetchResponse { groups, error_code, ..Default::default() })
}

/// Offset, epoch and note as responses write them.
fn shown(committed: Option<&Committed>) -> (i64, i32, &str) {
    committed.map_or((NO_OFFSET, NO_EPOCH, ""), |committed| {
        (committed.offset, committed.leader_epoch, &committed.metadata)
    })
}

/// The topic's name and id as far as they are known.
fn names(topic: &TopicOffsets) -> (&str, Uuid) {
    match (&topic.known, &topic.topic) {
        (Some((name, id)), _) => (name, Uuid(id.0)),
        (None, TopicRef::Name(name)) => (name, Uuid::ZERO),
        (None, TopicRef::Id(id)) => ("", Uuid(id.0)),
    }
}

fn grouped<'r>(call: &Call, topic: &'r TopicOffsets) -> OffsetFetchResponseTopics<'r> {
    let (name, topic_id) = names(topic);
    let unknown_id = call.version >= IDS_SINCE && topic.known.is_none();
    let code = if unknown_id { ErrorCode::UNKNOWN_TOPIC_ID } else { ErrorCode::NONE };
    let partitions = topic.partitions.iter().map(|(partition_index, committed)| {
        let (committed_offset, committed_leader_epoch, metadata) = shown(committed.as_ref());
        OffsetFetchResponsePartitions {
            partition_index: *partition_index,
            committed_offset,
            committed_leader_epoch,
            metadata: Some(metadata.into()),
            error_code: call.code(code),
        }
    });
    OffsetFetchResponseTopics { name: name.into(), topic_id, partitions: partitions.collect() }
}

fn alone<'r>(call: &Call, group: &'r GroupOffsets) -> Vec<OffsetFetchResponseTopic<'r>> {
    let topics = group.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|(partition_index, committed)| {
            let (committed_offset, committed_leader_epoch, metadata) = shown(committed.as_ref());
            OffsetFetchResponsePartition {
                partition_index: *partition_index,
                committed_offset,
                committed_leader_epoch,
                metadata: Some(metadata.into()),
                error_code: call.code(ErrorCode::NONE),
            }
        });
        OffsetFetchResponseTopic { name: names(topic).0.into(), partitions: partitions.collect() }
    });
    topics.collect()
}
