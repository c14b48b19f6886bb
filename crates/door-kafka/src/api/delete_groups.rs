//! DeleteGroups (key 42): groups without members, with their offsets.
//!
//! A group that has members is refused; each group is answered by itself.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::delete_groups::{DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode, GROUP_UNAVAILABLE};
use crate::ports::DeleteGroups;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::DeleteGroups, 0..=3, |call| Work::later(handle(call)));

async fn handle(call: Call) -> Answered {
    let request: DeleteGroupsRequest<'_> = call.request()?;
    let mut seen = std::collections::HashSet::new();
    let names: Vec<&str> = request.groups_names.iter().copied().filter(|name| seen.insert(*name)).collect();
    let groups = names.iter().map(|name| (*name).to_owned()).collect();
    let deleted = call.door.broker.call(DeleteGroups { groups }).await;
    let results = names.iter().enumerate().map(|(at, name)| {
        let code = match &deleted {
            Err(_) => GROUP_UNAVAILABLE,
            Ok(deleted) => match deleted.get(at) {
                Some(Ok(())) => ErrorCode::NONE,
                Some(Err(error)) => error.code(),
                None => ErrorCode::UNKNOWN_SERVER_ERROR,
            },
        };
        DeletableGroupResult { group_id: (*name).into(), error_code: call.code(code), ..Default::default() }
    });
    call.answer(&DeleteGroupsResponse { results: results.collect(), ..Default::default() })
}
