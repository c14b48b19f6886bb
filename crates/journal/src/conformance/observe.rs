//! What an observer is told, in which order, and what it finds when it looks.
//!
//! Cases only; the face in `api.rs` is what they hold a store to.

use std::collections::BTreeMap;

use hence_base::StreamId;

use super::Store;
use super::bench::{A, B, Bench, noise, trim};

/// Some hundred commits over ten streams, several to a flush.
fn busy(store: &dyn Store) -> Bench {
    let mut bench = Bench::fresh(store);
    for n in 0..300_u64 {
        let payload = noise(n, 100 + (n % 7) as usize);
        let op = bench.append_op(&[StreamId(40 + n % 10), StreamId(60 + n % 3)], 1, &payload);
        let position = bench.submit(vec![op]).expect("taken");
        if n % 5 == 4 {
            bench.journal().flush();
        }
        if n % 50 == 49 {
            bench.durable(position);
        }
    }
    bench
}

pub fn the_durable_position_only_moves_forward(store: &dyn Store) {
    let advances = busy(store).advances();
    assert!(advances.windows(2).all(|pair| pair[0].durable < pair[1].durable), "{advances:?}");
    assert!(advances.last().is_some_and(|last| last.durable.0 >= 300));
}

pub fn what_an_observer_is_told_is_readable_and_durable(store: &dyn Store) {
    for advance in busy(store).advances() {
        assert!(
            advance.seen >= advance.durable,
            "told {} while {} was durable",
            advance.durable,
            advance.seen
        );
        for (touched, seen) in advance.touched.iter().zip(&advance.seen_bounds) {
            let seen = seen.expect("a touched stream is there");
            assert!(seen.end >= touched.bounds.end, "told of {touched:?} while {seen:?} was readable");
        }
    }
}

pub fn an_observer_is_told_every_stream_that_changed_and_by_how_much(store: &dyn Store) {
    let bench = busy(store);
    let mut told: BTreeMap<StreamId, u64> = BTreeMap::new();
    for advance in bench.advances() {
        let mut streams: Vec<StreamId> = advance.touched.iter().map(|touched| touched.stream).collect();
        streams.sort();
        streams.dedup();
        assert_eq!(streams.len(), advance.touched.len(), "each stream once a call");
        for touched in &advance.touched {
            *told.entry(touched.stream).or_default() += touched.bytes;
        }
    }
    assert_eq!(told.len(), 13);
    for (stream, bytes) in told {
        assert_eq!(bench.journal().bounds(stream).map(|bounds| bounds.bytes), Some(bytes), "stream {stream}");
    }
}

pub fn an_observer_is_told_of_a_new_start(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A, B], 4, b"x");
    let position = bench.commit(vec![trim(A, 3)]);
    let advances = bench.advances();
    let last = advances.last().expect("an advance was told");
    assert!(last.durable >= position);
    let [touched] = last.touched.as_slice() else {
        panic!("one stream has a new start, not {:?}", last.touched)
    };
    assert_eq!((touched.stream, touched.bounds.start.0, touched.bounds.end.0), (A, 3, 4));
    assert_eq!(touched.bytes, 0);
}
