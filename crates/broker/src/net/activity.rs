//! When bytes last moved on a connection: touched by the door on every read and write, swept by the listener.
//!
//! One sweep per listener instead of a timer per connection and read. Never here: what is done with an idle connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Clock;

/// The last moment at which bytes moved; clones share it.
#[derive(Clone, Debug)]
pub struct Activity {
    clock: Clock,
    last_ms: Arc<AtomicU64>,
}

impl Activity {
    pub(super) fn new(clock: &Clock) -> Self {
        let activity = Self { clock: clock.clone(), last_ms: Arc::new(AtomicU64::new(0)) };
        activity.touch();
        activity
    }

    /// Bytes moved now.
    pub fn touch(&self) {
        self.last_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    /// Milliseconds since bytes last moved.
    pub fn idle_ms(&self) -> u64 {
        self.now_ms().saturating_sub(self.last_ms.load(Ordering::Relaxed))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
