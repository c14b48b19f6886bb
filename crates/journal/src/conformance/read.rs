//! Reading: whole entries in order, from the one that contains an offset, within limits.
//!
//! Cases only; the face in `api.rs` is what they hold a store to.

use hence_base::{Offset, StreamId};

use super::bench::{A, ALL, B, Bench, noise};
use super::{Shape, Store};
use crate::{ReadError, ReadLimits};

pub fn a_read_starts_with_the_entry_that_contains_the_offset(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    for payload in ["zero", "ten", "twenty"] {
        bench.append(&[A], 10, payload.as_bytes());
    }
    for (from, bases) in [(0, vec![0, 10, 20]), (9, vec![0, 10, 20]), (10, vec![10, 20]), (29, vec![20])] {
        let read: Vec<u64> = bench.read(A, from).iter().map(|entry| entry.base.0).collect();
        assert_eq!(read, bases, "from {from}");
    }
}

pub fn a_read_returns_one_entry_whatever_its_size(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 1, &noise(1, 100_000));
    bench.append(&[A], 1, &noise(2, 100_000));
    for bytes_max in [0, 1, 100_000, 199_999] {
        let read = bench.try_read(A, 0, ReadLimits { bytes_max, before: None }).expect("in range");
        assert_eq!(read.len(), 1, "within {bytes_max}");
        assert_eq!(read[0].payload, noise(1, 100_000));
    }
}

pub fn a_read_stops_at_its_byte_limit(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    for n in 0..10 {
        bench.append(&[A], 1, &noise(n, 1_000));
    }
    for (bytes_max, entries) in [(999, 1), (1_999, 1), (2_000, 2), (9_999, 9), (10_000, 10), (usize::MAX, 10)]
    {
        let read = bench.try_read(A, 0, ReadLimits { bytes_max, before: None }).expect("in range");
        assert_eq!(read.len(), entries, "within {bytes_max}");
    }
}

pub fn a_read_stops_before_the_offset_it_was_given(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    for _ in 0..3 {
        bench.append(&[A], 10, b"ten");
    }
    for (before, entries) in [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3), (1_000, 3)] {
        let limits = ReadLimits { before: Some(Offset(before)), ..ALL };
        assert_eq!(bench.try_read(A, 0, limits).expect("in range").len(), entries, "before {before}");
    }
}

pub fn a_read_at_the_end_is_empty(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 7, b"x");
    assert!(bench.read(A, 7).is_empty());
}

pub fn a_read_outside_the_range_names_the_range(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 4, b"gone");
    bench.append(&[A], 4, b"left");
    bench.commit(vec![super::bench::trim(A, 4)]);
    for from in [0, 3, 9, u64::MAX] {
        let read = bench.try_read(A, from, ALL);
        let Err(ReadError::OutOfRange { bounds }) = read else {
            panic!("{from} is out of range, not {read:?}")
        };
        assert_eq!((bounds.start, bounds.end), (Offset(4), Offset(8)));
    }
}

pub fn a_stream_that_never_was_is_no_stream(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 1, b"x");
    assert_eq!(bench.bounds(B), None);
    assert_eq!(bench.try_read(B, 0, ALL).err(), Some(ReadError::NoStream));
    let found = super::bench::now(bench.journal().find(B, crate::Find::Newest));
    assert_eq!(found.err(), Some(ReadError::NoStream));
}

pub fn a_long_stream_is_read_in_order_and_whole(store: &dyn Store) {
    let shape = Shape { cold: true, ..Shape::default() };
    let Some(mut bench) = Bench::shaped(store, shape) else { return };
    let entries = 400_u64;
    for n in 0..entries {
        bench.append(&[A], 2, &noise(n, 50_000 + n as usize));
        bench.append(&[B], 1, &noise(n ^ 0xB, 20_000));
    }
    let (mut from, mut n) = (0, 0);
    while from < entries * 2 {
        let read =
            bench.try_read(A, from, ReadLimits { bytes_max: 300_000, before: None }).expect("in range");
        assert!(!read.is_empty(), "nothing at {from}");
        for entry in read {
            assert_eq!(entry.base, Offset(n * 2));
            assert_eq!(entry.payload, noise(n, 50_000 + n as usize), "entry {n}");
            (n, from) = (n + 1, entry.end().0);
        }
    }
}

pub fn streams_that_share_blocks_do_not_mix(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    let streams: Vec<StreamId> = (0..50).map(|n| StreamId(300 + n)).collect();
    for round in 0..20_u64 {
        let payloads: Vec<Vec<u8>> =
            streams.iter().map(|stream| noise(stream.0 * 1_000 + round, 300)).collect();
        let appends = streams.iter().zip(&payloads);
        let ops = appends.map(|(stream, payload)| bench.append_op(&[*stream], 1, payload)).collect();
        bench.commit(ops);
    }
    for stream in streams {
        for (round, (base, payload)) in (0..).zip(bench.payloads(stream, 0)) {
            assert_eq!((base, &payload[..]), (round, &noise(stream.0 * 1_000 + round, 300)[..]));
        }
        assert_eq!(bench.bounds(stream), Some((0, 20)));
    }
}
