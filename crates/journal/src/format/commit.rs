//! Commits in the body of a block: operations back to back, and the headers of entries chained per stream.
//!
//! Always: an entry's header tells where its payload is and where the next entry of its stream in this block is, so a
//! reader follows one stream without reading the others. Offsets count from the block's start.
//! Never here: what operations mean.

use bytes::Bytes;
use hence_base::limits::{ANNOTATIONS_BYTES_MAX, OPS_PER_COMMIT_MAX, ROW_KEY_BYTES_MAX, ROW_VALUE_BYTES_MAX};
use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, Position, StreamId, TableId, Target, Timestamp,
};
use smallvec::SmallVec;

use super::block::{HEADER_BYTES, Header};
use super::le::{Reader, Writer};
use crate::Entry;

/// Bytes of a commit before its operations: its length and their count.
const COMMIT_HEAD_BYTES: usize = 8;
/// Bytes of an append before its targets.
const APPEND_HEAD_BYTES: usize = 12;
/// Bytes of an entry's header before its annotations.
pub const ENTRY_BYTES: usize = 56;
/// Where the offset of the stream's next entry in the block is, within an entry's header.
pub const ENTRY_NEXT_AT: usize = 40;
const PUT_HEAD_BYTES: usize = 12;
const DELETE_HEAD_BYTES: usize = 8;
const TRIM_BYTES: usize = 20;
const DROP_BYTES: usize = 12;

const TAG_APPEND: u8 = 1;
const TAG_PUT: u8 = 2;
const TAG_DELETE: u8 = 3;
const TAG_TRIM: u8 = 4;
const TAG_DROP: u8 = 5;

/// What a commit takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Bytes of payloads, annotations, keys and values.
    pub content: usize,
    /// Bytes in a block.
    pub encoded: usize,
}

/// What `commit` takes; `None` when an operation is over a limit that all stores share.
pub fn size(commit: &Commit<'_>) -> Option<Size> {
    let (mut content, mut encoded, mut count) = (0, COMMIT_HEAD_BYTES, commit.ops.len());
    for op in &commit.ops {
        match op {
            Op::Append(append) => {
                count += append.targets.len();
                content += append.payload.len();
                encoded += APPEND_HEAD_BYTES + append.targets.len() * ENTRY_BYTES;
                for target in &append.targets {
                    let annotations = target.header.annotations.len();
                    (annotations <= ANNOTATIONS_BYTES_MAX).then_some(())?;
                    content += annotations;
                }
            }
            Op::Put { key, value, .. } => {
                (key.len() <= ROW_KEY_BYTES_MAX && value.len() <= ROW_VALUE_BYTES_MAX).then_some(())?;
                content += key.len() + value.len();
                encoded += PUT_HEAD_BYTES;
            }
            Op::Delete { key, .. } => {
                (key.len() <= ROW_KEY_BYTES_MAX).then_some(())?;
                content += key.len();
                encoded += DELETE_HEAD_BYTES;
            }
            Op::Trim { .. } => encoded += TRIM_BYTES,
            Op::DropStream { .. } => encoded += DROP_BYTES,
        }
    }
    (count <= OPS_PER_COMMIT_MAX).then_some(Size { content, encoded: encoded + content })
}

/// Told of each entry while it is written: its stream, its header, where it is, the bytes of its payload. Answers where
/// the stream's entry before it in this block is, so that the two are chained.
pub type Place<'f> = dyn FnMut(&Target<'_>, u32, u32) -> Option<u32> + 'f;

/// Writes `commit` into `block` from `at`. Gives where it ends.
pub fn encode(commit: &Commit<'_>, block: &mut [u8], at: usize, place: &mut Place<'_>) -> usize {
    let mut to = Writer::new(block, at);
    to.u32(0);
    to.u32(commit.ops.len() as u32);
    for op in &commit.ops {
        match op {
            Op::Append(append) => encode_append(append, &mut to, place),
            Op::Put { table, key, value } => {
                to.bytes(&[TAG_PUT, 0]);
                to.u16(table.0);
                to.u32(key.len() as u32);
                to.u32(value.len() as u32);
                to.bytes(key);
                to.bytes(value);
            }
            Op::Delete { table, key } => {
                to.bytes(&[TAG_DELETE, 0]);
                to.u16(table.0);
                to.u32(key.len() as u32);
                to.bytes(key);
            }
            Op::Trim { stream, to: floor } => {
                to.u32(u32::from(TAG_TRIM));
                to.u64(stream.0);
                to.u64(floor.0);
            }
            Op::DropStream { stream } => {
                to.u32(u32::from(TAG_DROP));
                to.u64(stream.0);
            }
        }
    }
    let end = to.at();
    to.patch_u32(at, (end - at) as u32);
    end
}

