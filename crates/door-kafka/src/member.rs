//! How requests name a member of a group.
//!
//! Never here: whether there is such a member.

use crate::ports::MemberRef;

/// The member that a request names.
pub fn named(group: &str, generation: i32, member: &str, instance: Option<&str>) -> MemberRef {
    MemberRef {
        group: group.to_owned(),
        generation,
        member: member.to_owned(),
        instance: instance.map(str::to_owned),
    }
}
