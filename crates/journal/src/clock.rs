//! The time, for the pace of a thread.
//!
//! Never here: anything that is stored.

use std::time::Instant;

/// Now.
#[expect(clippy::disallowed_methods, reason = "nothing that is stored depends on it")]
pub fn now() -> Instant {
    Instant::now()
}
