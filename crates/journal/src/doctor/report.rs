//! What the doctor says: plain structs, for a table or for JSON.
//!
//! Places are written as text, `segment N byte M`; offsets and positions are numbers. Never here: how it was found.

use std::path::PathBuf;

use hence_base::{Epoch, Offset, Position, StreamId};

/// Everything about one directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The directory.
    pub dir: PathBuf,
    /// The journal's name for life.
    pub identity: [u8; 16],
    /// Version of its format.
    pub format_version: u16,
    /// Segment files, spare ones too.
    pub files: Vec<FileReport>,
    /// Checkpoint files, newest first.
    pub checkpoints: Vec<CheckpointReport>,
    /// The chain from the newest whole checkpoint.
    pub chain: ChainReport,
    /// Streams as a start would find them.
    pub streams: Vec<StreamReport>,
    /// State rows.
    pub rows: u64,
    /// Everything that is wrong.
    pub damage: Vec<Damage>,
    /// What a cut at the break of the chain would lose, as far as whole blocks behind it show.
    pub lost: Vec<Lost>,
}

impl Report {
    /// Whether nothing that was acknowledged is missing or damaged. A torn tail is no damage.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }

    /// Whether a start would be refused.
    pub const fn refuses_to_open(&self) -> bool {
        matches!(self.chain.end, ChainEnd::Damaged { .. } | ChainEnd::Unknown)
    }
}

/// What a segment file is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentKind {
    /// Nothing now.
    Spare,
    /// Part of the log.
    Log,
    /// Entries that the roller moved.
    Moved,
}

/// One segment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its name.
    pub file: String,
    /// Which segment it is; 0 for a spare one.
    pub sequence: u64,
    /// What it is used for.
    pub kind: SegmentKind,
    /// Its length.
    pub bytes: u64,
}

/// One checkpoint file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointReport {
    /// Its name.
    pub file: String,
    /// Its number.
    pub number: u64,
    /// Where the log is replayed from with it.
    pub replays_from: Option<String>,
    /// Newest commit that it reflects.
    pub reflects: Position,
    /// Whether all its checksums match.
    pub whole: bool,
}

/// The chain of blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainReport {
    /// The first block.
    pub from: String,
    /// The end of the last whole one.
    pub to: String,
    /// Blocks in it.
    pub blocks: u64,
    /// The last commit.
    pub last: Position,
    /// The newest epoch.
    pub epoch: Epoch,
    /// How it ends.
    pub end: ChainEnd,
}

/// How a chain ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ChainEnd {
    /// Nothing was begun behind the last block.
    Whole,
    /// A block was begun and never completed: a start cuts it.
    Torn {
        /// Where.
        at: String,
    },
    /// A block that was stored is gone or wrong: a start is refused.
    Damaged {
        /// Where.
        at: String,
    },
    /// It could not be followed at all.
    #[default]
    Unknown,
}

/// One stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamReport {
    /// The stream.
    pub stream: StreamId,
    /// First readable offset.
    pub start: Offset,
    /// The offset after the last.
    pub end: Offset,
    /// Payload bytes.
    pub bytes: u64,
    /// Ranges whose blocks are damaged.
    pub unreadable: Vec<Unreadable>,
}

/// Offsets that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The first.
    pub from: Offset,
    /// The offset after the last.
    pub to: Offset,
}

/// Something wrong in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: String,
    /// Byte offset in it, where that is known.
    pub at: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// Offsets of a stream that a cut loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The stream.
    pub stream: StreamId,
    /// The first.
    pub from: Offset,
    /// The offset after the last.
    pub to: Offset,
}
