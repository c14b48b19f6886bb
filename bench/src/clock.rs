//! The clocks of the generator: a steady one for durations, the wall clock for what two processes compare.
//!
//! The only module that reads a clock or waits by time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The steady clock.
#[allow(clippy::disallowed_methods, reason = "the clock module")]
pub fn now() -> Instant {
    Instant::now()
}

/// Time since 1970, comparable between processes of one machine.
#[allow(clippy::disallowed_methods, reason = "the clock module")]
pub fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Waits.
#[allow(clippy::disallowed_methods, reason = "the clock module")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
