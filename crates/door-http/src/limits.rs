//! Every maximum of the door, with the reason for its value.
//!
//! Connections and idle time are bounded by the listener.

use std::time::Duration;

/// Largest request body, in bytes: a topic with every setting is far smaller.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Longest wait for the head of a request: a peer that sends one byte at a time does not hold a connection.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of the read buffer of one connection: bounds the head of a request.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Damaged blocks that readiness names; it counts the others.
pub const DAMAGED_BLOCKS_NAMED_MAX: usize = 20;

/// Headers of a request.
pub const HEADERS_MAX: usize = 100;