fn encode_append(append: &Append<'_>, to: &mut Writer<'_>, place: &mut Place<'_>) {
    let annotations: usize = append.targets.iter().map(|target| target.header.annotations.len()).sum();
    let payload_at = to.at() + APPEND_HEAD_BYTES + append.targets.len() * ENTRY_BYTES + annotations;
    let payload_bytes = append.payload.len() as u32;
    to.u32(u32::from(TAG_APPEND));
    to.u32(append.targets.len() as u32);
    to.u32(payload_bytes);
    for target in &append.targets {
        let at = to.at() as u32;
        if let Some(before) = place(target, at, payload_bytes) {
            to.patch_u32(before as usize + ENTRY_NEXT_AT, at);
        }
        encode_entry(target, payload_at as u32, payload_bytes, to);
    }
    to.bytes(append.payload);
}

fn encode_entry(target: &Target<'_>, payload_at: u32, payload_bytes: u32, to: &mut Writer<'_>) {
    let header = &target.header;
    to.u64(target.stream.0);
    to.u64(header.base.0);
    to.i64(header.max_timestamp.0);
    to.u32(header.count);
    to.u32(header.leader_epoch.0);
    to.u32(payload_at);
    to.u32(payload_bytes);
    to.u32(0);
    to.u32(header.annotations.len() as u32);
    to.u8(header.format);
    to.u8(header.flags);
    to.bytes(&[0; 6]);
    to.bytes(header.annotations);
}

/// The checksum holds and the content makes no sense: written wrongly, or by another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body contradicts itself at byte {at} of the block")]
pub struct Malformed {
    /// Offset in the block.
    pub at: usize,
}

/// Shown each operation of a block with its position and, for an append, where the entry headers of its targets are.
pub type Visit<'f> = dyn FnMut(Position, &Op<'_>, &[u32]) + 'f;

/// Shows every operation of `block`, which was verified against `header`.
pub fn visit(block: &[u8], header: &Header, visit: &mut Visit<'_>) -> Result<(), Malformed> {
    let body_end = HEADER_BYTES + header.body as usize;
    let mut from = Reader::new(block.get(..body_end).ok_or(Malformed { at: 0 })?);
    from.bytes(HEADER_BYTES);
    let mut position = header.first;
    while from.left() > 0 {
        let at = from.at();
        commit(&mut from, position, visit).ok_or(Malformed { at })?;
        position = position.next();
    }
    if position == header.last.next() { Ok(()) } else { Err(Malformed { at: body_end }) }
}

fn commit(from: &mut Reader<'_>, position: Position, visit: &mut Visit<'_>) -> Option<()> {
    let start = from.at();
    let length = from.u32()? as usize;
    let ops = from.u32()?;
    let mut places = SmallVec::<[u32; 4]>::new();
    for _ in 0..ops {
        places.clear();
        let op = op(from, &mut places)?;
        visit(position, &op, &places);
    }
    (from.at() - start == length).then_some(())
}

fn op<'a>(from: &mut Reader<'a>, places: &mut SmallVec<[u32; 4]>) -> Option<Op<'a>> {
    let tag = from.u8()?;
    from.u8()?;
    let table = TableId(from.u16()?);
    Some(match tag {
        TAG_APPEND => Op::Append(append(from, places)?),
        TAG_PUT => {
            let (key, value) = (from.u32()? as usize, from.u32()? as usize);
            Op::Put { table, key: from.bytes(key)?, value: from.bytes(value)? }
        }
        TAG_DELETE => {
            let key = from.u32()? as usize;
            Op::Delete { table, key: from.bytes(key)? }
        }
        TAG_TRIM => Op::Trim { stream: StreamId(from.u64()?), to: Offset(from.u64()?) },
        TAG_DROP => Op::DropStream { stream: StreamId(from.u64()?) },
        _ => return None,
    })
}

fn append<'a>(from: &mut Reader<'a>, places: &mut SmallVec<[u32; 4]>) -> Option<Append<'a>> {
    let (count, payload_bytes) = (from.u32()? as usize, from.u32()? as usize);
    if count.checked_mul(ENTRY_BYTES)? > from.left() {
        return None;
    }
    let mut targets = SmallVec::with_capacity(count);
    for _ in 0..count {
        places.push(from.at() as u32);
        let raw = RawEntry::read(from)?;
        targets.push(raw.target(from.bytes(raw.annotations_bytes as usize)?));
    }
    Some(Append { targets, payload: from.bytes(payload_bytes)? })
}

