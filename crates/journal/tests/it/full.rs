//! A full disk: what is deleted gives its space back, also where every segment holds something readable and the reserve is
//! used up, and what was told to be room is room.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, StreamId, TableId, Target, Timestamp, Urgency,
};
use hence_journal::local::{LocalJournal, Mode, Options};
use hence_journal::{Journal, Outcome, ReadLimits};
use smallvec::smallvec;

use crate::{Seen, names, small, submit};

const KEPT: StreamId = StreamId(1);
const SPACE_BYTES: u64 = 16 << 20;
/// Far more than a disk of this size takes to be emptied: a roller that never ends is found.
const STEPS_MAX: usize = 2_000;

fn full_options(dir: &Path, mode: Mode) -> Options {
    Options {
        space_bytes_max: Some(SPACE_BYTES),
        segment_bytes_min: 1 << 20,
        segment_bytes_max: 4 << 20,
        checkpoint_bytes: 1 << 20,
        commit_bytes_max: 64 << 10,
        ring_bytes: 1 << 20,
        ..small(dir, mode)
    }
}

fn open(dir: &Path, mode: Mode) -> Arc<LocalJournal> {
    LocalJournal::open(&full_options(dir, mode), &mut Seen::default()).expect("it opens").0
}

fn payload(n: u64) -> Vec<u8> {
    format!("{n:08}").repeat(800).into_bytes()
}

fn append_op(stream: StreamId, base: u64, payload: &[u8]) -> Op<'_> {
    let header = EntryHeader {
        base: Offset(base),
        count: 1,
        max_timestamp: Timestamp(0),
        leader_epoch: LeaderEpoch(0),
        format: 1,
        flags: 0,
        annotations: &[],
    };
    Op::Append(Append { targets: smallvec![Target { stream, header }], payload })
}

/// One block with an entry that is kept and several that are not, the `at`th of them. `false`: it was refused.
fn append(journal: &LocalJournal, n: u64, filler: StreamId, at: u64) -> bool {
    let (kept, passing) = (payload(n), [7; 18_000]);
    let mut ops = vec![append_op(KEPT, n, &kept)];
    ops.extend((0..3).map(|i| append_op(filler, 3 * at + i, &passing)));
    let room = journal.room().normal_bytes;
    let taken = journal.submit(&Commit { ops, urgency: Urgency::Normal }).is_ok();
    assert!(taken || room < 64_000, "it was refused although there is room for {room} bytes");
    journal.flush();
    taken
}

/// Tends until there is nothing to do.
fn tend(journal: &LocalJournal) {
    let ends = (0..STEPS_MAX).any(|_| !journal.tend());
    assert!(ends, "the work behind the log does not end: {:?}", journal.counts());
}

/// Appends until it is refused, and gives how many blocks were taken.
fn fill(journal: &LocalJournal, from: u64, filler: StreamId) -> u64 {
    for at in 0..100_000 {
        if !append(journal, from + at, filler, at) {
            return at;
        }
        tend(journal);
    }
    panic!("it never became full");
}

/// Commits that may use the reserve, until there is room for few more; nothing is given back meanwhile.
fn use_reserve_up(journal: &LocalJournal) {
    let mut puts = 0;
    while journal.room().relief_bytes > 24_000 {
        submit(journal, Op::Put { table: TableId(1), key: b"cursor", value: &[9; 14_000] });
        puts += 1;
    }
    assert!(puts > 30, "only {puts} commits found room in the reserve");
}

fn check(journal: &LocalJournal, kept: u64) {
    let mut from = Offset(0);
    while from < Offset(kept) {
        let limits = ReadLimits { bytes_max: 100_000, before: None };
        let Outcome::Now(entries) = journal.read(KEPT, from, limits) else {
            panic!("no threads, no waiting")
        };
        for entry in entries.expect("the entries are readable") {
            assert_eq!((entry.base, &entry.payload[..]), (from, &payload(from.0)[..]));
            from = entry.end();
        }
    }
    assert_eq!(journal.bounds(KEPT).map(|bounds| bounds.end), Some(Offset(kept)));
}

