//! A commit's stream operations as one row, without payloads: what an opening replays to its owner.
//!
//! Always: what was encoded decodes to the same operations in the same order, with empty payloads. Never here: puts and
//! deletes, since an opening shows the rows as they are after all of them.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, Position, StreamId, Target, Timestamp,
};
use hence_journal::Replay;

const APPEND: u8 = 1;
const TRIM: u8 = 2;
const DROP_STREAM: u8 = 3;

pub fn encode(commit: &Commit<'_>) -> Bytes {
    let mut row = BytesMut::with_capacity(64 * commit.ops.len());
    for op in &commit.ops {
        match op {
            Op::Append(append) => {
                row.put_u8(APPEND);
                row.put_u32_le(append.targets.len() as u32);
                append.targets.iter().for_each(|target| put_target(&mut row, target));
            }
            Op::Trim { stream, to } => {
                row.put_u8(TRIM);
                row.put_u64_le(stream.0);
                row.put_u64_le(to.0);
            }
            Op::DropStream { stream } => {
                row.put_u8(DROP_STREAM);
                row.put_u64_le(stream.0);
            }
            Op::Put { .. } | Op::Delete { .. } => {}
        }
    }
    row.freeze()
}

fn put_target(row: &mut BytesMut, target: &Target<'_>) {
    let EntryHeader { base, count, max_timestamp, leader_epoch, format, flags, annotations } = target.header;
    row.put_u64_le(target.stream.0);
    row.put_u64_le(base.0);
    row.put_u32_le(count);
    row.put_i64_le(max_timestamp.0);
    row.put_u32_le(leader_epoch.0);
    row.put_u8(format);
    row.put_u8(flags);
    row.put_u32_le(annotations.len() as u32);
    row.put_slice(annotations);
}

/// Shows the operations of a row to `replay`; `None` when the row is damaged.
pub fn replay(position: Position, mut row: &[u8], replay: &mut dyn Replay) -> Option<()> {
    while row.has_remaining() {
        let op = match row.try_get_u8().ok()? {
            APPEND => {
                let targets = row.try_get_u32_le().ok()?;
                let targets = (0..targets).map(|_| target(&mut row)).collect::<Option<_>>()?;
                Op::Append(Append { targets, payload: &[] })
            }
            TRIM => Op::Trim { stream: stream(&mut row)?, to: Offset(row.try_get_u64_le().ok()?) },
            DROP_STREAM => Op::DropStream { stream: stream(&mut row)? },
            _ => return None,
        };
        replay.op(position, &op);
    }
    Some(())
}

fn target<'a>(row: &mut &'a [u8]) -> Option<Target<'a>> {
    let stream = stream(row)?;
    let header = EntryHeader {
        base: Offset(row.try_get_u64_le().ok()?),
        count: row.try_get_u32_le().ok()?,
        max_timestamp: Timestamp(row.try_get_i64_le().ok()?),
        leader_epoch: LeaderEpoch(row.try_get_u32_le().ok()?),
        format: row.try_get_u8().ok()?,
        flags: row.try_get_u8().ok()?,
        annotations: bytes(row)?,
    };
    Some(Target { stream, header })
}

fn stream(row: &mut &[u8]) -> Option<StreamId> {
    Some(StreamId(row.try_get_u64_le().ok()?))
}

fn bytes<'a>(row: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = row.try_get_u32_le().ok()? as usize;
    let (bytes, rest) = row.split_at_checked(length)?;
    *row = rest;
    Some(bytes)
}
