//! What recorded brokers and their images went through: a zero means that a hard path was never taken.
//!
//! Always: numbers only grow. Never here: what they should be.

use crate::counts::counts;

counts! {
    /// What images, and the brokers that were recorded, went through.
    Counts {
    /// Checkpoints of the recorded brokers.
    checkpoints,
    /// Segments whose live entries they moved.
    rolled,
    /// Segment files that they used again.
    recycled,
    /// Images opened and compared.
    images,
    /// Of them, opened from real files.
    real,
    /// Of them, left by the end of the process alone.
    kills,
    /// Writes torn by the cuts.
    torn_writes,
    /// Writes lost by the cuts.
    lost_writes,
    /// Creations, renames and removals lost by the cuts.
    lost_names,
    /// Records, commits and topics that clients knew of and that were looked for.
    checked,
    /// Of them, missing where that is allowed.
    lacked,
    /// Records found that no client knew of yet.
    found_more,
}
}
