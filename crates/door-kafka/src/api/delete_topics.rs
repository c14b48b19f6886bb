//! DeleteTopics (key 20): by name, or by id from version 6 on.
//!
//! What a topic stored is freed behind the answer; its id is never used again.

use hence_kafka_proto::delete_topics::{
    DeletableTopicResult, DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse,
};
use hence_kafka_proto::{ApiKey, Uuid};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode};
use crate::ports::{DeleteTopicError, DeleteTopics, TopicId, TopicRef};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::DeleteTopics, 1..=6, |call| Work::later(handle(call)));

/// Topics have a state of name and id from this version on.
const STATES_SINCE: i16 = 6;

async fn handle(call: Call) -> Answered {
    let request: DeleteTopicsRequest<'_> = call.request()?;
    let states: Vec<DeleteTopicState<'_>> = if call.version >= STATES_SINCE {
        request.topics
    } else {
        let names = request.topic_names.into_iter();
        names.map(|name| DeleteTopicState { name: Some(name), topic_id: Uuid::ZERO }).collect()
    };
    let judged: Vec<_> =
        distinct(&states).into_iter().map(|(state, twice)| (state, judge(state, twice))).collect();
    let topics: Vec<TopicRef> = judged.iter().filter_map(|(_, topic)| topic.as_ref().ok().cloned()).collect();
    let deleted =
        if topics.is_empty() { Ok(Vec::new()) } else { call.door.broker.call(DeleteTopics { topics }).await };
    let (mut deleted, unavailable) = match deleted {
        Ok(deleted) => (deleted.into_iter(), ErrorCode::UNKNOWN_SERVER_ERROR),
        Err(error) => (Vec::new().into_iter(), error.code()),
    };
    let mut responses = Vec::with_capacity(judged.len());
    for (state, topic) in &judged {
        let outcome = match topic {
            Err(refusal) => Err(refusal.clone()),
            Ok(_) => match deleted.next() {
                Some(Ok(topic)) => Ok(topic),
                Some(Err(error)) => Err((error.code(), text(&error))),
                None => Err((unavailable, "whether the topic was deleted is not known".to_owned())),
            },
        };
        responses.push(match outcome {
            Ok(topic) => DeletableTopicResult {
                name: Some(topic.name.to_string().into()),
                topic_id: Uuid(topic.id.0),
                ..Default::default()
            },
            Err((code, text)) => DeletableTopicResult {
                name: state.name.map(Into::into),
                topic_id: state.topic_id,
                error_code: call.code(code),
                error_message: Some(text.into()),
            },
        });
    }
    call.answer(&DeleteTopicsResponse { responses, ..Default::default() })
}

/// Each topic once, in the order of the request, and whether it was there twice.
fn distinct<'r, 'a>(states: &'r [DeleteTopicState<'a>]) -> Vec<(&'r DeleteTopicState<'a>, bool)> {
    let key = |state: &DeleteTopicState<'a>| (state.name, state.topic_id);
    let mut counts = std::collections::HashMap::with_capacity(states.len());
    for state in states {
        *counts.entry(key(state)).or_insert(0_usize) += 1;
    }
    let mut taken = std::collections::HashSet::with_capacity(states.len());
    let first = states.iter().filter(|state| taken.insert(key(state)));
    first.map(|state| (state, counts.get(&key(state)).is_some_and(|count| *count > 1))).collect()
}

fn judge(state: &DeleteTopicState<'_>, twice: bool) -> Result<TopicRef, (ErrorCode, String)> {
    let by_id = state.topic_id != Uuid::ZERO;
    let text = match state.name {
        Some(_) if by_id => "You may not specify both topic name and topic id.",
        None if !by_id => "Neither topic name nor id were specified.",
        Some(_) if twice => "Duplicate topic name.",
        None if twice => "Duplicate topic id.",
        Some(name) => return Ok(TopicRef::Name(name.to_owned())),
        None => return Ok(TopicRef::Id(TopicId(state.topic_id.0))),
    };
    Err((ErrorCode::INVALID_REQUEST, text.to_owned()))
}

fn text(error: &DeleteTopicError) -> String {
    match error {
        DeleteTopicError::UnknownTopic(_) => "This server does not host this topic-partition.".to_owned(),
        DeleteTopicError::UnknownTopicId(_) => "This server does not host this topic ID.".to_owned(),
        DeleteTopicError::DiskFull(cause) => cause.to_string(),
    }
}
