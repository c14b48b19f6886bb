//! The doctor: what it finds, what it cuts, what it keeps.

use std::fs;

use hence_base::{Offset, Op, TableId};
use hence_journal::doctor::{ChainEnd, Lost, Nobody, RepairError, inspect, repair};
use hence_journal::local::{LocalJournal, Mode, OpenError};
use hence_journal::{Journal, Outcome};

use crate::{
    PAGE, STREAM, Seen, append, expected, find, names, open, overwrite, payloads, small, submit_with,
};

#[test]
fn a_sound_directory_is_reported_whole_and_left_as_it_is() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open(dir.path(), Mode::Fsync).expect("it opens");
    append(&journal, 0..10);
    journal.close().expect("it closes");
    drop(journal);
    let before: Vec<_> = names(dir.path(), "").iter().map(|path| fs::read(path).expect("a file")).collect();
    let report = inspect(dir.path(), &mut Nobody).expect("it can be looked at");
    assert!(report.is_sound() && !report.refuses_to_open(), "{report:?}");
    assert_eq!(report.chain.end, ChainEnd::Whole);
    let [stream] = &report.streams[..] else { panic!("one stream: {:?}", report.streams) };
    assert_eq!((stream.stream, stream.start, stream.end), (STREAM, Offset(0), Offset(10)));
    let after: Vec<_> = names(dir.path(), "").iter().map(|path| fs::read(path).expect("a file")).collect();
    assert!(before == after, "nothing but the lock's own file may change, and it says the same");
}

#[test]
fn a_torn_tail_is_no_damage_and_a_repair_cuts_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open(dir.path(), Mode::Fsync).expect("it opens");
    append(&journal, 0..10);
    drop(journal);
    let (path, at) = find(dir.path(), "entry 9");
    overwrite(&path, at, b"garbage");
    let report = inspect(dir.path(), &mut Nobody).expect("it can be looked at");
    assert!(report.is_sound() && matches!(report.chain.end, ChainEnd::Torn { .. }), "{:?}", report.chain);
    let repaired = repair(dir.path(), false).expect("a start would do the same");
    assert_eq!((repaired.lost.len(), repaired.copy), (0, None));
    assert_eq!(repaired.after.chain.end, ChainEnd::Whole);
    let (journal, opening) = open(dir.path(), Mode::Fsync).expect("it opens");
    assert!(opening.complete);
    assert_eq!(payloads(&journal), expected(9));
}

#[test]
fn a_loss_is_listed_first_copied_before_the_cut_and_makes_the_next_start_incomplete() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open(dir.path(), Mode::Fsync).expect("it opens");
    append(&journal, 0..40);
    drop(journal);
    let (path, at) = find(dir.path(), "entry 25");
    let before = fs::read(&path).expect("a file");
    overwrite(&path, at, b"garbage");
    let report = inspect(dir.path(), &mut Nobody).expect("it can be looked at");
    assert!(report.refuses_to_open());
    let damage = &report.damage[0];
    assert_eq!((damage.at, path.ends_with(&damage.file)), (Some(at / PAGE * PAGE), true), "{damage:?}");
    let lost = [Lost { stream: STREAM, from: Offset(25), to: Offset(40) }];
    assert_eq!(report.lost, lost);

    let refused = repair(dir.path(), false).expect_err("it would lose something");
    assert!(
        matches!(&refused, RepairError::WouldLose { lost: listed, .. } if listed[..] == lost),
        "{refused}"
    );
    assert!(matches!(open(dir.path(), Mode::Fsync), Err(OpenError::Damaged { .. })), "nothing was cut");

    let repaired = repair(dir.path(), true).expect("the loss is accepted");
    assert_eq!(repaired.lost, lost);
    let copy = repaired.copy.expect("a copy is kept").join(path.file_name().expect("a name"));
    assert_eq!(fs::read(copy).expect("a file").len(), before.len());
    // A second look changes nothing of that.
    repair(dir.path(), false).expect("there is nothing left to cut");
    let (journal, opening) = open(dir.path(), Mode::Fsync).expect("it opens");
    assert!(!opening.complete, "leader epochs must rise");
    assert_eq!(payloads(&journal), expected(25));
}

