//! LeaveGroup (key 13): members leave, several at once from version 3 on (KIP-345).
//!
//! Each member is answered by itself; a static one may be named by its instance alone.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberIdentity, MemberResponse};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode, GROUP_UNAVAILABLE};
use crate::ports::{LeaveGroup, Leaving};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::LeaveGroup, 0..=5, |call| Work::later(handle(call)));

/// Several members can leave from this version on.
const BATCHES_SINCE: i16 = 3;

async fn handle(call: Call) -> Answered {
    let request: LeaveGroupRequest<'_> = call.request()?;
    let leaving: Vec<MemberIdentity<'_>> = if call.version >= BATCHES_SINCE {
        request.members
    } else {
        vec![MemberIdentity { member_id: request.member_id, ..Default::default() }]
    };
    let members = leaving.iter().map(|member| Leaving {
        member: member.member_id.to_owned(),
        instance: member.group_instance_id.map(str::to_owned),
    });
    let leave = LeaveGroup { group: request.group_id.to_owned(), members: members.collect() };
    let left = match call.door.broker.call(leave).await {
        Ok(left) => left.map_err(|error| error.code()),
        Err(_) => Err(GROUP_UNAVAILABLE),
    };
    let code_of = |left: &Result<(), crate::ports::LeaveError>| match left {
        Ok(()) => ErrorCode::NONE,
        Err(error) => error.code(),
    };
    let response = match left {
        // A group that is not there has no such members; versions that name several say so for each.
        Err(ErrorCode::UNKNOWN_MEMBER_ID) if call.version >= BATCHES_SINCE => {
            let members = leaving.iter().map(|member| MemberResponse {
                member_id: member.member_id.into(),
                group_instance_id: member.group_instance_id.map(Into::into),
                error_code: call.code(ErrorCode::UNKNOWN_MEMBER_ID),
            });
            LeaveGroupResponse { members: members.collect(), ..Default::default() }
        }
        Err(code) => LeaveGroupResponse { error_code: call.code(code), ..Default::default() },
        Ok(left) if call.version < BATCHES_SINCE => {
            let code = left.first().map_or(ErrorCode::NONE, code_of);
            LeaveGroupResponse { error_code: call.code(code), ..Default::default() }
        }
        Ok(left) => {
            let members = leaving.iter().zip(&left).map(|(member, left)| MemberResponse {
                member_id: member.member_id.into(),
                group_instance_id: member.group_instance_id.map(Into::into),
                error_code: call.code(code_of(left)),
            });
            LeaveGroupResponse { members: members.collect(), ..Default::default() }
        }
    };
    call.answer(&response)
}
