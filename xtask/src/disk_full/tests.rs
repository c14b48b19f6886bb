//! The check finds each way in which a full disk can be handled wrong.

use super::check::{Lived, check_lived, check_looked};

const LIVED: &[&str] = &[
    "acked kept 0 0:aa",
    "acked filler-0 0 0:bb",
    "refused filler-0 KAFKA_STORAGE_ERROR 1:cc",
    "read kept 0 0:aa",
    "committed 1",
    "waiting 3",
    "deleted filler-0",
    "acked kept 1 1:dd",
    "relieved 0 12",
    "done",
];
const LOOKED: &[&str] = &["ends kept 0 2", "committed 1", "read kept 0 0:aa", "read kept 1 1:dd", "done"];
/// Which the one record of the filler fills.
const DISK_BYTES: u64 = 100_000;

fn changed<'a>(lines: &[&'a str], from: &str, to: &'a str) -> Vec<&'a str> {
    lines.iter().map(|line| if *line == from { to } else { line }).filter(|line| !line.is_empty()).collect()
}

/// What is wrong when `to` is lived in the place of `from`.
fn lived(from: &str, to: &str) -> Vec<String> {
    let lines = changed(LIVED, from, to);
    check_lived(&Lived::read(lines.into_iter()).expect("lines"), 1, DISK_BYTES)
}

/// What is wrong when `to` is there in the place of `from`.
fn looked(from: &str, to: &str) -> Vec<String> {
    let lines: Vec<_> = changed(LOOKED, from, to).into_iter().map(str::to_owned).collect();
    check_looked(&Lived::read(LIVED.iter().copied()).expect("lines"), &lines).expect("lines")
}

#[test]
fn a_disk_that_was_handled_well_passes() {
    assert_eq!(lived("", ""), [""; 0]);
    assert_eq!(looked("", ""), [""; 0]);
}

#[test]
fn a_refusal_with_another_error_or_of_who_may_wait_is_found() {
    let refused = "refused filler-0 KAFKA_STORAGE_ERROR 1:cc";
    assert_eq!(lived(refused, "refused filler-0 _MSG_TIMED_OUT 1:cc").len(), 1);
    assert_eq!(lived(refused, "refused kept KAFKA_STORAGE_ERROR 1:cc").len(), 1);
}

#[test]
fn a_spell_without_a_full_disk_or_a_deletion_is_found() {
    assert_eq!(lived("waiting 3", "waiting 0").len(), 1);
    assert_eq!(lived("deleted filler-0", "").len(), 1);
    let small = Lived::read(LIVED.iter().copied()).expect("lines");
    assert_eq!(check_lived(&small, 1, 1_000_000).len(), 1);
}

#[test]
fn space_that_does_not_come_back_is_found() {
    let mut lines = LIVED.to_vec();
    lines.extend(["acked filler-0 1 2:ee", "acked filler-0 2 3:ee", "acked filler-1 0 0:ff"]);
    lines.extend(["waiting 1", "deleted filler-1", "relieved 1 9"]);
    let lived = Lived::read(lines.into_iter()).expect("lines");
    let wrong = check_lived(&lived, 2, DISK_BYTES);
    assert!(matches!(&wrong[..], [line] if line.contains("after a deletion")), "{wrong:?}");
}

#[test]
fn small_records_fill_nothing() {
    let mut lines = LIVED.to_vec();
    lines.extend([
        "smaller filler-0",
        "acked filler-0 1 2:ee",
        "acked filler-0 2 3:ff",
        "acked filler-1 0 0:ff",
    ]);
    lines.extend(["waiting 1", "deleted filler-1", "relieved 1 9"]);
    let lived = Lived::read(lines.into_iter()).expect("lines");
    assert_eq!(check_lived(&lived, 2, DISK_BYTES), [""; 0]);
}

#[test]
fn a_read_of_what_was_not_acknowledged_and_a_broken_value_are_found() {
    assert_eq!(lived("read kept 0 0:aa", "read kept 0 0:zz").len(), 1);
    assert_eq!(lived("read kept 0 0:aa", "broken kept 0 0:aa"), ["broken kept 0 0:aa"]);
}

#[test]
fn a_lost_moved_or_doubled_record_is_found() {
    assert_eq!(looked("read kept 1 1:dd", "").len(), 2, "it is lost and leaves a gap");
    let doubled = looked("read kept 1 1:dd", "read kept 1 0:aa");
    assert!(doubled.iter().any(|line| line.contains("again")), "{doubled:?}");
}

#[test]
fn a_refused_record_that_is_there_and_a_commit_that_is_not_are_found() {
    let mut lines = LOOKED.to_vec();
    lines.extend(["ends filler-0 0 2", "read filler-0 0 0:bb", "read filler-0 1 1:cc"]);
    let lines: Vec<_> = lines.into_iter().map(str::to_owned).collect();
    let wrong = check_looked(&Lived::read(LIVED.iter().copied()).expect("lines"), &lines).expect("lines");
    assert!(matches!(&wrong[..], [line] if line.contains("was refused")), "{wrong:?}");
    assert_eq!(looked("committed 1", "committed 0").len(), 1);
}
