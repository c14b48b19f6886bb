//! Two blocks on their way at once: what is told, what a crash leaves, and that it happens where it should.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicUsize;

use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, Position, StreamId, Target, Timestamp,
};
use smallvec::smallvec;

use super::*;
use crate::disk::native::NativeDisk;
use crate::disk::{Access, Disk};
use crate::doctor::Nobody;
use crate::local::{Io, LocalJournal, Options};
use crate::{Failure, Journal, Outcome, ReadLimits};

const STREAM: StreamId = StreamId(5);
/// Commits that wait at most, in the closed loop.
const IN_FLIGHT: u64 = 60;

fn options(dir: &Path) -> Options {
    Options { threads: false, io: Io::Buffered, segment_bytes_min: 1 << 20, ..Options::new(dir) }
}

fn open(dir: &Path) -> Arc<LocalJournal> {
    LocalJournal::open(&options(dir), &mut Nobody).expect("it opens").0
}

fn submit(journal: &LocalJournal, base: u64, payload: &[u8]) -> Position {
    let header = EntryHeader {
        base: Offset(base),
        count: 1,
        max_timestamp: Timestamp(0),
        leader_epoch: LeaderEpoch(0),
        format: 1,
        flags: 0,
        annotations: &[],
    };
    let op = Op::Append(Append { targets: smallvec![Target { stream: STREAM, header }], payload });
    journal.submit(&Commit { ops: vec![op], ..Commit::default() }).expect("the journal takes it")
}

fn entries(journal: &LocalJournal) -> usize {
    let Some(bounds) = journal.bounds(STREAM).filter(|bounds| bounds.end > bounds.start) else { return 0 };
    match journal.read(STREAM, bounds.start, ReadLimits { bytes_max: usize::MAX, before: None }) {
        Outcome::Now(entries) => entries.expect("they are readable").len(),
        Outcome::Later(_) => panic!("without threads a read answers at once"),
    }
}

/// Two blocks that are sealed, and the position of the second one's commit.
fn two_on_their_way(journal: &LocalJournal, writer: &mut Writer) -> ((Passage, Passage), Position) {
    submit(journal, 0, b"first");
    let first = journal.store.launch(writer).expect("it is on its way");
    let last = submit(journal, 1, b"second");
    let second = journal.store.launch(writer).expect("so is the other");
    ((first, second), last)
}

/// What a crash would leave of the directory now.
fn copied(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a directory");
    for entry in std::fs::read_dir(dir).expect("it is there").flatten() {
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("it is copied");
    }
    copy
}

#[test]
fn the_second_block_counts_only_when_the_first_is_there() {
    let dir = tempfile::tempdir().expect("a directory");
    let journal = open(dir.path());
    let store = &journal.store;
    let before = journal.state().durable;
    let mut writer = store.log_end.lock();
    let ((first, second), last) = two_on_their_way(&journal, &mut writer);
    let written = store.fly(&second);
    assert_eq!(store.land(&mut writer, &second, written), Turn::Wrote);
    assert_eq!((journal.state().durable, entries(&journal)), (before, 0));

    let crashed = copied(dir.path());
    let opened = open(crashed.path());
    assert_eq!((opened.state().durable, entries(&opened)), (before, 0), "the second is behind a hole");
    submit(&opened, 0, b"another first");
    opened.flush();
    drop(opened);
    assert_eq!(entries(&open(crashed.path())), 1, "the old second follows the new first");

    let written = store.fly(&first);
    store.land(&mut writer, &first, written);
    assert_eq!((journal.state().durable, entries(&journal)), (last, 2));
    drop(writer);
    assert_eq!(entries(&open(copied(dir.path()).path())), 2);
}

#[test]
fn nothing_is_told_behind_a_write_that_failed() {
    let dir = tempfile::tempdir().expect("a directory");
    let journal = open(dir.path());
    let store = &journal.store;
    let before = journal.state().durable;
    let mut writer = store.log_end.lock();
    let ((first, second), _) = two_on_their_way(&journal, &mut writer);
    store.land(&mut writer, &first, Err(io::ErrorKind::Other.into()));
    let written = store.fly(&second);
    store.land(&mut writer, &second, written);
    assert_eq!((journal.state().durable, journal.state().failure), (before, Some(Failure::Unknown)));
    assert_eq!(entries(&journal), 0);
}

