//! The maxima of this crate, each with the reason for its value.
//!
//! Each is checked before the allocation that it bounds.

/// Most records of one batch, in offsets. Kafka has no bound of its own; this one keeps a compressed body that lies about
/// its count from burning the offsets of its partition.
pub const RECORDS_PER_BATCH_MAX: u32 = 1 << 26;

/// What a reader that names no limit of its own accepts as the decompressed size of one batch, in bytes.
pub const DECOMPRESSED_BYTES_MAX_DEFAULT: usize = 128 * 1024 * 1024;

/// Most headers of one record: their number is also bounded by the bytes that are there.
pub const HEADERS_PER_RECORD_MAX: usize = 100_000;

/// Largest block of an LZ4 frame, in bytes: the format's own maximum.
pub const LZ4_BLOCK_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Largest batch that the builder makes, in bytes: the length field is a signed 32-bit number.
pub const BATCH_BYTES_MAX: usize = i32::MAX as usize;
