//! The rows of one stream, in order: older ones packed, those whose blocks may be in memory as they are.
//!
//! Always: rows do not overlap; what is packed lies before what is not; sums before a row include trimmed ones.
//! Never here: the stream's start and end, what a segment still holds (`index`).

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

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

/// What rows have in one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The segment.
    pub segment: u64,
    /// How many rows.
    pub rows: u64,
    /// Their payload bytes.
    pub bytes: u64,
}

impl Share {
    /// That of one row.
    pub const fn of(row: &Row) -> Self {
        Self { segment: row.place.segment, rows: 1, bytes: row.bytes }
    }
}

/// What replacing changed; nothing, when no row left.
#[derive(Debug, Default)]
pub struct Replaced {
    /// Rows that are gone.
    pub left: Vec<Row>,
    /// Rows that are there now.
    pub came: Vec<Row>,
}

/// New rows do not lie where the old ones lay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap;

/// All rows of a stream.
#[derive(Debug, Default)]
pub struct Track {
    packs: VecDeque<Pack>,
    open: VecDeque<Row>,
}

impl Track {
    /// Adds the newest row. When [`ROWS_MAX`] rows and `slack` more are not packed, the first are, if the last of these left
    /// memory: its serial number is below `recent_from`. With a slack of its own for each, not all streams pack at once.
    pub fn push(&mut self, row: Row, recent_from: u64, slack: usize) {
        let newest_before = self.newest_ever().unwrap_or(row.newest);
        self.open.push_back(Row { newest_before, ..row });
        let last = self.open.get(ROWS_MAX - 1).filter(|_| self.open.len() >= ROWS_MAX + slack);
        if last.is_some_and(|last| last.serial < recent_from) {
            let rows: Vec<Row> = self.open.drain(..ROWS_MAX).collect();
            self.packs.push_back(Pack::of(&rows));
            if self.open.capacity() > 16 * ROWS_MAX.max(self.open.len()) {
                self.open.shrink_to(4 * ROWS_MAX);
            }
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

    /// What begins at or after `offset`, the end of a row that was here before, in up to `packs_max` packs. Rows that are
    /// not packed are, for this; a pack that begins before `offset` was made since, and gives only what does not.
    pub fn packs_after(&self, offset: Offset, packs_max: usize) -> Vec<Pack> {
        let from = self.packs.partition_point(|pack| pack.end <= offset);
        let mut packs: Vec<Pack> = self.packs.range(from..).take(packs_max).cloned().collect();
        if let Some(cut) = packs.first_mut().filter(|pack| pack.first < offset) {
            let rows: Vec<Row> = cut.rows().filter(|row| row.end > offset).collect();
            *cut = Pack::of(&rows);
        }
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
        // Only the first one can begin before `from`.
        let whole = self.packs.partition_point(|pack| pack.first < from);
        let best = self
            .packs
            .range(whole..)
            .reduce(|best, pack| if best.newest < pack.newest { pack } else { best });
        let rows = self.packs.range(..whole).chain(best).flat_map(Pack::rows);
        rows.chain(self.open.iter().copied()).fold(None, newer)
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

    /// Removes the rows that end at or before `offset` and shows what each segment loses.
    pub fn trim(&mut self, offset: Offset, gone: &mut dyn FnMut(Share)) {
        while let Some(pack) = self.packs.pop_front_if(|pack| pack.end <= offset) {
            pack.shares(gone);
        }
        if let Some(cut) = self.packs.front_mut() {
            if cut.rows().next().is_some_and(|row| row.end <= offset) {
                let (out, stay): (Vec<Row>, Vec<Row>) = cut.rows().partition(|row| row.end <= offset);
                out.iter().for_each(|row| gone(Share::of(row)));
                *cut = Pack::of(&stay);
            }
            return;
        }
        while let Some(row) = self.open.pop_front_if(|row| row.end <= offset) {
            gone(Share::of(&row));
        }
    }

    /// Shows what it has in each segment.
    pub fn shares(&self, show: &mut dyn FnMut(Share)) {
        self.packs.iter().for_each(|pack| pack.shares(show));
        self.open.iter().for_each(|row| show(Share::of(row)));
    }

    /// Puts `new` in the place of the rows named `old`, by first offset and place; both in order. Where none of the old rows
    /// is any more, no new one comes. After an error the track is of no use. `bytes_ever`: payload bytes that the stream
    /// ever had.
    pub fn replace(
        &mut self,
        old: &[(Offset, Place)],
        new: &[Row],
        bytes_ever: u64,
    ) -> Result<Replaced, Overlap> {
        let leaves = |row: &Row| old.binary_search(&(row.first, row.place)).is_ok();
        let mut replaced = Replaced::default();
        let packed_end = self.packs.back().map_or(Offset::ZERO, |pack| pack.end);
        let (packed, open) = new.split_at(new.partition_point(|row| row.first < packed_end));
        if old.last().is_some_and(|(first, _)| *first >= packed_end) {
            replaced.left.extend(self.open.iter().filter(|row| leaves(row)));
            self.open.retain(|row| !leaves(row));
        }
        if !replaced.left.is_empty() {
            self.open.extend(open);
            let rows = self.open.make_contiguous();
            rows.sort_unstable_by_key(|row| row.first);
            if !rows.is_sorted_by(|row, next| row.end <= next.first) {
                return Err(Overlap);
            }
            replaced.came.extend(open);
        }
        let mut same_bytes = replaced.left.is_empty();
        // From the back, so that the places of packs before do not change.
        let mut runs = self.touched(old);
        while let Some(run) = runs.pop() {
            let floor = runs.last().map_or(0, |before| before.end);
            let (first, end) = self.span(&run);
            let begin = packed.partition_point(|row| row.end <= first);
            let new = &packed[begin..packed.partition_point(|row| row.first < end).max(begin)];
            let rows = self.packs.range(run.clone()).flat_map(Pack::rows);
            let (left, stay): (Vec<Row>, Vec<Row>) = rows.partition(leaves);
            if left.is_empty() {
                continue;
            }
            let sum = |rows: &[Row]| rows.iter().map(|row| row.bytes).sum::<u64>();
            same_bytes &= sum(&left) == sum(new);
            self.splice(run, floor, stay, new)?;
            replaced.left.extend(left);
            replaced.came.extend(new);
        }
        if !replaced.left.is_empty() && replaced.came.len() < new.len() {
            return Err(Overlap);
        }
        // What was only gathered changes no sum elsewhere.
        if !same_bytes {
            self.count_again(bytes_ever);
        }
        Ok(replaced)
    }

    /// The packs that may hold one of these rows: runs of neighbours.
    fn touched(&self, rows: &[(Offset, Place)]) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (first, _) in rows {
            let index = self.packs.partition_point(|pack| pack.end <= *first);
            if self.packs.get(index).is_none_or(|pack| pack.first > *first) {
                continue;
            }
            match runs.last_mut().filter(|run| index <= run.end) {
                Some(run) => run.end = index + 1,
                None => runs.push(index..index + 1),
            }
        }
        runs
    }

    /// The offsets between the first and the last of some packs.
    fn span(&self, run: &Range<usize>) -> (Offset, Offset) {
        let mut packs = self.packs.range(run.clone());
        let first = packs.next();
        let last = packs.next_back().or(first);
        (first.map_or(Offset::ZERO, |pack| pack.first), last.map_or(Offset::ZERO, |pack| pack.end))
    }

    /// Puts what stays of some packs, and new rows, in their place. What lies before `floor` keeps its place.
    fn splice(
        &mut self,
        mut run: Range<usize>,
        floor: usize,
        mut rows: Vec<Row>,
        new: &[Row],
    ) -> Result<(), Overlap> {
        rows.extend(new);
        self.take_small_neighbours(&mut run, floor, &mut rows);
        rows.sort_unstable_by_key(|row| row.first);
        if !self.fits(&run, &rows) {
            return Err(Overlap);
        }
        if let Some(pack) = self.packs.get(run.start) {
            let (bytes, newest) = (pack.bytes_before, pack.newest_before);
            number(&mut rows, bytes, newest);
        }
        let behind = self.packs.split_off(run.end);
        self.packs.truncate(run.start);
        self.packs.extend(rows.chunks(ROWS_MAX).map(Pack::of));
        self.packs.extend(behind);
        Ok(())
    }

    /// Whether no row overlaps another when `rows` are in the place of some packs.
    fn fits(&self, run: &Range<usize>, rows: &[Row]) -> bool {
        let pack = |index: Option<usize>| self.packs.get(index?).map(|pack| (pack.first, pack.end));
        let (before, after) = (pack(run.start.checked_sub(1)), pack(Some(run.end)));
        let row = |row: &Row| (row.first, row.end);
        let packed = before.into_iter().chain(rows.iter().map(row)).chain(after);
        packed.chain(self.open.front().map(row)).is_sorted_by(|(_, end), (first, _)| end <= first)
    }

    /// Takes packs beside `range` into `rows` while all of them fit in one: moved rows are few, and come a few at a time.
    fn take_small_neighbours(&self, range: &mut Range<usize>, floor: usize, rows: &mut Vec<Row>) {
        let fits = |rows: &[Row], pack: &&Pack| rows.len() + usize::from(pack.rows_count()) <= ROWS_MAX;
        while let Some(index) = range.start.checked_sub(1).filter(|index| *index >= floor)
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
