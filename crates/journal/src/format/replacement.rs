//! The body of a replace block: per stream, rows that go and rows that take their place.
//!
//! Always: rows that go are named by their first offset and place, in that order. Never here: what was moved and why.

use hence_base::{Offset, StreamId, Timestamp};

use super::Place;
use super::block::{HEADER_BYTES, Header};
use super::commit::Malformed;
use super::le::{Reader, Writer};
use crate::limits::PAGE_BYTES;
use crate::log::track::Row;

/// What changes of one stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The stream.
    pub stream: StreamId,
    /// Rows that go, in order.
    pub old: Vec<(Offset, Place)>,
    /// Rows that come, in order.
    pub new: Vec<Row>,
}

const GROUP_BYTES: usize = 16;
const OLD_BYTES: usize = 24;
const NEW_BYTES: usize = 56;

/// Bytes that `groups` take in a body.
pub fn size(groups: &[Group]) -> usize {
    let of = |group: &Group| GROUP_BYTES + group.old.len() * OLD_BYTES + group.new.len() * NEW_BYTES;
    groups.iter().map(of).sum()
}

/// Writes `groups` behind the header.
pub fn encode(groups: &[Group], block: &mut [u8]) {
    let mut to = Writer::new(block, HEADER_BYTES);
    for group in groups {
        to.u64(group.stream.0);
        to.u32(group.old.len() as u32);
        to.u32(group.new.len() as u32);
        for (first, place) in &group.old {
            to.u64(first.0);
            to.u64(place.segment);
            to.u64(place.offset);
        }
        for row in &group.new {
            to.u64(row.first.0);
            to.u64(row.end.0);
            to.u64(row.place.segment);
            to.u64(row.place.offset);
            to.i64(row.newest.0);
            to.u32(row.length);
            to.u32(row.at);
            to.u64(row.bytes);
        }
    }
}

/// Reads the groups of a verified block.
pub fn decode(block: &[u8], header: &Header) -> Result<Vec<Group>, Malformed> {
    let body = block.get(HEADER_BYTES..HEADER_BYTES + header.body as usize).ok_or(Malformed { at: 0 })?;
    let mut from = Reader::new(body);
    let mut groups = Vec::new();
    while from.left() > 0 {
        let at = HEADER_BYTES + from.at();
        groups.push(group(&mut from).ok_or(Malformed { at })?);
    }
    Ok(groups)
}

fn group(from: &mut Reader<'_>) -> Option<Group> {
    let stream = StreamId(from.u64()?);
    let (old, new) = (from.u32()? as usize, from.u32()? as usize);
    let needed = old.checked_mul(OLD_BYTES)?.checked_add(new.checked_mul(NEW_BYTES)?)?;
    (needed <= from.left()).then_some(())?;
    let place = |from: &mut Reader<'_>| Some(Place { segment: from.u64()?, offset: from.u64()? });
    let old = (0..old).map(|_| Some((Offset(from.u64()?), place(from)?))).collect::<Option<Vec<_>>>()?;
    let new = (0..new).map(|_| row(from)).collect::<Option<Vec<_>>>()?;
    let ordered = old.is_sorted_by(|a, b| a.0 < b.0) && new.is_sorted_by(|a, b| a.end <= b.first);
    ordered.then_some(Group { stream, old, new })
}

fn row(from: &mut Reader<'_>) -> Option<Row> {
    let (first, end) = (Offset(from.u64()?), Offset(from.u64()?));
    let place = Place { segment: from.u64()?, offset: from.u64()? };
    let newest = Timestamp(from.i64()?);
    let (length, at, bytes) = (from.u32()?, from.u32()?, from.u64()?);
    let pages = place.offset.is_multiple_of(PAGE_BYTES as u64) && length.is_multiple_of(PAGE_BYTES as u32);
    (first < end && pages).then_some(Row { first, end, place, length, at, newest, bytes, ..Row::default() })
}
