//! Refusals: nothing of a refused commit was or will be stored, and relief gets through when appends do not.
//!
//! Cases only; the face in `api.rs` is what they hold a store to.

use hence_base::Position;

use super::bench::{A, B, Bench, delete, drop_stream, noise, put, trim};
use super::{Shape, Store};
use crate::{Failure, Refusal, SubmitError};

const SMALL: Shape = Shape { space_bytes: Some(48 << 20), commit_bytes_max: Some(1 << 20), cold: false };

/// Its space does not matter: also a store whose space has no end limits what one commit may hold.
const SMALL_COMMITS: Shape = Shape { space_bytes: None, ..SMALL };

/// Appends until the journal is full and gives how many entries fitted.
fn filled(bench: &mut Bench) -> u64 {
    for n in 0..10_000 {
        let payload = noise(n, 500_000);
        let ghost = bench.ghost_op(A, &payload);
        match bench.submit(vec![ghost]) {
            Ok(position) => {
                bench.append_op(&[A], 1, &payload);
                bench.durable(position);
            }
            Err(SubmitError::Refused(Refusal::DiskFull)) => {
                assert_eq!(bench.bounds(A), Some((0, n)), "nothing of a refused commit is there");
                return n;
            }
            Err(other) => panic!("a full journal refuses, it does not fail: {other}"),
        }
    }
    panic!("the journal never became full");
}

pub fn a_commit_over_the_maximum_is_refused_and_leaves_nothing(store: &dyn Store) {
    let Some(mut bench) = Bench::shaped(store, SMALL_COMMITS) else { return };
    let first = bench.append(&[A], 1, b"first");
    let maximum = bench.journal().room().commit_bytes_max;
    let half = noise(1, maximum / 2 + 1);
    let ops = vec![put("k", "v"), bench.ghost_op(A, &half), bench.ghost_op(B, &half)];
    assert_eq!(bench.submit(ops), Err(SubmitError::Refused(Refusal::TooLarge)));
    assert_eq!(bench.row("k"), None);
    assert_eq!(bench.append(&[A], 1, b"second"), first.next());
    assert_eq!((bench.bounds(A), bench.bounds(B)), (Some((0, 2)), None));
}

pub fn a_full_journal_refuses_appends_and_takes_relief(store: &dyn Store) {
    let Some(mut bench) = Bench::shaped(store, SMALL) else { return };
    let full = filled(&mut bench);
    assert!(full >= 8, "only {full} entries fitted");
    let relief =
        [vec![put("cursor", "7")], vec![delete("cursor")], vec![trim(A, full - 1)], vec![drop_stream(B)]];
    for ops in relief {
        let position = bench.relieve(ops).expect("relief is taken when appends are refused");
        bench.durable(position);
    }
    assert_eq!(bench.bounds(A), Some((full - 1, full)));
    assert_eq!(bench.payloads(A, full - 1), [(full - 1, noise(full - 1, 500_000).into())]);
}

pub fn what_stays_within_the_room_is_not_refused(store: &dyn Store) {
    let Some(mut bench) = Bench::shaped(store, SMALL) else { return };
    for n in 0..10_000 {
        let room = bench.journal().room();
        let length = room.normal_bytes.min(room.commit_bytes_max as u64 / 2).saturating_sub(1_000) as usize;
        if length == 0 {
            assert!(n > 8, "only {n} commits had room");
            return;
        }
        let payload = noise(n, length);
        let op = bench.append_op(&[A], 1, &payload);
        let position = bench.submit(vec![op]).expect("it was within the room");
        bench.durable(position);
    }
}

pub fn a_refused_commit_takes_no_position(store: &dyn Store) {
    let Some(mut bench) = Bench::shaped(store, SMALL) else { return };
    let mut entries = filled(&mut bench);
    let payload = noise(3, 900_000);
    let durable = loop {
        let durable = bench.journal().state().durable;
        let ghost = bench.ghost_op(A, &payload);
        match bench.submit(vec![ghost]) {
            Err(SubmitError::Refused(Refusal::DiskFull)) => break durable,
            // Work behind the log hides space for a moment: what was full may take one more.
            Ok(position) => {
                bench.append_op(&[A], 1, &payload);
                bench.durable(position);
                entries += 1;
            }
            Err(other) => panic!("a full journal refuses, it does not fail: {other}"),
        }
    };
    let position = bench.relieve(vec![put("k", "v")]).expect("relief is taken");
    bench.durable(position);
    assert_eq!(position, Position(durable.0 + 1));
    assert_eq!(bench.bounds(A), Some((0, entries)));
    assert!(bench.journal().state().failure.is_none(), "a refusal is no failure");
}

pub fn a_closed_journal_takes_nothing(store: &dyn Store) {
    let mut bench = Bench::fresh(store);
    bench.append(&[A], 1, b"x");
    let op = bench.append_op(&[A], 1, b"not flushed");
    let position = bench.submit(vec![op]).expect("taken");
    bench.journal().close().expect("a healthy journal closes");
    let op = bench.append_op(&[A], 1, b"late");
    assert_eq!(bench.submit(vec![op]), Err(SubmitError::Failed(Failure::Closed)));
    assert_eq!(bench.journal().state().durable, position, "a close makes all that was submitted durable");
}
