//! Every maximum of the memory store, with the reason for its value.
//!
//! What all stores share is in `hence_base::limits`.

/// Bytes of payloads, annotations and rows that are kept unless configured otherwise.
pub const KEPT_BYTES_MAX_DEFAULT: u64 = 1 << 30;

/// The part of the kept bytes that only relief commits may use: one in so many.
pub const RELIEF_SHARE: u64 = 16;

/// Size of one chunk: large enough that a chunk's own allocation disappears in the thousands of pieces it is cut into.
pub const CHUNK_BYTES: usize = 4 << 20;

/// Longest piece that is cut from a chunk: a longer payload gets its own allocation, so that at most half is wasted.
pub const PIECE_BYTES_MAX: usize = CHUNK_BYTES / 2;

/// Chunks that are kept for use again: as much as the ring of the local store holds by default, halved.
pub const CHUNKS_POOLED_MAX: usize = 8;

/// What an entry or a row costs beside its bytes, as it is counted: so that many empty ones are bounded too.
pub const OVERHEAD_BYTES: u64 = 128;
