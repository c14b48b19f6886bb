//! Heartbeat (key 12): a member is alive, and learns when to join again.
//!
//! It is not answered early or late: a rebalance is told by its code.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::heartbeat::{HeartbeatRequest, HeartbeatResponse};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode, GROUP_UNAVAILABLE};
use crate::member;
use crate::ports::Heartbeat;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::Heartbeat, 0..=4, |call| Work::later(handle(call)));

async fn handle(call: Call) -> Answered {
    let request: HeartbeatRequest<'_> = call.request()?;
    let who =
        member::named(request.group_id, request.generation_id, request.member_id, request.group_instance_id);
    let code = match call.door.broker.call(Heartbeat { who }).await {
        Ok(Ok(())) => ErrorCode::NONE,
        Ok(Err(error)) => error.code(),
        Err(_) => GROUP_UNAVAILABLE,
    };
    call.answer(&HeartbeatResponse { error_code: call.code(code), ..Default::default() })
}
