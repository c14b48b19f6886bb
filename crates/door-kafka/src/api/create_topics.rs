//! CreateTopics (key 19): new topics, each by itself.
//!
//! What the core does not know is judged here: replication and assignments, of which there is one broker's worth.

use hence_kafka_proto::create_topics::{
    CreatableTopic, CreatableTopicConfigs, CreatableTopicResult, CreateTopicsRequest, CreateTopicsResponse,
};
use hence_kafka_proto::{ApiKey, Uuid};

use super::Api;
use crate::assignment;
use crate::call::{Answered, Call, Work};
use crate::configs;
use crate::error_code::{Coded, ErrorCode};
use crate::ids;
use crate::limits::NEW_PARTITIONS_PER_REQUEST_MAX;
use crate::ports::{CreateTopics, NewTopic, Topic};
use crate::topic_name;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::CreateTopics, 2..=7, |call| Work::later(handle(call)));

/// Configs of a created topic are answered from this version on (KIP-525).
const CONFIGS_SINCE: i16 = 5;
/// "The broker's default", for counts of partitions and replicas.
const DEFAULT: i32 = -1;

type Refusal = (ErrorCode, String);

async fn handle(call: Call) -> Answered {
    let request: CreateTopicsRequest<'_> = call.request()?;
    let asked = distinct(&request.topics);
    let total: i64 = asked.iter().map(|(topic, _)| partitions(&call, topic)).sum();
    let judged: Vec<Result<NewTopic, Refusal>> = asked
        .iter()
        .map(|&(topic, twice)| {
            if twice {
                return Err((ErrorCode::INVALID_REQUEST, "Duplicate topic name.".to_owned()));
            }
            if total > i64::from(NEW_PARTITIONS_PER_REQUEST_MAX) {
                let text = "Excessively large number of partitions per request.".to_owned();
                return Err((ErrorCode::POLICY_VIOLATION, text));
            }
            judge(&call, topic)
        })
        .collect();
    let topics: Vec<NewTopic> = judged.iter().flatten().cloned().collect();
    let created = if topics.is_empty() {
        Ok(Vec::new())
    } else {
        call.door.broker.call(CreateTopics { topics, validate_only: request.validate_only }).await
    };
    let (mut created, unavailable) = match created {
        Ok(created) => (created.into_iter(), ErrorCode::UNKNOWN_SERVER_ERROR),
        Err(error) => (Vec::new().into_iter(), error.code()),
    };
    let mut outcomes = Vec::with_capacity(asked.len());
    for judged in judged {
        outcomes.push(match judged {
            Err(refusal) => Err(refusal),
            Ok(_) => match created.next() {
                Some(Ok(topic)) => Ok(topic),
                Some(Err(error)) => Err((error.code(), error.to_string())),
                None => Err((unavailable, "whether the topic was created is not known".to_owned())),
            },
        });
    }
    let results = asked.iter().zip(&outcomes).map(|((topic, _), outcome)| match outcome {
        Ok(created) => result(&call, created),
        Err((code, text)) => refused(&call, topic.name, *code, text),
    });
    call.answer(&CreateTopicsResponse { topics: results.collect(), ..Default::default() })
}

/// How many partitions a topic adds to what one request may.
fn partitions(call: &Call, topic: &CreatableTopic<'_>) -> i64 {
    let assigned = i64::try_from(topic.assignments.len()).unwrap_or(i64::MAX);
    match topic.num_partitions {
        _ if assigned > 0 => assigned,
        DEFAULT => i64::from(call.door.options.default_partitions),
        given => i64::from(given.max(0)),
    }
}

