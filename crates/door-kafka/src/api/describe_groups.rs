//! DescribeGroups (key 15): groups with their members.
//!
//! Member metadata and assignments are shown as they were sent: they are opaque.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::describe_groups::{
    DescribeGroupsRequest, DescribeGroupsResponse, DescribedGroup, DescribedGroupMember,
};

use super::Api;
use crate::authorized;
use crate::call::{Answered, Call, Work};
use crate::error_code::{ErrorCode, GROUP_UNAVAILABLE};
use crate::ports::{DescribeGroups, GroupDescription};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::DescribeGroups, 0..=6, |call| Work::reading(call, handle));

/// A group that is not there is an error from this version on (KIP-1043); before, it is dead.
const NOT_FOUND_SINCE: i16 = 6;
const DEAD: &str = "Dead";

async fn handle(call: Call) -> Answered {
    let request: DescribeGroupsRequest<'_> = call.request()?;
    // Each group once: the answer to one that is named a million times would fill the process.
    let mut told = std::collections::HashSet::new();
    let groups = request.groups.iter().filter(|group| told.insert(**group));
    let groups: Vec<String> = groups.map(|group| (*group).to_owned()).collect();
    let asked = groups.clone();
    let described = call.door.broker.call(DescribeGroups { groups }).await;
    let operations = authorized::shown(request.include_authorized_operations, authorized::GROUP);
    let groups = asked.iter().enumerate().map(|(at, name)| match &described {
        Err(_) => DescribedGroup {
            error_code: call.code(GROUP_UNAVAILABLE),
            group_id: name.as_str().into(),
            ..Default::default()
        },
        Ok(described) => match described.get(at).and_then(Option::as_ref) {
            Some(group) => DescribedGroup { authorized_operations: operations, ..shown(group) },
            None => missing(&call, name),
        },
    });
    call.answer(&DescribeGroupsResponse { groups: groups.collect(), ..Default::default() })
}

fn missing<'r>(call: &Call, name: &'r str) -> DescribedGroup<'r> {
    let not_found = call.version >= NOT_FOUND_SINCE;
    let code = if not_found { ErrorCode::GROUP_ID_NOT_FOUND } else { ErrorCode::NONE };
    DescribedGroup {
        error_code: call.code(code),
        error_message: not_found.then(|| format!("Group {name} not found.").into()),
        group_id: name.into(),
        group_state: DEAD.into(),
        ..Default::default()
    }
}

fn shown(group: &GroupDescription) -> DescribedGroup<'_> {
    let members = group.members.iter().map(|member| DescribedGroupMember {
        member_id: member.member.as_str().into(),
        group_instance_id: member.instance.as_deref().map(Into::into),
        client_id: member.client.id.as_str().into(),
        client_host: member.client.host.as_str().into(),
        member_metadata: (&member.metadata[..]).into(),
        member_assignment: (&member.assignment[..]).into(),
    });
    DescribedGroup {
        group_id: group.group.as_str().into(),
        group_state: group.state.name().into(),
        protocol_type: group.protocol_type.as_deref().unwrap_or_default().into(),
        protocol_data: group.protocol.as_deref().unwrap_or_default().into(),
        members: members.collect(),
        ..Default::default()
    }
}
