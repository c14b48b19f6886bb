//! What is done behind the log besides rolling: the scrub, exact sums, few rows.

use hence_base::{Offset, Op};
use hence_journal::local::{LocalJournal, Mode, Options};
use hence_journal::{Journal, Outcome, ReadError, ReadLimits};

use crate::{
    PAGE, STREAM, Seen, append, append_one, expected, find, open_small, overwrite, payloads, small, submit,
};

const ALL: ReadLimits = ReadLimits { bytes_max: usize::MAX, before: None };

#[test]
fn a_damaged_block_is_found_by_the_scrub_and_stops_only_its_own_readers() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    append(&journal, 0..100);
    journal.close().expect("it closes");
    drop(journal);
    let (path, at) = find(dir.path(), "entry 5");
    overwrite(&path, at, b"garbage");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    assert_eq!(journal.damaged(), []);
    append(&journal, 100..140);
    for _ in 0..20 {
        while journal.tend() {}
    }
    let [damaged] = &journal.damaged()[..] else { panic!("one block is damaged: {:?}", journal.damaged()) };
    assert_eq!((damaged.at, path.ends_with(&damaged.file)), (at / PAGE * PAGE, true));
    let read = |from| match journal.read(STREAM, Offset(from), ALL) {
        Outcome::Now(answer) => answer,
        Outcome::Later(_) => panic!("no threads, no waiting"),
    };
    assert_eq!(read(5).expect_err("it is damaged"), ReadError::Corrupt { at: Offset(5) });
    assert_eq!(read(0).expect("these are well").len(), 5);
    assert_eq!(read(6).expect("these are well").len(), 134);
    assert_eq!(journal.state().failure, None);
}

#[test]
fn bytes_that_a_trim_cuts_off_a_cold_block_are_counted_exactly_behind_the_log() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    let payloads: Vec<Vec<u8>> = (0..20).map(|n| vec![7; n * n]).collect();
    for (base, payload) in (0..).zip(&payloads) {
        crate::submit_one(&journal, base, payload);
    }
    journal.flush();
    journal.close().expect("it closes");
    drop(journal);
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    submit(&journal, Op::Trim { stream: STREAM, to: Offset(13) });
    while journal.tend() {}
    let left: usize = payloads[13..].iter().map(Vec::len).sum();
    assert_eq!(journal.bounds(STREAM).map(|bounds| bounds.bytes), Some(left as u64));
}

#[test]
fn many_small_rows_are_gathered_into_few() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = Options { index_rows_max: 50, ..small(dir.path(), Mode::Fsync) };
    let (journal, _) = LocalJournal::open(&options, &mut Seen::default()).expect("it opens");
    for base in 0..600 {
        append_one(&journal, base, format!("entry {base}").as_bytes());
        while journal.tend() {}
    }
    assert!(journal.counts().rolled > 3, "{:?}", journal.counts());
    assert_eq!(payloads(&journal), expected(600));
    drop(journal);
    let (journal, _) = LocalJournal::open(&options, &mut Seen::default()).expect("it opens");
    assert_eq!(payloads(&journal), expected(600));
}
