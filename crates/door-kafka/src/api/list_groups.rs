//! ListGroups (key 16): all groups, by state (KIP-518) and by type (KIP-848). Every group here is a classic one.
//!
//! Filters that name nothing that exists find nothing, as in Kafka.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::list_groups::{ListGroupsRequest, ListGroupsResponse, ListedGroup};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{ErrorCode, GROUP_UNAVAILABLE};
use crate::ports::ListGroups;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::ListGroups, 0..=5, |call| Work::reading(call, handle));

const CLASSIC: &str = "classic";

async fn handle(call: Call) -> Answered {
    let request: ListGroupsRequest<'_> = call.request()?;
    let wanted = |filter: &[&str], value: &str| {
        filter.is_empty() || filter.iter().any(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    let (groups, code) = match call.door.broker.call(ListGroups).await {
        Ok(groups) => (groups, ErrorCode::NONE),
        Err(_) => (Vec::new(), GROUP_UNAVAILABLE),
    };
    let groups = groups
        .iter()
        .filter(|group| {
            wanted(&request.states_filter, group.state.name()) && wanted(&request.types_filter, CLASSIC)
        })
        .map(|group| ListedGroup {
            group_id: group.group.as_str().into(),
            protocol_type: group.protocol_type.as_deref().unwrap_or_default().into(),
            group_state: group.state.name().into(),
            group_type: CLASSIC.into(),
        });
    let groups = groups.collect();
    call.answer(&ListGroupsResponse { error_code: call.code(code), groups, ..Default::default() })
}
