//! Reading and waiting for more.

use std::time::Duration;

use hence_base::Offset;
use hence_broker::core::{DeleteTopics, TopicRef, Trim, TrimTo};
use smallvec::smallvec;

use crate::house::{House, in_time, is_ready, quiesce};

#[tokio::test]
async fn what_was_produced_is_read_back_as_it_was() {
    let house = House::open().await;
    let stream = house.topic("orders", 1).await.partitions[0];
    house.produced(stream, &["a", "b", "c"]).await;
    house.produced(stream, &["d"]).await;
    let entries = house.entries(stream, 1).await;
    let shape: Vec<_> = entries.iter().map(|entry| (entry.base.0, entry.count)).collect();
    assert_eq!(shape, [(0, 3), (3, 1)]);
    assert_eq!(house.entries(stream, 4).await.len(), 0);
}

#[tokio::test]
async fn a_watch_wakes_when_enough_became_durable_and_not_before() {
    let house = House::open().await;
    let topic = house.topic("orders", 2).await;
    let (a, b) = (topic.partitions[0], topic.partitions[1]);
    let entry_bytes = {
        house.produced(a, &["x"]).await;
        house.entries(a, 0).await[0].payload.len() as u64
    };
    let mut watch = house.broker.watch(&[(a, Offset(1)), (b, Offset(0))], 2 * entry_bytes);
    house.produced(a, &["x"]).await;
    quiesce().await;
    assert!(!is_ready(&mut watch), "half of it");
    house.journal.hold();
    let produced = house.produce(b, &["x"]);
    quiesce().await;
    assert!(!is_ready(&mut watch), "the other half is not durable");
    house.journal.let_go();
    in_time(&mut watch).await;
    in_time(produced).await.expect("durable");
}

#[tokio::test]
async fn a_watch_that_comes_too_late_is_ready_at_once() {
    let house = House::open().await;
    let stream = house.topic("orders", 1).await.partitions[0];
    house.produced(stream, &["x"]).await;
    assert!(is_ready(&mut house.broker.watch(&[(stream, Offset(0))], 1)));
}

#[tokio::test]
async fn a_watch_of_a_stream_that_is_trimmed_or_deleted_ends() {
    let house = House::open().await;
    let stream = house.topic("orders", 1).await.partitions[0];
    house.produced(stream, &["x"]).await;
    // The first may be woken for what was answered a moment before.
    let mut watch = house.broker.watch(&[(stream, Offset(1))], 1);
    quiesce().await;
    if is_ready(&mut watch) {
        watch = house.broker.watch(&[(stream, Offset(1))], 1);
        quiesce().await;
    }
    assert!(!is_ready(&mut watch));
    let trimmed = house.broker.call(Trim { streams: smallvec![(stream, TrimTo::End)] });
    in_time(trimmed).await.expect("durable")[0].as_ref().expect("trimmed");
    in_time(watch).await;
    let watch = house.broker.watch(&[(stream, Offset(1))], 1);
    let deleted = house.broker.call(DeleteTopics { topics: vec![TopicRef::Name("orders".to_owned())] });
    in_time(deleted).await.expect("durable")[0].as_ref().expect("deleted");
    in_time(watch).await;
}

#[tokio::test]
async fn a_thousand_idle_watches_cost_no_wake_ups() {
    let house = House::open().await;
    let idle = house.topic("idle", 1).await.partitions[0];
    let busy = house.topic("busy", 1).await.partitions[0];
    let polls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for _ in 0..1_000 {
        let (broker, polls) = (house.broker.clone(), std::sync::Arc::clone(&polls));
        tokio::spawn(async move {
            let watch = broker.watch(&[(idle, Offset(0))], 1);
            tokio::pin!(watch);
            let counted = std::future::poll_fn(|context| {
                polls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                watch.as_mut().poll(context)
            });
            let _ = tokio::time::timeout(Duration::from_secs(60), counted).await;
        });
    }
    let polled = || polls.load(std::sync::atomic::Ordering::Relaxed);
    crate::house::until("each is polled once", || polled() == 1_000).await;
    for _ in 0..200 {
        house.produced(busy, &["x"]).await;
    }
    quiesce().await;
    assert_eq!(polled(), 1_000, "commits to another stream woke nobody");
    house.produced(idle, &["x"]).await;
    crate::house::until("each is woken once", || polled() == 2_000).await;
    quiesce().await;
    assert_eq!(polled(), 2_000, "once");
}