/// Each name once, in the order of the request, and whether it was there twice.
fn distinct<'r, 'a>(topics: &'r [CreatableTopic<'a>]) -> Vec<(&'r CreatableTopic<'a>, bool)> {
    let mut seen = std::collections::HashMap::with_capacity(topics.len());
    for topic in topics {
        *seen.entry(topic.name).or_insert(0_usize) += 1;
    }
    let first = |topic: &&CreatableTopic<'a>| seen.get(topic.name).copied();
    let counts: Vec<_> = topics.iter().map(|topic| (topic, first(&topic).unwrap_or(1) > 1)).collect();
    let mut taken = std::collections::HashSet::with_capacity(topics.len());
    counts.into_iter().filter(|(topic, _)| taken.insert(topic.name)).collect()
}

/// What the core is asked to create.
fn judge(call: &Call, topic: &CreatableTopic<'_>) -> Result<NewTopic, Refusal> {
    topic_name::check(topic.name).map_err(|error| (ErrorCode::INVALID_TOPIC_EXCEPTION, error.to_string()))?;
    let node_id = call.door.options.node_id;
    let partitions = if topic.assignments.is_empty() {
        let accept = call.door.options.accept_replication_factor;
        assignment::replication_factor(topic.replication_factor, accept)?;
        match topic.num_partitions {
            DEFAULT => call.door.options.default_partitions,
            given => given,
        }
    } else {
        assigned(topic, node_id)?
    };
    if let Some(config) = topic.configs.iter().find(|config| config.value.is_none()) {
        let text = format!("Null value not supported for topic configs: {}", config.name);
        return Err((ErrorCode::INVALID_CONFIG, text));
    }
    let settings =
        topic.configs.iter().map(|config| (config.name.to_owned(), config.value.map(str::to_owned)));
    Ok(NewTopic {
        name: topic.name.to_owned(),
        id: ids::topic_id(),
        partitions,
        settings: settings.collect(),
    })
}

/// How many partitions the assignments make.
fn assigned(topic: &CreatableTopic<'_>, node_id: i32) -> Result<i32, Refusal> {
    let refuse = |text: &str| Err((ErrorCode::INVALID_REQUEST, text.to_owned()));
    if i32::from(topic.replication_factor) != DEFAULT {
        return refuse(
            "A manual partition assignment was specified, but replication factor was not set to -1.",
        );
    }
    if topic.num_partitions != DEFAULT {
        return refuse("A manual partition assignment was specified, but numPartitions was not set to -1.");
    }
    let mut indexes: Vec<i32> = topic.assignments.iter().map(|each| each.partition_index).collect();
    indexes.sort_unstable();
    for each in &topic.assignments {
        assignment::replicas(&each.broker_ids, node_id)?;
    }
    if indexes.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        let text = "Found multiple manual partition assignments for the same partition".to_owned();
        return Err((ErrorCode::INVALID_REPLICA_ASSIGNMENT, text));
    }
    if indexes.iter().copied().ne(0..indexes.len() as i32) {
        let text = "partitions should be a consecutive 0-based integer sequence".to_owned();
        return Err((ErrorCode::INVALID_REPLICA_ASSIGNMENT, text));
    }
    Ok(indexes.len() as i32)
}

fn result<'r>(call: &Call, topic: &'r Topic) -> CreatableTopicResult<'r> {
    let configs = (call.version >= CONFIGS_SINCE).then(|| {
        topic.settings.values().map(|value| CreatableTopicConfigs {
            name: value.setting.name.into(),
            value: Some(value.value.into()),
            read_only: false,
            config_source: configs::source(&value),
            is_sensitive: false,
        })
    });
    CreatableTopicResult {
        name: (&*topic.name).into(),
        topic_id: Uuid(topic.id.0),
        error_message: None,
        num_partitions: i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX),
        replication_factor: 1,
        configs: configs.map(Iterator::collect),
        ..Default::default()
    }
}

fn refused<'r>(call: &Call, name: &'r str, code: ErrorCode, text: &'r str) -> CreatableTopicResult<'r> {
    CreatableTopicResult {
        name: name.into(),
        error_code: call.code(code),
        error_message: Some(text.into()),
        configs: Some(Vec::new()),
        ..Default::default()
    }
}
