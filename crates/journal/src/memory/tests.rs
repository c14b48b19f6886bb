//! What only the memory store does; what every store does is in the conformance suite.

use std::sync::Arc;

use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, StreamId, Target, Timestamp, Urgency,
};
use smallvec::smallvec;

use super::chunks::Chunks;
use super::limits::{CHUNK_BYTES, PIECE_BYTES_MAX};
use super::{MemoryJournal, Options};
use crate::{Failure, Journal, Outcome, Refusal, SubmitError};

const STREAM: StreamId = StreamId(7);

fn journal(kept_bytes_max: u64) -> Arc<dyn Journal> {
    MemoryJournal::new(Options { kept_bytes_max, ..Options::default() })
}

fn append(base: u64, payload: &[u8]) -> Commit<'_> {
    let header = EntryHeader {
        base: Offset(base),
        count: 1,
        max_timestamp: Timestamp::NONE,
        leader_epoch: LeaderEpoch(0),
        format: 0,
        flags: 0,
        annotations: &[],
    };
    let targets = smallvec![Target { stream: STREAM, header }];
    Commit { ops: vec![Op::Append(Append { targets, payload })], urgency: Urgency::Normal }
}

#[test]
fn a_full_store_refuses_appends_until_a_trim_frees_it() {
    let journal = journal(64 * 1024);
    let payload = [1; 4096];
    let mut base = 0;
    let refused = loop {
        match journal.submit(&append(base, &payload)) {
            Ok(_) => base += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, SubmitError::Refused(Refusal::DiskFull));
    assert!(base >= 12, "{base} entries fitted");
    assert!(journal.room().relief_bytes > 0, "the reserve is left");
    let trim = Op::Trim { stream: STREAM, to: Offset(base / 2) };
    journal.submit(&Commit { ops: vec![trim], urgency: Urgency::Relief }).expect("relief is taken");
    journal.flush();
    journal.submit(&append(base, &payload)).expect("there is room again");
}

#[test]
fn rows_that_are_overwritten_or_deleted_give_their_bytes_back() {
    let journal = journal(1 << 20);
    let before = journal.room();
    let table = hence_base::TableId(1);
    for round in 0..10_000_u32 {
        let value = [0; 512];
        let put = Op::Put { table, key: b"one", value: &value[..(round % 512) as usize] };
        journal.submit(&Commit { ops: vec![put], urgency: Urgency::Normal }).expect("one row always fits");
    }
    journal
        .submit(&Commit { ops: vec![Op::Delete { table, key: b"one" }], urgency: Urgency::Relief })
        .expect("deletes fit");
    assert_eq!(journal.room(), before);
}

#[test]
fn nothing_is_taken_after_close() {
    let journal = journal(1 << 20);
    journal.submit(&append(0, b"last")).expect("taken");
    journal.close().expect("closes");
    assert_eq!(journal.state().durable.0, 1, "what was submitted became durable");
    assert_eq!(journal.submit(&append(1, b"late")), Err(SubmitError::Failed(Failure::Closed)));
    assert_eq!(journal.close(), Err(Failure::Closed));
}

#[test]
#[should_panic(expected = "does not continue stream")]
fn an_append_that_leaves_a_gap_stops_the_process() {
    let _ = journal(1 << 20).submit(&append(1, b"x"));
}

#[test]
fn a_chunk_is_used_again_once_its_pieces_are_gone() {
    let mut chunks = Chunks::default();
    let piece = vec![0; PIECE_BYTES_MAX];
    let mut places = std::collections::BTreeSet::new();
    for _ in 0..100 {
        places.insert(chunks.keep(&piece).as_ptr() as usize / CHUNK_BYTES);
    }
    assert!(places.len() <= 6, "{} chunks for what one holds", places.len());
}

#[test]
fn a_piece_keeps_its_bytes_while_chunks_turn() {
    let mut chunks = Chunks::default();
    let kept: Vec<_> = (0..64_u8).map(|n| chunks.keep(&vec![n; PIECE_BYTES_MAX / 3])).collect();
    for (n, piece) in (0..64_u8).zip(&kept) {
        assert!(piece.iter().all(|byte| *byte == n));
    }
}

#[test]
fn submits_of_one_thread_and_flushes_of_another_lose_nothing() {
    let journal = journal(1 << 30);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for base in 0..20_000 {
                journal.submit(&append(base, b"racing")).expect("taken");
                journal.flush();
            }
        });
        scope.spawn(|| (0..20_000).for_each(|_| journal.flush()));
    });
    assert_eq!(journal.state().durable.0, 20_000, "the last flush left nothing behind");
    let read = journal.read(STREAM, Offset(0), crate::ReadLimits { bytes_max: 1 << 20, before: None });
    let Outcome::Now(Ok(entries)) = read else { panic!("a memory journal answers at once") };
    assert!(entries.iter().enumerate().all(|(n, entry)| entry.base.0 == n as u64));
    assert_eq!(entries.len(), 20_000);
}
