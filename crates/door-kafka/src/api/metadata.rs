//! Metadata (key 3): topics, their partitions, and where to connect to.
//!
//! The only request that creates topics by the way, when its flag, its version and the broker's option say so; what one
//! request may not add any more is not there yet, and the client asks again.

use std::collections::{HashMap, HashSet};

use hence_kafka_proto::metadata::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponseBroker,
    MetadataResponsePartition, MetadataResponseTopic,
};
use hence_kafka_proto::{ApiKey, Uuid};

use super::Api;
use crate::authorized;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode};
use crate::ids;
use crate::limits::NEW_PARTITIONS_PER_REQUEST_MAX;
use crate::ports::{Catalog, CreateTopicError, CreateTopics, NewTopic, Topic, TopicId};
use crate::topic_name;

/// Topics that could not be created, and why.
type Failures = HashMap<String, ErrorCode>;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::Metadata, 0..=13, |call| Work::reading(call, handle));

async fn handle(call: Call) -> Answered {
    let request: MetadataRequest<'_> = call.request()?;
    if let Some(refused) = misuse(&call, &request) {
        return call.answer(&refused);
    }
    let mut failures = Failures::new();
    let may_create = call.version < 4 || request.allow_auto_topic_creation;
    if may_create && call.door.options.auto_create_topics {
        failures = create_missing(&call, request.topics.as_deref().unwrap_or_default()).await?;
    }
    let catalog = call.door.broker.catalog();
    let shown =
        Shown { call: &call, catalog: &catalog, operations: request.include_topic_authorized_operations };
    let topics = match &request.topics {
        None => catalog.topics().map(|topic| shown.topic(topic)).collect(),
        Some(asked) if asked.is_empty() && call.version == 0 => {
            catalog.topics().map(|topic| shown.topic(topic)).collect()
        }
        Some(asked) => distinct(asked).into_iter().map(|asked| shown.asked(asked, &failures)).collect(),
    };
    let options = &call.door.options;
    let advertised = &call.client.advertised;
    let include = request.include_cluster_authorized_operations;
    call.answer(&MetadataResponse {
        brokers: vec![MetadataResponseBroker {
            node_id: options.node_id,
            host: advertised.host.as_str().into(),
            port: i32::from(advertised.port),
            rack: None,
        }],
        cluster_id: Some(call.door.cluster_id.as_str().into()),
        controller_id: options.node_id,
        topics,
        cluster_authorized_operations: authorized::shown(include, authorized::CLUSTER),
        ..Default::default()
    })
}

/// Versions 10 and 11 have a field for ids that no client may use yet (KIP-516), and a name may be absent only with one.
fn misuse<'a>(call: &Call, request: &MetadataRequest<'a>) -> Option<MetadataResponse<'a>> {
    let asked = request.topics.as_deref().unwrap_or_default();
    let by_id = |topic: &MetadataRequestTopic<'_>| topic.name.is_none() || topic.topic_id != Uuid::ZERO;
    if call.version >= 12 || !asked.iter().any(by_id) {
        return None;
    }
    let topics = asked.iter().map(|topic| MetadataResponseTopic {
        error_code: call.code(ErrorCode::INVALID_REQUEST),
        name: Some(topic.name.unwrap_or_default().into()),
        topic_id: topic.topic_id,
        ..Default::default()
    });
    Some(MetadataResponse { topics: topics.collect(), ..Default::default() })
}

/// Creates the topics that are asked for by name and are not there. Answers which could not be created, and why.
async fn create_missing(
    call: &Call,
    asked: &[MetadataRequestTopic<'_>],
) -> Result<Failures, crate::call::Broken> {
    let catalog = call.door.broker.catalog();
    let missing = distinct(asked).into_iter().filter_map(|topic| {
        let name = topic.name.filter(|_| topic.topic_id == Uuid::ZERO)?;
        let new = catalog.topic(name).is_none() && topic_name::check(name).is_ok();
        new.then(|| NewTopic {
            name: name.to_owned(),
            id: ids::topic_id(),
            partitions: call.door.options.default_partitions,
            settings: Vec::new(),
        })
    });
    let partitions = usize::try_from(call.door.options.default_partitions).unwrap_or(1).max(1);
    let topics: Vec<NewTopic> = missing.take(NEW_PARTITIONS_PER_REQUEST_MAX as usize / partitions).collect();
    if topics.is_empty() {
        return Ok(Failures::new());
    }
    let names: Vec<String> = topics.iter().map(|topic| topic.name.clone()).collect();
    let created = call.door.broker.call(CreateTopics { topics, validate_only: false }).await?;
    let failed = names.into_iter().zip(created).filter_map(|(name, created)| match created {
        // Another client was faster.
        Ok(_) | Err(CreateTopicError::TopicExists(_)) => None,
        Err(error) => Some((name, error.code())),
    });
    Ok(failed.collect())
}

/// Each topic once, in the order asked.
fn distinct<'r, 'a>(asked: &'r [MetadataRequestTopic<'a>]) -> Vec<&'r MetadataRequestTopic<'a>> {
    let mut seen = HashSet::with_capacity(asked.len());
    asked.iter().filter(|topic| seen.insert((topic.name, topic.topic_id))).collect()
}

struct Shown<'c> {
    call: &'c Call,
    catalog: &'c Catalog,
    operations: bool,
}

impl<'c> Shown<'c> {
    fn asked<'a>(&self, asked: &MetadataRequestTopic<'a>, failures: &Failures) -> MetadataResponseTopic<'a>
    where
        'c: 'a,
    {
        if asked.topic_id != Uuid::ZERO {
            return match self.catalog.topic_by_id(TopicId(asked.topic_id.0)) {
                Some(topic) => self.topic(topic),
                None => self.missing(None, asked.topic_id, ErrorCode::UNKNOWN_TOPIC_ID),
            };
        }
        let name = asked.name.unwrap_or_default();
        if let Some(topic) = self.catalog.topic(name) {
            return self.topic(topic);
        }
        let failed = failures.get(name).copied();
        let code = match topic_name::check(name) {
            Err(_) => ErrorCode::INVALID_TOPIC_EXCEPTION,
            Ok(()) => failed.unwrap_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        };
        self.missing(Some(name), Uuid::ZERO, code)
    }

    fn missing<'a>(
        &self,
        name: Option<&'a str>,
        topic_id: Uuid,
        code: ErrorCode,
    ) -> MetadataResponseTopic<'a> {
        // A null name is for version 12 and up, where ids are asked for.
        let error_code = self.call.code(code);
        MetadataResponseTopic { error_code, name: name.map(Into::into), topic_id, ..Default::default() }
    }

    fn topic<'a>(&self, topic: &'c Topic) -> MetadataResponseTopic<'a>
    where
        'c: 'a,
    {
        let node_id = self.call.door.options.node_id;
        let partitions = (0..topic.partitions.len()).map(|index| MetadataResponsePartition {
            partition_index: index as i32,
            leader_id: node_id,
            leader_epoch: self.catalog.leader_epoch(topic, index).0 as i32,
            replica_nodes: vec![node_id],
            isr_nodes: vec![node_id],
            ..Default::default()
        });
        MetadataResponseTopic {
            name: Some((&*topic.name).into()),
            topic_id: Uuid(topic.id.0),
            partitions: partitions.collect(),
            topic_authorized_operations: authorized::shown(self.operations, authorized::TOPIC),
            ..Default::default()
        }
    }
}
