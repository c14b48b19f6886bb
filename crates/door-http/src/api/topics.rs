//! Topics: create, list, describe, delete.
//!
//! Reads come from the durable catalog and the journal's bounds; changes are commands, answered when they are durable.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use hence_base::ErrorKind;
use hence_broker::core::{CreateTopics, DeleteTopics, NewTopic, Topic, TopicId, TopicRef};
use hence_broker::{Broker, Unavailable, fresh_id, id_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::unreadable;
use crate::door::Door;
use crate::problem::Problem;

/// A topic to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopicBody {
    /// Its name: letters, digits, `.`, `_` and `-`.
    #[schema(example = "orders")]
    name: String,
    /// How many partitions; as many as the broker is told to give (`kafka.default_partitions`) unless it says.
    partitions: Option<i32>,
    /// Settings that differ from the defaults.
    #[serde(default)]
    #[schema(example = json!({"retention.ms": "86400000"}))]
    config: BTreeMap<String, String>,
}

/// Every topic.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopicList {
    topics: Vec<TopicSummary>,
}

/// A topic in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopicSummary {
    /// Its name.
    name: String,
    /// Its id: another one when a topic is created anew under the same name.
    id: String,
    /// How many partitions it has.
    partitions: usize,
}

/// A topic in full.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopicDescription {
    /// Its name.
    name: String,
    /// Its id.
    id: String,
    /// When it was created, in milliseconds since 1970.
    created_ms: i64,
    /// Its partitions, in order.
    partitions: Vec<Partition>,
    /// Every setting with its value.
    config: BTreeMap<String, String>,
    /// The settings that differ from their defaults.
    overrides: Vec<String>,
}

/// A partition.
#[derive(Debug, Serialize, ToSchema)]
pub struct Partition {
    /// Its number.
    partition: usize,
    /// The first readable offset.
    start: u64,
    /// The offset after the last record.
    end: u64,
    /// Bytes of the readable record batches.
    bytes: u64,
    /// Rises when records may have been lost.
    leader_epoch: u32,
}

/// Lists the topics, by name.
#[utoipa::path(get, path = "/v1/topics", responses((status = 200, description = "The topics", body = TopicList)))]
pub async fn list(State(door): State<Arc<Door>>) -> Json<TopicList> {
    let catalog = door.broker.catalog();
    let summary = |topic: &Arc<Topic>| TopicSummary {
        name: topic.name.to_string(),
        id: id_text(topic.id.0),
        partitions: topic.partitions.len(),
    };
    Json(TopicList { topics: catalog.topics().map(summary).collect() })
}

/// Creates a topic.
#[utoipa::path(
    post,
    path = "/v1/topics",
    request_body = NewTopicBody,
    responses(
        (status = 201, description = "The topic", body = TopicDescription),
        (status = 400, description = "It cannot be created so", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A topic has this name", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(door): State<Arc<Door>>,
    body: Result<Json<NewTopicBody>, JsonRejection>,
) -> Result<(StatusCode, Json<TopicDescription>), Problem> {
    let Json(body) = body.map_err(|rejection| unreadable(&rejection))?;
    let topic = NewTopic {
        name: body.name,
        id: TopicId(fresh_id()),
        partitions: body.partitions.unwrap_or(door.about.default_partitions),
        settings: body.config.into_iter().map(|(name, value)| (name, Some(value))).collect(),
    };
    let created = door.broker.call(CreateTopics { topics: vec![topic], validate_only: false }).await?;
    let created = only(created)?.map_err(|error| {
        let problem = Problem::new(error.kind(), &error);
        match error.kind() {
            ErrorKind::Exists => problem.advice("describe it: hence topic describe, or choose another name"),
            _ => problem,
        }
    })?;
    Ok((StatusCode::CREATED, Json(description(&door.broker, &created))))
}

/// Describes a topic.
#[utoipa::path(
    get,
    path = "/v1/topics/{topic}",
    params(("topic" = String, Path, description = "The topic's name")),
    responses(
        (status = 200, description = "The topic", body = TopicDescription),
        (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn describe(
    State(door): State<Arc<Door>>,
    Path(name): Path<String>,
) -> Result<Json<TopicDescription>, Problem> {
    let catalog = door.broker.catalog();
    let topic = catalog.topic(&name).ok_or_else(|| no_topic(&name))?;
    Ok(Json(description(&door.broker, topic)))
}

/// Deletes a topic with everything in it.
#[utoipa::path(
    delete,
    path = "/v1/topics/{topic}",
    params(("topic" = String, Path, description = "The topic's name")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn delete(State(door): State<Arc<Door>>, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    let topics = vec![TopicRef::Name(name.clone())];
    let deleted = door.broker.call(DeleteTopics { topics }).await?;
    match only(deleted)? {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(no_topic(&name)),
        Err(error) => Err(Problem::new(error.kind(), &error)),
    }
}

/// The one answer to a command about one thing.
pub fn only<T>(answers: Vec<T>) -> Result<T, Problem> {
    answers.into_iter().next().ok_or_else(|| Unavailable::Unknown.into())
}

fn no_topic(name: &str) -> Problem {
    Problem::new(ErrorKind::NotFound, format!("there is no topic '{name}'"))
        .advice("see which ones there are: hence topic list")
}

fn description(broker: &Broker, topic: &Topic) -> TopicDescription {
    let catalog = broker.catalog();
    let partition = |(partition, &stream)| {
        let bounds = broker.bounds(stream).unwrap_or_default();
        Partition {
            partition,
            start: bounds.start.0,
            end: bounds.end.0,
            bytes: bounds.bytes,
            leader_epoch: catalog.leader_epoch(topic, partition).0,
        }
    };
    TopicDescription {
        name: topic.name.to_string(),
        id: id_text(topic.id.0),
        created_ms: topic.created.0,
        partitions: topic.partitions.iter().enumerate().map(partition).collect(),
        config: topic
            .settings
            .values()
            .map(|value| (value.setting.name.to_owned(), value.value.to_owned()))
            .collect(),
        overrides: topic.settings.overrides().map(|(name, _)| name.to_owned()).collect(),
    }
}
