//! A consumer group over the protocol: join, sync, heartbeat, commit, fetch, describe, leave, delete.

use std::time::Duration;

use hence_kafka_proto::join_group::JoinGroupRequestProtocol;
use hence_kafka_proto::leave_group::MemberIdentity;
use hence_kafka_proto::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use hence_kafka_proto::offset_fetch::OffsetFetchRequestGroup;
use hence_kafka_proto::sync_group::SyncGroupRequestAssignment;
use hence_kafka_proto::{
    ApiKey, DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse,
    ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse, HeartbeatRequest, HeartbeatResponse,
    JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, ListGroupsRequest,
    ListGroupsResponse, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse,
    SyncGroupRequest, SyncGroupResponse,
};

use crate::house::{Client, House};

const GROUP: &str = "g";

pub fn join(member_id: &str) -> JoinGroupRequest<'_> {
    JoinGroupRequest {
        group_id: GROUP,
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        member_id,
        protocol_type: "consumer",
        protocols: vec![JoinGroupRequestProtocol { name: "range", metadata: &[0, 0] }],
        ..Default::default()
    }
}

/// Joins as a new member and answers its id and generation.
pub async fn joined(client: &mut Client) -> (String, i32) {
    let answer = client.ask(9, &join("")).await;
    let response: JoinGroupResponse<'_> = answer.read();
    assert_eq!(ErrorCode(response.error_code), ErrorCode::MEMBER_ID_REQUIRED);
    let member = response.member_id.into_owned();
    assert!(member.starts_with("it-"), "{member}");
    let answer = client.ask(9, &join(&member)).await;
    let response: JoinGroupResponse<'_> = answer.read();
    assert_eq!(ErrorCode(response.error_code), ErrorCode::NONE);
    assert_eq!(response.leader, member);
    assert_eq!(response.members.len(), 1);
    (member, response.generation_id)
}

async fn synced(client: &mut Client, member_id: &str, generation_id: i32) {
    let request = SyncGroupRequest {
        group_id: GROUP,
        generation_id,
        member_id,
        protocol_type: Some("consumer"),
        protocol_name: Some("range"),
        assignments: vec![SyncGroupRequestAssignment { member_id, assignment: b"mine" }],
        ..Default::default()
    };
    let answer = client.ask(5, &request).await;
    let response: SyncGroupResponse<'_> = answer.read();
    assert_eq!((ErrorCode(response.error_code), &response.assignment[..]), (ErrorCode::NONE, &b"mine"[..]));
}

async fn committed(
    client: &mut Client,
    member_id: &str,
    generation: i32,
    topic: &str,
    offset: i64,
) -> ErrorCode {
    committed_in(9, client, member_id, generation, topic, offset).await
}

async fn committed_in(
    version: i16,
    client: &mut Client,
    member_id: &str,
    generation: i32,
    topic: &str,
    offset: i64,
) -> ErrorCode {
    let partition = OffsetCommitRequestPartition {
        committed_offset: offset,
        committed_leader_epoch: -1,
        committed_metadata: Some("note"),
        ..Default::default()
    };
    let request = OffsetCommitRequest {
        group_id: GROUP,
        generation_id_or_member_epoch: generation,
        member_id,
        topics: vec![OffsetCommitRequestTopic {
            name: topic,
            partitions: vec![partition],
            ..Default::default()
        }],
        ..Default::default()
    };
    let answer = client.ask(version, &request).await;
    let response: OffsetCommitResponse<'_> = answer.read();
    ErrorCode(response.topics[0].partitions[0].error_code)
}

