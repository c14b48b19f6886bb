//! The doctor: what it finds, what it cuts, what it keeps.

use std::fs;

use hence_base::Offset;
use hence_journal::Journal;
use hence_journal::doctor::{ChainEnd, Lost, Nobody, RepairError, inspect, repair};
use hence_journal::local::{Mode, OpenError};

use crate::{PAGE, STREAM, append, expected, find, names, open, overwrite, payloads};

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
    let (journal, opening) = open(dir.path(), Mode::Fsync).expect("it opens");
    assert!(!opening.complete, "leader epochs must rise");
    assert_eq!(payloads(&journal), expected(25));
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
