//! The roller: what it moves is there afterwards, and again after a start; what is dead gives its space back.

use std::sync::Arc;

use bytes::Bytes;
use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, StreamId, TableId, Target, Timestamp, Urgency,
};
use hence_journal::doctor::{self, FileReport, Nobody, SegmentKind};
use hence_journal::local::{LocalJournal, Mode, Options, Rewrite, Rewriter};
use hence_journal::{Entry, Find, Journal, Outcome, ReadLimits};
use smallvec::SmallVec;

use crate::{Seen, directory_bytes, overwrite, small, submit};

const KEPT: StreamId = StreamId(1);
const ALSO_KEPT: StreamId = StreamId(2);
const PASSING: StreamId = StreamId(3);

fn payload(n: u64) -> Vec<u8> {
    format!("{n:08}").repeat(100).into_bytes()
}

/// Appends one payload to all of `targets`.
fn share(journal: &LocalJournal, targets: &[(StreamId, u64)], payload: &[u8]) {
    let targets: SmallVec<[Target<'_>; 1]> = targets
        .iter()
        .map(|&(stream, base)| {
            let header = EntryHeader {
                base: Offset(base),
                count: 1,
                max_timestamp: Timestamp(base as i64),
                leader_epoch: LeaderEpoch(0),
                format: 1,
                flags: 0,
                annotations: b"note",
            };
            Target { stream, header }
        })
        .collect();
    let ops = vec![Op::Append(Append { targets, payload })];
    journal.submit(&Commit { ops, urgency: Urgency::Normal }).expect("the journal takes it");
    journal.flush();
}

fn roomy(dir: &std::path::Path, mode: Mode) -> Options {
    Options { slack_bytes: Some(512 << 10), ..small(dir, mode) }
}

/// Every 20th payload stays, in two streams; the others pass, 50 later.
fn fill(journal: &LocalJournal, range: std::ops::Range<u64>) {
    fill_behind(journal, range, 50);
}

fn fill_behind(journal: &LocalJournal, range: std::ops::Range<u64>, pass_after: u64) {
    for n in range {
        if n % 20 == 0 {
            share(journal, &[(KEPT, n / 20), (ALSO_KEPT, n / 20), (PASSING, n)], &payload(n));
        } else {
            share(journal, &[(PASSING, n)], &payload(n));
        }
        submit(journal, Op::Put { table: TableId(1), key: b"n", value: &n.to_le_bytes() });
        if n > pass_after {
            submit(journal, Op::Trim { stream: PASSING, to: Offset(n - pass_after) });
        }
        while journal.tend() {}
    }
}

fn all(journal: &LocalJournal, stream: StreamId) -> Vec<Entry> {
    let bounds = journal.bounds(stream).expect("the stream is there");
    let (mut from, mut found) = (bounds.start, Vec::new());
    while from < bounds.end {
        let limits = ReadLimits { bytes_max: 10_000, before: None };
        let Outcome::Now(entries) = journal.read(stream, from, limits) else {
            panic!("no threads, no waiting")
        };
        let entries = entries.expect("the entries are readable");
        let Some(last) = entries.last() else { break };
        from = last.end();
        found.extend(entries);
    }
    found
}

fn check(journal: &LocalJournal, kept: u64) {
    for stream in [KEPT, ALSO_KEPT] {
        let entries = all(journal, stream);
        assert_eq!(entries.len() as u64, kept);
        for (n, entry) in (0..).zip(&entries) {
            assert_eq!((entry.base, &entry.annotations[..]), (Offset(n), &b"note"[..]));
            assert_eq!(entry.payload, payload(n * 20), "entry {n} of stream {stream}");
        }
        let bounds = journal.bounds(stream).expect("the stream is there");
        assert_eq!(bounds.bytes, kept * 800);
        let Outcome::Now(found) = journal.find(stream, Find::AtOrAfter(Timestamp(kept as i64 / 2))) else {
            panic!("no threads, no waiting")
        };
        let found = found.expect("it is readable").expect("there is one");
        assert_eq!(found.entry.base, Offset(kept / 2));
    }
}

#[test]
fn what_lives_in_mostly_dead_segments_is_moved_and_their_space_is_used_again() {
    for mode in [Mode::Fsync, Mode::Os] {
        let dir = tempfile::tempdir().expect("a directory");
        let (journal, _) =
            LocalJournal::open(&roomy(dir.path(), mode), &mut Seen::default()).expect("it opens");
        fill(&journal, 0..1_000);
        let counts = journal.counts();
        assert!(counts.rolled > 3, "{counts:?}");
        check(&journal, 50);
        let bytes = directory_bytes(dir.path());
        assert!(bytes < 3 << 20, "{bytes} bytes after {} of log", counts.log_bytes);
        drop(journal);
        for _ in 0..2 {
            let (journal, _) =
                LocalJournal::open(&roomy(dir.path(), mode), &mut Seen::default()).expect("it opens");
            check(&journal, 50);
        }
        let (journal, _) =
            LocalJournal::open(&roomy(dir.path(), mode), &mut Seen::default()).expect("it opens");
        fill(&journal, 1_000..1_400);
        journal.close().expect("it closes");
        drop(journal);
        let (journal, _) =
            LocalJournal::open(&roomy(dir.path(), mode), &mut Seen::default()).expect("it opens");
        check(&journal, 70);
    }
}

/// The files that hold moved entries.
fn moved_segments(dir: &std::path::Path) -> Vec<FileReport> {
    let report = doctor::inspect(dir, &mut Nobody).expect("it can be examined");
    assert!(report.is_sound(), "{:?}", report.damage);
    report.files.into_iter().filter(|file| file.kind == SegmentKind::Moved).collect()
}

#[test]
fn a_start_goes_on_in_the_file_that_entries_were_moved_to() {
    for mode in [Mode::Fsync, Mode::Os] {
        let dir = tempfile::tempdir().expect("a directory");
        let mut first = None;
        for round in 1..=3 {
            let (journal, _) =
                LocalJournal::open(&roomy(dir.path(), mode), &mut Seen::default()).expect("it opens");
            fill_behind(&journal, 100 * (round - 1)..100 * round, 0);
            check(&journal, 5 * round);
            // It is killed.
            drop(journal);
            let moved = moved_segments(dir.path());
            let first = first.get_or_insert_with(|| moved.clone());
            assert_eq!((moved.len(), &moved), (1, &*first), "{mode:?}, round {round}");
        }
    }
}

#[test]
fn a_lost_page_of_a_segment_with_moved_entries_loses_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let open =
        || LocalJournal::open(&roomy(dir.path(), Mode::Fsync), &mut Seen::default()).expect("it opens").0;
    let journal = open();
    fill(&journal, 0..1_000);
    assert!(journal.counts().rolled > 3);
    drop(journal);
    let moved = moved_segments(dir.path());
    assert!(!moved.is_empty());
    for file in &moved {
        overwrite(&dir.path().join(&file.file), 0, &[0; 4_096]);
    }
    let journal = open();
    check(&journal, 50);
    fill(&journal, 1_000..1_400);
    check(&journal, 70);
}

