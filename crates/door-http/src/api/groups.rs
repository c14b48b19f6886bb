//! Consumer groups: list, describe with committed offsets and lag, delete.
//!
//! Lag is what the partition holds beyond the committed offset; a committed offset that retention passed counts from the
//! partition's start.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use hence_base::ErrorKind;
use hence_broker::Broker;
use hence_broker::core::{
    Catalog, Committed, DeleteGroups, DescribeGroups, GroupDescription, GroupOffsetsQuery, ListGroups,
    MemberDescription, OffsetFetch, TopicOffsets,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::topics::only;
use crate::door::Door;
use crate::problem::Problem;

/// Every group.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupList {
    groups: Vec<GroupSummary>,
}

/// A group in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupSummary {
    /// Its name.
    group: String,
    /// What it is doing.
    #[schema(example = "Stable")]
    state: &'static str,
    /// Its protocol type; none for a group that only commits.
    #[schema(example = "consumer")]
    protocol_type: Option<String>,
}

/// A group in full.
#[derive(Debug, Serialize, ToSchema)]
pub struct Group {
    /// Its name.
    group: String,
    /// What it is doing.
    state: &'static str,
    /// Its protocol type; none for a group that only commits.
    protocol_type: Option<String>,
    /// The protocol that it follows, while it is stable.
    protocol: Option<String>,
    /// Rises with every rebalance.
    generation: i32,
    /// Its members.
    members: Vec<Member>,
    /// What it committed.
    offsets: Vec<CommittedOffset>,
}

/// A member of a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct Member {
    /// Its id.
    member: String,
    /// Its static name.
    instance: Option<String>,
    /// The client's id.
    client_id: String,
    /// The client's address.
    client_host: String,
}

/// Committed offsets.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offsets {
    offsets: Vec<CommittedOffset>,
}

/// What a group committed for one partition.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommittedOffset {
    /// The topic's name.
    topic: String,
    /// The partition.
    partition: i32,
    /// The committed offset: of the next record to read.
    offset: i64,
    /// The offset after the partition's last record.
    end: u64,
    /// Records that the group has not read yet.
    lag: u64,
}

/// Lists the groups, by name.
#[utoipa::path(get, path = "/v1/groups", responses((status = 200, description = "The groups", body = GroupList)))]
pub async fn list(State(door): State<Arc<Door>>) -> Result<Json<GroupList>, Problem> {
    let groups = door.broker.call(ListGroups).await?;
    let summary = |group: hence_broker::core::GroupListing| GroupSummary {
        group: group.group,
        state: group.state.name(),
        protocol_type: group.protocol_type,
    };
    Ok(Json(GroupList { groups: groups.into_iter().map(summary).collect() }))
}

/// Describes a group, with what it committed.
#[utoipa::path(
    get,
    path = "/v1/groups/{group}",
    params(("group" = String, Path, description = "The group's name")),
    responses(
        (status = 200, description = "The group", body = Group),
        (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn describe(
    State(door): State<Arc<Door>>,
    Path(name): Path<String>,
) -> Result<Json<Group>, Problem> {
    let GroupDescription { group, state, protocol_type, protocol, generation, members, .. } =
        described(&door.broker, &name).await?;
    Ok(Json(Group {
        group,
        state: state.name(),
        protocol_type,
        protocol,
        generation,
        members: members.into_iter().map(member).collect(),
        offsets: committed(&door.broker, name).await?,
    }))
}

/// What a group committed.
#[utoipa::path(
    get,
    path = "/v1/groups/{group}/offsets",
    params(("group" = String, Path, description = "The group's name")),
    responses(
        (status = 200, description = "The offsets", body = Offsets),
        (status = 404, description = "There is no such group", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn offsets(
    State(door): State<Arc<Door>>,
    Path(name): Path<String>,
) -> Result<Json<Offsets>, Problem> {
    described(&door.broker, &name).await?;
    Ok(Json(Offsets { offsets: committed(&door.broker, name).await? }))
}

/// Deletes a group without members, with what it committed.
#[utoipa::path(
    delete,
    path = "/v1/groups/{group}",
    params(("group" = String, Path, description = "The group's name")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has members", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn delete(State(door): State<Arc<Door>>, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    let deleted = door.broker.call(DeleteGroups { groups: vec![name.clone()] }).await?;
    match only(deleted)? {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => Err(no_group(&name)),
            ErrorKind::Conflict => {
                Err(Problem::new(ErrorKind::Conflict, &error).advice("stop its consumers first"))
            }
            kind => Err(Problem::new(kind, &error)),
        },
    }
}

async fn described(broker: &Broker, name: &str) -> Result<GroupDescription, Problem> {
    let groups = broker.call(DescribeGroups { groups: vec![name.to_owned()] }).await?;
    only(groups)?.ok_or_else(|| no_group(name))
}

fn no_group(name: &str) -> Problem {
    Problem::new(ErrorKind::NotFound, format!("there is no group '{name}'"))
        .advice("see which ones there are: GET /v1/groups")
}

fn member(member: MemberDescription) -> Member {
    Member {
        member: member.member,
        instance: member.instance,
        client_id: member.client.id,
        client_host: member.client.host,
    }
}

async fn committed(broker: &Broker, group: String) -> Result<Vec<CommittedOffset>, Problem> {
    let groups = vec![GroupOffsetsQuery { group, topics: None }];
    let answered = broker.call(OffsetFetch { groups }).await?;
    let catalog = broker.catalog();
    let topics = only(answered)?.topics;
    Ok(topics.iter().flat_map(|topic| of_topic(broker, &catalog, topic)).collect())
}

fn of_topic(broker: &Broker, catalog: &Catalog, offsets: &TopicOffsets) -> Vec<CommittedOffset> {
    let Some((name, id)) = &offsets.known else { return Vec::new() };
    let topic = catalog.topic_by_id(*id);
    let of_partition = |(partition, committed): &(i32, Option<Committed>)| {
        let stream = topic.and_then(|topic| topic.stream(*partition))?;
        let bounds = broker.bounds(stream).unwrap_or_default();
        let offset = committed.as_ref()?.offset;
        let read_to = u64::try_from(offset).unwrap_or(0).max(bounds.start.0);
        Some(CommittedOffset {
            topic: name.to_string(),
            partition: *partition,
            offset,
            end: bounds.end.0,
            lag: bounds.end.0.saturating_sub(read_to),
        })
    };
    offsets.partitions.iter().filter_map(of_partition).collect()
}
