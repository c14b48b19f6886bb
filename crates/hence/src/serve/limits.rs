//! The limits that starting a broker sets, each with what it protects.
//! Never here: what an operator may choose (`settings`).

/// Files that connections leave: the journal's segments and what the process has besides.
pub const FILES_KEPT: u64 = 1024;

/// The least that a commit must be able to hold: the core's own steps and a record batch of Kafka's default size.
pub const COMMIT_BYTES_LEAST: usize = 1 << 20;
