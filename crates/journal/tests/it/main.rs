//! What only the files of a directory can show: torn tails, damage, and directories that must not be touched.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, Position, StreamId, TableId, Target, Timestamp,
    Urgency,
};
use hence_journal::local::{Io, LocalJournal, Mode, OpenError, Options};
use hence_journal::{Journal, Opening, Outcome, ReadLimits, Replay};
use smallvec::smallvec;

const STREAM: StreamId = StreamId(5);
const PAGE: u64 = 4096;

#[derive(Default)]
struct Seen(Vec<Position>);

impl Replay for Seen {
    fn row(&mut self, _table: TableId, _key: &[u8], _value: &[u8]) {}

    fn op(&mut self, position: Position, _op: &Op<'_>) {
        self.0.push(position);
    }
}

fn options(dir: &Path, mode: Mode) -> Options {
    Options { mode, io: Io::Buffered, threads: false, segment_bytes_min: 64 << 10, ..Options::new(dir) }
}

fn open(dir: &Path, mode: Mode) -> Result<(Arc<LocalJournal>, Opening), OpenError> {
    LocalJournal::open(&options(dir, mode), &mut Seen::default())
}

/// Appends one entry per block.
fn append(journal: &LocalJournal, range: std::ops::Range<u64>) {
    for base in range {
        let header = EntryHeader {
            base: Offset(base),
            count: 1,
            max_timestamp: Timestamp(base as i64),
            leader_epoch: LeaderEpoch(0),
            format: 1,
            flags: 0,
            annotations: &[],
        };
        let payload = format!("entry {base}");
        let op = Op::Append(Append {
            targets: smallvec![Target { stream: STREAM, header }],
            payload: payload.as_bytes(),
        });
        let commit = Commit { ops: vec![op], urgency: Urgency::Normal };
        journal.submit(&commit).expect("the journal takes it");
        journal.flush();
    }
}

/// Payloads from the start on.
fn payloads(journal: &LocalJournal) -> Vec<String> {
    let mut found = Vec::new();
    let Some(bounds) = journal.bounds(STREAM) else { return found };
    let mut from = bounds.start;
    while from < bounds.end {
        let limits = ReadLimits { bytes_max: usize::MAX, before: None };
        let Outcome::Now(entries) = journal.read(STREAM, from, limits) else {
            panic!("without threads a read answers at once")
        };
        for entry in entries.expect("the entries are readable") {
            from = entry.end();
            found.push(String::from_utf8_lossy(&entry.payload).into_owned());
        }
    }
    found
}

fn expected(count: u64) -> Vec<String> {
    (0..count).map(|base| format!("entry {base}")).collect()
}

/// The segment file that holds `text`, and where.
fn find(dir: &Path, text: &str) -> (PathBuf, u64) {
    for entry in fs::read_dir(dir).expect("the directory is there") {
        let path = entry.expect("an entry").path();
        let bytes = fs::read(&path).expect("a file");
        if let Some(at) = bytes.windows(text.len()).position(|window| window == text.as_bytes()) {
            return (path, at as u64);
        }
    }
    panic!("{text} is in no file");
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let file = OpenOptions::new().write(true).open(path).expect("the file opens");
    file.write_all_at(bytes, at).expect("it is written");
}

#[test]
fn a_torn_last_block_is_cut_whole_and_the_rest_is_there() {
    for mode in [Mode::Fsync, Mode::Os] {
        let dir = tempfile::tempdir().expect("a directory");
        let (journal, _) = open(dir.path(), mode).expect("it opens");
        append(&journal, 0..10);
        drop(journal);
        let (path, at) = find(dir.path(), "entry 9");
        overwrite(&path, at, b"garbage");
        let (journal, opening) = open(dir.path(), mode).expect("a torn tail is no damage");
        assert_eq!(opening.complete, mode == Mode::Fsync);
        assert_eq!(payloads(&journal), expected(9));
        append(&journal, 9..12);
        assert_eq!(payloads(&journal), expected(12));
        drop(journal);
        let (journal, _) = open(dir.path(), mode).expect("it opens");
        assert_eq!(payloads(&journal), expected(12));
    }
}

