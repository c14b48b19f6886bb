//! Every maximum of the core, named with its unit, with the reason for its value.
//!
//! Always: checked before anything is allocated or stored. What an operator may change has its default here and its
//! place in [`Settings`](crate::Settings).

/// Commands that one turn takes: bounds how long the core is held where commands cost nothing to store.
pub const COMMANDS_PER_TURN_MAX: usize = 1024;
/// Operations after which a turn ends: a few microseconds each keeps a turn near a millisecond.
pub const OPS_PER_TURN_MAX: usize = 2048;

/// Longest topic name: Kafka's.
pub const TOPIC_NAME_BYTES_MAX: usize = 249;
/// Topics of one broker.
pub const TOPICS_MAX: usize = 100_000;
/// Partitions of one topic: creating them is one step.
pub const PARTITIONS_PER_TOPIC_MAX: usize = 10_000;
/// Partitions of one broker: each takes some hundred bytes of memory for as long as it lives.
pub const PARTITIONS_MAX: usize = 200_000;
/// Streams, or offsets, that one step of a deletion removes: far below the least that a commit may hold.
pub const DROPS_PER_STEP_MAX: usize = 512;

/// Batches of an idempotent producer that are remembered per partition: Kafka's window.
pub const PRODUCER_WINDOW_BATCHES: usize = 5;
/// An idempotent producer that was not heard of for so long is forgotten: Kafka's `producer.id.expiration.ms`.
pub const PRODUCER_EXPIRES_MS: i64 = 24 * 60 * 60 * 1000;
/// Producers remembered over all partitions (about 200 bytes each); the longest silent one is forgotten first.
pub const PRODUCERS_MAX: usize = 100_000;

/// Groups of one broker.
pub const GROUPS_MAX: usize = 100_000;
/// Longest group name.
pub const GROUP_NAME_BYTES_MAX: usize = 1024;
/// Longest name of a member, an instance, a client, a protocol.
pub const MEMBER_NAME_BYTES_MAX: usize = 1024;
/// Members of one group, those included that were told their id and did not come yet.
pub const MEMBERS_PER_GROUP_MAX: usize = 5_000;
/// What a group's row may take: members, metadata and assignments are one row.
pub const GROUP_ROW_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What the members of all groups may hold in memory: metadata, assignments, names.
pub const GROUPS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Protocols that one member may offer.
pub const PROTOCOLS_PER_MEMBER_MAX: usize = 64;
/// Committed offsets over all groups (about 150 bytes each).
pub const OFFSETS_MAX: usize = 1_000_000;
/// What the notes beside all committed offsets may hold in memory; most clients leave none.
pub const OFFSETS_NOTES_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Longest note beside a committed offset: Kafka's `offset.metadata.max.bytes`.
pub const OFFSET_METADATA_BYTES_MAX: usize = 4096;
/// Offsets that one step of a clean-up looks at.
pub const OFFSETS_PER_STEP_MAX: usize = 2048;
/// A member that was told its id and does not come, or joined and is not heard of, is waited for so long at most:
/// Kafka's new-member join timeout.
pub const NEW_MEMBER_TIMEOUT_MS: i64 = 5 * 60 * 1000;
/// Things that one turn looks at where looking is all that is done (offsets that may expire, producers).
pub const LOOKS_PER_TURN_MAX: usize = 8192;
/// Looks that a step of a long answer takes where the turn has none left: it goes on however much else is done.
pub const LOOKS_PER_READING_STEP_MIN: usize = 1024;
/// Looks that a group in a list counts for, and a group in full or a group's offsets beside what is in them: their names
/// are copied, so that a turn stays near a millisecond.
pub const LOOKS_PER_GROUP: usize = 8;
/// Looks that a member in full or an offset counts for.
pub const LOOKS_PER_PART: usize = 4;
/// Long answers that are being made at once: beyond them commands wait.
pub const READINGS_MAX: usize = 128;
/// Timers that one turn runs.
pub const TIMERS_PER_TURN_MAX: usize = 512;
/// What waits for space on a full disk is tried again after so long.
pub const FULL_DISK_RETRY_MS: i64 = 1000;
