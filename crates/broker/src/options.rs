//! Settings of the shell; every default is right for most.
//!
//! Never here: where settings come from (file, environment, flags: the binary).

use serde::{Deserialize, Serialize};

use crate::limits;

/// Settings of the broker's shell. The core's are [`crate::CoreSettings`], a listener's [`crate::net::Options`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Bytes in requests and parked commits, over all connections, and as many again in unsent responses.
    pub budget_bytes: u64,
    /// Bytes of either that one connection may hold.
    pub budget_share_bytes: u64,
    /// How often retention looks at every partition.
    pub retention_interval_ms: u64,
    /// When a commit is handed to the disk. Follows from the journal's mode: not a setting of the operator.
    #[serde(skip)]
    pub flush: Flush,
}

/// When the journal is told to write what was submitted, unless a connection that submits alone flushes by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flush {
    /// By a task at the end of the event loop's turn, so that several connections share one write. For journals whose
    /// flush writes on the calling thread (`os`, memory).
    #[default]
    EndOfTurn,
    /// By whoever submitted, after leaving the core. For journals with a thread of their own (`fsync`).
    AtOnce,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            budget_bytes: limits::BUDGET_BYTES_DEFAULT,
            budget_share_bytes: limits::BUDGET_SHARE_BYTES_DEFAULT,
            retention_interval_ms: limits::RETENTION_INTERVAL_MS_DEFAULT,
            flush: Flush::default(),
        }
    }
}
