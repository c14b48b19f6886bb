//! What an operator may change about the core; every default is right for most.
//!
//! Names of Kafka's settings stand beside each. Never here: settings of single topics, which are state and not settings.

use crate::limits;

/// Settings of the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long an empty group waits for more members after the first (`group.initial.rebalance.delay.ms`).
    pub initial_rebalance_delay_ms: i64,
    /// Shortest session timeout (`group.min.session.timeout.ms`).
    pub session_timeout_min_ms: i32,
    /// Longest session timeout (`group.max.session.timeout.ms`).
    pub session_timeout_max_ms: i32,
    /// How long offsets are kept after a group became empty, or after a simple consumer's commit
    /// (`offsets.retention.minutes`).
    pub offsets_retention_ms: i64,
    /// How often it is looked for offsets to remove (`offsets.retention.check.interval.ms`).
    pub offsets_check_ms: i64,
    /// An idempotent producer that was not heard of for so long is forgotten (`producer.id.expiration.ms`).
    pub producer_expires_ms: i64,
    /// Producers remembered over all partitions.
    pub producers_max: usize,
    /// Topics of the broker.
    pub topics_max: usize,
    /// Partitions of the broker.
    pub partitions_max: usize,
    /// Groups of the broker.
    pub groups_max: usize,
    /// Members of one group (`group.max.size`).
    pub group_members_max: usize,
    /// Bytes of metadata, assignments and names of the members of all groups.
    pub groups_bytes_max: usize,
    /// Committed offsets over all groups.
    pub offsets_max: usize,
    /// Bytes of the notes beside all of them.
    pub offsets_notes_bytes_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            initial_rebalance_delay_ms: 3_000,
            session_timeout_min_ms: 6_000,
            session_timeout_max_ms: 1_800_000,
            offsets_retention_ms: 7 * 24 * 60 * 60 * 1000,
            offsets_check_ms: 10 * 60 * 1000,
            producer_expires_ms: limits::PRODUCER_EXPIRES_MS,
            producers_max: limits::PRODUCERS_MAX,
            topics_max: limits::TOPICS_MAX,
            partitions_max: limits::PARTITIONS_MAX,
            groups_max: limits::GROUPS_MAX,
            group_members_max: limits::MEMBERS_PER_GROUP_MAX,
            groups_bytes_max: limits::GROUPS_BYTES_MAX,
            offsets_max: limits::OFFSETS_MAX,
            offsets_notes_bytes_max: limits::OFFSETS_NOTES_BYTES_MAX,
        }
    }
}
