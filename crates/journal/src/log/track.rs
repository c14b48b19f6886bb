//! The rows of one stream, in order: older ones packed, those whose blocks may be in memory as they are.
//!
//! Always: rows do not overlap; what is packed lies before what is not; sums before a row include trimmed ones.
//! Never here: the stream's start and end, what a segment still holds (`index`).

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use hence_base::{Offset, Timestamp};

use crate::format::Place;
use crate::format::pack::{Pack, ROWS_MAX};

/// One stream's entries in one block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// First offset.
    pub first: Offset,
    /// The offset after the last.
    pub end: Offset,
    /// Where the block is.
    pub place: Place,
    /// Bytes of the block.
    pub length: u32,
    /// Where the first entry's header is in the block.
    pub at: u32,
    /// Largest timestamp.
    pub newest: Timestamp,
    /// Largest timestamp of all rows before it, trimmed ones included.
    pub newest_before: Timestamp,
    /// Payload bytes.
    pub bytes: u64,
    /// Payload bytes of all rows before it, trimmed ones included.
    pub bytes_before: u64,
    /// Which block since the start it is; 0 for one that is in no recent block.
    pub serial: u64,
}

impl Row {
    /// Largest timestamp of this row and all before it, trimmed ones included.
    pub fn newest_ever(&self) -> Timestamp {
        self.newest.max(self.newest_before)
    }
}

/// All rows of a stream.
#[derive(Debug, Default)]
pub struct Track {
    packs: VecDeque<Pack>,
    open: VecDeque<Row>,
}

impl Track {
    /// Adds the newest row. Rows before it whose blocks left memory, those with serial numbers below `recent_from`, are
    /// packed when they fill a pack.
    pub fn push(&mut self, row: Row, recent_from: u64) {
        let newest_before = self.newest_ever().unwrap_or(row.newest);
        self.open.push_back(Row { newest_before, ..row });
        if self.open.get(ROWS_MAX - 1).is_some_and(|last| last.serial < recent_from) {
            let rows: Vec<Row> = self.open.drain(..ROWS_MAX).collect();
            self.packs.push_back(Pack::of(&rows));
        }
    }

    /// Adds the newest rows, as a checkpoint has them; `None` when they do not follow.
    pub fn push_pack(&mut self, pack: Pack) -> Option<()> {
        let follows = self.packs.back().is_none_or(|last| last.end <= pack.first);
        (follows && self.open.is_empty()).then_some(())?;
        self.packs.push_back(pack);
        Some(())
    }

    /// The first row.
    pub fn front(&self) -> Option<Row> {
        match self.packs.front() {
            Some(pack) => pack.rows().next(),
            None => self.open.front().copied(),
        }
    }

    /// Largest timestamp of all rows, trimmed ones included; `None` when all are trimmed.
    fn newest_ever(&self) -> Option<Timestamp> {
        let open = self.open.back().map(Row::newest_ever);
        open.or_else(|| self.packs.back().map(Pack::newest_ever))
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.after(Offset::ZERO)
    }

