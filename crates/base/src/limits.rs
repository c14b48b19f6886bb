//! Maxima that more than one crate must agree on, each with its unit.
//! Each crate has a `limits` of its own for the rest.

/// Longest annotation block of one target of an append, in bytes. An entry header is written per target, so this
/// bounds what fan-out costs.
pub const ANNOTATIONS_BYTES_MAX: usize = 64 * 1024;

/// Largest commit, in encoded bytes, unless configured otherwise. At most half of the ring.
pub const COMMIT_BYTES_MAX_DEFAULT: usize = 16 * 1024 * 1024;

/// Most targets of one append and most operations of one commit: both counts are u32 on disk and bounded by this.
pub const OPS_PER_COMMIT_MAX: usize = 1 << 20;

/// Longest key of a state row, in bytes.
pub const ROW_KEY_BYTES_MAX: usize = 4 * 1024;

/// Longest value of a state row, in bytes.
pub const ROW_VALUE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Highest offset of a stream: Kafka offsets are signed.
pub const OFFSET_MAX: u64 = i64::MAX as u64;
