//! SyncGroup (key 14): the leader gives the assignments, every member gets its own.
//!
//! Answered when the leader's assignments came; they are opaque.

use bytes::Bytes;
use hence_kafka_proto::ApiKey;
use hence_kafka_proto::sync_group::{SyncGroupRequest, SyncGroupResponse};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, GROUP_UNAVAILABLE};
use crate::member;
use crate::ports::SyncGroup;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::SyncGroup, 0..=5, |call| Work::waiting(handle(call)));

async fn handle(mut call: Call) -> Answered {
    let sync = command(&call)?;
    // A sync may wait for the leader and does not hold the read buffer meanwhile.
    call.let_go();
    let synced = match call.until_drained(call.door.broker.call(sync)).await {
        Some(Ok(synced)) => synced.map_err(|error| error.code()),
        Some(Err(_)) | None => Err(GROUP_UNAVAILABLE),
    };
    match &synced {
        Ok(synced) => call.answer(&SyncGroupResponse {
            protocol_type: synced.protocol_type.as_deref().map(Into::into),
            protocol_name: synced.protocol.as_deref().map(Into::into),
            assignment: (&synced.assignment[..]).into(),
            ..Default::default()
        }),
        Err(code) => call.answer(&SyncGroupResponse { error_code: call.code(*code), ..Default::default() }),
    }
}

fn command(call: &Call) -> Result<SyncGroup, hence_kafka_proto::DecodeError> {
    let request: SyncGroupRequest<'_> = call.request()?;
    let who =
        member::named(request.group_id, request.generation_id, request.member_id, request.group_instance_id);
    let assignments = request.assignments.iter();
    Ok(SyncGroup {
        who,
        protocol_type: request.protocol_type.map(str::to_owned),
        protocol: request.protocol_name.map(str::to_owned),
        assignments: assignments
            .map(|each| (each.member_id.to_owned(), Bytes::copy_from_slice(each.assignment)))
            .collect(),
    })
}
