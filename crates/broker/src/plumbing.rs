//! What every listener and door borrows from the process: the clock, the byte budget, the metrics.
//!
//! Never here: the core or the journal.

use crate::budget::Budget;
use crate::clock::Clock;
use crate::metrics::Registry;

/// Shared by everything that serves connections; clones share it.
#[derive(Clone, Debug)]
pub struct Plumbing {
    /// The clock.
    pub clock: Clock,
    /// Bytes in requests and responses.
    pub budget: Budget,
    /// Where everyone counts.
    pub metrics: Registry,
}

impl Plumbing {
    /// A budget of `budget_bytes` with `share_bytes` per connection, the machine's clock, no metrics yet.
    pub fn new(budget_bytes: u64, share_bytes: u64) -> Self {
        Self {
            clock: Clock::system(),
            budget: Budget::new(budget_bytes, share_bytes),
            metrics: Registry::new(),
        }
    }
}
