//! New random ids: topics, members, fetch sessions. The core has no randomness; its doors bring it.
//!
//! Never here: who uses an id for what.

use hence_broker::fresh_id;

use crate::ports::TopicId;

/// A topic's id. Not one of the few that Kafka reserves: those are nearly all zero, and a random one never is.
pub fn topic_id() -> TopicId {
    TopicId(fresh_id())
}

/// A member's id: what the client calls itself and something random in the form of a UUID, as Kafka makes them.
pub fn member_id(prefix: &str) -> String {
    let id = u128::from_be_bytes(fresh_id());
    let part = |shift: u32, bits: u32| (id >> shift) & ((1 << bits) - 1);
    let (a, b, c, d, e) = (part(96, 32), part(80, 16), part(64, 16), part(48, 16), part(0, 48));
    format!("{prefix}-{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}

/// A fetch session's id: positive.
pub fn session_id() -> i32 {
    let [a, b, c, d, ..] = fresh_id();
    (i32::from_be_bytes([a, b, c, d]) & i32::MAX).max(1)
}
