//! What was submitted and is not yet readable: copied changes, the end of each stream, the newest position.
//!
//! Always: an append continues its stream; anything else is a broken invariant and stops the process. A payload is
//! copied once for all targets. Never here: whether there is room.

use std::collections::HashMap;

use bytes::Bytes;
use hence_base::{Append, Commit, EntryHeader, Offset, Op, Position, StreamId};

use super::chunks::Chunks;
use super::limits::OVERHEAD_BYTES;
use crate::{Entry, Failure};

#[derive(Debug, Default)]
pub struct Submitted {
    pub position: Position,
    pub failure: Option<Failure>,
    changes: Vec<Change>,
    ends: HashMap<StreamId, Offset>,
    chunks: Chunks,
}

/// A change of what is readable.
#[derive(Debug)]
pub enum Change {
    Append(StreamId, Entry),
    Trim(StreamId, Offset),
    Drop(StreamId),
}

impl Submitted {
    /// Copies the stream operations of `commit`, gives it the next position and says what its entries cost.
    pub fn take_in(&mut self, commit: &Commit<'_>) -> u64 {
        let mut kept = 0;
        for op in &commit.ops {
            match op {
                Op::Append(append) => kept += self.append(append),
                Op::Trim { stream, to } => self.changes.push(Change::Trim(*stream, *to)),
                Op::DropStream { stream } => {
                    self.ends.remove(stream);
                    self.changes.push(Change::Drop(*stream));
                }
                Op::Put { .. } | Op::Delete { .. } => {}
            }
        }
        self.position = self.position.next();
        kept
    }

    fn append(&mut self, append: &Append<'_>) -> u64 {
        let payload = self.chunks.keep(append.payload);
        let mut kept = 0;
        for target in &append.targets {
            let header = &target.header;
            let end = self.ends.entry(target.stream).or_default();
            assert!(
                header.base == *end && header.count > 0,
                "an append of {} records at {} does not continue stream {}, which ends at {end}",
                header.count,
                header.base,
                target.stream,
            );
            *end = header.end();
            let entry = entry(header, self.chunks.keep(header.annotations), payload.clone());
            kept += entry_bytes(&entry);
            self.changes.push(Change::Append(target.stream, entry));
        }
        kept
    }

    /// Exchanges the changes for an empty `into` and says up to which position they reach.
    pub fn take(&mut self, into: &mut Vec<Change>) -> Position {
        std::mem::swap(&mut self.changes, into);
        self.position
    }
}

fn entry(header: &EntryHeader<'_>, annotations: Bytes, payload: Bytes) -> Entry {
    let EntryHeader { base, count, max_timestamp, leader_epoch, format, flags, .. } = *header;
    Entry { base, count, max_timestamp, leader_epoch, format, flags, annotations, payload }
}

/// What an entry costs. A shared payload counts in each stream: it may outlive the others there.
pub fn entry_bytes(entry: &Entry) -> u64 {
    (entry.payload.len() + entry.annotations.len()) as u64 + OVERHEAD_BYTES
}
