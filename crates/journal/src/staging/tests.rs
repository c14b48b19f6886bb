//! What staging promises: bytes are read at once, survive the process, and are never put over newer ones.
//!
//! On the real disk, with pieces of four pages. Never here: crashes at every moment (the simulation has them).

use std::sync::Arc;

use super::{Shape, StagedDisk, left};
use crate::disk::native::NativeDisk;
use crate::disk::{Access, Disk, DiskFile};
use crate::format::staging::{self, FILE};
use crate::limits::PAGE_BYTES;

const SHAPE: Shape = Shape { slot_bytes: 4 * PAGE_BYTES, slots: 3 };
const NAME: &str = "a.segment";
const JOURNAL: [u8; 16] = [7; 16];

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    /// A directory with one file of `pages` pages.
    fn new(pages: u64) -> Self {
        let bench = Self { dir: tempfile::tempdir().expect("a directory can be made") };
        let file = bench.native().create(NAME, Access::Cached).expect("the file is new");
        file.allocate(pages * PAGE_BYTES as u64).expect("there is space");
        bench
    }

    fn native(&self) -> Arc<dyn Disk> {
        Arc::new(NativeDisk::open(self.dir.path()).expect("the directory is there"))
    }

    fn staged(&self, threads: bool) -> StagedDisk {
        StagedDisk::start(self.native(), ".segment", &JOURNAL, SHAPE, threads)
            .expect("there is no staging file")
    }

    /// The first byte of every page, as the file below has it.
    fn below(&self) -> Vec<u8> {
        firsts(self.native().open(NAME, Access::Read).expect("it is there").as_ref())
    }
}

fn firsts(file: &dyn DiskFile) -> Vec<u8> {
    let mut bytes = vec![0; file.bytes().expect("it has a length") as usize];
    assert_eq!(file.read(0, &mut bytes).expect("it is read"), bytes.len());
    bytes.chunks(PAGE_BYTES).map(|page| page[0]).collect()
}

/// Pages that begin with these numbers, in memory that is not aligned.
fn pages(numbers: impl IntoIterator<Item = u8>) -> Vec<u8> {
    numbers.into_iter().flat_map(|number| [number; PAGE_BYTES]).collect()
}

#[test]
fn what_was_written_is_read_at_once_and_survives_the_process() {
    let bench = Bench::new(6);
    let disk = bench.staged(false);
    let file = disk.open(NAME, Access::Cached).expect("it is there");
    file.write(PAGE_BYTES as u64, &pages([1, 2])).expect("it is staged");
    file.write(4 * PAGE_BYTES as u64, &pages([4])).expect("it is staged");
    file.write(3 * PAGE_BYTES as u64, &pages([3])).expect("it is staged");
    assert_eq!(bench.below(), [0; 6], "nothing had to be moved");
    let reader = disk.open(NAME, Access::Read).expect("it is there");
    assert_eq!(firsts(reader.as_ref()), [0, 1, 2, 3, 4, 0]);
    drop((disk, file, reader));

    let shown = left::shown(bench.native(), &JOURNAL).expect("the staging file is read");
    assert_eq!(firsts(shown.open(NAME, Access::Read).expect("it is there").as_ref()), [0, 1, 2, 3, 4, 0]);
    assert_eq!(bench.below(), [0; 6], "looking changes nothing");

    assert_eq!(
        left::put_in_place(bench.native().as_ref(), &JOURNAL).expect("it is put"),
        4 * PAGE_BYTES as u64
    );
    assert_eq!(bench.below(), [0, 1, 2, 3, 4, 0]);
    assert_eq!(left::put_in_place(bench.native().as_ref(), &JOURNAL).expect("there is nothing"), 0);
}

#[test]
fn more_than_fits_is_moved_on_the_way_in_order() {
    for threads in [false, true] {
        let bench = Bench::new(40);
        let disk = bench.staged(threads);
        let file = disk.open(NAME, Access::Cached).expect("it is there");
        file.write(0, &pages(1..=30)).expect("it is staged");
        for at in 30..40 {
            file.write(at * PAGE_BYTES as u64, &pages([at as u8 + 1])).expect("it is staged");
        }
        let all: Vec<u8> = (1..=40).collect();
        assert_eq!(firsts(disk.open(NAME, Access::Read).expect("it is there").as_ref()), all);
        file.sync().expect("everything is moved");
        assert_eq!(bench.below(), all);
    }
}

#[test]
fn what_a_sync_has_seen_is_never_put_in_place_again() {
    let bench = Bench::new(2);
    let disk = bench.staged(false);
    let file = disk.open(NAME, Access::Cached).expect("it is there");
    file.write(0, &pages([1])).expect("it is staged");
    file.sync().expect("it is moved");
    drop((disk, file));
    // Somebody else writes over it; the slot still holds the old page.
    let other = bench.native().open(NAME, Access::Cached).expect("it is there");
    other.write(0, &pages([9])).expect("it is written");
    assert_eq!(left::put_in_place(bench.native().as_ref(), &JOURNAL).expect("there is nothing"), 0);
    assert_eq!(bench.below(), [9, 0]);
}

