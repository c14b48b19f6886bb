//! A track beside a plain list of rows: the same questions, the same answers, whatever was pushed, trimmed and replaced.

use hence_base::{Offset, StreamId, Timestamp};

use super::{Row, Track, number};
use crate::format::Place;
use crate::format::checkpoint::{self, Record};
use crate::format::pack::Pack;
use crate::log::dice::Dice;

/// A track and what it should hold.
#[derive(Default)]
struct Twins {
    track: Track,
    rows: Vec<Row>,
    start: u64,
    ever: u64,
    blocks: u64,
    moved: u64,
}

impl Twins {
    fn end(&self) -> u64 {
        self.rows.last().map_or(self.start, |row| row.end.0)
    }

    fn push(&mut self, dice: &mut Dice) {
        self.blocks += 1 + dice.below(3);
        let first = self.end();
        let row = Row {
            first: Offset(first),
            end: Offset(first + 1 + dice.below(300)),
            place: Place { segment: 1 + self.blocks / 50, offset: 4096 * (1 + self.blocks % 50) },
            length: 4096 * (1 + dice.below(9)) as u32,
            at: dice.below(4096) as u32,
            newest: Timestamp(dice.below(2_000) as i64 - 1_000),
            newest_before: Timestamp(0),
            bytes: dice.below(20_000),
            bytes_before: self.ever,
            serial: self.blocks,
        };
        self.ever += row.bytes;
        self.track.push(row, self.blocks.saturating_sub(60), 7);
        let newest_before = self.rows.last().map_or(row.newest, Row::newest_ever);
        self.rows.push(Row { newest_before, ..row });
    }

    fn trim(&mut self, dice: &mut Dice) {
        self.start += dice.below(1 + (self.end() - self.start) / 4);
        let mut gone = Vec::new();
        self.track.trim(Offset(self.start), &mut |share| gone.push((share.segment, share.rows, share.bytes)));
        let left = self.rows.iter().position(|row| row.end.0 > self.start).unwrap_or(self.rows.len());
        let expected: Vec<Row> = self.rows.drain(..left).collect();
        let bytes =
            |segment| expected.iter().filter(move |row| row.place.segment == segment).map(|row| row.bytes);
        for segment in expected.iter().map(|row| row.place.segment) {
            let of = gone.iter().filter(|(at, ..)| *at == segment);
            let lost = of.fold((0, 0), |(rows, bytes), share| (rows + share.1, bytes + share.2));
            assert_eq!(lost, (bytes(segment).count() as u64, bytes(segment).sum()));
        }
    }

    /// Moves the rows of one segment, as the roller does, and sometimes drops some of their bytes. The segments that rows
    /// are moved to hold rows of several others, far apart.
    fn replace(&mut self, dice: &mut Dice) {
        let Some(some) = self.rows.get(dice.below(1 + self.rows.len() as u64) as usize) else { return };
        let segment = some.place.segment;
        let here: Vec<Row> = self.rows.iter().filter(|row| row.place.segment == segment).copied().collect();
        assert_eq!(self.track.rows_in(segment).count(), here.len());
        self.moved += 1;
        let place = Place { segment: 1_000 + self.moved / 3, offset: 4096 * self.moved };
        let drops = dice.below(3) == 0;
        let mut new: Vec<Row> = Vec::new();
        for row in &here {
            let bytes = if drops { row.bytes / 2 } else { row.bytes };
            match new.last_mut().filter(|last| last.end == row.first) {
                Some(last) => {
                    last.end = row.end;
                    last.newest = last.newest.max(row.newest);
                    last.bytes += bytes;
                }
                None => new.push(Row { place, bytes, serial: 0, ..*row }),
            }
        }
        let old: Vec<(Offset, Place)> = here.iter().map(|row| (row.first, row.place)).collect();
        let replaced = self.track.replace(&old, &new, self.ever).expect("they fit");
        let mut gone: Vec<_> = replaced.left.iter().map(|row| (row.first, row.place)).collect();
        gone.sort_unstable();
        assert_eq!((gone, replaced.came.len()), (old.clone(), new.len()));
        let again = self.track.replace(&old, &new, self.ever).expect("nothing comes");
        assert!(again.left.is_empty() && again.came.is_empty(), "a second time it changes nothing");
        self.rows.retain(|row| row.place.segment != segment);
        self.rows.extend(new);
        self.rows.sort_unstable_by_key(|row| row.first);
        let all: u64 = self.rows.iter().map(|row| row.bytes).sum();
        number(&mut self.rows, self.ever - all, Timestamp(i64::MIN));
    }

