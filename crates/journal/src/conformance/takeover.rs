//! Takeovers: a second opener fences the first, has all that the first was told, and nothing of it follows.
//!
//! A store that cannot be shared has nothing to show here, and the cases end at once.
//! Cases only; the face in `api.rs` is what they hold a store to.

use std::sync::atomic::{AtomicBool, Ordering};

use hence_base::{Offset, Position, StreamId};

use super::bench::{A, B, Bench, noise, put};
use super::{Opened, Replayed, Store};
use crate::{Failure, SubmitError};

/// Submits to a stream of its own until the owner learns that it is none any more.
fn fenced(old: &mut Bench, stream: StreamId) {
    let durable = old.journal().state().durable;
    let op = old.append_op(&[stream], 1, b"too late");
    match old.submit(vec![op]) {
        Ok(position) => assert_eq!(old.settled(position), Err(Failure::Fenced)),
        Err(SubmitError::Failed(Failure::Fenced)) => {}
        Err(other) => panic!("a former owner is fenced, not {other}"),
    }
    let op = old.append_op(&[stream], 1, b"later still");
    assert_eq!(old.submit(vec![op]), Err(SubmitError::Failed(Failure::Fenced)));
    let state = old.journal().state();
    assert_eq!((state.durable, state.failure), (durable, Some(Failure::Fenced)));
    assert_eq!(old.failure(), Some(Failure::Fenced), "and its observer was told");
    assert_eq!(old.bounds(stream), None, "what may or may not be stored is not readable");
}

pub fn an_owner_that_was_taken_over_is_fenced(store: &dyn Store) {
    let mut old = Bench::fresh(store);
    old.append(&[A], 1, b"by the old owner");
    let Some(mut new) = old.taken_over(store) else { return };
    assert!(new.opened.opening.epoch > old.opened.opening.epoch);
    assert_eq!(new.opened.opening.identity, old.opened.opening.identity);
    fenced(&mut old, StreamId(900));
    assert_eq!(new.payloads(A, 0), [(0, "by the old owner".into())]);
    new.append(&[A], 1, b"by the new owner");
    assert_eq!(new.bounds(StreamId(900)), None, "nothing slipped in");
    assert_eq!(old.bounds(A), Some((0, 1)), "a former owner serves what it had");
    let Some(new) = new.crashed(store) else { return };
    assert_eq!((new.bounds(A), new.bounds(StreamId(900))), (Some((0, 2)), None));
}

pub fn each_owner_fences_the_one_before(store: &dyn Store) {
    let mut first = Bench::fresh(store);
    first.append(&[A], 1, b"first");
    let Some(mut second) = first.taken_over(store) else { return };
    second.append(&[A], 1, b"second");
    let Some(mut third) = second.taken_over(store) else { return };
    third.append(&[A], 1, b"third");
    fenced(&mut first, StreamId(901));
    fenced(&mut second, StreamId(902));
    third.append(&[A], 1, b"third again");
    assert!(third.failure().is_none(), "the owner is well");
    assert_eq!(third.bounds(A), Some((0, 4)));
    assert_eq!((third.bounds(StreamId(901)), third.bounds(StreamId(902))), (None, None));
}

/// Commits over two streams and a row, one after the other, until one is not taken or not told to be durable.
/// Gives how many were told.
fn busy_until_fenced(old: &mut Bench, stop: &AtomicBool) -> u64 {
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return n;
        }
        let payload = noise(n, 2_000);
        let last = n.to_string();
        let ops =
            vec![old.append_op(&[A], 1, &payload), put("last", &last), old.append_op(&[B], 1, &payload)];
        let told = match old.submit(ops) {
            Ok(position) => old.settled(position),
            Err(SubmitError::Failed(failure)) => Err(failure),
            Err(refused) => panic!("a former owner is fenced, not {refused}"),
        };
        if let Err(failure) = told {
            assert_eq!(failure, Failure::Fenced);
            return n;
        }
    }
    unreachable!("it ends by being fenced")
}

pub fn what_a_former_owner_was_told_is_there_and_nothing_follows(store: &dyn Store) {
    let mut old = Bench::fresh(store);
    let Opened { journal, opening, .. } = &old.opened;
    let running = Opened { journal: journal.clone(), opening: *opening, replayed: Replayed::default() };
    let start = running.journal.state().durable;
    let stop = AtomicBool::new(false);
    let taken = std::thread::scope(|scope| {
        let busy = scope.spawn(|| busy_until_fenced(&mut old, &stop));
        while !busy.is_finished() && running.journal.state().durable < Position(start.0 + 20) {
            std::thread::yield_now();
        }
        let opened = store.take_over(&running);
        stop.store(opened.is_none(), Ordering::Relaxed);
        let at_once = opened.as_ref().and_then(|opened| opened.journal.bounds(A));
        let told = busy.join().expect("the former owner ends by being fenced");
        opened.map(|opened| (opened, at_once, told))
    });
    let Some((opened, at_once, told)) = taken else { return };
    assert_eq!(old.failure(), Some(Failure::Fenced));
    let new = Bench::over(opened, Default::default());
    let there = new.journal().bounds(A).map(|bounds| bounds.end);
    assert_eq!(there, at_once.map(|bounds| bounds.end), "the former owner wrote on");
    assert!(there >= Some(Offset(told)), "of {told} commits that were told, {there:?} are there");
    let check = |new: &Bench| {
        let (a, b) = (new.payloads(A, 0), new.payloads(B, 0));
        assert_eq!(a, b, "a commit is there as a whole or not at all");
        assert_eq!(new.row("last"), Some((a.len() - 1).to_string().into()));
        assert!((0..).zip(&a).all(|(n, (base, payload))| *base == n && *payload == noise(n, 2_000)));
        a.len()
    };
    let entries = check(&new);
    let Some(new) = new.crashed(store) else { return };
    assert_eq!(check(&new), entries, "and so it stays");
}
