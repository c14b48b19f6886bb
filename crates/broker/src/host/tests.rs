//! The synchronous half alone: no runtime, a clock that is set by hand, a journal that is flushed by hand.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use hence_core::{CreateTopics, JoinGroup, NewTopic, Settings, Start, TopicId};
use hence_journal::memory::{MemoryJournal, Options};

use super::*;

fn hosted() -> (Arc<Host>, Clock) {
    let clock = Clock::manual(Timestamp(1_000_000));
    let core = Core::new(Settings::default());
    let journal = MemoryJournal::new(Options::default());
    let host = Host::new(core, journal, Flush::EndOfTurn, clock.clone(), Durability::default());
    let mut started = host.call(Start { complete: true });
    host.journal().flush();
    assert!(matches!(poll(&mut started), Poll::Ready(Ok(Ok(())))));
    (host, clock)
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn create(name: &str) -> CreateTopics {
    let topic = NewTopic { name: name.to_owned(), id: TopicId([1; 16]), partitions: 1, settings: Vec::new() };
    CreateTopics { topics: vec![topic], validate_only: false }
}

#[test]
fn a_reply_is_there_when_the_journal_was_flushed_and_not_before() {
    let (host, _) = hosted();
    let mut created = host.call(create("orders"));
    assert!(poll(&mut created).is_pending());
    assert!(host.catalog().is_empty());
    host.journal().flush();
    assert!(host.catalog().topic("orders").is_some());
    assert!(matches!(poll(&mut created), Poll::Ready(Ok(topics)) if topics[0].is_ok()));
}

#[test]
fn a_timer_is_armed_and_acts_when_it_is_ticked_in_time() {
    let (host, clock) = hosted();
    let join = JoinGroup {
        group: "g".to_owned(),
        new_member: "m".to_owned(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".to_owned(),
        protocols: vec![("range".to_owned(), Bytes::new())],
        ..JoinGroup::default()
    };
    let mut joined = host.call(join);
    host.journal().flush();
    assert!(poll(&mut joined).is_pending(), "the group waits for more members");
    let due = host.next_timer().expect("a timer is armed");
    assert!(due > clock.now());
    clock.set(Timestamp(due.0 - 1));
    host.tick();
    host.journal().flush();
    assert!(poll(&mut joined).is_pending(), "a millisecond early");
    clock.set(due);
    host.tick();
    host.journal().flush();
    assert!(matches!(poll(&mut joined), Poll::Ready(Ok(Ok(_)))));
}

#[test]
fn too_many_commands_that_wait_are_refused_as_not_stored() {
    let (host, _) = hosted();
    let running = host.running.lock();
    let waiting: Vec<_> = (0..limits::QUEUED_COMMANDS_MAX).map(|_| host.call(create("orders"))).collect();
    let refused = poll(&mut host.call(create("more")));
    assert!(matches!(refused, Poll::Ready(Err(Unavailable::Overloaded))));
    drop(running);
    host.drive();
    // The driver goes on where one entry's turns were not enough.
    while host.queued() > 0 {
        host.drive();
    }
    host.journal().flush();
    assert!(waiting.into_iter().all(|mut created| poll(&mut created).is_ready()));
}
