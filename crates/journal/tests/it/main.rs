//! What only the files of a directory can show: torn tails, damage, and directories that must not be touched.

mod descriptors;
mod doctor;
mod failing;
mod full;
mod roller;
mod stress;
mod tending;

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
        append_one(journal, base, format!("entry {base}").as_bytes());
    }
}

fn append_one(journal: &LocalJournal, base: u64, payload: &[u8]) {
    submit_one(journal, base, payload);
    journal.flush();
}

fn submit_one(journal: &LocalJournal, base: u64, payload: &[u8]) {
    submit_with(journal, base, payload, None);
}

/// Submits an entry, and another operation in the same commit.
fn submit_with<'a>(journal: &LocalJournal, base: u64, payload: &'a [u8], other: Option<Op<'a>>) {
    let header = EntryHeader {
        base: Offset(base),
        count: 1,
        max_timestamp: Timestamp(base as i64),
        leader_epoch: LeaderEpoch(0),
        format: 1,
        flags: 0,
        annotations: &[],
    };
    let op = Op::Append(Append { targets: smallvec![Target { stream: STREAM, header }], payload });
    let ops = [op].into_iter().chain(other).collect();
    journal.submit(&Commit { ops, urgency: Urgency::Normal }).expect("the journal takes it");
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
fn who_flushes_here_writes_one_block_and_is_told_that_more_waits() {
    let dir = tempfile::tempdir().expect("a directory");
    let journal = open(dir.path(), Mode::Os).expect("it opens").0;
    for base in 0..3 {
        // Two of them are more than a block of `os` holds.
        submit_one(&journal, base, &vec![b'x'; 700 << 10]);
    }
    let before = journal.state().durable;
    assert!(!journal.flush_here(), "two blocks are left");
    assert_eq!(journal.state().durable, before.next());
    journal.flush();
    assert_eq!(journal.state().durable, before.next().next().next());
    assert!(journal.flush_here(), "nothing is left");
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
    assert!(error.to_string().contains("letters.txt"), "{error}");
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

/// Options with which little data makes segments, checkpoints and recycling.
fn small(dir: &Path, mode: Mode) -> Options {
    Options { checkpoint_bytes: 256 << 10, segment_bytes_max: 256 << 10, ..options(dir, mode) }
}

fn open_small(dir: &Path, mode: Mode) -> (Arc<LocalJournal>, Seen) {
    let mut seen = Seen::default();
    let (journal, _) = LocalJournal::open(&small(dir, mode), &mut seen).expect("it opens");
    (journal, seen)
}

fn submit(journal: &LocalJournal, op: Op<'_>) {
    let commit = Commit { ops: vec![op], urgency: Urgency::Relief };
    journal.submit(&commit).expect("the journal takes it");
    journal.flush();
}

fn names(dir: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("the directory is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(suffix));
    paths.sort();
    paths
}

fn directory_bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).expect("the directory is there");
    entries.map(|entry| entry.expect("an entry").metadata().expect("its length").len()).sum()
}

/// Appends, trims all but the newest entries, and tends, so that the log runs through many segments.
fn churn(journal: &LocalJournal, range: std::ops::Range<u64>) {
    for base in range {
        append(journal, base..base + 1);
        submit(
            journal,
            Op::Put { table: TableId(1), key: &base.to_le_bytes()[..1], value: &base.to_le_bytes() },
        );
        if base > 10 {
            submit(journal, Op::Trim { stream: STREAM, to: Offset(base - 10) });
        }
        while journal.tend() {}
    }
}

#[test]
fn a_start_after_a_checkpoint_replays_only_what_came_later() {
    for mode in [Mode::Fsync, Mode::Os] {
        let dir = tempfile::tempdir().expect("a directory");
        let (journal, _) = open_small(dir.path(), mode);
        churn(&journal, 0..400);
        let counts = journal.counts();
        assert!(counts.checkpoints > 2 && counts.recycled > 5, "{counts:?}");
        drop(journal);
        let (journal, seen) = open_small(dir.path(), mode);
        assert!(seen.0.len() < 200, "{} operations were replayed", seen.0.len());
        assert_eq!(journal.bounds(STREAM).map(|bounds| (bounds.start.0, bounds.end.0)), Some((389, 400)));
        assert_eq!(payloads(&journal), expected(400)[389..]);
        let Outcome::Now(row) = journal.row(TableId(1), &[143]) else { panic!("rows are in memory") };
        assert_eq!(row.as_deref(), Some(&399_u64.to_le_bytes()[..]));
        append(&journal, 400..401);
        journal.close().expect("it closes");
        drop(journal);
        let (_, seen) = open_small(dir.path(), mode);
        assert_eq!(seen.0.len(), 0, "a clean stop leaves nothing to replay");
    }
}

