//! How a local journal is opened.
//!
//! Every default is right for most; sizes are in bytes.

use std::path::PathBuf;

use hence_base::limits::COMMIT_BYTES_MAX_DEFAULT;

use crate::limits::{
    CHECKPOINT_BYTES_DEFAULT, INDEX_ROWS_MAX_DEFAULT, PAGE_BYTES, RING_BYTES_DEFAULT,
    SEGMENT_BYTES_MAX_DEFAULT, SEGMENT_BYTES_MIN, SEGMENTS_MIN, STAGED_BYTES_MAX, STAGED_BYTES_MIN,
    STAGING_RING_SHARE, STAGING_SLOTS,
};
use crate::staging::Shape;

/// When a commit counts as durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// When it is on the device.
    #[default]
    Fsync,
    /// When the kernel has it: it survives a crash of the process, not of the machine.
    Os,
}

/// How blocks are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Io {
    /// Past the page cache where that is known to pay.
    #[default]
    Auto,
    /// Past the page cache: in `fsync` each write synchronous, in `os` behind a small file in the cache.
    Direct,
    /// Through the page cache, with a sync after each write in `fsync`.
    Buffered,
}

/// How a local journal is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory; created when it does not exist.
    pub dir: PathBuf,
    /// When a commit counts as durable.
    pub mode: Mode,
    /// How blocks are written.
    pub io: Io,
    /// Memory for recent blocks: what is written from and what tail readers read.
    pub ring_bytes: usize,
    /// Largest single commit; at most half of the ring.
    pub commit_bytes_max: usize,
    /// Size of the first segments.
    pub segment_bytes_min: u64,
    /// Segments grow up to this.
    pub segment_bytes_max: u64,
    /// Log written before the next checkpoint: what a start may have to replay.
    pub checkpoint_bytes: u64,
    /// Bytes that segment files may take; the disk's own space when not given.
    pub space_bytes_max: Option<u64>,
    /// Dead bytes that may stay on disk beside half of the readable ones; the smaller of 2 GiB and a quarter of the disk
    /// when not given.
    pub slack_bytes: Option<u64>,
    /// Rows of the index beyond which the roller gathers small ones.
    pub index_rows_max: u64,
    /// Least time between two group commits, for disks with a limit of operations per second; 0 for none.
    pub commit_interval_min_us: u64,
    /// The journal's name for life if this creates it; random when not given.
    pub identity: Option<[u8; 16]>,
    /// Whether this opening counts as incomplete whatever the log proves: after a repair that accepted a loss.
    pub distrust: bool,
    /// Whether threads write, fetch and tidy. Without them `flush` writes, reads block and [`LocalJournal::tend`] tidies:
    /// for simulations.
    ///
    /// [`LocalJournal::tend`]: super::LocalJournal::tend
    pub threads: bool,
}

impl Options {
    /// The defaults for `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            mode: Mode::default(),
            io: Io::default(),
            ring_bytes: RING_BYTES_DEFAULT,
            commit_bytes_max: COMMIT_BYTES_MAX_DEFAULT,
            segment_bytes_min: SEGMENT_BYTES_MIN,
            segment_bytes_max: SEGMENT_BYTES_MAX_DEFAULT,
            checkpoint_bytes: CHECKPOINT_BYTES_DEFAULT,
            space_bytes_max: None,
            slack_bytes: None,
            index_rows_max: INDEX_ROWS_MAX_DEFAULT,
            commit_interval_min_us: 0,
            identity: None,
            distrust: false,
            threads: true,
        }
    }

    /// How much of the log may wait in the staging file of `os`.
    pub(crate) fn staging(&self) -> Shape {
        let slot_bytes = (self.ring_bytes / STAGING_RING_SHARE).clamp(STAGED_BYTES_MIN, STAGED_BYTES_MAX);
        Shape { slot_bytes: slot_bytes.next_multiple_of(PAGE_BYTES), slots: STAGING_SLOTS }
    }

    /// Bytes that are put aside for commits that free space.
    pub fn reserve_bytes(&self) -> u64 {
        let share = self.space_bytes_max.map_or(u64::MAX, |most| most / 8);
        self.segment_bytes_min.min(share)
    }

    /// Bytes of the next new segment: as many as are in use, within the limits, and a small share of all there may be, so
    /// that a small disk has many.
    pub fn next_segment_bytes(&self, used_bytes: u64, capacity_bytes: u64) -> u64 {
        let share = capacity_bytes / SEGMENTS_MIN / PAGE_BYTES as u64 * PAGE_BYTES as u64;
        let most = self.segment_bytes_max.min(share).max(self.segment_bytes_min);
        used_bytes.clamp(self.segment_bytes_min, most)
    }

    /// Whether threads of the journal's own write, and not whoever flushes.
    pub fn has_write_threads(&self) -> bool {
        self.threads && self.mode == Mode::Fsync
    }

    /// The largest commit that is taken: as configured, and at most half of the ring.
    pub fn commit_bytes_max(&self) -> usize {
        self.commit_bytes_max.min(self.ring_bytes / 2)
    }
}
