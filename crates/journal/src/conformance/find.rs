//! Finding an entry by time, by being newest, or by how much follows it.
//!
//! Cases only; the face in `api.rs` is what they hold a store to.

use hence_base::Timestamp;

use super::Store;
use super::bench::{A, Bench, trim};
use crate::Find;

/// One entry of two offsets per time.
fn timed(store: &dyn Store, times: &[i64]) -> Bench {
    let mut bench = Bench::fresh(store);
    for time in times {
        bench.at(*time).append(&[A], 2, b"timed");
    }
    bench
}

fn at(time: i64) -> Find {
    Find::AtOrAfter(Timestamp(time))
}

pub fn a_time_finds_the_first_entry_at_or_after_it(store: &dyn Store) {
    let bench = timed(store, &[10, 20, 20, 30]);
    for (time, base) in [(-1, 0), (0, 0), (10, 0), (11, 2), (20, 2), (21, 6), (30, 6)] {
        assert_eq!(bench.find(A, at(time)), Some(base), "at {time}");
    }
    assert_eq!(bench.find(A, at(31)), None);
}

pub fn a_time_is_found_although_times_go_back(store: &dyn Store) {
    let bench = timed(store, &[50, 10, 70, 20, 60, 90]);
    for (time, base) in [(50, 0), (51, 4), (70, 4), (71, 10)] {
        assert_eq!(bench.find(A, at(time)), Some(base), "at {time}");
    }
    bench.commit(vec![trim(A, 6)]);
    for (time, base) in [(10, 6), (20, 6), (21, 8), (60, 8), (61, 10), (90, 10)] {
        assert_eq!(bench.find(A, at(time)), Some(base), "at {time} after the trim");
    }
}

pub fn newest_is_the_first_entry_with_the_largest_time(store: &dyn Store) {
    assert_eq!(timed(store, &[10, 40, 30, 40, 20]).find(A, Find::Newest), Some(2));
}

pub fn newest_is_looked_for_among_what_is_left(store: &dyn Store) {
    let bench = timed(store, &[90, 10, 30, 20, 30]);
    assert_eq!(bench.find(A, Find::Newest), Some(0));
    bench.commit(vec![trim(A, 2)]);
    assert_eq!(bench.find(A, Find::Newest), Some(4));
    bench.commit(vec![trim(A, 6)]);
    assert_eq!(bench.find(A, Find::Newest), Some(8));
}

pub fn last_bytes_finds_where_the_rest_fits(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    for length in [100, 50, 25] {
        bench.append(&[A], 2, &vec![7; length]);
    }
    for (bytes, base) in [(175, 0), (1_000, 0), (174, 2), (75, 2), (74, 4), (25, 4)] {
        assert_eq!(bench.find(A, Find::LastBytes(bytes)), Some(base), "within {bytes}");
    }
    assert_eq!(bench.find(A, Find::LastBytes(24)), None);
}

pub fn nothing_is_found_in_an_empty_stream(store: &dyn Store) {
    let bench = timed(store, &[10, 20]);
    bench.commit(vec![trim(A, 4)]);
    for what in [at(0), Find::Newest, Find::LastBytes(1_000)] {
        assert_eq!(bench.find(A, what), None, "{what:?}");
    }
}