#[test]
fn a_block_that_was_on_the_device_and_is_gone_is_damage_with_file_and_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open(dir.path(), Mode::Fsync).expect("it opens");
    append(&journal, 0..10);
    drop(journal);
    let (path, at) = find(dir.path(), "entry 5");
    overwrite(&path, at, b"garbage");
    let error = open(dir.path(), Mode::Fsync).expect_err("damage stops an opening");
    let text = error.to_string();
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(text.contains(&name) && text.contains(&format!("byte {}", at / PAGE * PAGE)), "{text}");
    assert!(text.contains("hence doctor"), "{text}");
}

#[test]
fn an_unsynced_hole_in_mode_os_is_a_torn_tail_and_what_followed_never_rises_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open(dir.path(), Mode::Os).expect("it opens");
    append(&journal, 0..10);
    drop(journal);
    let (path, at) = find(dir.path(), "entry 5");
    overwrite(&path, at / PAGE * PAGE, &[0; PAGE as usize]);
    let (journal, opening) = open(dir.path(), Mode::Os).expect("nothing was promised");
    assert!(!opening.complete);
    assert_eq!(payloads(&journal), expected(5));
    drop(journal);
    for _ in 0..3 {
        let (journal, _) = open(dir.path(), Mode::Os).expect("it opens");
        assert_eq!(payloads(&journal), expected(5));
    }
}

#[test]
fn an_opening_after_a_lossy_one_stays_incomplete_until_a_clean_stop() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, first) = open(dir.path(), Mode::Os).expect("it opens");
    assert!(first.complete);
    append(&journal, 0..2);
    drop(journal);
    let (journal, second) = open(dir.path(), Mode::Fsync).expect("it opens");
    assert!(!second.complete);
    drop(journal);
    let (journal, third) = open(dir.path(), Mode::Fsync).expect("it opens");
    assert!(!third.complete, "the second may have raised nothing");
    journal.close().expect("it closes");
    drop(journal);
    let (_, fourth) = open(dir.path(), Mode::Fsync).expect("it opens");
    assert!(fourth.complete);
}

#[test]
fn a_log_goes_on_over_many_segments_and_a_lost_segment_page_loses_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open(dir.path(), Mode::Fsync).expect("it opens");
    append(&journal, 0..200);
    drop(journal);
    let (path, _) = find(dir.path(), "entry 199");
    overwrite(&path, 0, &[0; 512]);
    let (journal, _) = open(dir.path(), Mode::Fsync).expect("blocks say where they belong");
    assert_eq!(payloads(&journal), expected(200));
}

#[test]
fn a_directory_with_other_files_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("letters.txt"), "dear").expect("a file");
    let error = open(dir.path(), Mode::Fsync).expect_err("it is somebody else's");
    assert!(error.to_string().contains("letters.txt") && error.to_string().contains("--data"), "{error}");
    let names: Vec<_> = fs::read_dir(dir.path()).expect("it is there").collect();
    assert_eq!(names.len(), 1, "nothing was written");
}

#[test]
fn a_journal_of_another_format_version_is_refused_by_name() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(open(dir.path(), Mode::Fsync).expect("it opens"));
    overwrite(&dir.path().join("journal.hence"), 12, &[9, 0]);
    let error = open(dir.path(), Mode::Fsync).expect_err("it is not understood");
    assert!(error.to_string().contains("format version 9"), "{error}");
}

#[test]
fn a_directory_in_use_names_the_process_that_uses_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let _held = open(dir.path(), Mode::Fsync).expect("it opens");
    let error = open(dir.path(), Mode::Fsync).expect_err("it is in use");
    assert!(error.to_string().contains(&format!("(pid {})", std::process::id())), "{error}");
}