    /// Rows that hold something at or after `offset`.
    pub fn after(&self, offset: Offset) -> impl Iterator<Item = Row> + '_ {
        let pack = self.packs.partition_point(|pack| pack.end <= offset);
        let open =
            if pack < self.packs.len() { 0 } else { self.open.partition_point(|row| row.end <= offset) };
        let packed = self.packs.range(pack..).flat_map(Pack::rows);
        packed.skip_while(move |row| row.end <= offset).chain(self.open.range(open..).copied())
    }

    /// Rows whose blocks are in `segment`.
    pub fn rows_in(&self, segment: u64) -> impl Iterator<Item = Row> + '_ {
        let packs = self.packs.iter().filter(move |pack| pack.may_touch(segment));
        let rows = packs.flat_map(Pack::rows).chain(self.open.iter().copied());
        rows.filter(move |row| row.place.segment == segment)
    }

    /// Packs with something at or after `offset`, as many as `packs_max`; rows that are not packed are, for this.
    pub fn packs_after(&self, offset: Offset, packs_max: usize) -> Vec<Pack> {
        let from = self.packs.partition_point(|pack| pack.end <= offset);
        let mut packs: Vec<Pack> = self.packs.range(from..).take(packs_max).cloned().collect();
        let mut open = self.open.range(self.open.partition_point(|row| row.end <= offset)..).copied();
        while packs.len() < packs_max {
            let rows: Vec<Row> = open.by_ref().take(ROWS_MAX).collect();
            if rows.is_empty() {
                break;
            }
            packs.push(Pack::of(&rows));
        }
        packs
    }

    /// The first row with something at or after `from` that has an entry as new as `time`.
    pub fn at_or_after(&self, from: Offset, time: Timestamp) -> Option<Row> {
        let pack = self.packs.partition_point(|pack| pack.end <= from || pack.newest_ever() < time);
        let packs = self.packs.range(pack..).filter(|pack| pack.newest >= time);
        let open = self.open.partition_point(|row| row.end <= from || row.newest_ever() < time);
        let mut rows = packs.flat_map(Pack::rows).chain(self.open.range(open..).copied());
        rows.find(|row| row.end > from && row.newest >= time)
    }

    /// The row with the newest entry, the first of several, among those that begin at or after `from`.
    pub fn newest(&self, from: Offset) -> Option<Row> {
        let newer = |best: Option<Row>, row: Row| {
            let is_newer = row.first >= from && best.is_none_or(|best| best.newest < row.newest);
            if is_newer { Some(row) } else { best }
        };
        let packed = self.packs.iter().fold(None, |best: Option<Row>, pack| {
            let may_win = best.is_none_or(|best| best.newest < pack.newest);
            if may_win { pack.rows().fold(best, newer) } else { best }
        });
        self.open.iter().copied().fold(packed, newer)
    }

    /// The first row with at least `bytes` payload bytes of the stream before it, and the row before that one.
    pub fn at_bytes(&self, bytes: u64) -> (Option<Row>, Option<Row>) {
        let open = self.open.partition_point(|row| row.bytes_before < bytes);
        if let Some(within) = open.checked_sub(1).and_then(|index| self.open.get(index)) {
            return (Some(*within), self.open.get(open).copied());
        }
        let pack = self.packs.partition_point(|pack| pack.bytes_before < bytes);
        let first = self.packs.range(pack..).flat_map(Pack::rows).chain(self.open.iter().copied()).next();
        let mut within = None;
        let before = pack.checked_sub(1).and_then(|index| self.packs.get(index));
        for row in before.into_iter().flat_map(Pack::rows) {
            if row.bytes_before >= bytes {
                return (within, Some(row));
            }
            within = Some(row);
        }
        (within, first)
    }

    /// Removes the rows that end at or before `offset` and shows them.
    pub fn trim(&mut self, offset: Offset, gone: &mut dyn FnMut(&Row)) {
        while let Some(pack) = self.packs.pop_front_if(|pack| pack.end <= offset) {
            pack.rows().for_each(|row| gone(&row));
        }
        if let Some(cut) = self.packs.front_mut() {
            if cut.rows().next().is_some_and(|row| row.end <= offset) {
                let (out, stay): (Vec<Row>, Vec<Row>) = cut.rows().partition(|row| row.end <= offset);
                out.iter().for_each(gone);
                *cut = Pack::of(&stay);
            }
            return;
        }
        while let Some(row) = self.open.pop_front_if(|row| row.end <= offset) {
            gone(&row);
        }
    }

    /// Puts `new` in the place of the rows named `old`, by first offset and place, in order; shows those that left. `false`:
    /// none of them is here, and nothing is changed. `None`: the new ones do not lie where the old ones lay, and the track
    /// is of no use any more. `bytes_ever`: payload bytes that the stream ever had.
    pub fn replace(
        &mut self,
        old: &[(Offset, Place)],
        new: &[Row],
        bytes_ever: u64,
        gone: &mut dyn FnMut(&Row),
    ) -> Option<bool> {
        let (Some(&(from, _)), Some(&(last, _))) = (old.first(), old.last()) else { return Some(false) };
        let mut range = self.packs.partition_point(|pack| pack.end <= from)
            ..self.packs.partition_point(|pack| pack.first <= last);
        let (mut left, mut left_bytes) = (false, 0);
        let mut stays = |row: &Row| {
            let leaves = old.binary_search(&(row.first, row.place)).is_ok();
            if leaves {
                gone(row);
                (left, left_bytes) = (true, left_bytes + row.bytes);
            }
            !leaves
        };
        let mut packed: Vec<Row> =
            self.packs.range(range.clone()).flat_map(Pack::rows).filter(&mut stays).collect();
        self.open.retain(stays);
        if !left {
            return Some(false);
        }
        let boundary = self.open.front().map_or(Offset(u64::MAX), |row| row.first);
        let (early, late): (Vec<Row>, Vec<Row>) = new.iter().partition(|row| row.first < boundary);
        packed.extend(early);
        self.take_small_neighbours(&mut range, &mut packed);
        packed.sort_unstable_by_key(|row| row.first);
        self.open.extend(late.iter().copied());
        self.open.make_contiguous().sort_unstable_by_key(|row| row.first);
        self.fits(&range, &packed).then_some(())?;
        let before =
            self.packs.range(range.clone()).next().map(|pack| (pack.bytes_before, pack.newest_before));
        let came_bytes: u64 = new.iter().map(|row| row.bytes).sum();
        // What was only gathered changes no sum elsewhere.
        let here = before.filter(|_| late.is_empty() && came_bytes == left_bytes);
        if let Some((bytes, newest)) = here {
            number(&mut packed, bytes, newest);
        }
        drop(self.packs.drain(range.clone()));
        for (index, rows) in packed.chunks(ROWS_MAX).enumerate() {
            self.packs.insert(range.start + index, Pack::of(rows));
        }
        if here.is_none() {
            self.count_again(bytes_ever);
        }
        Some(true)
    }

    /// Whether no row overlaps another when `rows` are in the place of the packs in `range`.
    fn fits(&self, range: &std::ops::Range<usize>, rows: &[Row]) -> bool {
        let pack = |index: Option<usize>| self.packs.get(index?).map(|pack| (pack.first, pack.end));
        let (before, after) = (pack(range.start.checked_sub(1)), pack(Some(range.end)));
        let row = |row: &Row| (row.first, row.end);
        let packed = before.into_iter().chain(rows.iter().map(row)).chain(after);
        packed.chain(self.open.iter().map(row)).is_sorted_by(|(_, end), (first, _)| end <= first)
    }

    /// Takes packs beside `range` into `rows` while all of them fit in one: moved rows are few, and come a few at a time.
    fn take_small_neighbours(&self, range: &mut std::ops::Range<usize>, rows: &mut Vec<Row>) {
        let fits = |rows: &[Row], pack: &&Pack| rows.len() + usize::from(pack.rows_count()) <= ROWS_MAX;
        while let Some(index) = range.start.checked_sub(1)
            && let Some(pack) = self.packs.get(index).filter(|pack| fits(rows, pack))
        {
            rows.extend(pack.rows());
            range.start = index;
        }
        while let Some(pack) = self.packs.get(range.end).filter(|pack| fits(rows, pack)) {
            rows.extend(pack.rows());
            range.end += 1;
        }
    }

    /// Sums all rows up again, from what the stream ever had.
    fn count_again(&mut self, bytes_ever: u64) {
        let packed = self.packs.iter().map(|pack| pack.bytes);
        let all: u64 = packed.chain(self.open.iter().map(|row| row.bytes)).sum();
        let (mut bytes, mut newest) = (bytes_ever.saturating_sub(all), Timestamp(i64::MIN));
        for pack in &mut self.packs {
            (pack.bytes_before, pack.newest_before) = (bytes, newest);
            bytes += pack.bytes;
            newest = pack.newest_ever();
        }
        number(self.open.make_contiguous(), bytes, newest);
    }
}

/// Sums rows up, from what lies before them.
fn number(rows: &mut [Row], mut bytes: u64, mut newest: Timestamp) {
    for row in rows {
        (row.bytes_before, row.newest_before) = (bytes, newest);
        bytes += row.bytes;
        newest = row.newest_ever();
    }
}