fn bytes_on_disk(dir: &Path) -> u64 {
    let bytes = |path: &PathBuf| std::fs::metadata(path).expect("a file").len();
    names(dir, ".segment").iter().map(bytes).sum()
}

/// Fills it, uses the reserve up and drops what filled it, again and again; with a start of each full disk, or without.
fn fill_and_empty(mode: Mode, starts: bool) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(dir.path(), mode);
    let (mut kept, mut first) = (0, 0);
    for round in 0..3 {
        let filler = StreamId(10 + round);
        let fitted = fill(&journal, kept, filler);
        first = first.max(fitted);
        assert!(2 * fitted > first, "round {round}: {fitted} blocks fitted, {first} in the first");
        kept += fitted;
        use_reserve_up(&journal);
        if starts {
            drop(journal);
            journal = open(dir.path(), mode);
        }
        check(&journal, kept);
        submit(&journal, Op::DropStream { stream: filler });
        tend(&journal);
        check(&journal, kept);
        assert_eq!(journal.state().failure, None);
        let bytes = bytes_on_disk(dir.path());
        assert!(bytes <= SPACE_BYTES, "{bytes} bytes");
    }
    drop(journal);
    check(&open(dir.path(), mode), kept);
}

#[test]
fn a_full_disk_with_something_readable_in_every_segment_is_emptied() {
    for mode in [Mode::Fsync, Mode::Os] {
        fill_and_empty(mode, false);
    }
}

#[test]
fn a_full_disk_with_something_readable_in_every_segment_is_emptied_after_a_start() {
    for mode in [Mode::Fsync, Mode::Os] {
        fill_and_empty(mode, true);
    }
}

/// Submits what was told before the work behind the log went on, and expects it to be stored.
fn takes_what_was_told(journal: &LocalJournal, told: u64, op: Op<'_>, urgency: Urgency) {
    let taken = journal.submit(&Commit { ops: vec![op], urgency });
    let position = taken.unwrap_or_else(|error| panic!("{told} bytes were told, then: {error}"));
    journal.flush();
    assert_eq!(journal.state().durable, position, "{told} bytes were told: {:?}", journal.room());
}

#[test]
fn what_was_told_holds_whatever_is_done_behind_the_log() {
    for mode in [Mode::Fsync, Mode::Os] {
        let dir = tempfile::tempdir().expect("a directory");
        let options = Options { commit_bytes_max: 512 << 10, ..full_options(dir.path(), mode) };
        let (journal, _) = LocalJournal::open(&options, &mut Seen::default()).expect("it opens");
        let most = journal.room().commit_bytes_max as u64;
        for round in 0..4 {
            let filler = StreamId(10 + round);
            let mut base = 0;
            loop {
                let told = journal.room().normal_bytes.min(most).saturating_sub(500);
                tend(&journal);
                if told == 0 {
                    break;
                }
                let payload = vec![7; told as usize];
                takes_what_was_told(&journal, told, append_op(filler, base, &payload), Urgency::Normal);
                base += 1;
            }
            assert!(base > 8, "round {round}: only {base} commits had room");
            // The reserve's two pieces take turns: rows that are overwritten never use it up.
            for n in 0..20 {
                tend(&journal);
                let told = journal.room().relief_bytes.min(most).saturating_sub(500);
                assert!(told > 64 << 10, "round {round}: {told} bytes are told after {n} commits of relief");
                tend(&journal);
                let value = vec![9; told as usize];
                let put = Op::Put { table: TableId(1), key: b"cursor", value: &value };
                takes_what_was_told(&journal, told, put, Urgency::Relief);
            }
            tend(&journal);
            submit(&journal, Op::Trim { stream: filler, to: Offset(base - 1) });
            tend(&journal);
        }
        assert_eq!(journal.state().failure, None);
    }
}