/// An entry's header as it is stored, annotations apart.
#[derive(Clone, Copy, Debug)]
struct RawEntry {
    stream: StreamId,
    base: Offset,
    max_timestamp: Timestamp,
    count: u32,
    leader_epoch: LeaderEpoch,
    payload_at: u32,
    payload_bytes: u32,
    next: u32,
    annotations_bytes: u32,
    format: u8,
    flags: u8,
}

impl RawEntry {
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let raw = Self {
            stream: StreamId(from.u64()?),
            base: Offset(from.u64()?),
            max_timestamp: Timestamp(from.i64()?),
            count: from.u32()?,
            leader_epoch: LeaderEpoch(from.u32()?),
            payload_at: from.u32()?,
            payload_bytes: from.u32()?,
            next: from.u32()?,
            annotations_bytes: from.u32()?,
            format: from.u8()?,
            flags: from.u8()?,
        };
        from.bytes(6)?;
        Some(raw)
    }

    fn target<'a>(&self, annotations: &'a [u8]) -> Target<'a> {
        let header = EntryHeader {
            base: self.base,
            count: self.count,
            max_timestamp: self.max_timestamp,
            leader_epoch: self.leader_epoch,
            format: self.format,
            flags: self.flags,
            annotations,
        };
        Target { stream: self.stream, header }
    }
}

/// What a reader needs of an entry before it takes it.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    raw: RawEntry,
    annotations_at: usize,
}

impl Stored {
    /// The entry whose header is at `at` of `block`; `None` when there cannot be one of `stream` there.
    pub fn at(block: &[u8], at: u32, stream: StreamId) -> Option<Self> {
        let at = at as usize;
        let mut from = Reader::new(block.get(at..)?);
        let raw = RawEntry::read(&mut from)?;
        let annotations_at = at + ENTRY_BYTES;
        let annotations_end = annotations_at.checked_add(raw.annotations_bytes as usize)?;
        let payload_end = (raw.payload_at as usize).checked_add(raw.payload_bytes as usize)?;
        let fits = annotations_end <= block.len() && payload_end <= block.len();
        (fits && raw.stream == stream && raw.count > 0).then_some(Self { raw, annotations_at })
    }

    /// Where its header is in the block.
    pub const fn header_at(&self) -> u32 {
        (self.annotations_at - ENTRY_BYTES) as u32
    }

    /// Where its payload is in the block.
    pub const fn payload_at(&self) -> u32 {
        self.raw.payload_at
    }

    /// Its payload.
    pub fn payload<'a>(&self, block: &'a [u8]) -> Option<&'a [u8]> {
        let at = self.raw.payload_at as usize;
        block.get(at..at + self.payload_bytes())
    }

    /// It as a target of an append.
    pub fn target<'a>(&self, block: &'a [u8]) -> Option<Target<'a>> {
        let end = self.annotations_at + self.raw.annotations_bytes as usize;
        Some(self.raw.target(block.get(self.annotations_at..end)?))
    }

    /// Where the stream's next entry in the block is. Always further on, so that a walk ends.
    pub const fn next(&self) -> Option<u32> {
        let next = self.raw.next;
        if next as usize >= self.annotations_at { Some(next) } else { None }
    }

    /// Its first offset.
    pub const fn base(&self) -> Offset {
        self.raw.base
    }

    /// The offset after it.
    pub const fn end(&self) -> Offset {
        Offset(self.raw.base.0.saturating_add(self.raw.count as u64))
    }

    /// Bytes of its payload.
    pub const fn payload_bytes(&self) -> usize {
        self.raw.payload_bytes as usize
    }

    /// Largest timestamp of its records.
    pub const fn max_timestamp(&self) -> Timestamp {
        self.raw.max_timestamp
    }

    /// The entry, sharing `block`'s memory.
    pub fn entry(&self, block: &Bytes) -> Entry {
        let annotations = self.annotations_at..self.annotations_at + self.raw.annotations_bytes as usize;
        let payload_at = self.raw.payload_at as usize;
        Entry {
            base: self.raw.base,
            count: self.raw.count,
            max_timestamp: self.raw.max_timestamp,
            leader_epoch: self.raw.leader_epoch,
            format: self.raw.format,
            flags: self.raw.flags,
            annotations: block.slice(annotations),
            payload: block.slice(payload_at..payload_at + self.payload_bytes()),
        }
    }
}
