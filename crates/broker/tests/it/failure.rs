//! A journal that fails, and a broker that stops: nobody is told "not stored" of what may be, and reads go on.

use hence_broker::core::ListGroups;
use hence_broker::{CoreSettings, Options, Unavailable};

use crate::house::{House, create, in_time, is_ready, join, quiesce};

#[tokio::test]
async fn after_a_failed_write_what_waits_is_unknown_and_reads_go_on() {
    let house = House::open().await;
    let stream = house.topic("orders", 1).await.partitions[0];
    house.produced(stream, &["a"]).await;
    house.journal.hold();
    let mut waiting = house.produce(stream, &["b"]);
    let saw = house.broker.call(ListGroups);
    quiesce().await;
    assert!(!is_ready(&mut waiting));
    house.journal.fail();
    assert_eq!(in_time(waiting).await.expect_err("failed"), Unavailable::Unknown);
    assert_eq!(in_time(saw).await.expect_err("it saw what may be lost"), Unavailable::Unknown);
    let later = in_time(house.broker.call(create("more", 1, &[]))).await;
    assert_eq!(later.expect_err("no longer taken"), Unavailable::Unknown);
    assert_eq!(house.entries(stream, 0).await.len(), 1, "what was durable is readable");
    assert!(house.broker.catalog().topic("orders").is_some());
    let health = house.broker.health();
    assert!(!health.is_ready());
    assert_eq!(health.stopped, Some(Unavailable::Unknown));
}

#[tokio::test]
async fn a_write_that_finds_the_journal_failed_is_unknown() {
    let house = House::open().await;
    let stream = house.topic("orders", 1).await.partitions[0];
    house.journal.fail();
    let produced = in_time(house.produce(stream, &["a"])).await;
    assert_eq!(produced.expect_err("failed"), Unavailable::Unknown);
}

#[tokio::test]
async fn what_the_core_had_not_answered_is_answered_when_the_journal_fails() {
    let house = House::open().await;
    // The group waits three seconds for more members, so the join is with the core, not with the journal.
    let mut joined = house.broker.call(join("g", 30_000));
    quiesce().await;
    assert!(!is_ready(&mut joined));
    house.journal.fail();
    assert_eq!(in_time(joined).await.expect_err("failed"), Unavailable::Unknown);
}

#[tokio::test]
async fn closing_makes_what_was_submitted_durable_and_answers_everyone() {
    let house = House::open().await;
    let stream = house.topic("orders", 1).await.partitions[0];
    let joined = house.broker.call(join("g", 30_000));
    house.journal.hold();
    let produced = house.produce(stream, &["a"]);
    in_time(house.broker.close()).await.expect("closes");
    assert_eq!(in_time(joined).await.expect_err("stopping"), Unavailable::Stopping);
    let appended = in_time(produced).await.expect("it was submitted, so closing made it durable");
    assert_eq!(appended[0].as_ref().expect("appended").base.0, 0);
    let late = in_time(house.broker.call(ListGroups)).await;
    assert_eq!(late.expect_err("stopping"), Unavailable::Stopping);
    assert!(!house.broker.health().is_ready());
}

#[tokio::test]
async fn a_broker_whose_handles_are_gone_leaves_nothing_running() {
    let house = House::open_with(&Options::default(), CoreSettings::default()).await;
    let journal = std::sync::Arc::downgrade(&house.journal);
    drop(house);
    quiesce().await;
    assert_eq!(journal.strong_count(), 0, "no task and no cycle holds the journal");
}
