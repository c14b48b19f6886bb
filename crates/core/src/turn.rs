//! What one turn of the core makes: at most one commit, and the replies that depend on it.
//!
//! A turn is reused: the caller clears it, so that a turn allocates nothing once it has grown. Always: what a turn holds
//! fits into the room that it was given, so a journal does not refuse its commit.

use std::sync::Arc;

use bytes::Bytes;
use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, StreamId, TableId, Target, Timestamp, Urgency,
};
use smallvec::{SmallVec, smallvec};

use crate::catalog::Catalog;
use crate::command::RequestId;
use crate::reply::Reply;

/// What a commit may hold now, as the journal counts it: payloads, annotations, keys and values, with
/// [`OP_OVERHEAD_BYTES`] for each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Largest single commit; a MiB at least, so that every single step fits.
    pub commit_bytes_max: usize,
    /// Bytes that a commit of normal urgency may still take.
    pub normal_bytes: u64,
    /// Bytes that a commit of relief urgency may still take.
    pub relief_bytes: u64,
}

impl Room {
    /// As if the disk were endless: for tests and for stores that are.
    pub const ENDLESS: Self = Self {
        commit_bytes_max: hence_base::limits::COMMIT_BYTES_MAX_DEFAULT,
        normal_bytes: u64::MAX,
        relief_bytes: u64::MAX,
    };
}

/// What an operation is counted with beside its bytes: not less than any store counts.
pub const OP_OVERHEAD_BYTES: usize = 128;

/// One operation of a turn, owned; [`Op::borrow`] is what a journal is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// A payload becomes the next entry of a stream.
    Append {
        /// The stream.
        stream: StreamId,
        /// Offset of its first record.
        base: Offset,
        /// How many offsets it covers.
        count: u32,
        /// Largest timestamp of its records.
        max_timestamp: Timestamp,
        /// The partition's leader epoch.
        leader_epoch: LeaderEpoch,
        /// The payload's format.
        format: u8,
        /// The format's flags.
        flags: u8,
        /// What the machines must see of it.
        annotations: SmallVec<[u8; 16]>,
        /// The bytes.
        payload: Bytes,
    },
    /// Sets a row.
    Put {
        /// The table.
        table: TableId,
        /// The key.
        key: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// Removes a row.
    Delete {
        /// The table.
        table: TableId,
        /// The key.
        key: Vec<u8>,
    },
    /// Moves the start of a stream.
    Trim {
        /// The stream.
        stream: StreamId,
        /// Its first offset now.
        to: Offset,
    },
    /// Ends a stream.
    DropStream {
        /// The stream.
        stream: StreamId,
    },
}

impl Op {
    /// The operation as a journal takes it.
    pub fn borrow(&self) -> hence_base::Op<'_> {
        match self {
            Self::Append {
                stream,
                base,
                count,
                max_timestamp,
                leader_epoch,
                format,
                flags,
                annotations,
                payload,
            } => hence_base::Op::Append(Append {
                targets: smallvec![Target {
                    stream: *stream,
                    header: EntryHeader {
                        base: *base,
                        count: *count,
                        max_timestamp: *max_timestamp,
                        leader_epoch: *leader_epoch,
                        format: *format,
                        flags: *flags,
                        annotations,
                    },
                }],
                payload,
            }),
            Self::Put { table, key, value } => hence_base::Op::Put { table: *table, key, value },
            Self::Delete { table, key } => hence_base::Op::Delete { table: *table, key },
            Self::Trim { stream, to } => hence_base::Op::Trim { stream: *stream, to: *to },
            Self::DropStream { stream } => hence_base::Op::DropStream { stream: *stream },
        }
    }

    /// What it takes of a commit's room.
    pub fn bytes(&self) -> usize {
        OP_OVERHEAD_BYTES
            + match self {
                Self::Append { annotations, payload, .. } => annotations.len() + payload.len(),
                Self::Put { key, value, .. } => key.len() + value.len(),
                Self::Delete { key, .. } => key.len(),
                Self::Trim { .. } | Self::DropStream { .. } => 0,
            }
    }
}

/// What one turn made. Filled by [`Core::turn`](crate::Core::turn).
#[derive(Debug)]
pub struct Turn {
    /// Operations, in order: one commit, or none.
    pub ops: Vec<Op>,
    /// Whether the commit may use the space kept for relief.
    pub urgency: Urgency,
    /// What the operations take of the room.
    pub bytes: usize,
    /// Replies, in the order in which they were decided.
    pub replies: Vec<(RequestId, Reply)>,
    /// The catalog, when it changed: to be shown once this turn is durable.
    pub catalog: Option<Arc<Catalog>>,
    /// When the next timer is due; send a tick then.
    pub next_timer: Option<Timestamp>,
    /// Whether work is left that needs no further command: take another turn soon.
    pub more: bool,
}

impl Default for Turn {
    fn default() -> Self {
        Self {
            ops: Vec::new(),
            urgency: Urgency::Relief,
            bytes: 0,
            replies: Vec::new(),
            catalog: None,
            next_timer: None,
            more: false,
        }
    }
}

impl Turn {
    /// Makes it empty; what it allocated stays.
    pub fn clear(&mut self) {
        self.ops.clear();
        self.urgency = Urgency::Relief;
        self.bytes = 0;
        self.replies.clear();
        self.catalog = None;
        self.next_timer = None;
        self.more = false;
    }

    /// The commit to submit, if the turn made one.
    pub fn commit(&self) -> Option<Commit<'_>> {
        if self.ops.is_empty() {
            return None;
        }
        Some(Commit { ops: self.ops.iter().map(Op::borrow).collect(), urgency: self.urgency })
    }
}
