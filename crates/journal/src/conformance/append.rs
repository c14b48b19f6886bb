//! Appending: positions, headers, shared payloads, and when an entry becomes readable.
//!
//! Cases only; the face in `api.rs` is what they hold a store to.

use hence_base::{LeaderEpoch, Offset, Position, StreamId, Timestamp};

use super::Store;
use super::bench::{A, B, Bench, C, noise};

pub fn positions_count_commits_without_gaps(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    let first = bench.append(&[A], 1, b"one");
    assert!(first > Position::ZERO, "0 is before everything");
    for n in 1..50 {
        assert_eq!(bench.append(&[A], 1, b"more"), Position(first.0 + n));
    }
}

pub fn an_entry_reads_back_with_its_header_and_payload(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 2, b"before");
    bench.at(1_700_000_000_123).append(&[A], 3, b"payload");
    let entries = bench.read(A, 2);
    let [entry] = entries.as_slice() else { panic!("one entry from offset 2, not {entries:?}") };
    assert_eq!((entry.base, entry.count, entry.end()), (Offset(2), 3, Offset(5)));
    assert_eq!((entry.max_timestamp, entry.leader_epoch), (Timestamp(1_700_000_000_123), LeaderEpoch(1)));
    assert_eq!((entry.format, entry.flags), (2, 0b101));
    assert_eq!(&entry.annotations[..], b"annotated");
    assert_eq!(&entry.payload[..], b"payload");
    assert_eq!(bench.read(A, 0)[0].max_timestamp, Timestamp::NONE);
}

pub fn one_payload_becomes_an_entry_of_every_target(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[B], 5, b"only in b");
    bench.append(&[A, B, C], 2, b"shared");
    assert_eq!(bench.payloads(A, 0), [(0, "shared".into())]);
    assert_eq!(bench.payloads(B, 5), [(5, "shared".into())]);
    assert_eq!(bench.payloads(C, 0), [(0, "shared".into())]);
    let targets: Vec<StreamId> = (100..1_100).map(StreamId).collect();
    bench.append(&targets, 1, b"to a thousand");
    for stream in targets {
        assert_eq!(bench.payloads(stream, 0), [(0, "to a thousand".into())]);
    }
}

pub fn an_entry_may_cover_many_offsets(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 1_000_000, b"many");
    bench.append(&[A], u32::MAX, b"more");
    bench.append(&[A], 1, b"after");
    let last = 1_000_000 + u64::from(u32::MAX);
    assert_eq!(bench.bounds(A), Some((0, last + 1)));
    assert_eq!(bench.payloads(A, last), [(last, "after".into())]);
    assert_eq!(bench.payloads(A, 999_999).len(), 3);
}

pub fn an_empty_payload_is_an_entry(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 1, b"");
    bench.append(&[A], 1, b"x");
    assert_eq!(bench.payloads(A, 0), [(0, "".into()), (1, "x".into())]);
}

pub fn nothing_is_readable_before_a_flush(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    let op = bench.append_op(&[A], 1, b"early");
    let position = bench.submit(vec![op]).expect("taken");
    assert_eq!(bench.bounds(A), None, "an entry is readable only once its commit is durable");
    assert!(bench.journal().state().durable < position, "nothing becomes durable without a flush");
    bench.durable(position);
    assert_eq!(bench.payloads(A, 0), [(0, "early".into())]);
}

pub fn several_submits_share_one_flush(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    let mut last = Position::ZERO;
    for n in 0..100_u64 {
        let payload = noise(n, 500);
        let op = bench.append_op(&[A], 1, &payload);
        last = bench.submit(vec![op]).expect("taken");
    }
    bench.durable(last);
    let payloads = bench.payloads(A, 0);
    assert_eq!(payloads.len(), 100);
    for (n, (base, payload)) in (0..).zip(payloads) {
        assert_eq!((base, &payload[..]), (n, &noise(n, 500)[..]));
    }
}

pub fn a_commit_over_many_streams_becomes_readable_in_one_step(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    let streams: Vec<StreamId> = (0..64).map(|n| StreamId(200 + n)).collect();
    for round in 0..20_u64 {
        let payload = noise(round, 3_000);
        let ops = streams.iter().map(|stream| bench.append_op(&[*stream], 1, &payload)).collect();
        bench.commit(ops);
    }
    for advance in bench.advances() {
        let ends: Vec<_> = advance.seen_bounds.iter().flatten().map(|bounds| bounds.end).collect();
        assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "half a commit was readable: {ends:?}");
    }
}

pub fn a_large_commit_is_stored_whole(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    let payloads: Vec<Vec<u8>> = (0..8).map(|n| noise(n, 1_500_000 + n as usize)).collect();
    let ops = payloads.iter().map(|payload| bench.append_op(&[A], 1, payload)).collect();
    bench.commit(ops);
    let single = noise(99, 12 << 20);
    bench.append(&[B], 1, &single);
    assert_eq!(bench.payloads(B, 0)[0].1, single);
    let read = bench.payloads(A, 0);
    assert!(read.iter().map(|(_, payload)| &payload[..]).eq(payloads.iter().map(|payload| &payload[..])));
}