    /// Writes the rows to a checkpoint and reads them again.
    fn reopen(&mut self, dice: &mut Dice) {
        let mut frame = Vec::new();
        let packs_max = 1 + dice.below(4) as usize;
        let mut from = Offset::ZERO;
        loop {
            let packs = self.track.packs_after(from, packs_max);
            packs.iter().for_each(|pack| checkpoint::push(&mut frame, &Record::Rows(pack.clone())));
            let Some(last) = packs.last() else { break };
            from = last.end;
        }
        self.track = Track::default();
        let whole = checkpoint::records(&frame, &mut |record| match record {
            Record::Rows(pack) => self.track.push_pack(pack),
            Record::Row { .. } | Record::Stream(StreamId(_), _) => None,
        });
        assert_eq!(whole, Some(()));
        self.rows.iter_mut().for_each(|row| row.serial = 0);
    }

    fn compare(&self, dice: &mut Dice) {
        let plain = |row: Row| Row { serial: 0, newest_before: Timestamp(0), ..row };
        let same = |found: Option<Row>, expected: Option<&Row>, what: &str| {
            assert_eq!(found.map(plain), expected.copied().map(plain), "{what}");
        };
        let offset = Offset(self.start + dice.below(1 + self.end() - self.start));
        let time = Timestamp(dice.below(2_000) as i64 - 1_000);
        let bytes = dice.below(1 + self.ever);
        let Self { track, rows, .. } = self;
        same(track.front(), rows.first(), "the first");
        assert_eq!(track.rows().count(), rows.len());
        track.rows().zip(rows).for_each(|(found, expected)| same(Some(found), Some(expected), "all"));
        let after = rows.iter().filter(|row| row.end > offset);
        assert_eq!(track.after(offset).count(), after.clone().count());
        same(track.after(offset).next(), after.clone().next(), "after an offset");
        let as_new = |row: &&Row| row.end > offset && row.newest >= time;
        same(track.at_or_after(offset, time), rows.iter().find(as_new), "as new as a time");
        let from = Offset(self.start);
        let newest = rows.iter().filter(|row| row.first >= from);
        let newest = newest.max_by_key(|row| (row.newest, std::cmp::Reverse(row.first)));
        same(track.newest(from), newest, "the newest");
        let next = rows.iter().position(|row| row.bytes_before >= bytes).unwrap_or(rows.len());
        let (within, found) = track.at_bytes(bytes);
        same(found, rows.get(next), "behind so many bytes");
        same(within, next.checked_sub(1).and_then(|index| rows.get(index)), "before so many bytes");
    }
}

#[test]
fn a_track_answers_as_a_list_of_all_rows_does() {
    for seed in 0..20 {
        let mut dice = Dice(seed);
        let mut twins = Twins::default();
        for _ in 0..1_000 {
            match dice.below(100) {
                0..90 => twins.push(&mut dice),
                90..93 => twins.trim(&mut dice),
                93..98 => twins.replace(&mut dice),
                _ => twins.reopen(&mut dice),
            }
            if dice.below(10) == 0 {
                twins.compare(&mut dice);
            }
        }
        twins.compare(&mut dice);
    }
}

