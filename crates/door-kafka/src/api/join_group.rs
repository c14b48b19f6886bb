//! JoinGroup (key 11): a member joins a group, or joins it again. Answered when the group's join phase ends.
//!
//! Protocols and their metadata are opaque, but for the topics that a consumer says it reads.

use bytes::Bytes;
use hence_kafka_proto::join_group::{JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember};
use hence_kafka_proto::{ApiKey, ConsumerProtocolSubscription, Message, Reader};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode, GROUP_UNAVAILABLE};
use crate::ids;
use crate::limits::{SESSION_TIMEOUT_MS_MAX, SESSION_TIMEOUT_MS_MIN};
use crate::ports::{ClientName, JoinError, JoinGroup, Joined};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::JoinGroup, 0..=9, |call| Work::waiting(handle(call)));

/// A new member must come again with its id from this version on (KIP-394).
const MEMBER_ID_REQUIRED_SINCE: i16 = 4;
/// The rebalance timeout has a field of its own from this version on.
const REBALANCE_TIMEOUT_SINCE: i16 = 1;
/// A chosen protocol may be absent from this version on.
const PROTOCOL_NULL_SINCE: i16 = 7;
/// A leader may be told to skip the assignment from this version on (KIP-814).
const SKIP_ASSIGNMENT_SINCE: i16 = 9;
const NO_GENERATION: i32 = -1;
/// The protocol type of consumers, whose metadata names the topics they read.
const CONSUMER: &str = "consumer";

async fn handle(mut call: Call) -> Answered {
    let join = command(&call)?;
    let member = join.member.clone();
    // A join may wait for minutes and does not hold the read buffer meanwhile.
    call.let_go();
    let timeout = join.session_timeout_ms;
    let joined =
        if !(SESSION_TIMEOUT_MS_MIN..=SESSION_TIMEOUT_MS_MAX).contains(&timeout) && !join.group.is_empty() {
            Err((ErrorCode::INVALID_SESSION_TIMEOUT, member))
        } else {
            match call.until_drained(call.door.broker.call(join)).await {
                Some(Ok(Ok(joined))) => Ok(joined),
                Some(Ok(Err(JoinError::MemberIdRequired(cause)))) => {
                    Err((ErrorCode::MEMBER_ID_REQUIRED, cause.member))
                }
                Some(Ok(Err(error))) => Err((error.code(), member)),
                Some(Err(_)) | None => Err((GROUP_UNAVAILABLE, member)),
            }
        };
    match &joined {
        Ok(joined) => call.answer(&response(joined)),
        Err((code, member)) => call.answer(&refused(&call, *code, member)),
    }
}

fn command(call: &Call) -> Result<JoinGroup, hence_kafka_proto::DecodeError> {
    let request: JoinGroupRequest<'_> = call.request()?;
    let client_id = call.client_id();
    let rebalance_timeout_ms = match call.version {
        REBALANCE_TIMEOUT_SINCE.. => request.rebalance_timeout_ms,
        _ => request.session_timeout_ms,
    };
    let protocols = request.protocols.iter();
    Ok(JoinGroup {
        group: request.group_id.to_owned(),
        member: request.member_id.to_owned(),
        new_member: ids::member_id(request.group_instance_id.unwrap_or(client_id)),
        instance: request.group_instance_id.map(str::to_owned),
        client: ClientName { id: client_id.to_owned(), host: format!("/{}", call.client.peer.ip()) },
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms,
        protocol_type: request.protocol_type.to_owned(),
        protocols: protocols
            .map(|each| (each.name.to_owned(), Bytes::copy_from_slice(each.metadata)))
            .collect(),
        subscription: subscription(&request),
        known_member_required: call.version >= MEMBER_ID_REQUIRED_SINCE,
        can_skip_assignment: call.version >= SKIP_ASSIGNMENT_SINCE,
    })
}

/// The topics that a consumer says it reads; none when it is no consumer or says nothing that is understood.
fn subscription(request: &JoinGroupRequest<'_>) -> Option<Vec<String>> {
    if request.protocol_type != CONSUMER {
        return None;
    }
    let mut topics = std::collections::BTreeSet::new();
    for protocol in &request.protocols {
        let mut reader = Reader::new(protocol.metadata);
        // Members write the newest version that they know; later ones only add fields at the end.
        let version = reader.i16().ok()?.clamp(
            *ConsumerProtocolSubscription::VERSIONS.start(),
            *ConsumerProtocolSubscription::VERSIONS.end(),
        );
        let subscription = ConsumerProtocolSubscription::decode(version, &mut reader).ok()?;
        topics.extend(subscription.topics.iter().map(|topic| (*topic).to_owned()));
    }
    Some(topics.into_iter().collect())
}

fn response(joined: &Joined) -> JoinGroupResponse<'_> {
    let members = joined.members.iter().map(|member| JoinGroupResponseMember {
        member_id: member.member.as_str().into(),
        group_instance_id: member.instance.as_deref().map(Into::into),
        metadata: (&member.metadata[..]).into(),
    });
    JoinGroupResponse {
        generation_id: joined.generation,
        protocol_type: joined.protocol_type.as_deref().map(Into::into),
        protocol_name: Some(joined.protocol.as_deref().unwrap_or_default().into()),
        leader: joined.leader.as_str().into(),
        skip_assignment: joined.skip_assignment,
        member_id: joined.member.as_str().into(),
        members: members.collect(),
        ..Default::default()
    }
}

fn refused<'r>(call: &Call, code: ErrorCode, member: &'r str) -> JoinGroupResponse<'r> {
    JoinGroupResponse {
        error_code: call.code(code),
        generation_id: NO_GENERATION,
        protocol_name: (call.version < PROTOCOL_NULL_SINCE).then(|| "".into()),
        member_id: member.into(),
        ..Default::default()
    }
}
