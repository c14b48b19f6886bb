//! The synchronous half alone: no runtime, a clock that is set by hand, a journal that is flushed by hand.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use hence_base::Epoch;
use hence_core::{CreateTopics, JoinGroup, NewTopic, Settings, Start, TopicId};
use hence_journal::memory::{MemoryJournal, Options};
use hence_testkit::held::Held;

use super::*;

fn hosted() -> (Arc<Host>, Clock) {
    let clock = Clock::manual(Timestamp(1_000_000));
    let core = Core::new(Settings::default());
    let journal = MemoryJournal::new(Options::default());
    let host = Host::new(core, journal, Flush::EndOfTurn, clock.clone(), Durability::default());
    let mut started = host.call(Start { epoch: Epoch(1), complete: true });
    host.journal().flush();
    assert!(matches!(poll(&mut started), Poll::Ready(Ok(Ok(())))));
    (host, clock)
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn create(name: &str) -> CreateTopics {
    let topic = NewTopic {
        name: name.to_owned(),
        id: TopicId([name.as_bytes()[0]; 16]),
        partitions: 1,
        settings: Vec::new(),
    };
    CreateTopics { topics: vec![topic], validate_only: false }
}

/// A first member joins the group `g`.
pub fn join() -> JoinGroup {
    JoinGroup {
        group: "g".to_owned(),
        new_member: "m".to_owned(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".to_owned(),
        protocols: vec![("range".to_owned(), Bytes::new())],
        ..JoinGroup::default()
    }
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
fn what_a_connection_gathers_is_one_commit_that_it_flushes_itself_unless_others_submit_too() {
    let (host, _) = hosted();
    let rung = |host: &Host| poll(&mut Box::pin(host.bells.flush.notified())).is_ready();
    let ask = |names: [&str; 2], connection| {
        let before = host.journal().state().durable;
        let gather = host.gather(connection);
        let mut created = names.map(|name| host.call(create(name)));
        assert_eq!(host.queued(), 2, "the core is not entered yet");
        assert!(gather.flush() && !gather.flush(), "and entered once");
        let here = poll(&mut created[0]).is_ready();
        assert_eq!(poll(&mut created[1]).is_ready(), here, "both are in one commit");
        assert_eq!(rung(&host), !here);
        host.journal().flush();
        assert_eq!(host.journal().state().durable, before.next());
        here
    };
    assert!(!ask(["a", "b"], 1), "who was not the last one shares a flush");
    assert!(ask(["c", "d"], 1), "who was flushes alone");
    assert!(!ask(["e", "f"], 2));
    assert!(!ask(["g", "h"], 1));
    drop({
        let _gather = host.gather(2);
        host.call(create("i"))
    });
    assert!(rung(&host) && host.queued() == 0, "what is left is done at the end");
}

#[test]
fn a_timer_is_armed_and_acts_when_it_is_ticked_in_time() {
    let (host, clock) = hosted();
    let mut joined = host.call(join());
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
fn a_core_that_is_not_entered_any_more_has_no_timer() {
    let (host, clock) = hosted();
    let mut joined = host.call(join());
    let due = host.next_timer().expect("the group waits for more members");
    clock.set(due);
    host.failed(Failure::Unknown);
    host.drive();
    assert!(matches!(poll(&mut joined), Poll::Ready(Err(Unavailable::Unknown))));
    assert_eq!(host.next_timer(), None, "nothing would ever serve it");
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

#[test]
fn a_command_that_comes_while_the_core_is_taken_is_run_by_its_holder() {
    let journal = Held::over(MemoryJournal::new(Options::default()));
    let core = Core::new(Settings::default());
    let face = Arc::clone(&journal) as Arc<dyn Journal>;
    let clock = Clock::manual(Timestamp(1_000_000));
    let host = Host::new(core, face, Flush::AtOnce, clock, Durability::default());
    let started = host.call(Start { epoch: Epoch(1), complete: true });
    let late = Arc::new(Mutex::new(None));
    journal.interrupt({
        let (host, late) = (Arc::downgrade(&host), Arc::clone(&late));
        move || *late.lock() = host.upgrade().map(|host| host.call(create("late")))
    });
    let mut created = host.call(create("orders"));
    assert!(poll(&mut created).is_ready());
    let mut late = late.lock().take().expect("it was asked while the core was taken");
    assert!(poll(&mut late).is_ready(), "nobody else comes to run it");
    drop(started);
}

#[test]
fn whoever_is_told_of_a_topic_finds_it_in_the_catalog() {
    struct Looks(Weak<Host>, std::sync::atomic::AtomicBool);
    impl std::task::Wake for Looks {
        fn wake(self: Arc<Self>) {
            let found = self.0.upgrade().is_some_and(|host| host.catalog().topic("orders").is_some());
            self.1.store(found, Ordering::SeqCst);
        }
    }
    let (host, _) = hosted();
    let mut created = host.call(create("orders"));
    let looks = Arc::new(Looks(Arc::downgrade(&host), false.into()));
    let waker = Waker::from(Arc::clone(&looks));
    assert!(Pin::new(&mut created).poll(&mut Context::from_waker(&waker)).is_pending());
    host.journal().flush();
    assert!(looks.1.load(Ordering::SeqCst), "at the moment of the wake-up");
}

#[test]
fn rows_of_a_core_that_went_ahead_of_its_journal_are_in_no_checkpoint() {
    let journal = Held::over(MemoryJournal::new(Options::default()));
    let face = Arc::clone(&journal) as Arc<dyn Journal>;
    let clock = Clock::manual(Timestamp(1_000_000));
    let host = Host::new(Core::new(Settings::default()), face, Flush::AtOnce, clock, Durability::default());
    drop(host.call(Start { epoch: Epoch(1), complete: true }));
    let made = || SeenByJournal(Arc::downgrade(&host)).dirty_rows(1_000).made;
    assert!(made() < Position(100), "what is durable");
    journal.interrupt({
        let journal = Arc::clone(&journal);
        move || journal.fail()
    });
    assert!(matches!(poll(&mut host.call(create("orders"))), Poll::Ready(Err(_))));
    assert_eq!(made(), Position(u64::MAX), "never durable");
}
