//! What was submitted and not yet given to SlateDB: batches in order, and where each stream will end.
//!
//! Always: a batch holds all rows of one commit and nothing of another. Never here: I/O.

use std::collections::HashMap;

use bytes::Bytes;
use hence_base::limits::{ANNOTATIONS_BYTES_MAX, OPS_PER_COMMIT_MAX, ROW_KEY_BYTES_MAX, ROW_VALUE_BYTES_MAX};
use hence_base::{Append, Commit, Offset, Op, Position, StreamId, Target, Timestamp};
use hence_journal::{Failure, Refusal};
use slatedb::WriteBatch;

use crate::keys::{self, EntryRow, StreamRow};
use crate::record;

#[derive(Debug, Default)]
pub struct Submitted {
    pub position: Position,
    pub failure: Option<Failure>,
    pub queue: Vec<Pending>,
    pub streams: HashMap<StreamId, Ahead>,
}

/// A stream as it will be once everything submitted is durable.
#[derive(Clone, Copy, Debug)]
pub struct Ahead {
    pub start: Offset,
    pub end: Offset,
    pub bytes_ever: u64,
    pub newest: Timestamp,
}

/// A commit on its way.
#[derive(Debug)]
pub struct Pending {
    pub position: Position,
    pub batch: WriteBatch,
    pub changes: Vec<Change>,
    /// Whether it has operations that an opening replays.
    pub recorded: bool,
}

/// What becomes readable, or is no longer, once the commit is durable.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Append { stream: StreamId, end: Offset, bytes: u64, newest: Timestamp },
    Trim { stream: StreamId, to: Offset },
    Drop { stream: StreamId },
}

impl Submitted {
    pub fn take_in(&mut self, commit: &Commit<'_>) -> Position {
        self.position = self.position.next();
        let (mut batch, mut changes) = (WriteBatch::new(), Vec::with_capacity(commit.ops.len()));
        for op in &commit.ops {
            match op {
                Op::Append(append) => self.append(append, &mut batch, &mut changes),
                Op::Put { table, key, value } => batch.put(keys::row(*table, key), value),
                Op::Delete { table, key } => batch.delete(keys::row(*table, key)),
                Op::Trim { stream, to } => {
                    let Some(ahead) = self.streams.get_mut(stream) else { continue };
                    ahead.start = ahead.start.max((*to).min(ahead.end));
                    batch.put_bytes(keys::stream(*stream), ahead.row().encode());
                    changes.push(Change::Trim { stream: *stream, to: ahead.start });
                }
                Op::DropStream { stream } => {
                    if self.streams.remove(stream).is_some() {
                        batch.delete(keys::stream(*stream));
                        changes.push(Change::Drop { stream: *stream });
                    }
                }
            }
        }
        let record = record::encode(commit);
        let recorded = !record.is_empty();
        if recorded || batch.is_empty() {
            batch.put_bytes(keys::commit(self.position), record);
        }
        self.queue.push(Pending { position: self.position, batch, changes, recorded });
        self.position
    }

    fn append(&mut self, append: &Append<'_>, batch: &mut WriteBatch, changes: &mut Vec<Change>) {
        let payload = Bytes::copy_from_slice(append.payload);
        for Target { stream, header } in &append.targets {
            let known = self.streams.get(stream).copied();
            let mut ahead = known.unwrap_or(Ahead::EMPTY);
            assert!(
                header.base == ahead.end && header.count > 0,
                "an append of {} records at {} does not continue stream {stream}, which ends at {}",
                header.count,
                header.base,
                ahead.end,
            );
            if known.is_none() {
                batch.put_bytes(keys::stream(*stream), ahead.row().encode());
            }
            let bytes = payload.len() as u64;
            let newest = ahead.newest.max(header.max_timestamp);
            let row = EntryRow {
                base: header.base,
                count: header.count,
                max_timestamp: header.max_timestamp,
                leader_epoch: header.leader_epoch,
                format: header.format,
                flags: header.flags,
                payload_bytes: bytes as u32,
                bytes_before: ahead.bytes_ever,
                newest,
                annotations: Bytes::copy_from_slice(header.annotations),
            };
            batch.put_bytes(keys::entry(*stream, header.base), row.encode());
            batch.put_bytes(keys::payload(*stream, header.base), payload.clone());
            ahead = Ahead { end: header.end(), bytes_ever: ahead.bytes_ever + bytes, newest, ..ahead };
            self.streams.insert(*stream, ahead);
            changes.push(Change::Append { stream: *stream, end: ahead.end, bytes, newest });
        }
    }
}

impl Ahead {
    pub const EMPTY: Self =
        Self { start: Offset::ZERO, end: Offset::ZERO, bytes_ever: 0, newest: Timestamp(i64::MIN) };

    const fn row(&self) -> StreamRow {
        StreamRow { start: self.start, bytes_ever: self.bytes_ever, newest: self.newest }
    }
}

/// Bytes of a commit as the face counts them, or that a part of it is larger than any commit may have.
pub fn weigh(commit: &Commit<'_>) -> Result<usize, Refusal> {
    let bytes = commit.ops.iter().try_fold(0, |sum, op| weigh_op(op).map(|bytes| sum + bytes));
    bytes.filter(|_| commit.ops.len() <= OPS_PER_COMMIT_MAX).ok_or(Refusal::TooLarge)
}

fn weigh_op(op: &Op<'_>) -> Option<usize> {
    match op {
        Op::Append(append) => {
            let mut annotations = append.targets.iter().map(|target| target.header.annotations.len());
            let within = append.targets.len() <= OPS_PER_COMMIT_MAX
                && append.payload.len() <= u32::MAX as usize
                && annotations.clone().all(|bytes| bytes <= ANNOTATIONS_BYTES_MAX);
            within.then(|| append.payload.len() + annotations.by_ref().sum::<usize>())
        }
        Op::Put { key, value, .. } => (key.len() <= ROW_KEY_BYTES_MAX && value.len() <= ROW_VALUE_BYTES_MAX)
            .then_some(key.len() + value.len()),
        Op::Delete { key, .. } => (key.len() <= ROW_KEY_BYTES_MAX).then_some(key.len()),
        Op::Trim { .. } | Op::DropStream { .. } => Some(0),
    }
}
