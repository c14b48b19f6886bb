//! Trimming and dropping: what is no longer readable, and what is left alone.
//!
//! Cases only; the face in `api.rs` is what they hold a store to.

use super::Store;
use super::bench::{A, ALL, B, Bench, drop_stream, noise, trim};
use crate::ReadError;

pub fn a_trim_moves_the_start_and_keeps_whole_entries(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    for payload in ["zero", "ten", "twenty"] {
        bench.append(&[A], 10, payload.as_bytes());
    }
    bench.commit(vec![trim(A, 15)]);
    assert_eq!(bench.bounds(A), Some((15, 30)));
    assert_eq!(bench.payloads(A, 15), [(10, "ten".into()), (20, "twenty".into())]);
    assert!(matches!(bench.try_read(A, 14, ALL), Err(ReadError::OutOfRange { .. })));
    bench.commit(vec![trim(A, 20)]);
    assert_eq!(bench.payloads(A, 20), [(20, "twenty".into())]);
}

pub fn a_trim_to_the_end_leaves_an_empty_stream_that_goes_on(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 3, b"gone");
    bench.commit(vec![trim(A, 3)]);
    assert_eq!(bench.bounds(A), Some((3, 3)));
    assert!(bench.read(A, 3).is_empty());
    bench.append(&[A], 2, b"next");
    assert_eq!(bench.bounds(A), Some((3, 5)));
    assert_eq!(bench.payloads(A, 3), [(3, "next".into())]);
}

pub fn a_trim_counts_its_bytes_off(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    for length in [100, 50, 25] {
        bench.append(&[A], 2, &vec![7; length]);
    }
    let bytes = |bench: &Bench| bench.journal().bounds(A).map(|bounds| bounds.bytes);
    assert_eq!(bytes(&bench), Some(175));
    bench.commit(vec![trim(A, 3)]);
    assert_eq!(bytes(&bench), Some(75), "an entry that a trim cut into counts whole");
    bench.commit(vec![trim(A, 6)]);
    assert_eq!(bytes(&bench), Some(0));
}

pub fn a_dropped_stream_is_gone_and_others_are_not(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 1, b"a");
    bench.append(&[B], 1, b"b");
    bench.commit(vec![drop_stream(A)]);
    assert_eq!(bench.bounds(A), None);
    assert_eq!(bench.try_read(A, 0, ALL).err(), Some(ReadError::NoStream));
    assert_eq!(bench.payloads(B, 0), [(0, "b".into())]);
}

pub fn a_shared_payload_outlives_the_stream_that_is_dropped(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    let payload = noise(5, 10_000);
    bench.append(&[A, B], 1, &payload);
    bench.append(&[A, B], 1, b"more");
    bench.commit(vec![drop_stream(A)]);
    assert_eq!(bench.payloads(B, 0), [(0, payload.into()), (1, "more".into())]);
}
