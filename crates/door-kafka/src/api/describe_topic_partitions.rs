//! DescribeTopicPartitions (key 75): topics in pieces, with a cursor (KIP-966).
//!
//! Topics are told in the order of their names, so that a cursor leads to every partition once.

use hence_kafka_proto::describe_topic_partitions::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use hence_kafka_proto::{ApiKey, Uuid};

use super::Api;
use crate::authorized;
use crate::call::{Answered, Call, Work};
use crate::epoch;
use crate::error_code::ErrorCode;
use crate::limits::DESCRIBE_PARTITIONS_MAX;
use crate::ports::{Catalog, Topic};
use crate::topic_name;

/// Where the next request goes on.
type NextCursor<'r> = hence_kafka_proto::describe_topic_partitions::DescribeTopicPartitionsResponseCursor<'r>;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::DescribeTopicPartitions, 0..=0, |call| Work::reading(call, handle));

async fn handle(call: Call) -> Answered {
    let call = &call;
    let request: DescribeTopicPartitionsRequest<'_> = call.request()?;
    let catalog = call.door.broker.catalog();
    let mut names: Vec<&str> = request.topics.iter().map(|topic| topic.name).collect();
    let all = names.is_empty();
    if all {
        names = catalog.topics().map(|topic| &*topic.name).collect();
    }
    names.sort_unstable();
    names.dedup();
    let (mut from, mut wrong) = (0, false);
    if let Some(cursor) = &request.cursor {
        from = usize::try_from(cursor.partition_index).unwrap_or(0);
        names.retain(|name| *name >= cursor.topic_name);
        // A client that goes on where it was told to is never wrong.
        wrong = cursor.partition_index < 0 || (names.is_empty() && !all);
        if wrong {
            names = request.topics.iter().map(|topic| topic.name).collect();
        } else if names.first() != Some(&cursor.topic_name) {
            from = 0;
        }
    }
    let mut pages =
        Pages { call, catalog: &catalog, left: limit(request.response_partition_limit), next: None };
    let mut topics = Vec::new();
    for name in names {
        if wrong {
            topics.push(pages.refused(name, ErrorCode::INVALID_REQUEST));
            continue;
        }
        if pages.left == 0 {
            let from_start = NextCursor { topic_name: name.to_owned().into(), partition_index: 0 };
            pages.next.get_or_insert(from_start);
            break;
        }
        topics.push(pages.topic(name, std::mem::take(&mut from)));
    }
    let next_cursor = pages.next.take();
    call.answer(&DescribeTopicPartitionsResponse { topics, next_cursor, ..Default::default() })
}

/// At least one, at most the broker's limit.
fn limit(asked: i32) -> usize {
    usize::try_from(asked.clamp(1, DESCRIBE_PARTITIONS_MAX)).unwrap_or(1)
}

struct Pages<'c> {
    call: &'c Call,
    catalog: &'c Catalog,
    left: usize,
    next: Option<NextCursor<'c>>,
}

impl<'c> Pages<'c> {
    fn topic<'a>(&mut self, name: &'a str, from: usize) -> DescribeTopicPartitionsResponseTopic<'a> {
        if topic_name::check(name).is_err() {
            return self.refused(name, ErrorCode::INVALID_TOPIC_EXCEPTION);
        }
        let Some(topic) = self.catalog.topic(name) else {
            let refused = self.refused(name, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
            return DescribeTopicPartitionsResponseTopic {
                topic_authorized_operations: authorized::TOPIC,
                ..refused
            };
        };
        let count = topic.partitions.len();
        let until = count.min(from.saturating_add(self.left));
        self.left -= until.saturating_sub(from);
        if until < count {
            let partition_index = i32::try_from(until).unwrap_or(i32::MAX);
            self.next = Some(NextCursor { topic_name: name.to_owned().into(), partition_index });
        }
        DescribeTopicPartitionsResponseTopic {
            name: Some(name.into()),
            topic_id: Uuid(topic.id.0),
            partitions: (from..until).map(|index| self.partition(topic, index)).collect(),
            topic_authorized_operations: authorized::TOPIC,
            ..Default::default()
        }
    }

    fn partition(&self, topic: &Topic, index: usize) -> DescribeTopicPartitionsResponsePartition {
        let node_id = self.call.door.options.node_id;
        DescribeTopicPartitionsResponsePartition {
            partition_index: i32::try_from(index).unwrap_or(i32::MAX),
            leader_id: node_id,
            leader_epoch: epoch::shown(self.catalog.leader_epoch(topic, index)),
            replica_nodes: vec![node_id],
            isr_nodes: vec![node_id],
            eligible_leader_replicas: Some(Vec::new()),
            last_known_elr: Some(Vec::new()),
            ..Default::default()
        }
    }

    fn refused<'a>(&self, name: &'a str, code: ErrorCode) -> DescribeTopicPartitionsResponseTopic<'a> {
        DescribeTopicPartitionsResponseTopic {
            error_code: self.call.code(code),
            name: Some(name.into()),
            ..Default::default()
        }
    }
}
