//! Which table of state rows belongs to whom. Persisted: a number is never given another meaning.
//!
//! Tables up to 15 hold facts: their rows are written when they change. Tables from 16 are derived from entries and
//! become rows at a checkpoint only.

use hence_base::TableId;

/// Counters of the whole broker, by name.
pub const COUNTERS: TableId = TableId(1);
/// Topics, by namespace, kind and name.
pub const TOPICS: TableId = TableId(2);
/// What remains to be removed of deleted topics, by topic id.
pub const REMOVALS: TableId = TableId(3);
/// Consumer groups, by name.
pub const GROUPS: TableId = TableId(4);
/// Committed offsets, by group, topic id and partition.
pub const OFFSETS: TableId = TableId(5);

/// Ends, floors and epochs of partitions, by stream.
pub const PARTITIONS: TableId = TableId(16);
/// Duplicate windows of idempotent producers, by stream and producer.
pub const PRODUCERS: TableId = TableId(17);
