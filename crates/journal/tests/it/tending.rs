//! What is done behind the log besides rolling: the scrub, exact sums, few rows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hence_base::{Offset, Op};
use hence_journal::local::{Io, LocalJournal, Mode, Options};
use hence_journal::{Journal, Outcome, ReadError, ReadLimits};

use crate::failing::{Call, Failing};
use crate::{
    PAGE, STREAM, Seen, append, append_one, churn, expected, find, names, open_small, options, overwrite,
    payloads, small, submit, submit_one,
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

#[test]
fn what_a_start_replays_counts_towards_the_next_checkpoint() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut end = 0;
    for round in 0..12 {
        let (journal, seen) = open_small(dir.path(), Mode::Fsync);
        assert!(seen.0.len() < 250, "start {round} replays {} operations", seen.0.len());
        append(&journal, end..end + 40);
        end += 40;
        while journal.tend() {}
    }
}

#[test]
fn a_damaged_checkpoint_is_never_kept_in_the_place_of_a_whole_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    churn(&journal, 0..400);
    drop(journal);
    let checkpoints = names(dir.path(), ".checkpoint");
    overwrite(&checkpoints[1], PAGE + 20, b"garbage");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    let mut end = 400;
    while journal.counts().checkpoints == 0 {
        append(&journal, end..end + 1);
        end += 1;
        while journal.counts().checkpoints == 0 && journal.tend() {}
    }
    let left = names(dir.path(), ".checkpoint");
    assert_eq!(left.len(), 2);
    assert!(left.contains(&checkpoints[0]) && !left.contains(&checkpoints[1]), "{left:?}");
}

#[test]
fn a_spare_file_that_cannot_be_written_is_removed_and_holds_nothing_up() {
    /// `EIO`
    const BAD: i32 = 5;
    let dir = tempfile::tempdir().expect("a directory");
    let spares: Arc<Mutex<Vec<String>>> = Arc::default();
    let bad = Arc::clone(&spares);
    let fails = move |call: Call, name: &str| {
        let is_bad = bad.lock().expect("nobody panicked").iter().any(|spare| spare == name);
        (call == Call::Write && is_bad).then_some(BAD)
    };
    let options = small(dir.path(), Mode::Fsync);
    let opened = LocalJournal::open_on(Failing::over(dir.path(), fails), &options, &mut Seen::default());
    let (journal, _) = opened.expect("it opens");
    append(&journal, 0..200);
    let segments = || -> Vec<String> {
        let paths = names(dir.path(), ".segment").into_iter();
        paths.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
    };
    // All of them become spare but the one that is written.
    let (written, _) = find(dir.path(), "entry 199");
    let mut used = segments();
    used.retain(|name| !written.ends_with(name));
    *spares.lock().expect("nobody panicked") = used.clone();
    submit(&journal, Op::DropStream { stream: STREAM });
    for _ in 0..100 {
        journal.tend();
    }
    assert_eq!(journal.state().failure, None);
    let left = segments();
    let removed = used.iter().filter(|name| !left.contains(name)).count();
    assert!(removed >= 2, "{used:?} became {left:?}");
    append(&journal, 0..100);
    assert_eq!(journal.state().failure, None);
    while journal.tend() {}
}

#[test]
fn a_failure_that_only_the_thread_behind_is_told_of_ends_all_writing() {
    /// `EIO`
    const BAD: i32 = 5;
    let dir = tempfile::tempdir().expect("a directory");
    let asked = Arc::new(AtomicU64::new(0));
    let counts = Arc::clone(&asked);
    let fails = move |call: Call, _: &str| {
        let is_behind = call == Call::Sync && std::thread::current().name() == Some("journal-behind");
        let is_first = is_behind && counts.fetch_add(1, Ordering::Relaxed) == 0;
        is_first.then_some(BAD)
    };
    let options = Options {
        io: Io::Direct,
        threads: true,
        ring_bytes: 1 << 20,
        // Nobody else syncs meanwhile.
        checkpoint_bytes: 1 << 30,
        segment_bytes_min: 64 << 20,
        ..options(dir.path(), Mode::Os)
    };
    let opened = LocalJournal::open_on(Failing::over(dir.path(), fails), &options, &mut Seen::default());
    let (journal, _) = opened.expect("it opens");
    let payload = vec![7; 60 << 10];
    let mut base = 0;
    while journal.state().failure.is_none() {
        assert!(base < 1_000, "after {} syncs", asked.load(Ordering::Relaxed));
        submit_one(&journal, base, &payload);
        journal.flush();
        base += 1;
        // A faster load is not synced behind.
        std::thread::park_timeout(Duration::from_millis(20));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