#[test]
fn a_piece_that_is_not_full_is_moved_after_a_while() {
    let bench = Bench::new(1);
    let disk = bench.staged(true);
    let file = disk.open(NAME, Access::Cached).expect("it is there");
    file.write(0, &pages([5])).expect("it is staged");
    let moved = (0..3_000).any(|_| {
        std::thread::park_timeout(std::time::Duration::from_millis(10));
        bench.below() == [5]
    });
    assert!(moved, "the thread moves it");
}

#[test]
fn a_damaged_slot_and_a_damaged_first_page_are_not_believed() {
    for damaged in [0, PAGE_BYTES as u64, 2 * PAGE_BYTES as u64 + 7] {
        let bench = Bench::new(1);
        let disk = bench.staged(false);
        disk.open(NAME, Access::Cached).and_then(|file| file.write(0, &pages([1]))).expect("it is staged");
        drop(disk);
        let staging = bench.native().open(FILE, Access::Cached).expect("it is there");
        staging.write(damaged, &[255]).expect("it is written");
        assert_eq!(left::put_in_place(bench.native().as_ref(), &JOURNAL).expect("nothing is believed"), 0);
        assert_eq!(bench.below(), [0]);
    }
}

#[test]
fn two_writers_who_wait_for_slots_do_not_lose_each_others_pieces() {
    const OTHER: &str = "b.segment";
    let bench = Bench::new(200);
    let file = bench.native().create(OTHER, Access::Cached).expect("the file is new");
    file.allocate(200 * PAGE_BYTES as u64).expect("there is space");
    let disk = bench.staged(true);
    std::thread::scope(|scope| {
        for name in [NAME, OTHER] {
            let disk = &disk;
            scope.spawn(move || {
                let file = disk.open(name, Access::Cached).expect("it is there");
                for at in 0..200 {
                    file.write(at * PAGE_BYTES as u64, &pages([at as u8 + 1])).expect("it is staged");
                }
                file.sync().expect("it is moved");
            });
        }
    });
    let all: Vec<u8> = (1..=200).collect();
    for name in [NAME, OTHER] {
        assert_eq!(firsts(bench.native().open(name, Access::Read).expect("it is there").as_ref()), all);
    }
}

#[test]
fn the_staging_file_of_another_journal_is_not_believed_and_one_of_another_version_is_refused() {
    let bench = Bench::new(1);
    let disk = bench.staged(false);
    disk.open(NAME, Access::Cached).and_then(|file| file.write(0, &pages([1]))).expect("it is staged");
    drop(disk);
    let mut page = [0; PAGE_BYTES];
    let staging = bench.native().open(FILE, Access::Cached).expect("it is there");
    staging.read(0, &mut page).expect("it is read");
    let as_it_was = page;
    page[12] += 1;
    let sum = crate::format::checksum(&page[12..48]);
    page[8..12].copy_from_slice(&sum.to_le_bytes());
    staging.write(0, &page).expect("it is written");
    let refused = left::put_in_place(bench.native().as_ref(), &JOURNAL).expect_err("it may hold something");
    assert!(refused.to_string().contains("format version 2"), "{refused}");
    staging.write(0, &as_it_was).expect("it is written");
    assert_eq!(left::put_in_place(bench.native().as_ref(), &[8; 16]).expect("it is not ours"), 0);
    assert_eq!(bench.below(), [0]);
}

#[test]
fn what_the_pages_say_is_believed_only_within_the_files() {
    let bench = Bench::new(1);
    drop(bench.staged(false));
    let file = bench.native().open(FILE, Access::Cached).expect("it is there");
    let lies = |slot_bytes: u64, at: u64, length: u32| {
        let mut page = [0; PAGE_BYTES];
        let floor = staging::Floor { journal: JOURNAL, serial: 0, slot_bytes };
        staging::encode_floor(&floor, &mut page);
        file.write(0, &page).expect("it is written");
        let slot = staging::Slot { serial: 1, name: NAME, at, length, sum: 0 };
        file.write(PAGE_BYTES as u64, &staging::encode_slot(&slot)).expect("it is written");
        left::find(bench.native().as_ref(), &JOURNAL).expect("it is looked at").len()
    };
    let slot_bytes = SHAPE.slot_bytes as u64;
    assert_eq!(lies(slot_bytes, 0, 0), 1, "nothing, where it belongs");
    for (slot_bytes, at, length) in [
        (0, 0, 0),
        (u64::MAX, 0, 0),
        (u64::MAX - 4095, 0, u32::MAX),
        (slot_bytes, u64::MAX, 1),
        (slot_bytes, 0, u32::MAX),
    ] {
        assert_eq!(lies(slot_bytes, at, length), 0, "{slot_bytes} {at} {length}");
    }
}
