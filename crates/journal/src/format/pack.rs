//! A pack: up to 32 neighbouring rows of one stream, each as the difference to the row before. Memory holds them as
//! checkpoints do, so that writing one copies bytes.
//!
//! Always: rows in order that do not overlap; a pack that was made or parsed decodes whole.
//! Never here: which pack a reader needs (`log::track`).

use hence_base::{Offset, Timestamp};

use super::Place;
use super::le::{Reader, push_signed, push_varint};
use crate::limits::PAGE_BYTES;
use crate::log::track::{Row, Share};

/// Rows of a full pack: few enough to be decoded for one of them within a microsecond.
pub const ROWS_MAX: usize = 32;

const PAGE: u64 = PAGE_BYTES as u64;

/// Rows of one stream, and what a search must know of them without decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// First offset.
    pub first: Offset,
    /// The offset after the last.
    pub end: Offset,
    /// Largest timestamp.
    pub newest: Timestamp,
    /// Largest timestamp of all rows before it, trimmed ones included.
    pub newest_before: Timestamp,
    /// Payload bytes.
    pub bytes: u64,
    /// Payload bytes of all rows before it, trimmed ones included.
    pub bytes_before: u64,
    /// The smallest and the largest segment that a row's block is in.
    segments: (u64, u64),
    rows: u16,
    packed: Box<[u8]>,
}

impl Pack {
    /// Packs neighbouring rows, at least one and at most [`ROWS_MAX`].
    pub fn of(rows: &[Row]) -> Self {
        debug_assert!((1..=ROWS_MAX).contains(&rows.len()), "a pack of {} rows", rows.len());
        let head = rows.first().copied().unwrap_or_default();
        let mut packed = Vec::with_capacity(rows.len() * 20);
        let mut before = begin(head.first);
        for row in rows {
            push(&mut packed, &before, row);
            before = *row;
        }
        let mut pack = Self::empty(head.first, head.newest_before, head.bytes_before, &packed);
        rows.iter().for_each(|row| pack.count(row));
        pack
    }

    /// The pack that these bytes of a checkpoint are; `None` when they are none.
    pub fn parse(
        first: Offset,
        newest_before: Timestamp,
        bytes_before: u64,
        rows: u16,
        packed: &[u8],
    ) -> Option<Self> {
        (1..=ROWS_MAX).contains(&usize::from(rows)).then_some(())?;
        let mut pack = Self::empty(first, newest_before, bytes_before, packed);
        let (mut from, mut before) = (Reader::new(packed), begin(first));
        for _ in 0..rows {
            before = pull(&mut from, &before)?;
            pack.bytes.checked_add(before.bytes)?;
            pack.count(&before);
        }
        bytes_before.checked_add(pack.bytes)?;
        (from.left() == 0).then_some(pack)
    }

    fn empty(first: Offset, newest_before: Timestamp, bytes_before: u64, packed: &[u8]) -> Self {
        Self {
            first,
            end: first,
            newest: Timestamp(i64::MIN),
            newest_before,
            bytes: 0,
            bytes_before,
            segments: (u64::MAX, 0),
            rows: 0,
            packed: packed.into(),
        }
    }

    fn count(&mut self, row: &Row) {
        self.end = row.end;
        self.newest = self.newest.max(row.newest);
        self.bytes += row.bytes;
        let segment = row.place.segment;
        self.segments = (self.segments.0.min(segment), self.segments.1.max(segment));
        self.rows += 1;
    }

    /// How many rows it holds.
    pub const fn rows_count(&self) -> u16 {
        self.rows
    }

    /// Its rows as they are stored.
    pub const fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// Largest timestamp of its rows and all before, trimmed ones included.
    pub fn newest_ever(&self) -> Timestamp {
        self.newest.max(self.newest_before)
    }

    /// Whether a row's block may be in `segment`.
    pub fn may_touch(&self, segment: u64) -> bool {
        (self.segments.0..=self.segments.1).contains(&segment)
    }

    /// Shows what it has in each segment: at once where that is one.
    pub fn shares(&self, show: &mut dyn FnMut(Share)) {
        let (segment, last) = self.segments;
        if segment == last {
            show(Share { segment, rows: u64::from(self.rows), bytes: self.bytes });
        } else {
            self.rows().for_each(|row| show(Share::of(&row)));
        }
    }

    /// Its rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let (mut from, mut before) = (Reader::new(&self.packed), begin(self.first));
        let (mut newest_ever, mut bytes) = (self.newest_before, self.bytes_before);
        std::iter::from_fn(move || {
            before = pull(&mut from, &before)?;
            (before.newest_before, before.bytes_before) = (newest_ever, bytes);
            newest_ever = before.newest_ever();
            bytes += before.bytes;
            Some(before)
        })
    }
}

/// What the first row of a pack is stored as the difference to.
fn begin(first: Offset) -> Row {
    Row { first, end: first, ..Row::default() }
}

/// Adds a row as the difference to the one before. Blocks begin and end at pages.
fn push(to: &mut Vec<u8>, before: &Row, row: &Row) {
    let less = |a: u64, b: u64| a.wrapping_sub(b) as i64;
    let gap = row.first.0.checked_sub(before.end.0);
    push_varint(to, gap.expect("rows of a stream are in order and do not overlap"));
    push_varint(to, row.end.0 - row.first.0);
    push_signed(to, less(row.place.segment, before.place.segment));
    push_signed(to, less(row.place.offset / PAGE, before.place.offset / PAGE));
    push_varint(to, u64::from(row.length) / PAGE);
    push_varint(to, u64::from(row.at));
    push_signed(to, row.newest.0.wrapping_sub(before.newest.0));
    push_varint(to, row.bytes);
}

fn pull(from: &mut Reader<'_>, before: &Row) -> Option<Row> {
    let first = before.end.0.checked_add(from.varint()?)?;
    let end = first.checked_add(from.varint()?)?;
    let segment = before.place.segment.wrapping_add(from.signed()? as u64);
    let page = (before.place.offset / PAGE).wrapping_add(from.signed()? as u64);
    let place = Place { segment, offset: page.checked_mul(PAGE)? };
    let length = u32::try_from(from.varint()?.checked_mul(PAGE)?).ok()?;
    let at = u32::try_from(from.varint()?).ok()?;
    let newest = Timestamp(before.newest.0.wrapping_add(from.signed()?));
    let bytes = from.varint()?;
    let (first, end) = (Offset(first), Offset(end));
    (first < end).then_some(Row { first, end, place, length, at, newest, bytes, ..Row::default() })
}