/// A directory on a device that takes its time for each direct write, however many there are.
#[derive(Debug)]
struct Slow {
    inner: NativeDisk,
    writing: Arc<Writing>,
}

#[derive(Debug, Default)]
struct Writing {
    now: AtomicUsize,
    most: AtomicUsize,
}

#[derive(Debug)]
struct SlowFile {
    inner: Arc<dyn DiskFile>,
    how: Access,
    writing: Arc<Writing>,
}

impl Slow {
    fn file(&self, inner: Arc<dyn DiskFile>, how: Access) -> Arc<dyn DiskFile> {
        Arc::new(SlowFile { inner, how, writing: Arc::clone(&self.writing) })
    }
}

impl Disk for Slow {
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn create(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.file(self.inner.create(name, cached(how))?, how))
    }

    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.file(self.inner.open(name, cached(how))?, how))
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

/// For longer than a fast device would need.
#[expect(clippy::disallowed_methods, reason = "a device that is slow blocks who writes to it")]
fn device_works() {
    std::thread::sleep(Duration::from_millis(4));
}

/// New segments are filled beside the log.
fn is_writing_thread() -> bool {
    std::thread::current().name().is_some_and(|name| name.starts_with("journal-write"))
}

fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::yield_now();
    }
}

/// Not every file system of a test does direct writes.
fn cached(how: Access) -> Access {
    if how == Access::Direct { Access::Cached } else { how }
}

impl DiskFile for SlowFile {
    fn bytes(&self) -> io::Result<u64> {
        self.inner.bytes()
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        if self.how == Access::Direct && is_writing_thread() {
            let now = self.writing.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.writing.most.fetch_max(now, Ordering::SeqCst);
            device_works();
            self.writing.now.fetch_sub(1, Ordering::SeqCst);
        }
        self.inner.write(at, bytes)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.inner.read(at, bytes)
    }

    fn forget(&self) -> io::Result<()> {
        self.inner.forget()
    }

    fn sync(&self) -> io::Result<()> {
        self.inner.sync()
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        self.inner.allocate(bytes)
    }
}

#[test]
fn a_slow_device_has_two_blocks_to_write_and_everything_comes_in_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let writing = Arc::new(Writing::default());
    let inner = NativeDisk::open(dir.path()).expect("the directory is there");
    let disk: Arc<dyn Disk> = Arc::new(Slow { inner, writing: Arc::clone(&writing) });
    let options =
        Options { threads: true, io: Io::Direct, checkpoint_bytes: 256 << 10, ..options(dir.path()) };
    let (journal, _) = LocalJournal::open_on(Arc::clone(&disk), &options, &mut Nobody).expect("it opens");
    let told = Arc::new(Told::default());
    journal.observe(Arc::clone(&told) as Arc<dyn crate::Observer>);
    let mut last = Position(0);
    for base in 0..600 {
        last = submit(&journal, base, &[base as u8; 4_000]);
        journal.flush();
        // Closed loop: so much waits that a second block pays, and not everything is in one.
        wait_until(|| journal.state().durable.0 + IN_FLIGHT >= last.0);
    }
    wait_until(|| journal.state().durable == last);
    assert_eq!(writing.most.load(Ordering::SeqCst), 2);
    assert!(told.0.lock().windows(2).all(|pair| pair[0] < pair[1]), "told in order, each once");
    assert_eq!(journal.close(), Ok(()));
    drop(journal);
    let journal = open(dir.path());
    let bases: BTreeSet<u64> = (0..600).filter(|base| payload_at(&journal, *base) == *base as u8).collect();
    assert_eq!(bases.len(), 600);
}

fn payload_at(journal: &LocalJournal, base: u64) -> u8 {
    match journal.read(STREAM, Offset(base), ReadLimits { bytes_max: 1, before: None }) {
        Outcome::Now(entries) => entries.expect("it is readable")[0].payload[0],
        Outcome::Later(_) => panic!("without threads a read answers at once"),
    }
}

/// Every durable position that was told.
#[derive(Default)]
struct Told(parking_lot::Mutex<Vec<Position>>);

impl crate::Observer for Told {
    fn advanced(&self, durable: Position, _touched: &[crate::Touched]) {
        self.0.lock().push(durable);
    }

    fn failed(&self, failure: Failure) {
        panic!("the journal failed: {failure}");
    }
}
