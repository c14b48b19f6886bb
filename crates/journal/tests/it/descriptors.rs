//! A process that is out of descriptors: what waits is written when there are some again, and nothing is taken for damage.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hence_base::{Offset, Position};
use hence_journal::Journal;
use hence_journal::local::{LocalJournal, Mode, Options};
use hence_journal::{Outcome, ReadError, ReadLimits};

use crate::failing::{Call, Failing};
use crate::{STREAM, Seen, options, payloads, submit_one};

/// `EMFILE`
const NO_DESCRIPTORS: i32 = 24;

/// Whether the process is out of descriptors: then no file can be opened.
type Out = AtomicBool;

fn open(dir: &Path, mode: Mode) -> (Arc<LocalJournal>, Arc<Out>) {
    let out = Arc::new(Out::new(false));
    let asked = Arc::clone(&out);
    let fails = move |call: Call, _: &str| {
        let needs_one = matches!(call, Call::List | Call::Create | Call::Open);
        (needs_one && asked.load(Ordering::Relaxed)).then_some(NO_DESCRIPTORS)
    };
    let options = Options { ring_bytes: 1 << 20, checkpoint_bytes: 256 << 10, ..options(dir, mode) };
    let opened = LocalJournal::open_on(Failing::over(dir, fails), &options, &mut Seen::default());
    (opened.expect("it opens").0, out)
}

fn append(journal: &LocalJournal, range: std::ops::Range<u64>) {
    for base in range {
        submit_one(journal, base, format!("{base:08}").repeat(1_000).as_bytes());
        journal.flush();
    }
}

#[test]
fn a_log_that_cannot_open_its_next_segment_goes_on_when_it_can() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, out) = open(dir.path(), Mode::Fsync);
    append(&journal, 0..2);
    let files = || std::fs::read_dir(dir.path()).expect("it is there").count();
    out.store(true, Ordering::Relaxed);
    append(&journal, 2..40);
    let state = journal.state();
    assert!(state.durable < Position(40), "the next segment was opened: {state:?}");
    assert_eq!(state.failure, None);
    let before = files();
    for _ in 0..20 {
        journal.tend();
        journal.flush();
    }
    assert_eq!(files(), before, "each attempt left a file");
    out.store(false, Ordering::Relaxed);
    journal.flush();
    assert_eq!((journal.state().durable, journal.state().failure), (Position(40), None));
    assert_eq!(payloads(&journal).len(), 40);
    drop(journal);
    let (journal, _) = open(dir.path(), Mode::Fsync);
    assert_eq!(payloads(&journal).len(), 40);
}

#[test]
fn a_read_that_finds_no_descriptor_is_an_error_and_no_damage() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, out) = open(dir.path(), Mode::Fsync);
    append(&journal, 0..400);
    let read = |from| journal.read(STREAM, Offset(from), ReadLimits { bytes_max: 1, before: None });
    out.store(true, Ordering::Relaxed);
    assert!(matches!(read(0), Outcome::Now(Err(ReadError::Io))));
    out.store(false, Ordering::Relaxed);
    assert_eq!(journal.damaged(), []);
    assert!(matches!(read(0), Outcome::Now(Ok(entries)) if entries.len() == 1));
}

#[test]
fn a_sync_needs_no_descriptor() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, out) = open(dir.path(), Mode::Os);
    append(&journal, 0..60);
    for base in 60..200 {
        // Each step of the work behind the log comes to its turn without a descriptor, a sync of the log among them.
        out.store(base % 3 == 0, Ordering::Relaxed);
        journal.tend();
        append(&journal, base..base + 1);
        assert_eq!(journal.state().failure, None, "at {base}");
    }
    out.store(false, Ordering::Relaxed);
    while journal.tend() {}
    assert!(journal.counts().checkpoints > 0);
    assert_eq!(journal.close(), Ok(()));
    drop(journal);
}
