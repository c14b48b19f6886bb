//! Openings: what is there again after a close and after a crash.
//!
//! A store whose journals do not outlive the process has nothing to show here, and the cases end at once.
//! Cases only; the face in `api.rs` is what they hold a store to.

use super::Store;
use super::bench::{A, B, Bench, C, delete, drop_stream, noise, put, trim};

const ENTRIES: u64 = 120;

/// Entries of many sizes in two streams and rows, all durable.
fn written(bench: &mut Bench) {
    for n in 0..ENTRIES {
        let payload = noise(n, (n as usize * 997) % 40_000);
        let key = format!("row{}", n % 10);
        let value = n.to_string();
        let ops = vec![bench.append_op(&[A, B], 2, &payload), put(&key, &value)];
        bench.commit(ops);
    }
}

fn check(bench: &Bench) {
    for stream in [A, B] {
        assert_eq!(bench.bounds(stream), Some((0, 2 * ENTRIES)), "stream {stream}");
        for (n, (base, payload)) in (0..).zip(bench.payloads(stream, 0)) {
            assert_eq!(base, 2 * n);
            assert_eq!(payload, noise(n, (n as usize * 997) % 40_000), "entry {n} of stream {stream}");
        }
    }
    for n in ENTRIES - 10..ENTRIES {
        assert_eq!(bench.row(&format!("row{}", n % 10)), Some(n.to_string().into()));
    }
}

pub fn everything_is_there_after_a_close(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    written(&mut bench);
    let op = bench.append_op(&[C], 1, b"not flushed before the close");
    bench.submit(vec![op]).expect("taken");
    let Some(mut bench) = bench.reopened(store) else { return };
    check(&bench);
    assert_eq!(bench.payloads(C, 0), [(0, "not flushed before the close".into())]);
    bench.append(&[A], 1, b"goes on");
    assert_eq!(bench.payloads(A, 2 * ENTRIES), [(2 * ENTRIES, "goes on".into())]);
}

pub fn a_close_is_a_complete_stop(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    assert!(bench.opening_is_complete(), "an empty journal has lost nothing");
    written(&mut bench);
    let Some(bench) = bench.reopened(store) else { return };
    assert!(bench.opening_is_complete(), "a clean stop is proved complete");
    let Some(bench) = bench.reopened(store) else { return };
    assert!(bench.opening_is_complete(), "an opening that did nothing stops as cleanly");
}

pub fn everything_durable_is_there_after_a_crash(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    written(&mut bench);
    let op = bench.append_op(&[C], 1, b"never flushed");
    bench.submit(vec![op]).expect("taken");
    let Some(bench) = bench.crashed(store) else { return };
    check(&bench);
    let left = bench.bounds(C);
    assert!(matches!(left, None | Some((0, 1))), "all or nothing of what was not acknowledged: {left:?}");
}

pub fn epochs_and_positions_rise_over_openings(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    let mut position = bench.append(&[A], 1, b"first");
    let mut epoch = bench.opened.opening.epoch;
    let identity = bench.opened.opening.identity;
    for round in 0..6 {
        let next = if round % 2 == 0 { bench.crashed(store) } else { bench.reopened(store) };
        let Some(next) = next else { return };
        bench = next;
        assert_eq!(bench.opened.opening.identity, identity);
        assert!(bench.opened.opening.epoch > epoch, "an epoch rises at every start");
        epoch = bench.opened.opening.epoch;
        assert!(bench.journal().state().durable >= position);
        let later = bench.append(&[A], 1, b"later");
        assert!(later > position, "position {later} after {position}");
        position = later;
    }
}

pub fn trims_and_drops_last_over_openings(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    for n in 0..20 {
        bench.append(&[A, B, C], 1, &noise(n, 5_000));
    }
    bench.commit(vec![trim(A, 7), drop_stream(B), trim(C, 20)]);
    for round in 0..4 {
        let next = if round % 2 == 0 { bench.crashed(store) } else { bench.reopened(store) };
        let Some(next) = next else { return };
        bench = next;
        assert_eq!((bench.bounds(A), bench.bounds(B)), (Some((7, 20)), None), "opening {round}");
        assert_eq!(bench.bounds(C), Some((20, 20 + round)), "opening {round}");
        assert_eq!(bench.payloads(A, 7).len(), 13);
        bench.append(&[C], 1, b"goes on where it was");
    }
}

pub fn rows_last_over_openings(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    for n in 0..500 {
        let (key, value) = (format!("k{:03}", n % 100), format!("v{n}"));
        bench.commit(vec![put(&key, &value)]);
    }
    bench.commit(vec![delete("k050")]);
    for round in 0..4 {
        let next = if round % 2 == 0 { bench.crashed(store) } else { bench.reopened(store) };
        let Some(next) = next else { return };
        bench = next;
        assert_eq!(bench.scan(super::bench::TABLE, "k", None, 1_000).len(), 99, "opening {round}");
        assert_eq!(bench.row("k049"), Some("v449".into()));
        assert_eq!(bench.row("k050"), None);
    }
}

pub fn a_replay_ends_with_the_rows_that_are_there(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    written(&mut bench);
    bench.commit(vec![delete("row3")]);
    for round in 0..4 {
        let next = if round % 2 == 0 { bench.crashed(store) } else { bench.reopened(store) };
        let Some(next) = next else { return };
        bench = next;
        let replayed = &bench.opened.replayed;
        assert!(replayed.positions.is_sorted(), "operations are replayed in order");
        assert_eq!(replayed.rows.len(), 9, "opening {round}");
        for ((_, key), value) in &replayed.rows {
            let key = String::from_utf8_lossy(key);
            assert_eq!(bench.row(&key).as_deref(), Some(&value[..]), "row {key}");
        }
        let last = replayed.positions.last().copied().unwrap_or_default();
        assert!(last <= bench.journal().state().durable);
    }
}