#[test]
fn a_repair_does_not_hide_what_a_power_cut_may_have_taken() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open(dir.path(), Mode::Os).expect("it opens");
    append(&journal, 0..10);
    drop(journal);
    repair(dir.path(), false).expect("a start would do the same");
    let (_, opening) = open(dir.path(), Mode::Os).expect("it opens");
    assert!(!opening.complete, "leader epochs must rise");
}

/// Appends an entry and puts its number into a row, in one commit.
fn append_with_row(journal: &LocalJournal, base: u64) {
    let payload = format!("entry {base} {}", "x".repeat(8_000));
    let number = base.to_le_bytes();
    let put = Op::Put { table: TableId(1), key: b"newest", value: &number };
    submit_with(journal, base, payload.as_bytes(), Some(put));
}

#[test]
fn a_checkpoint_that_is_ahead_of_the_cut_goes_with_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = small(dir.path(), Mode::Fsync);
    let (journal, _) = LocalJournal::open(&options, &mut Seen::default()).expect("it opens");
    let write = |base| {
        append_with_row(&journal, base);
        journal.flush();
    };
    (0..40).for_each(write);
    // It reflects what is submitted, and waits until that is durable.
    (40..45).for_each(|base| append_with_row(&journal, base));
    while journal.tend() {}
    assert_eq!(journal.counts().checkpoints, 0);
    journal.flush();
    while journal.tend() {}
    assert_eq!(journal.counts().checkpoints, 1);
    (45..50).for_each(write);
    drop(journal);
    let (path, at) = find(dir.path(), "entry 41 ");
    overwrite(&path, at, b"garbage");
    let lost = [Lost { stream: STREAM, from: Offset(40), to: Offset(50) }];
    assert_eq!(repair(dir.path(), true).expect("the loss is accepted").lost, lost);
    let (journal, _) = LocalJournal::open(&options, &mut Seen::default()).expect("it opens");
    assert_eq!(journal.bounds(STREAM).map(|bounds| bounds.end), Some(Offset(40)));
    let Outcome::Now(row) = journal.row(TableId(1), b"newest") else { panic!("no threads, no waiting") };
    assert_eq!(row.as_deref(), Some(&39_u64.to_le_bytes()[..]));
}

#[test]
fn damage_in_sealed_data_names_the_offsets_that_cannot_be_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open(dir.path(), Mode::Fsync).expect("it opens");
    append(&journal, 0..40);
    journal.close().expect("it closes");
    drop(journal);
    let (path, at) = find(dir.path(), "entry 25");
    overwrite(&path, at, b"garbage");
    let report = inspect(dir.path(), &mut Nobody).expect("it can be looked at");
    assert!(!report.is_sound() && !report.refuses_to_open(), "it opens and says so to readers");
    let unreadable = report.streams[0].unreadable[0];
    assert_eq!((unreadable.from, unreadable.to), (Offset(25), Offset(26)));
}

#[test]
fn a_directory_that_is_no_journal_is_not_touched() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("letters.txt"), "dear").expect("a file");
    inspect(dir.path(), &mut Nobody).expect_err("it is somebody else's");
    repair(dir.path(), true).expect_err("it is somebody else's");
    assert_eq!(names(dir.path(), "").len(), 1);
}

#[test]
fn a_log_that_is_gone_or_cut_before_its_checkpoint_is_damage() {
    let cut = |path: &std::path::Path| {
        fs::OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(PAGE)).expect("it is cut");
    };
    let gone = |path: &std::path::Path| fs::remove_file(path).expect("it is removed");
    for lose in [&cut as &dyn Fn(&std::path::Path), &gone] {
        let dir = tempfile::tempdir().expect("a directory");
        let (journal, _) = open(dir.path(), Mode::Fsync).expect("it opens");
        append(&journal, 0..10);
        journal.close().expect("it closes");
        drop(journal);
        names(dir.path(), ".segment").iter().for_each(|path| lose(path));
        assert!(matches!(open(dir.path(), Mode::Fsync), Err(OpenError::Damaged { .. })));
        assert!(inspect(dir.path(), &mut Nobody).expect("it can be looked at").refuses_to_open());
    }
}
