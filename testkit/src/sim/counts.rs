//! What a simulation went through: a count that stays zero means that a hard path was never taken.
//!
//! Always: sums over seeds are sums of counts. Never here: what was found wrong.

use crate::counts::counts;

counts! {
    /// How often what happened.
    Counts {
    /// Commits that were taken.
    commits,
    /// Commits that were refused.
    refused,
    /// Reads and searches that were compared.
    reads,
    /// Power cuts and kills.
    crashes,
    /// Power cuts.
    power_cuts,
    /// Power cuts while the journal was opening.
    cuts_while_opening,
    /// Writes that a cut tore.
    torn_writes,
    /// Blocks that an opening cut off.
    torn_blocks,
    /// Commits that were lost although a lossy mode had acknowledged them.
    lost_acknowledged,
    /// Writes or syncs that failed.
    device_errors,
    /// Bytes on the device that turned.
    rotten,
    /// Of them, those that a start refused to go over.
    rotten_refused,
    /// Times that the disk became full.
    full_disk_spells,
    /// Times that the journal was closed and opened again.
    clean_restarts,
    /// Checkpoints that were completed.
    checkpoints,
    /// Sealed segments that the roller rewrote.
    rolls,
    /// Segment files that were used again.
    recycles,
    /// Answers that the core's clients took.
    house_answers,
    /// Times that the core's journal failed under it.
    house_failures,
    }
}
