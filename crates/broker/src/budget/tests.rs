//! The budget alone: shares, the one large request, waiting and giving back.

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
    assert!(share.is_wanted());
    held.shrink_to(3 * MIB);
    assert_eq!(held.bytes(), 2 * MIB, "a charge never grows");
    held.shrink_to(MIB);
    assert_eq!(waiter.await.expect("the task ends"), MIB);
    assert_eq!((held.bytes(), budget.used_bytes(), share.is_wanted()), (MIB, MIB, false));
}
