//! A process that is out of descriptors: what waits is written when there are some again, and nothing is taken for damage.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hence_base::{Offset, Position};
use hence_journal::Journal;
use hence_journal::disk::native::NativeDisk;
use hence_journal::disk::{Access, Disk, DiskFile};
use hence_journal::local::{LocalJournal, Mode, Options};
use hence_journal::{Outcome, ReadError, ReadLimits};

use crate::{STREAM, Seen, options, payloads, submit_one};

/// `EMFILE`
const NO_DESCRIPTORS: i32 = 24;

/// A directory in which no file can be opened while the process is out of descriptors.
#[derive(Debug)]
struct Short {
    inner: NativeDisk,
    out: AtomicBool,
}

impl Short {
    fn there_is_one(&self) -> io::Result<()> {
        let out = self.out.load(Ordering::Relaxed);
        if out { Err(io::Error::from_raw_os_error(NO_DESCRIPTORS)) } else { Ok(()) }
    }
}

impl Disk for Short {
    fn list(&self) -> io::Result<Vec<String>> {
        self.there_is_one().and_then(|()| self.inner.list())
    }

    fn create(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        self.there_is_one().and_then(|()| self.inner.create(name, how))
    }

    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        self.there_is_one().and_then(|()| self.inner.open(name, how))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.inner.sync_names()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.inner.free_bytes()
    }
}

fn open(dir: &Path, mode: Mode) -> (Arc<LocalJournal>, Arc<Short>) {
    let inner = NativeDisk::open(dir).expect("the directory is there");
    let disk = Arc::new(Short { inner, out: AtomicBool::new(false) });
    let options = Options { ring_bytes: 1 << 20, checkpoint_bytes: 256 << 10, ..options(dir, mode) };
    let opened = LocalJournal::open_on(Arc::clone(&disk) as Arc<dyn Disk>, &options, &mut Seen::default());
    (opened.expect("it opens").0, disk)
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
    let (journal, disk) = open(dir.path(), Mode::Fsync);
    append(&journal, 0..2);
    let files = || std::fs::read_dir(dir.path()).expect("it is there").count();
    disk.out.store(true, Ordering::Relaxed);
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
    disk.out.store(false, Ordering::Relaxed);
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
    let (journal, disk) = open(dir.path(), Mode::Fsync);
    append(&journal, 0..400);
    let read = |from| journal.read(STREAM, Offset(from), ReadLimits { bytes_max: 1, before: None });
    disk.out.store(true, Ordering::Relaxed);
    assert!(matches!(read(0), Outcome::Now(Err(ReadError::Io))));
    disk.out.store(false, Ordering::Relaxed);
    assert_eq!(journal.damaged(), []);
    assert!(matches!(read(0), Outcome::Now(Ok(entries)) if entries.len() == 1));
}

#[test]
fn a_sync_needs_no_descriptor() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, disk) = open(dir.path(), Mode::Os);
    append(&journal, 0..60);
    for base in 60..200 {
        // Each step of the work behind the log comes to its turn without a descriptor, a sync of the log among them.
        disk.out.store(base % 3 == 0, Ordering::Relaxed);
        journal.tend();
        append(&journal, base..base + 1);
        assert_eq!(journal.state().failure, None, "at {base}");
    }
    disk.out.store(false, Ordering::Relaxed);
    while journal.tend() {}
    assert!(journal.counts().checkpoints > 0);
    assert_eq!(journal.close(), Ok(()));
    drop(journal);
}
