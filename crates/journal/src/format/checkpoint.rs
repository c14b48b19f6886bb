//! A checkpoint file: a page that says where the log goes on, then frames of records: state rows and streams.
//!
//! Always: the first page is written last, so a file that was not finished is none; every frame has its checksum.
//! Never here: when a checkpoint is valid (`local::checkpoint`).

use hence_base::{Epoch, Offset, Position, StreamId, TableId, Timestamp};

use super::le::{Reader, Writer};
use super::pack::Pack;
use super::{Place, checksum};
use crate::limits::PAGE_BYTES;
use crate::log::index::StreamState;
use crate::log::recovery::Last;

/// First bytes of the file.
pub const MAGIC: &[u8; 8] = b"HENCECKP";
/// What this version writes and reads.
pub const VERSION: u16 = 2;
/// Bytes before a frame's records: their length and checksum.
pub const FRAME_HEAD_BYTES: usize = 8;

/// A checkpoint's first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The journal.
    pub journal: [u8; 16],
    /// Counts checkpoints.
    pub number: u64,
    /// The block from which the log is replayed.
    pub place: Place,
    /// Checksum of the block before it.
    pub previous: u32,
    /// The position that it begins with.
    pub next: Position,
    /// The epoch at that place.
    pub epoch: Epoch,
    /// What was known of the run at that place.
    pub last: Option<Last>,
    /// The newest position that the records reflect.
    pub made: Position,
    /// Bytes of all frames.
    pub body: u64,
}

/// The page for `header`.
pub fn encode(header: &Header) -> [u8; PAGE_BYTES] {
    let mut page = [0; PAGE_BYTES];
    let mut to = Writer::new(&mut page, 0);
    to.bytes(MAGIC);
    to.u32(0);
    to.u16(VERSION);
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    to.u8(header.last.map_or(0, |last| 1 | flag(last.closed, 2) | flag(last.lossy, 4)));
    to.u8(0);
    to.bytes(&header.journal);
    to.u64(header.number);
    to.u64(header.place.segment);
    to.u64(header.place.offset);
    to.u64(header.next.0);
    to.u64(header.epoch.0);
    to.u64(header.made.0);
    to.u64(header.body);
    to.u32(header.previous);
    let sum = checksum(&page[12..]);
    Writer::new(&mut page, 0).patch_u32(8, sum);
    page
}

/// What a first page says; `Err` names an unknown version.
pub fn decode(page: &[u8]) -> Result<Option<Header>, u16> {
    let mut from = Reader::new(page);
    let known = from.bytes(8) == Some(MAGIC.as_slice());
    let (Some(sum), Some(version)) = (from.u32(), from.u16()) else { return Ok(None) };
    let whole = page.get(12..PAGE_BYTES).is_some_and(|rest| checksum(rest) == sum);
    if !known || !whole {
        return Ok(None);
    }
    if version == VERSION { Ok(fields(&mut from)) } else { Err(version) }
}

fn fields(from: &mut Reader<'_>) -> Option<Header> {
    let flags = from.u8()?;
    from.u8()?;
    let last = Last { closed: flags & 2 != 0, lossy: flags & 4 != 0 };
    Some(Header {
        last: (flags & 1 != 0).then_some(last),
        journal: from.id()?,
        number: from.u64()?,
        place: Place { segment: from.u64()?, offset: from.u64()? },
        next: Position(from.u64()?),
        epoch: Epoch(from.u64()?),
        made: Position(from.u64()?),
        body: from.u64()?,
        previous: from.u32()?,
    })
}

/// One record of a frame.
#[derive(Debug)]
pub enum Record<'a> {
    /// A state row.
    Row {
        /// The table.
        table: TableId,
        /// The key.
        key: &'a [u8],
        /// The value.
        value: &'a [u8],
    },
    /// A stream; its rows follow.
    Stream(StreamId, StreamState),
    /// Rows of the stream named last, in order.
    Rows(Pack),
}

const TAG_ROW: u8 = 1;
const TAG_STREAM: u8 = 2;
const TAG_ROWS: u8 = 3;
const STREAM_BYTES: usize = 1 + 6 * 8;
const ROWS_HEAD_BYTES: usize = 1 + 3 * 8 + 2 * 2;

/// Adds a record to a frame.
pub fn push(frame: &mut Vec<u8>, record: &Record<'_>) {
    let at = frame.len();
    match record {
        Record::Row { table, key, value } => {
            frame.resize(at + 11 + key.len() + value.len(), 0);
            let mut to = Writer::new(frame, at);
            to.u8(TAG_ROW);
            to.u16(table.0);
            to.u32(key.len() as u32);
            to.u32(value.len() as u32);
            to.bytes(key);
            to.bytes(value);
        }
        Record::Stream(id, state) => {
            frame.resize(at + STREAM_BYTES, 0);
            let mut to = Writer::new(frame, at);
            to.u8(TAG_STREAM);
            to.u64(id.0);
            to.u64(state.start.0);
            to.u64(state.end.0);
            to.u64(state.bytes_ever);
            to.u64(state.gone_bytes);
            to.u64(0);
        }
        Record::Rows(pack) => {
            frame.resize(at + ROWS_HEAD_BYTES + pack.packed().len(), 0);
            let mut to = Writer::new(frame, at);
            to.u8(TAG_ROWS);
            to.u64(pack.first.0);
            to.i64(pack.newest_before.0);
            to.u64(pack.bytes_before);
            to.u16(pack.rows_count());
            to.u16(pack.packed().len() as u16);
            to.bytes(pack.packed());
        }
    }
}

/// Shows the records of a frame; `None` when they make no sense.
pub fn records(frame: &[u8], show: &mut dyn FnMut(Record<'_>) -> Option<()>) -> Option<()> {
    let mut from = Reader::new(frame);
    while from.left() > 0 {
        show(record(&mut from)?)?;
    }
    Some(())
}

fn record<'a>(from: &mut Reader<'a>) -> Option<Record<'a>> {
    Some(match from.u8()? {
        TAG_ROW => {
            let table = TableId(from.u16()?);
            let (key, value) = (from.u32()? as usize, from.u32()? as usize);
            Record::Row { table, key: from.bytes(key)?, value: from.bytes(value)? }
        }
        TAG_STREAM => {
            let id = StreamId(from.u64()?);
            let state = StreamState {
                start: Offset(from.u64()?),
                end: Offset(from.u64()?),
                bytes_ever: from.u64()?,
                gone_bytes: from.u64()?,
            };
            from.u64()?;
            Record::Stream(id, state)
        }
        TAG_ROWS => {
            let (first, newest_before, bytes_before) =
                (Offset(from.u64()?), Timestamp(from.i64()?), from.u64()?);
            let (rows, length) = (from.u16()?, usize::from(from.u16()?));
            let pack = Pack::parse(first, newest_before, bytes_before, rows, from.bytes(length)?)?;
            Record::Rows(pack)
        }
        _ => return None,
    })
}
