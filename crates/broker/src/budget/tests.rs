//! The budget alone: shares, the one large request, waiting and giving back.

use std::task::{Wake, Waker};

use super::*;

const MIB: u64 = 1024 * 1024;

fn budget() -> Budget {
    Budget::new(8 * MIB, 2 * MIB)
}

#[test]
fn a_dropped_charge_is_given_back() {
    let budget = budget();
    let share = budget.share();
    let charge = share.try_take(MIB).expect("it fits");
    assert_eq!((budget.used_bytes(), share.used_bytes(), charge.bytes()), (MIB, MIB, MIB));
    drop(charge);
    assert_eq!((budget.used_bytes(), share.used_bytes()), (0, 0));
}

#[test]
fn a_connection_that_holds_its_share_waits_and_others_do_not() {
    let budget = budget();
    let (greedy, modest) = (budget.share(), budget.share());
    let _held = greedy.try_take(2 * MIB).expect("a whole share");
    assert!(greedy.try_take(1).is_none());
    assert!(modest.try_take(MIB).is_some());
}

#[test]
fn one_request_beyond_everything_is_admitted_while_it_is_the_only_large_one() {
    let budget = budget();
    let (first, second) = (budget.share(), budget.share());
    let large = first.try_take(100 * MIB).expect("the only large one");
    assert!(second.try_take(100 * MIB).is_none(), "a second large one");
    drop(large);
    assert!(second.try_take(100 * MIB).is_some());
}

#[test]
fn what_must_fit_is_never_the_one_large_request() {
    let budget = budget();
    let shares: Vec<Share> = (0..5).map(|_| budget.share()).collect();
    assert!(shares[0].try_take_fitting(2 * MIB + 1).is_none(), "beyond its share");
    let _held: Vec<Charge> =
        shares.iter().take(4).filter_map(|share| share.try_take_fitting(2 * MIB)).collect();
    assert_eq!(budget.used_bytes(), 8 * MIB);
    assert!(shares[4].try_take_fitting(1).is_none(), "nothing is left");
    assert!(shares[4].try_take(100 * MIB).is_some(), "the large one is still to be had");
}

#[test]
fn a_small_request_gets_in_when_the_rest_is_used_up_by_others() {
    let budget = budget();
    let shares: Vec<Share> = (0..5).map(|_| budget.share()).collect();
    let held: Vec<Charge> = shares.iter().take(4).filter_map(|share| share.try_take(2 * MIB)).collect();
    assert_eq!(held.len(), 4);
    let last = shares[4].try_take(MIB);
    assert!(last.is_some(), "as the one large request");
    assert!(shares[4].try_take(MIB).is_none(), "but only once");
}

