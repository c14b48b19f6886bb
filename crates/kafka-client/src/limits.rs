//! Maxima of the client.
//!
//! What a caller may choose is a field of `Options`; its default is here.

/// Longest response that is accepted by default, in bytes.
pub const FRAME_BYTES_MAX_DEFAULT: usize = 128 * 1024 * 1024;

/// Requests of one connection that wait to be written; a caller waits for room.
pub const REQUESTS_QUEUED_MAX: usize = 256;

/// Room made in the read buffer at once.
pub const READ_BYTES: usize = 256 * 1024;

/// How long a call may take by default, beyond what the request itself asks the broker to wait.
pub const TIMEOUT_MS_DEFAULT: u64 = 30_000;

/// How long to wait before asking again for what is not ready yet: a new topic's leaders, a coordinator that loads.
pub const READY_POLL_MS: u64 = 25;
