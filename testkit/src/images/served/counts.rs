//! What recorded brokers and their images went through: a zero means that a hard path was never taken.
//!
//! Always: numbers only grow. Never here: what they should be.

/// What images, and the brokers that were recorded, went through.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Checkpoints of the recorded brokers.
    pub checkpoints: u64,
    /// Segments whose live entries they moved.
    pub rolled: u64,
    /// Segment files that they used again.
    pub recycled: u64,
    /// Images opened and compared.
    pub images: u64,
    /// Of them, opened from real files.
    pub real: u64,
    /// Of them, left by the end of the process alone.
    pub kills: u64,
    /// Writes torn by the cuts.
    pub torn_writes: u64,
    /// Writes lost by the cuts.
    pub lost_writes: u64,
    /// Creations, renames and removals lost by the cuts.
    pub lost_names: u64,
    /// Records, commits and topics that clients knew of and that were looked for.
    pub checked: u64,
    /// Of them, missing where that is allowed.
    pub lacked: u64,
    /// Records found that no client knew of yet.
    pub found_more: u64,
}

impl Counts {
    /// Each with its name.
    pub const fn named(&self) -> [(&'static str, u64); 12] {
        [
            ("checkpoints", self.checkpoints),
            ("rolled", self.rolled),
            ("recycled", self.recycled),
            ("images", self.images),
            ("real", self.real),
            ("kills", self.kills),
            ("torn_writes", self.torn_writes),
            ("lost_writes", self.lost_writes),
            ("lost_names", self.lost_names),
            ("checked", self.checked),
            ("lacked", self.lacked),
            ("found_more", self.found_more),
        ]
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.checkpoints += other.checkpoints;
        self.rolled += other.rolled;
        self.recycled += other.recycled;
        self.images += other.images;
        self.real += other.real;
        self.kills += other.kills;
        self.torn_writes += other.torn_writes;
        self.lost_writes += other.lost_writes;
        self.lost_names += other.lost_names;
        self.checked += other.checked;
        self.lacked += other.lacked;
        self.found_more += other.found_more;
    }
}
