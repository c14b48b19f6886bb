//! Sizes of files, and whose they are.

use super::{Owed, Pick, Spread, Wanted, pick, room, spread};

const MIB: u64 = 1 << 20;
const WANTED: Wanted = Wanted { log_bytes: 8 * MIB, moving_bytes: 4 * MIB, log_first: false };

fn of(wanted: Wanted, spare: &[u64], creatable: u64, log: &[u64], moving: &[u64]) -> Spread {
    let sizes = |mib: &[u64]| mib.iter().map(|mib| mib * MIB).collect::<Vec<_>>();
    spread(&wanted, std::iter::empty(), sizes(spare), creatable * MIB, sizes(log), sizes(moving))
}

fn rooms(mib: &[u64]) -> u64 {
    mib.iter().map(|mib| room(mib * MIB)).sum()
}

#[test]
fn what_the_reserve_lacks_is_in_nobodys_room() {
    assert_eq!(of(WANTED, &[], 20, &[4, 4], &[4]).ahead_bytes, rooms(&[20]));
    assert_eq!(of(WANTED, &[], 20, &[], &[4]).ahead_bytes, rooms(&[12]));
    assert_eq!(of(WANTED, &[], 20, &[], &[]).ahead_bytes, rooms(&[8]));
    let files = of(WANTED, &[16, 5, 4, 6], 0, &[], &[]);
    assert_eq!((files.ahead_bytes, files.log_lacks_bytes), (rooms(&[16]), 0), "a file is taken whole");
    assert_eq!(files.reserve_bytes, rooms(&[5, 6]), "relief may use what the log's part will have");
}

#[test]
fn the_log_has_two_pieces_however_large_one_is() {
    let one = of(WANTED, &[], 0, &[16], &[4]);
    assert_eq!((one.reserve_bytes, one.log_lacks_bytes), (rooms(&[16]), 4 * MIB));
    let two = of(WANTED, &[16], 0, &[16], &[4]);
    assert_eq!((two.ahead_bytes, two.reserve_bytes, two.log_lacks_bytes), (0, rooms(&[16, 16]), 0));
}

#[test]
fn what_moved_entries_are_kept_is_in_no_room() {
    let kept = of(WANTED, &[], 0, &[], &[4]);
    assert_eq!((kept.ahead_bytes, kept.reserve_bytes, kept.log_lacks_bytes), (0, 0, 8 * MIB));
    let first = of(WANTED, &[8], 0, &[], &[]);
    assert_eq!((first.ahead_bytes, first.reserve_bytes, first.log_lacks_bytes), (0, 0, 8 * MIB));
    let first = of(Wanted { log_first: true, ..WANTED }, &[8], 0, &[], &[]);
    assert_eq!((first.ahead_bytes, first.reserve_bytes, first.log_lacks_bytes), (0, rooms(&[8]), 4 * MIB));
}

#[test]
fn a_piece_is_the_smallest_file_that_is_enough_or_a_new_one_when_files_are_far_too_large() {
    let files = [16 * MIB, 9 * MIB, 2 * MIB];
    assert_eq!(pick(8 * MIB, &files, 100 * MIB), Some(Pick::File(1)));
    assert_eq!(pick(4 * MIB, &files, 100 * MIB), Some(Pick::New(4 * MIB)));
    assert_eq!(pick(4 * MIB, &files, MIB), Some(Pick::File(1)));
    assert_eq!(pick(20 * MIB, &files, MIB), Some(Pick::File(0)));
    assert_eq!(pick(20 * MIB, &[], MIB), Some(Pick::New(MIB)));
    assert_eq!(pick(20 * MIB, &[], 4_000), None);
}

#[test]
fn relief_is_owed_no_more_than_the_reserve_does_not_hold() {
    let owed = Owed { normal_bytes: MIB, relief_bytes: 3 * MIB };
    assert_eq!(owed.beside([4 * MIB].into_iter()), MIB);
    assert_eq!(owed.beside([2 * MIB].into_iter()), 3 * MIB);
}