#[test]
fn an_owner_that_names_no_derived_rows_and_commits_nothing_loses_nobodys() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    append(&journal, 0..3);
    drop(journal);
    // As a repair does: open, look, close.
    let (journal, seen) = open_small(dir.path(), Mode::Fsync);
    journal.close().expect("it closes");
    drop(journal);
    let (_, again) = open_small(dir.path(), Mode::Fsync);
    assert!(
        !seen.0.is_empty() && again.0.len() == seen.0.len(),
        "what rows are derived from is replayed again"
    );
}

#[test]
fn space_of_trimmed_entries_is_used_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    churn(&journal, 0..1_000);
    assert!(journal.counts().log_bytes > 10 << 20);
    let bytes = directory_bytes(dir.path());
    assert!(bytes < 4 << 20, "{bytes} bytes for a hundred live ones");
}

#[test]
fn a_damaged_newest_checkpoint_falls_back_to_the_one_before() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    churn(&journal, 0..400);
    drop(journal);
    let checkpoints = names(dir.path(), ".checkpoint");
    assert_eq!(checkpoints.len(), 2, "two are kept");
    overwrite(&checkpoints[1], PAGE + 20, b"garbage");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    assert_eq!(payloads(&journal), expected(400)[389..]);
    churn(&journal, 400..500);
    drop(journal);
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    assert_eq!(payloads(&journal), expected(500)[489..]);
}

#[test]
fn a_directory_without_a_whole_checkpoint_and_without_its_beginning_is_damaged() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _) = open_small(dir.path(), Mode::Fsync);
    churn(&journal, 0..400);
    drop(journal);
    for path in names(dir.path(), ".checkpoint") {
        overwrite(&path, 100, b"garbage");
    }
    let error = open(dir.path(), Mode::Fsync).expect_err("it cannot be recovered");
    assert!(
        error.to_string().contains("checkpoint") && error.to_string().contains("hence doctor"),
        "{error}"
    );
}

#[test]
fn an_empty_directory_takes_at_most_32_mib_and_opens_with_threads() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, opening) =
        LocalJournal::open(&Options::new(dir.path()), &mut Seen::default()).expect("it opens");
    assert!(opening.complete);
    let limits = ReadLimits { bytes_max: 1, before: None };
    assert!(matches!(journal.read(STREAM, Offset(0), limits), Outcome::Now(Err(_))));
    for _ in 0..50 {
        append(&journal, 0..0);
        std::thread::yield_now();
    }
    journal.close().expect("it closes");
    let bytes = directory_bytes(dir.path());
    assert!(bytes <= 32 << 20, "{bytes} bytes");
}

#[test]
fn a_full_disk_that_is_emptied_takes_appends_again_without_a_restart() {
    for mode in [Mode::Fsync, Mode::Os] {
        let dir = tempfile::tempdir().expect("a directory");
        let options = Options {
            space_bytes_max: Some(2 << 20),
            commit_bytes_max: 64 << 10,
            ring_bytes: 1 << 20,
            ..small(dir.path(), mode)
        };
        let (journal, _) = LocalJournal::open(&options, &mut Seen::default()).expect("it opens");
        let mut end = 0;
        for round in 0..5 {
            let mut taken = 0;
            while journal.room().normal_bytes >= 3_500 {
                append_one(&journal, end, &[7; 3_500]);
                while journal.tend() {}
                (end, taken) = (end + 1, taken + 1);
                assert!(taken < 1_000, "it is never full");
            }
            assert!(taken > 20, "round {round}: only {taken} entries fitted, {:?}", journal.counts());
            submit(&journal, Op::Trim { stream: STREAM, to: Offset(end) });
            while journal.tend() {}
        }
        assert_eq!(journal.state().failure, None);
        let bytes = names(dir.path(), ".segment")
            .iter()
            .map(|path| fs::metadata(path).expect("a file").len())
            .sum::<u64>();
        assert!(bytes <= 2 << 20, "{bytes} bytes");
    }
}
