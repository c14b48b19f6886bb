//! A commit and its operations: what the core asks the journal to make durable, all or nothing and in order.
//!
//! Operations are facts ("these bytes are offsets 7..=9 of stream 4"), never commands: replaying them needs no decision.
//! Everything is borrowed; a journal copies what it keeps before `submit` returns.

use smallvec::SmallVec;

use crate::{LeaderEpoch, Offset, Position, StreamId, TableId, Timestamp};

/// Operations that become durable together, in this order.
#[derive(Clone, Debug, Default)]
pub struct Commit<'a> {
    /// What happens, in order.
    pub ops: Vec<Op<'a>>,
    /// Whether it may use the space kept for relief when the disk is full.
    pub urgency: Urgency,
}

/// Whether a commit may use the space that is kept so that a full disk can be emptied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgency {
    /// Refused first when space runs out: appends of new data.
    #[default]
    Normal,
    /// Frees space or keeps consumers going: trims, deletes, offset commits, the roller's own commits.
    Relief,
}

/// One operation. Persisted: the ordinals are in `docs/formats/journal.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op<'a> {
    /// One payload becomes the next entry of each target.
    Append(Append<'a>),
    /// Sets a state row.
    Put {
        /// The table.
        table: TableId,
        /// The row's key, at most [`crate::limits::ROW_KEY_BYTES_MAX`].
        key: &'a [u8],
        /// The row's value, at most [`crate::limits::ROW_VALUE_BYTES_MAX`].
        value: &'a [u8],
    },
    /// Removes a state row; nothing happens where there is none.
    Delete {
        /// The table.
        table: TableId,
        /// The row's key.
        key: &'a [u8],
    },
    /// Entries of `stream` that end before `to` are no longer readable and their space may be reused.
    Trim {
        /// The stream.
        stream: StreamId,
        /// The first offset that stays readable. Never goes back, never beyond the end.
        to: Offset,
    },
    /// The stream is gone and its id is never used again.
    DropStream {
        /// The stream.
        stream: StreamId,
    },
}

/// One payload and the streams that it becomes an entry of. The bytes are stored once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append<'a> {
    /// At least one; each stream at most once.
    pub targets: SmallVec<[Target<'a>; 1]>,
    /// Opaque bytes, as received.
    pub payload: &'a [u8],
}

/// One stream that a payload is appended to, with what differs per stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The stream.
    pub stream: StreamId,
    /// The entry's header in that stream.
    pub header: EntryHeader<'a>,
}

/// The header of an entry in one stream: small, beside the payload, seen by `apply` and by readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHeader<'a> {
    /// Offset of the entry's first record; equals the stream's end when it is appended.
    pub base: Offset,
    /// How many offsets it covers, at least 1.
    pub count: u32,
    /// Largest timestamp of its records, or [`Timestamp::NONE`].
    pub max_timestamp: Timestamp,
    /// The stream's leader epoch when it was appended.
    pub leader_epoch: LeaderEpoch,
    /// The payload's format: a tag that `hence-message` owns; the journal stores it.
    pub format: u8,
    /// Bits that the format owns; the journal stores them.
    pub flags: u8,
    /// What else the machines need to see without the payload (a Kafka producer's id, epoch and sequence), at most
    /// [`crate::limits::ANNOTATIONS_BYTES_MAX`]. Its layout belongs to the format.
    pub annotations: &'a [u8],
}

impl EntryHeader<'_> {
    /// Offset of the entry's last record.
    pub const fn last(&self) -> Offset {
        Offset(self.base.0 + self.count as u64 - 1)
    }

    /// The offset after the entry: the stream's end once it is applied.
    pub const fn end(&self) -> Offset {
        Offset(self.base.0 + self.count as u64)
    }
}

/// An entry as recovery shows it to the core: header only, the payload stays where it is.
#[derive(Clone, Copy, Debug)]
pub struct EntryRef<'a> {
    /// The commit that it is part of.
    pub position: Position,
    /// The stream.
    pub stream: StreamId,
    /// Its header.
    pub header: EntryHeader<'a>,
    /// Bytes of the payload.
    pub payload_bytes: u32,
}
