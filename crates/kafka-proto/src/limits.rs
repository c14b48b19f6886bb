//! Maxima of the wire codec and the connection machine, each checked before anything is allocated.
//!
//! What an operator may change (frame size, requests in flight) is a field of `connection::Limits`; its default is here.

/// Most elements of one array of a message. Kafka refuses more, too.
pub const ELEMENTS_PER_ARRAY_MAX: usize = 1_000_000;

/// Room reserved for an array before its first element is read; beyond it the array grows as elements are read, so
/// that a false count costs nothing.
pub const ELEMENTS_RESERVED_MAX: usize = 1_024;

/// Most tagged fields of one structure, known or unknown. Each costs at least two bytes of input.
pub const TAGS_PER_STRUCT_MAX: usize = 1_024;

/// Longest string with a two-byte length.
pub const STRING_BYTES_MAX: usize = i16::MAX as usize;

/// Largest request by default, in bytes: Kafka's `socket.request.max.bytes`.
pub const FRAME_BYTES_MAX_DEFAULT: usize = 100 * 1024 * 1024;

/// Requests of one connection that may be unanswered at once, by default: clients keep 5 in flight, librdkafka more.
pub const REQUESTS_IN_FLIGHT_MAX_DEFAULT: usize = 64;

/// A read buffer starts with this many bytes and is given back to this size when idle.
pub const READ_BUFFER_BYTES: usize = 64 * 1024;

/// For a frame up to this, room is made whole at once: producers' largest requests by default, with what stands around
/// them. Growing in steps would copy each of them once more.
pub const FRAME_ROOM_BYTES: usize = 2 * 1024 * 1024;

/// A connection on which nothing happens is closed after this long by default: Kafka's `connections.max.idle.ms`.
pub const IDLE_MS_DEFAULT: i64 = 10 * 60 * 1000;

/// Chunks of records shorter than this are copied into the head: a vectored write costs more than the copy.
pub const CHUNK_COPIED_BYTES_MAX: usize = 512;
