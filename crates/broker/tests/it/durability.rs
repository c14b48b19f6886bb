//! Invariant 1: nothing leaves before what it made or saw is durable.

use hence_base::Timestamp;
use hence_broker::core::{
    CreateTopics, DeleteTopics, GroupOffsetsQuery, MemberRef, OffsetCommit, OffsetFetch, PartitionCommit,
    Produce, TopicCommit, TopicRef,
};
use smallvec::smallvec;

use crate::house::{House, batch, create, in_time, is_ready, quiesce};

#[tokio::test]
async fn no_reply_leaves_before_its_own_commit_is_durable() {
    let house = House::open().await;
    let topic = house.topic("orders", 1).await;
    house.journal.hold();
    let mut produced = house.produce(topic.partitions[0], &["a", "b"]);
    quiesce().await;
    assert!(!is_ready(&mut produced), "the commit is not durable");
    assert_eq!(house.end(topic.partitions[0]), 0, "nor is it readable");
    house.journal.let_go();
    let answer = in_time(produced).await.expect("durable");
    assert_eq!(answer[0].as_ref().expect("appended").base.0, 0);
    assert_eq!(house.end(topic.partitions[0]), 2);
}

#[tokio::test]
async fn a_reply_that_only_saw_what_is_not_durable_waits_for_it_too() {
    let house = House::open().await;
    house.topic("orders", 1).await;
    house.journal.hold();
    let partition = PartitionCommit { partition: 0, offset: 7, leader_epoch: -1, metadata: String::new() };
    let topic = TopicRef::Name("orders".to_owned());
    let commit = OffsetCommit {
        who: MemberRef { group: "g".to_owned(), generation: -1, ..MemberRef::default() },
        retention_ms: None,
        topics: vec![TopicCommit { topic, partitions: vec![partition] }],
    };
    let mut committed = house.broker.call(commit);
    let query = GroupOffsetsQuery { group: "g".to_owned(), topics: None };
    let mut fetched = house.broker.call(OffsetFetch { groups: vec![query] });
    quiesce().await;
    assert!(!is_ready(&mut committed));
    assert!(!is_ready(&mut fetched), "it read an offset that is not durable");
    house.journal.let_go();
    in_time(committed).await.expect("durable").expect("committed");
    let offsets = in_time(fetched).await.expect("durable");
    assert_eq!(offsets[0].topics[0].partitions[0].1.as_ref().expect("committed").offset, 7);
}

#[tokio::test]
async fn a_refusal_waits_for_what_it_was_judged_by() {
    let house = House::open().await;
    house.journal.hold();
    let mut first = house.broker.call(create("orders", 1, &[]));
    let mut second = house.broker.call(create("orders", 1, &[]));
    quiesce().await;
    assert!(!is_ready(&mut first) && !is_ready(&mut second), "'exists' may turn out wrong");
    house.journal.let_go();
    assert!(in_time(first).await.expect("durable")[0].is_ok());
    assert!(in_time(second).await.expect("durable")[0].is_err());
}

#[tokio::test]
async fn with_nothing_in_flight_a_reply_that_only_saw_is_there_at_once() {
    let house = House::open().await;
    let only_asks = CreateTopics { validate_only: true, ..create("orders", 1, &[]) };
    assert!(is_ready(&mut house.broker.call(only_asks)));
}

#[tokio::test]
async fn the_catalog_shows_a_topic_once_it_is_durable_and_before_its_creator_is_told() {
    let house = House::open().await;
    house.journal.hold();
    let mut created = house.broker.call(create("orders", 3, &[]));
    quiesce().await;
    assert!(!is_ready(&mut created));
    assert!(house.broker.catalog().topic("orders").is_none(), "not durable yet");
    house.journal.let_go();
    assert!(is_ready(&mut created), "told by whoever learnt of it");
    assert_eq!(house.broker.catalog().topic("orders").expect("there").partitions.len(), 3);
}

#[tokio::test]
async fn a_deleted_topic_stays_in_the_catalog_until_that_is_durable() {
    let house = House::open().await;
    house.topic("orders", 1).await;
    house.journal.hold();
    let deleted = house.broker.call(DeleteTopics { topics: vec![TopicRef::Name("orders".to_owned())] });
    quiesce().await;
    assert!(house.broker.catalog().topic("orders").is_some());
    house.journal.let_go();
    assert!(in_time(deleted).await.expect("durable")[0].is_ok());
    assert!(house.broker.catalog().topic("orders").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_are_answered_each_in_its_own_order_without_gaps() {
    const TASKS: usize = 16;
    const EACH: usize = 500;
    let house = House::open().await;
    let stream = house.topic("orders", 1).await.partitions[0];
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let broker = house.broker.clone();
        tasks.push(tokio::spawn(async move {
            let mut bases = Vec::new();
            for n in 0..EACH {
                let value = format!("{task}-{n}");
                let batches = smallvec![batch(stream, &[&value], Timestamp(1))];
                let produced = broker.call(Produce { batches }).await.expect("durable");
                bases.push(produced[0].as_ref().expect("appended").base.0);
            }
            assert!(bases.is_sorted(), "one task's appends in its order");
            bases
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(in_time(task).await.expect("joins"));
    }
    all.sort_unstable();
    let expected: Vec<u64> = (0..(TASKS * EACH) as u64).collect();
    assert_eq!(all, expected, "every offset was given once");
    assert_eq!(house.end(stream), (TASKS * EACH) as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_that_holds_the_core_leaves_no_command_behind() {
    let house = House::open().await;
    let stream = house.topic("orders", 1).await.partitions[0];
    let journal = std::sync::Arc::clone(&house.journal);
    let checkpoints =
        tokio::task::spawn_blocking(move || (0..20_000).map(|_| journal.take_dirty_rows()).sum::<usize>());
    for n in 0..2_000_u64 {
        assert_eq!(house.produced(stream, &["x"]).await.0, n);
    }
    assert!(in_time(checkpoints).await.expect("joins") > 0, "the partition's end was derived");
}

#[tokio::test]
async fn commands_of_one_task_are_run_in_the_order_in_which_they_were_asked() {
    let house = House::open().await;
    let stream = house.topic("orders", 1).await.partitions[0];
    let asked: Vec<_> = (0..100).map(|_| house.produce(stream, &["x"])).collect();
    for (n, produced) in asked.into_iter().enumerate() {
        let produced = in_time(produced).await.expect("durable");
        assert_eq!(produced[0].as_ref().expect("appended").base.0, n as u64);
    }
}
