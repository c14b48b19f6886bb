//! How one simulated journal is set up: sizes, modes and how hard it is treated, all from the seed.
//!
//! Always: sizes are small, so that segments are sealed, rings overflow and disks fill within a thousand commits.
//! Never here: what happens while it runs.

use crate::dice::Dice;

/// When commits count as durable, and how they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// `fsync`, past the cache.
    Direct,
    /// `fsync`, through the cache.
    Buffered,
    /// `os`, through the cache.
    Os,
    /// `os`, behind a staging file.
    Staged,
}

impl Durability {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Direct, Self::Buffered, Self::Os, Self::Staged];

    /// Whether it acknowledges before anything is synced.
    pub const fn is_lossy(self) -> bool {
        matches!(self, Self::Os | Self::Staged)
    }
}

/// What one seed runs with.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Mode of the first opening.
    pub durability: Durability,
    /// Whether later openings may be in another mode.
    pub changes_mode: bool,
    /// Commits at least.
    pub commits: u64,
    /// Longest payload.
    pub payload_bytes_max: u64,
    /// Memory for recent blocks.
    pub ring_bytes: usize,
    /// Smallest and largest segment.
    pub segment_bytes: (u64, u64),
    /// Size of the disk.
    pub disk_bytes: u64,
    /// One step in so many arms a fault.
    pub fault_every: u64,
    /// One step in so many tends the journal.
    pub tend_every: u64,
    /// One step in so many flushes.
    pub flush_every: u64,
    /// Log between two checkpoints.
    pub checkpoint_bytes: u64,
    /// Rows of the index beyond which small ones are gathered.
    pub index_rows_max: u64,
}

impl Setup {
    /// As the dice fall.
    pub fn roll(dice: &mut Dice) -> Self {
        let segment_bytes_min = (32 * 1024) << dice.below(3);
        Self {
            durability: Durability::ALL[dice.below(4) as usize],
            changes_mode: dice.one_in(4),
            commits: 1_000 + dice.below(200),
            payload_bytes_max: 600 << dice.below(5),
            ring_bytes: (1 << 20) << dice.below(2),
            segment_bytes: (segment_bytes_min, segment_bytes_min << dice.below(4)),
            disk_bytes: (8 << 20) << dice.below(3),
            fault_every: [60, 150, 400, 1_000][dice.below(4) as usize],
            tend_every: [8, 30, 100][dice.below(3) as usize],
            flush_every: [1, 3, 8][dice.below(3) as usize],
            checkpoint_bytes: [16 << 10, 256 << 10, 64 << 20][dice.below(3) as usize],
            index_rows_max: [40, 300, 1_000_000][dice.below(3) as usize],
        }
    }
}