async fn all_committed(client: &mut Client) -> Vec<(String, i32, i64, String)> {
    let group =
        OffsetFetchRequestGroup { group_id: GROUP, member_epoch: -1, topics: None, ..Default::default() };
    let request = OffsetFetchRequest { groups: vec![group], ..Default::default() };
    let answer = client.ask(9, &request).await;
    let response: OffsetFetchResponse<'_> = answer.read();
    let topics = &response.groups[0].topics;
    let rows = topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|each| {
            let note = each.metadata.as_deref().unwrap_or_default().to_owned();
            (topic.name.to_string(), each.partition_index, each.committed_offset, note)
        })
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_joins_gets_its_assignment_commits_and_leaves() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create("t", 1, &[]).await;
    let answer =
        client.ask(4, &FindCoordinatorRequest { coordinator_keys: vec![GROUP], ..Default::default() }).await;
    let found: FindCoordinatorResponse<'_> = answer.read();
    assert_eq!((found.coordinators[0].error_code, found.coordinators[0].port), (0, i32::from(house.port)));
    let (member, generation) = joined(&mut client).await;
    synced(&mut client, &member, generation).await;
    let beat = HeartbeatRequest {
        group_id: GROUP,
        generation_id: generation,
        member_id: &member,
        ..Default::default()
    };
    let answer = client.ask(4, &beat).await;
    assert_eq!(answer.read::<HeartbeatResponse>().error_code, 0);
    assert_eq!(committed(&mut client, &member, generation, "t", 42).await, ErrorCode::NONE);
    assert_eq!(committed(&mut client, &member, generation + 7, "t", 1).await, ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(committed(&mut client, "who", generation, "t", 1).await, ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(
        committed(&mut client, &member, generation, "no", 1).await,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
    );
    assert_eq!(all_committed(&mut client).await, [("t".to_owned(), 0, 42, "note".to_owned())]);
    let leave = LeaveGroupRequest {
        group_id: GROUP,
        members: vec![MemberIdentity { member_id: &member, ..Default::default() }],
        ..Default::default()
    };
    let answer = client.ask(5, &leave).await;
    let left: LeaveGroupResponse<'_> = answer.read();
    assert_eq!((left.error_code, left.members[0].error_code), (0, 0));
}

/// Sends a first join, and answers the id that the member is to come again with.
pub async fn named(client: &mut Client) -> String {
    let answer = client.ask(9, &join("")).await;
    answer.read::<JoinGroupResponse<'_>>().member_id.into_owned()
}

/// Whether nothing comes for a while: the next request of this connection waits.
pub async fn waits(client: &mut Client) -> bool {
    tokio::time::timeout(Duration::from_millis(50), client.frame()).await.is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_that_waits_is_told_to_look_for_its_coordinator_when_a_drain_begins() {
    let house = House::open().await;
    let (mut leader, mut other) = (house.client().await, house.client().await);
    joined(&mut leader).await;
    let member = named(&mut other).await;
    let correlation_id = other.send(9, &join(&member)).await;
    assert!(waits(&mut other).await, "the leader did not come again");
    house.drain.begin();
    let answer = other.answer(ApiKey::JoinGroup, 9, correlation_id).await;
    let response: JoinGroupResponse<'_> = answer.read();
    assert_eq!(ErrorCode(response.error_code), ErrorCode::COORDINATOR_NOT_AVAILABLE);
    assert_eq!((&*response.member_id, response.generation_id), (&*member, -1));
    assert!(other.frame().await.is_none(), "a drained connection ends");
    house.task.await.expect("the listener ends").expect("and well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_waits_is_told_to_look_for_its_coordinator_when_a_drain_begins() {
    let house = House::open().await;
    let (mut leader, mut other) = (house.client().await, house.client().await);
    let (first, _) = joined(&mut leader).await;
    let member = named(&mut other).await;
    let joins = other.send(9, &join(&member)).await;
    assert!(waits(&mut other).await, "the leader did not come again");
    let answer = leader.ask(9, &join(&first)).await;
    assert_eq!(answer.read::<JoinGroupResponse<'_>>().leader, first);
    let answer = other.answer(ApiKey::JoinGroup, 9, joins).await;
    let generation_id = answer.read::<JoinGroupResponse<'_>>().generation_id;
    let sync = SyncGroupRequest { group_id: GROUP, generation_id, member_id: &member, ..Default::default() };
    let correlation_id = other.send(5, &sync).await;
    assert!(waits(&mut other).await, "the leader gave no assignments");
    house.drain.begin();
    let answer = other.answer(ApiKey::SyncGroup, 5, correlation_id).await;
    let response: SyncGroupResponse<'_> = answer.read();
    assert_eq!(ErrorCode(response.error_code), ErrorCode::COORDINATOR_NOT_AVAILABLE);
    assert!(other.frame().await.is_none(), "a drained connection ends");
    house.task.await.expect("the listener ends").expect("and well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_to_a_group_that_is_gone_is_refused_with_what_its_version_knows() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create("t", 1, &[]).await;
    for (version, code) in [
        (2, ErrorCode::ILLEGAL_GENERATION),
        (8, ErrorCode::ILLEGAL_GENERATION),
        (9, ErrorCode::GROUP_ID_NOT_FOUND),
    ] {
        let answered = committed_in(version, &mut client, "who", 3, "t", 1).await;
        assert_eq!(answered, code, "version {version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_listed_described_and_deleted_once_they_are_empty() {
    let house = House::open().await;
    let mut client = house.client().await;
    let (member, generation) = joined(&mut client).await;
    synced(&mut client, &member, generation).await;
    let answer =
        client.ask(5, &ListGroupsRequest { states_filter: vec!["stable"], ..Default::default() }).await;
    let listed: ListGroupsResponse<'_> = answer.read();
    let groups: Vec<_> = listed.groups.iter().map(|group| (&*group.group_id, &*group.group_type)).collect();
    assert_eq!(groups, [(GROUP, "classic")]);
    let describe = DescribeGroupsRequest { groups: vec![GROUP, "no"], ..Default::default() };
    let answer = client.ask(6, &describe).await;
    let described: DescribeGroupsResponse<'_> = answer.read();
    let group = &described.groups[0];
    assert_eq!((&*group.group_state, &*group.protocol_data, group.members.len()), ("Stable", "range", 1));
    assert_eq!(group.members[0].client_host, "/127.0.0.1");
    assert_eq!(ErrorCode(described.groups[1].error_code), ErrorCode::GROUP_ID_NOT_FOUND);
    let delete = DeleteGroupsRequest { groups_names: vec![GROUP, "no"] };
    let answer = client.ask(2, &delete).await;
    let deleted: DeleteGroupsResponse<'_> = answer.read();
    let codes: Vec<_> = deleted.results.iter().map(|each| ErrorCode(each.error_code)).collect();
    assert_eq!(codes, [ErrorCode::NON_EMPTY_GROUP, ErrorCode::GROUP_ID_NOT_FOUND]);
}
