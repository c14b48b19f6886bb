//! What happened since the journal was opened, counted where it happens.
//!
//! Always: numbers only grow. Never here: names of metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that threads add to.
#[derive(Debug, Default)]
pub struct Counters {
    pub commits: AtomicU64,
    pub blocks: AtomicU64,
    pub log_bytes: AtomicU64,
    pub torn: AtomicU64,
    pub checkpoints: AtomicU64,
    pub recycled: AtomicU64,
    pub rolled: AtomicU64,
    pub refused: AtomicU64,
    pub syncs: AtomicU64,
    pub scrubbed: AtomicU64,
}

/// What happened since the journal was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Commits made durable.
    pub commits: u64,
    /// Blocks written.
    pub blocks: u64,
    /// Bytes of blocks written, padding included.
    pub log_bytes: u64,
    /// Torn blocks that the opening cut.
    pub torn: u64,
    /// Checkpoints completed.
    pub checkpoints: u64,
    /// Segment files that became spare.
    pub recycled: u64,
    /// Segments whose live entries were moved.
    pub rolled: u64,
    /// Commits refused.
    pub refused: u64,
    /// Bytes of blocks that the scrub verified.
    pub scrubbed: u64,
    /// Writes that were made durable on the device before they were acknowledged.
    pub syncs: u64,
}

impl Counters {
    /// The numbers now.
    pub fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            commits: of(&self.commits),
            blocks: of(&self.blocks),
            log_bytes: of(&self.log_bytes),
            torn: of(&self.torn),
            checkpoints: of(&self.checkpoints),
            recycled: of(&self.recycled),
            rolled: of(&self.rolled),
            refused: of(&self.refused),
            scrubbed: of(&self.scrubbed),
            syncs: of(&self.syncs),
        }
    }
}
