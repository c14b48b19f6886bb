//! CreatePartitions (key 37): topics grow, each by itself.
//!
//! Counts and assignments are judged here, what a topic may have is judged by the core.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic, CreatePartitionsTopicResult,
};

use super::Api;
use crate::assignment;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode};
use crate::limits::NEW_PARTITIONS_PER_REQUEST_MAX;
use crate::ports::{Catalog, CreatePartitions, CreatePartitionsError};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::CreatePartitions, 0..=3, |call| Work::later(handle(call)));

type Refusal = (ErrorCode, Option<String>);

async fn handle(call: Call) -> Answered {
    let request: CreatePartitionsRequest<'_> = call.request()?;
    let catalog = call.door.broker.catalog();
    let judged: Vec<_> = distinct(&request.topics)
        .into_iter()
        .map(|(topic, twice)| {
            if twice {
                return (topic, Err((ErrorCode::INVALID_REQUEST, Some("Duplicate topic name.".to_owned()))));
            }
            (topic, judge(&call, &catalog, topic))
        })
        .collect();
    let topics: Vec<(String, i32)> = judged
        .iter()
        .filter(|(_, judged)| judged.is_ok())
        .map(|(topic, _)| (topic.name.to_owned(), topic.count))
        .collect();
    let grown = if topics.is_empty() {
        Ok(Vec::new())
    } else {
        call.door.broker.call(CreatePartitions { topics, validate_only: request.validate_only }).await
    };
    let (mut grown, unavailable) = match grown {
        Ok(grown) => (grown.into_iter(), ErrorCode::UNKNOWN_SERVER_ERROR),
        Err(error) => (Vec::new().into_iter(), error.code()),
    };
    let mut results = Vec::with_capacity(judged.len());
    for (topic, judged) in judged {
        let outcome = judged.and_then(|()| match grown.next() {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err((error.code(), text(&error))),
            None => Err((unavailable, Some("whether partitions were added is not known".to_owned()))),
        });
        let (error_code, error_message) = match outcome {
            Ok(()) => (ErrorCode::NONE.code(), None),
            Err((code, text)) => (call.code(code), text.map(Into::into)),
        };
        results.push(CreatePartitionsTopicResult { name: topic.name.into(), error_code, error_message });
    }
    call.answer(&CreatePartitionsResponse { results, ..Default::default() })
}

/// Each name once, in the order of the request, and whether it was there twice.
fn distinct<'r, 'a>(topics: &'r [CreatePartitionsTopic<'a>]) -> Vec<(&'r CreatePartitionsTopic<'a>, bool)> {
    let mut counts = std::collections::HashMap::with_capacity(topics.len());
    for topic in topics {
        *counts.entry(topic.name).or_insert(0_usize) += 1;
    }
    let mut taken = std::collections::HashSet::with_capacity(topics.len());
    let first = topics.iter().filter(|topic| taken.insert(topic.name));
    first.map(|topic| (topic, counts.get(topic.name).is_some_and(|count| *count > 1))).collect()
}

fn judge(call: &Call, catalog: &Catalog, topic: &CreatePartitionsTopic<'_>) -> Result<(), Refusal> {
    let Some(known) = catalog.topic(topic.name) else {
        return Err((ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, None));
    };
    let has = i32::try_from(known.partitions.len()).unwrap_or(i32::MAX);
    if topic.count == has {
        return Err((ErrorCode::INVALID_PARTITIONS, Some(format!("Topic already has {has} partition(s)."))));
    }
    let more = topic.count.saturating_sub(has);
    if topic.count < 1 {
        let (name, count) = (topic.name, topic.count);
        let text =
            format!("The topic {name} currently has {has} partition(s); {count} would not be an increase.");
        return Err((ErrorCode::INVALID_PARTITIONS, Some(text)));
    }
    if more > NEW_PARTITIONS_PER_REQUEST_MAX {
        let text = "Excessively large number of additional partitions per request.".to_owned();
        return Err((ErrorCode::POLICY_VIOLATION, Some(text)));
    }
    let Some(assignments) = topic.assignments.as_deref().filter(|_| more > 0) else { return Ok(()) };
    if assignments.len() != more as usize {
        let given = assignments.len();
        let text = format!(
            "Attempted to add {more} additional partition(s), but only {given} assignment(s) were specified."
        );
        return Err((ErrorCode::INVALID_REPLICA_ASSIGNMENT, Some(text)));
    }
    for each in assignments {
        assignment::replicas(&each.broker_ids, call.door.options.node_id)
            .map_err(|(code, text)| (code, Some(text)))?;
    }
    Ok(())
}

fn text(error: &CreatePartitionsError) -> Option<String> {
    match error {
        CreatePartitionsError::UnknownTopic(_) => None,
        error => Some(error.to_string()),
    }
}