#[test]
fn rows_that_were_gathered_are_packed_together() {
    let mut twins = Twins::default();
    let mut dice = Dice(1);
    (0..3_000).for_each(|_| twins.push(&mut dice));
    for segment in 1..=twins.blocks / 50 {
        let here: Vec<Row> = twins.track.rows_in(segment).collect();
        let Some((first, last)) = here.first().zip(here.last()) else { continue };
        let place = Place { segment: 1_000, offset: 4096 * segment };
        let bytes = here.iter().map(|row| row.bytes).sum();
        let gathered = Row { end: last.end, place, bytes, serial: 0, ..*first };
        let old: Vec<(Offset, Place)> = here.iter().map(|row| (row.first, row.place)).collect();
        assert_eq!(twins.track.replace(&old, &[gathered], twins.ever).expect("it fits").came.len(), 1);
    }
    let (rows, packs) = (twins.track.rows().count(), twins.track.packs.len());
    assert!(packs <= 2 + 2 * rows / super::ROWS_MAX, "{rows} rows in {packs} packs");
}

#[test]
fn rows_that_overlap_others_are_not_taken() {
    let mut twins = Twins::default();
    let mut dice = Dice(2);
    (0..500).for_each(|_| twins.push(&mut dice));
    for (from, to) in [(100, 140), (490, 495)] {
        let mut track = Track::default();
        twins.track.packs_after(Offset::ZERO, 1_000).into_iter().for_each(|pack| {
            track.push_pack(pack).expect("it follows");
        });
        let (old, wide) = (twins.rows[from], Row { end: twins.rows[to].end, ..twins.rows[from] });
        assert!(track.replace(&[(old.first, old.place)], &[wide], twins.ever).is_err());
    }
}

#[test]
fn runs_of_packs_beside_each_other_are_replaced_one_by_one() {
    let mut twins = Twins::default();
    let mut dice = Dice(3);
    (0..82).for_each(|_| twins.push(&mut dice));
    let mut track = Track::default();
    let mut begin = 0;
    for count in [32, 8, 10, 32] {
        track.push_pack(Pack::of(&twins.rows[begin..begin + count])).expect("it follows");
        begin += count;
    }
    let gather = |rows: &[Row]| Row {
        end: rows[rows.len() - 1].end,
        bytes: rows.iter().map(|row| row.bytes).sum(),
        place: Place { segment: 1_000, offset: 4096 },
        ..rows[0]
    };
    let moved = [&twins.rows[32..40], &twins.rows[50..82]];
    let new = moved.map(gather);
    let old: Vec<_> = moved.into_iter().flatten().map(|row| (row.first, row.place)).collect();
    let replaced = track.replace(&old, &new, twins.ever).expect("they fit");
    assert_eq!((replaced.left.len(), replaced.came.len()), (40, 2));
    let found: Vec<Offset> = track.rows().map(|row| row.first).collect();
    let stay = twins.rows[..32].iter().chain([&new[0]]).chain(&twins.rows[40..50]).chain([&new[1]]);
    assert_eq!(found, stay.map(|row| row.first).collect::<Vec<_>>());
}

#[test]
fn a_packed_row_takes_a_fifth_of_the_bytes() {
    let mut track = Track::default();
    for n in 0..3_200 {
        let row = Row {
            first: Offset(16 * n),
            end: Offset(16 * n + 16),
            place: Place { segment: 1 + n / 400, offset: 4096 * (1 + 33 * (n % 400)) },
            length: 33 * 4096,
            at: 70_000,
            newest: Timestamp(1_790_000_000_000 + n as i64),
            bytes: 16_500,
            ..Row::default()
        };
        track.push(row, 1, 0);
    }
    let packed: usize = track.packs.iter().map(|pack| size_of_val(pack) + pack.packed().len()).sum();
    assert!(packed * 5 <= 3_200 * size_of::<Row>(), "{packed} bytes for 3,200 rows");
}
