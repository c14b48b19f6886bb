//! Bugs that can be planted to see that the simulation finds them. They exist only with the feature `planted`, which no
//! shipped binary has: without it `bug!` is `false` and the compiler drops what it guards.
//!
//! Always: one bug at a time, per thread, so that seeds run side by side; or on all threads, for a broker with threads of its
//! own. Never here: what a bug does; that stands where the right thing would be done.

/// Whether this bug is planted here. The feature is that of the crate that asks.
#[doc(hidden)]
#[macro_export]
macro_rules! bug {
    ($name:ident) => {{
        #[cfg(feature = "planted")]
        let planted = $crate::planted::is_planted($crate::planted::Bug::$name);
        #[cfg(not(feature = "planted"))]
        let planted = false;
        planted
    }};
}
pub use bug;

#[cfg(feature = "planted")]
pub use on::{Bug, is_planted, plant, plant_everywhere};

#[cfg(feature = "planted")]
mod on {
    use std::cell::Cell;

    use parking_lot::Mutex;

    static PLANTED_EVERYWHERE: Mutex<Option<Bug>> = Mutex::new(None);

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Plants a bug on this thread, or none.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }

    /// Plants a bug on all threads, or none.
    pub fn plant_everywhere(bug: Option<Bug>) {
        *PLANTED_EVERYWHERE.lock() = bug;
    }

    /// Whether this bug is planted, on this thread or on all.
    pub fn is_planted(bug: Bug) -> bool {
        PLANTED.get() == Some(bug) || *PLANTED_EVERYWHERE.lock() == Some(bug)
    }

    macro_rules! bugs {
        ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
            /// Every bug that can be planted.
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum Bug {
                $($(#[$doc])* $name,)+
            }

            impl Bug {
                /// All of them.
                pub const ALL: &[Self] = &[$(Self::$name),+];
            }
        };
    }

    bugs! {
        /// Observers are told before the block is written.
        AcknowledgedBeforeDurable,
        /// In `fsync`, a buffered write is not followed by a sync.
        SyncForgotten,
        /// A sync that failed counts as one that did not.
        SyncErrorIgnored,
        /// A write that failed counts as one that did not.
        WriteErrorIgnored,
        /// A block is told about although the one before it is still on its way.
        ToldOutOfOrder,
        /// Recovery accepts a block whatever the checksum of the one before it.
        ChainNotChecked,
        /// Recovery accepts a block whatever its epoch.
        StaleBlockAccepted,
        /// Recovery does not look at the checksum.
        ChecksumNotChecked,
        /// An opening does not sync what it accepted.
        AcceptedNotSynced,
        /// An opening believes what the cache shows of a write whose sync failed.
        CacheBelieved,
        /// An opening takes the epoch of the one before.
        EpochNotRaised,
        /// Damage is taken for a torn tail.
        DamageTakenForTorn,
        /// A lossy run says that it was complete.
        LossyCalledComplete,
        /// A new segment's name is used before it is on the device.
        NamesNotSynced,
        /// Recovery forgets trims.
        LostTrim,
        /// A close does not sync in `os`.
        CloseWithoutSync,
        /// A refused commit leaves its rows behind.
        RefusedLeavesRows,
        /// The log enters a segment with a smaller number than the one before.
        SegmentNumbersFall,
        /// The roller does not sync what it moved before the rows point to it.
        MovedNotSynced,
        /// A segment file is used again although entries in it are readable.
        RecycledWhileRead,
        /// An opening drops what waits in the staging file.
        StagedForgotten,
        /// A sync does not say that what was staged is in its place.
        StagingFloorForgotten,
        /// A checkpoint is used before what its rows reflect is durable.
        CheckpointAheadOfLog,
        /// A reply that made nothing leaves before what it saw is durable (asked by the broker's host).
        SeenBeforeDurable,
    }
}
