//! Every kind of row that the spike keeps in SlateDB, and its bytes.
//!
//! Always: keys sort by stream, then by offset, so that one scan walks a stream; numbers in keys are big-endian.
//! Never here: which rows a commit makes.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use hence_base::{LeaderEpoch, Offset, Position, StreamId, TableId, Timestamp};

/// A commit's operations without payloads, by position: replayed until derived rows cover them.
const COMMIT: u8 = b'c';
/// An entry's header and running sums, by stream and base.
const ENTRY: u8 = b'e';
/// The few things that are there once.
const META: u8 = b'm';
/// An entry's payload, by stream and base.
const PAYLOAD: u8 = b'p';
/// A state row, by table and key.
const ROW: u8 = b'r';
/// A stream's start and what it ever held, written at its first append and at a trim.
const STREAM: u8 = b's';

pub const IDENTITY: &[u8] = &[META, b'i'];
pub const REPLAY_AFTER: &[u8] = &[META, b'r'];

fn key(kind: u8, numbers: &[u64]) -> Bytes {
    let mut key = BytesMut::with_capacity(1 + 8 * numbers.len());
    key.put_u8(kind);
    numbers.iter().for_each(|number| key.put_u64(*number));
    key.freeze()
}

pub fn commit(position: Position) -> Bytes {
    key(COMMIT, &[position.0])
}

pub fn entry(stream: StreamId, base: Offset) -> Bytes {
    key(ENTRY, &[stream.0, base.0])
}

pub fn payload(stream: StreamId, base: Offset) -> Bytes {
    key(PAYLOAD, &[stream.0, base.0])
}

pub fn stream(stream: StreamId) -> Bytes {
    key(STREAM, &[stream.0])
}

pub fn row(table: TableId, row: &[u8]) -> Bytes {
    let mut key = BytesMut::with_capacity(3 + row.len());
    key.put_u8(ROW);
    key.put_u16(table.0);
    key.put_slice(row);
    key.freeze()
}

/// The prefixes that an opening walks.
pub const ALL_ROWS: &[u8] = &[ROW];
pub const ALL_STREAMS: &[u8] = &[STREAM];
pub const ALL_COMMITS: &[u8] = &[COMMIT];

pub fn parse_row(mut key: &[u8]) -> Option<(TableId, &[u8])> {
    (key.try_get_u8().ok()? == ROW).then_some(())?;
    Some((TableId(key.try_get_u16().ok()?), key))
}

pub fn parse_stream(mut key: &[u8]) -> Option<StreamId> {
    (key.try_get_u8().ok()? == STREAM).then_some(())?;
    Some(StreamId(key.try_get_u64().ok()?))
}

pub fn parse_commit(mut key: &[u8]) -> Option<Position> {
    (key.try_get_u8().ok()? == COMMIT).then_some(())?;
    Some(Position(key.try_get_u64().ok()?))
}

/// The base of an entry's or a payload's key.
pub fn parse_base(mut key: &[u8]) -> Option<Offset> {
    key.try_get_u8().ok()?;
    key.try_get_u64().ok()?;
    Some(Offset(key.try_get_u64().ok()?))
}

/// An entry's row: its header and what its stream held before it.
#[derive(Clone, Debug)]
pub struct EntryRow {
    pub base: Offset,
    pub count: u32,
    pub max_timestamp: Timestamp,
    pub leader_epoch: LeaderEpoch,
    pub format: u8,
    pub flags: u8,
    pub payload_bytes: u32,
    /// Payload bytes of all earlier entries of the stream, trimmed ones included.
    pub bytes_before: u64,
    /// Largest timestamp of this entry and all earlier ones, trimmed ones included.
    pub newest: Timestamp,
    pub annotations: Bytes,
}

impl EntryRow {
    pub const fn end(&self) -> Offset {
        Offset(self.base.0 + self.count as u64)
    }

    pub const fn bytes_after(&self) -> u64 {
        self.bytes_before + self.payload_bytes as u64
    }

    pub fn encode(&self) -> Bytes {
        let mut row = BytesMut::with_capacity(38 + self.annotations.len());
        row.put_u32_le(self.count);
        row.put_i64_le(self.max_timestamp.0);
        row.put_u32_le(self.leader_epoch.0);
        row.put_u8(self.format);
        row.put_u8(self.flags);
        row.put_u32_le(self.payload_bytes);
        row.put_u64_le(self.bytes_before);
        row.put_i64_le(self.newest.0);
        row.put_slice(&self.annotations);
        row.freeze()
    }

    pub fn decode(key: &[u8], mut value: Bytes) -> Option<Self> {
        Some(Self {
            base: parse_base(key)?,
            count: value.try_get_u32_le().ok()?,
            max_timestamp: Timestamp(value.try_get_i64_le().ok()?),
            leader_epoch: LeaderEpoch(value.try_get_u32_le().ok()?),
            format: value.try_get_u8().ok()?,
            flags: value.try_get_u8().ok()?,
            payload_bytes: value.try_get_u32_le().ok()?,
            bytes_before: value.try_get_u64_le().ok()?,
            newest: Timestamp(value.try_get_i64_le().ok()?),
            annotations: value,
        })
    }
}

/// A stream's row: where it starts, and its sums should no entry be left to tell them.
#[derive(Clone, Copy, Debug)]
pub struct StreamRow {
    pub start: Offset,
    pub bytes_ever: u64,
    pub newest: Timestamp,
}

impl StreamRow {
    pub fn encode(&self) -> Bytes {
        let mut row = BytesMut::with_capacity(24);
        row.put_u64_le(self.start.0);
        row.put_u64_le(self.bytes_ever);
        row.put_i64_le(self.newest.0);
        row.freeze()
    }

    pub fn decode(mut value: &[u8]) -> Option<Self> {
        Some(Self {
            start: Offset(value.try_get_u64_le().ok()?),
            bytes_ever: value.try_get_u64_le().ok()?,
            newest: Timestamp(value.try_get_i64_le().ok()?),
        })
    }
}