/// Drops every third entry, shortens every fifth.
struct Compaction;

impl Rewriter for Compaction {
    fn rewrite(&self, stream: StreamId, entry: &Entry) -> Rewrite {
        match entry.base.0 {
            _ if stream != KEPT => Rewrite::Keep,
            base if base % 3 == 0 => Rewrite::Drop,
            base if base % 5 == 0 => Rewrite::Replace(b"short".to_vec()),
            _ => Rewrite::Keep,
        }
    }
}

#[test]
fn a_rewriter_drops_and_replaces_entries_and_leaves_other_readers_of_a_payload_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = roomy(dir.path(), Mode::Fsync);
    let (journal, _) = LocalJournal::open(&options, &mut Seen::default()).expect("it opens");
    journal.rewrite_with(Arc::new(Compaction));
    fill(&journal, 0..1_000);
    assert!(journal.counts().rolled > 3);
    drop(journal);
    let (journal, _) = LocalJournal::open(&options, &mut Seen::default()).expect("it opens");
    let untouched = all(&journal, ALSO_KEPT);
    assert_eq!(untouched.len(), 50);
    let kept = all(&journal, KEPT);
    // The newest are in segments that nobody rolled yet.
    let rolled: Vec<&Entry> = kept.iter().filter(|entry| entry.base.0 < 25).collect();
    let bases: Vec<u64> = rolled.iter().map(|entry| entry.base.0).collect();
    let expected: Vec<u64> = (0..25).filter(|base| base % 3 != 0).collect();
    assert_eq!(bases, expected);
    for entry in rolled {
        let base = entry.base.0;
        let expected = if base % 5 == 0 { Bytes::from_static(b"short") } else { payload(base * 20).into() };
        assert_eq!(entry.payload, expected, "entry {base}");
    }
    let bounds = journal.bounds(KEPT).expect("the stream is there");
    let bytes: u64 = kept.iter().map(|entry| entry.payload.len() as u64).sum();
    assert_eq!((bounds.start, bounds.end, bounds.bytes), (Offset(0), Offset(50), bytes));
}