#[tokio::test]
async fn waiting_ends_when_bytes_are_given_back() {
    let budget = budget();
    let share = Arc::new(budget.share());
    let held = share.try_take(2 * MIB).expect("a whole share");
    let waiter = tokio::spawn({
        let share = Arc::clone(&share);
        async move { share.take(MIB).await.bytes() }
    });
    tokio::task::yield_now().await;
    assert!(!waiter.is_finished());
    drop(held);
    assert_eq!(waiter.await.expect("the task ends"), MIB);
    assert_eq!(budget.requests.waiting.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_wait_that_is_given_up_charges_nothing() {
    let budget = budget();
    let share = budget.share();
    let held = share.try_take(2 * MIB).expect("a whole share");
    {
        let take = share.take(MIB);
        tokio::pin!(take);
        let polled = std::future::poll_fn(|context| Poll::Ready(take.as_mut().poll(context))).await;
        assert!(polled.is_pending());
    }
    drop(held);
    assert_eq!((budget.used_bytes(), budget.requests.waiting.load(Ordering::SeqCst)), (0, 0));
}

#[test]
fn responses_that_nobody_takes_leave_the_requests_alone() {
    let budget = budget();
    let shares: Vec<Share> = (0..5).map(|_| budget.response_share()).collect();
    let held: Vec<Charge> = shares.iter().filter_map(|share| share.try_take(2 * MIB)).collect();
    assert_eq!(held.len(), 5, "all of it and the one large response");
    assert!(budget.response_share().try_take(1).is_none());
    let share = budget.share();
    let request = share.try_take(MIB).expect("a request");
    let large = budget.share().try_take(100 * MIB);
    assert!(large.is_some(), "and a large one");
    drop((request, large, held));
    assert_eq!(budget.used_bytes(), 0);
}

#[tokio::test]
async fn a_charge_that_shrinks_lets_another_one_in_and_keeps_the_rest() {
    let budget = budget();
    let share = Arc::new(budget.share());
    let mut held = share.try_take(2 * MIB).expect("a whole share");
    let waiter = tokio::spawn({
        let share = Arc::clone(&share);
        async move { share.take(MIB).await.bytes() }
    });
    tokio::task::yield_now().await;
    assert!(!waiter.is_finished() && !share.is_wanted(), "it waits for its own share, nobody else's");
    held.shrink_to(3 * MIB);
    assert_eq!(held.bytes(), 2 * MIB, "a charge never grows");
    held.shrink_to(MIB);
    assert_eq!(waiter.await.expect("the task ends"), MIB);
    assert_eq!((held.bytes(), budget.used_bytes(), share.is_wanted()), (MIB, MIB, false));
}

/// Counts how often a task is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A task that waits for bytes.
struct Waiter<'a> {
    take: Take<'a>,
    woken: Arc<Woken>,
}

impl<'a> Waiter<'a> {
    fn of(share: &'a Share, bytes: u64) -> Self {
        let mut waiter = Self { take: share.take(bytes), woken: Arc::default() };
        assert!(waiter.poll().is_pending());
        waiter
    }

    fn poll(&mut self) -> Poll<Charge> {
        let waker = Waker::from(Arc::clone(&self.woken));
        Pin::new(&mut self.take).poll(&mut Context::from_waker(&waker))
    }

    fn is_served(&mut self) -> bool {
        self.poll().is_ready()
    }

    fn woken(&self) -> usize {
        self.woken.0.load(Ordering::SeqCst)
    }
}

/// A budget of which everything is taken, by the one large request and in pieces of one MiB.
fn full() -> (Budget, Charge, Vec<Charge>) {
    let budget = budget();
    let large = budget.share().try_take(3 * MIB).expect("the only large one");
    let pieces = (0..5).map(|_| budget.share().try_take(MIB).expect("it fits")).collect();
    (budget, large, pieces)
}

#[test]
fn bytes_that_come_back_wake_only_who_gets_them_once_and_in_order_of_arrival() {
    let (budget, large, mut pieces) = full();
    let shares: Vec<Share> = (0..10).map(|_| budget.share()).collect();
    let mut waiting: Vec<Waiter<'_>> = shares.iter().map(|share| Waiter::of(share, MIB / 2)).collect();
    for waiter in &mut waiting {
        assert!((0..100).all(|_| !waiter.is_served()), "it looks often");
    }
    let woken = |waiting: &[Waiter<'_>]| waiting.iter().map(Waiter::woken).collect::<Vec<_>>();
    drop(pieces.pop());
    assert_eq!(woken(&waiting), [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    drop(pieces.pop());
    assert_eq!(woken(&waiting), [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    assert!(waiting[0].is_served(), "and gives it back");
    assert_eq!(woken(&waiting), [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    drop(waiting);
    drop((large, pieces));
    assert_eq!((budget.used_bytes(), budget.share().is_wanted()), (0, false));
}

#[test]
fn many_small_ones_never_starve_a_large_one() {
    let (budget, _large, mut pieces) = full();
    let (much, little) = (budget.share(), budget.share());
    drop(pieces.pop());
    let half = much.try_take(MIB / 2).expect("it fits");
    let mut first = Waiter::of(&much, MIB * 3 / 2);
    assert!(little.try_take(1).is_none() && little.try_take_fitting(1).is_none(), "past the line");
    let mut second = Waiter::of(&little, 1);
    drop(pieces.pop());
    assert_eq!((first.woken(), second.woken()), (1, 0));
    let served = first.poll();
    assert!(served.is_ready() && !second.is_served());
    drop(half);
    assert!(second.woken() == 1 && second.is_served());
    assert!(little.try_take(1).is_some(), "nobody is in line any more");
}

#[test]
fn who_was_served_and_is_gone_leaves_its_bytes_to_the_next() {
    let (budget, _large, mut pieces) = full();
    let shares: Vec<Share> = (0..3).map(|_| budget.share()).collect();
    let mut waiting: Vec<Waiter<'_>> = shares.iter().map(|share| Waiter::of(share, MIB)).collect();
    drop(pieces.pop());
    assert_eq!(waiting[0].woken(), 1);
    drop(waiting.remove(0));
    assert_eq!((waiting[0].woken(), waiting[1].woken()), (1, 0));
    // One that is gone before it was served is passed over.
    drop(waiting.remove(1));
    drop(pieces.pop());
    assert!(waiting[0].is_served());
    assert!(!budget.share().is_wanted());
}

#[test]
fn who_waits_for_its_own_share_or_to_be_the_large_one_holds_up_nobody() {
    let budget = budget();
    let (greedy, other) = (budget.share(), budget.share());
    let held = greedy.try_take(2 * MIB).expect("a whole share");
    let mut own = Waiter::of(&greedy, MIB);
    let large = other.try_take(3 * MIB).expect("the only large one");
    let third = budget.share();
    let mut huge = Waiter::of(&third, 100 * MIB);
    assert!(budget.share().try_take(MIB).is_some(), "there is room");
    assert!(budget.share().try_take(100 * MIB).is_none());
    drop(large);
    assert!(huge.woken() == 1 && own.woken() == 0);
    assert!(budget.share().try_take(100 * MIB).is_none());
    assert!(huge.is_served());
    drop(held);
    assert!(own.is_served(), "as the large one, since there is no room");
    assert_eq!(budget.used_bytes(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_they_come_and_go_everybody_is_served_and_everything_comes_back() {
    let budget = budget();
    let mut tasks = tokio::task::JoinSet::new();
    for seed in 1..33_u64 {
        let share = Arc::new(budget.share());
        tasks.spawn(async move {
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            for _ in 0..1_000 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let bytes = (state >> 33) % (3 * MIB);
                let beside = share.try_take(bytes / 8);
                // Some give up before they are served, or after.
                tokio::select! {
                    biased;
                    charge = share.take(bytes) => drop(charge),
                    () = yielded(state >> 60) => {}
                }
                drop(beside);
                let charge = share.take(bytes).await;
                yielded(state >> 61).await;
                drop(charge);
            }
        });
    }
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            ended.expect("it comes to its end");
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), all).await.expect("nobody waits forever");
    assert_eq!((budget.used_bytes(), budget.share().is_wanted()), (0, false));
    assert!(budget.share().try_take(100 * MIB).is_some());
}

/// Resolves after some turns of the event loop.
async fn yielded(turns: u64) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}
