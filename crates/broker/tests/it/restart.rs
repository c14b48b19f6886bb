//! The broker over the local store: what was acknowledged is there after a restart, clean or not.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hence_base::{LeaderEpoch, Offset, StreamId};
use hence_broker::core::{
    GroupOffsetsQuery, MemberRef, OffsetCommit, OffsetFetch, PartitionCommit, Topic, TopicCommit, TopicRef,
};
use hence_broker::{
    BoundsDiffer, Broker, CoreSettings, Flush, Options, ReadLimits, Recovery, StartError, settled,
};
use hence_journal::Opening;
use hence_journal::local::{LocalJournal, Mode, OpenError, Options as LocalOptions};

use crate::house::{batch, create, in_time};

async fn open(dir: &Path, mode: Mode) -> Broker {
    let (recovery, journal, opening) = recovered(dir, mode).await;
    let flush = if mode == Mode::Fsync { Flush::AtOnce } else { Flush::EndOfTurn };
    let options = Options { flush, ..Options::default() };
    Broker::start(recovery, journal, opening, &options).await.expect("starts")
}

async fn recovered(dir: &Path, mode: Mode) -> (Recovery, Arc<LocalJournal>, Opening) {
    let mut local = LocalOptions::new(dir);
    local.mode = mode;
    // The broker before this one is gone when its tasks and the store's threads have ended.
    let opened = async {
        loop {
            let mut recovery = Recovery::new(CoreSettings::default());
            match LocalJournal::open(&local, &mut recovery) {
                Ok((journal, opening)) => break (recovery, journal, opening),
                Err(OpenError::Locked { .. }) => tokio::time::sleep(Duration::from_millis(1)).await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    in_time(opened).await
}

async fn topic(broker: &Broker) -> Arc<Topic> {
    let created = in_time(broker.call(create("orders", 2, &[("retention.ms", "-1")]))).await;
    created.expect("durable").remove(0).expect("created")
}

async fn produced(broker: &Broker, stream: StreamId, value: &str) -> u64 {
    let batches = smallvec::smallvec![batch(stream, &[value], hence_base::Timestamp(1_000))];
    let answer = in_time(broker.call(hence_broker::core::Produce { batches })).await.expect("durable");
    answer[0].as_ref().expect("appended").base.0
}

async fn commit(broker: &Broker, offset: i64) {
    let partition = PartitionCommit { partition: 1, offset, leader_epoch: -1, metadata: "note".to_owned() };
    let topic = TopicRef::Name("orders".to_owned());
    let commit = OffsetCommit {
        who: MemberRef { group: "g".to_owned(), generation: -1, ..MemberRef::default() },
        retention_ms: None,
        topics: vec![TopicCommit { topic, partitions: vec![partition] }],
    };
    in_time(broker.call(commit)).await.expect("durable").expect("committed");
}

async fn committed(broker: &Broker) -> Option<i64> {
    let query = GroupOffsetsQuery { group: "g".to_owned(), topics: None };
    let fetched = in_time(broker.call(OffsetFetch { groups: vec![query] })).await.expect("durable");
    Some(fetched[0].topics.first()?.partitions.first()?.1.as_ref()?.offset)
}

async fn offsets(broker: &Broker, stream: StreamId) -> Vec<u64> {
    let limits = ReadLimits { bytes_max: 1 << 20, before: None };
    let entries = settled(broker.read(stream, Offset(0), limits)).await.expect("readable");
    entries.iter().map(|entry| entry.base.0).collect()
}

async fn survives(mode: Mode, clean: bool) -> LeaderEpoch {
    let dir = tempfile::tempdir().expect("a directory");
    let before = {
        let broker = open(dir.path(), mode).await;
        let topic = topic(&broker).await;
        for n in 0..20 {
            assert_eq!(produced(&broker, topic.partitions[1], "x").await, n);
        }
        commit(&broker, 11).await;
        if clean {
            in_time(broker.close()).await.expect("closes");
        }
        topic
    };
    let broker = open(dir.path(), mode).await;
    let catalog = broker.catalog();
    let after = catalog.topic("orders").expect("there");
    assert_eq!((after.id, &after.partitions), (before.id, &before.partitions));
    assert_eq!(after.settings.retention_ms, -1);
    assert_eq!(offsets(&broker, after.partitions[1]).await, (0..20).collect::<Vec<u64>>());
    assert_eq!(committed(&broker).await, Some(11));
    assert_eq!(produced(&broker, after.partitions[1], "y").await, 20);
    let epoch = broker.catalog().leader_epoch(after, 1);
    in_time(broker.close()).await.expect("closes");
    epoch
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_stop_loses_nothing_and_keeps_the_epochs() {
    assert_eq!(survives(Mode::Fsync, true).await, LeaderEpoch(0));
    assert_eq!(survives(Mode::Os, true).await, LeaderEpoch(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_that_was_not_clean_loses_nothing_that_was_synced() {
    assert_eq!(survives(Mode::Fsync, false).await, LeaderEpoch(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_stop_that_may_have_lost_something_the_epochs_are_higher() {
    assert_eq!(survives(Mode::Os, false).await, LeaderEpoch(2));
}

#[tokio::test]
async fn state_that_knows_other_entries_than_the_journal_has_is_not_served() {
    let (dir, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let broker = open(dir.path(), Mode::Os).await;
    let stream = topic(&broker).await.partitions[1];
    produced(&broker, stream, "a").await;
    in_time(broker.close()).await.expect("closes");
    drop(broker);
    let (recovery, _journal, _) = recovered(dir.path(), Mode::Os).await;
    let (_, journal, opening) = recovered(other.path(), Mode::Os).await;
    let started = Broker::start(recovery, journal, opening, &Options::default()).await;
    let differ = match started.map(drop) {
        Err(StartError::BoundsDiffer(differ)) => differ,
        started => panic!("{started:?}"),
    };
    let expected = BoundsDiffer {
        topic: "orders".to_owned(),
        partition: 1,
        state: (Offset(0), Offset(1)),
        journal: (Offset(1), Offset(1)),
    };
    assert_eq!(differ, expected);
}

#[tokio::test]
async fn a_start_inside_an_entry_or_at_the_end_is_the_same_after_a_restart() {
    for (mode, to) in [(Mode::Fsync, 1), (Mode::Fsync, 2), (Mode::Os, 1), (Mode::Os, 2)] {
        let dir = tempfile::tempdir().expect("a directory");
        let broker = open(dir.path(), mode).await;
        let stream = topic(&broker).await.partitions[0];
        let batches = smallvec::smallvec![batch(stream, &["a", "b"], hence_base::Timestamp(1_000))];
        in_time(broker.call(hence_broker::core::Produce { batches })).await.expect("durable");
        let streams = smallvec::smallvec![(stream, hence_broker::core::TrimTo::Offset(Offset(to)))];
        in_time(broker.call(hence_broker::core::Trim { streams })).await.expect("durable");
        assert_eq!(broker_bounds(&broker, stream), (to, 2));
        // From the log, then from a checkpoint.
        drop(broker);
        for _ in 0..2 {
            let broker = open(dir.path(), mode).await;
            assert_eq!(broker_bounds(&broker, stream), (to, 2), "{mode:?}");
            in_time(broker.close()).await.expect("closes");
        }
    }
}

fn broker_bounds(broker: &Broker, stream: StreamId) -> (u64, u64) {
    let bounds = broker.bounds(stream).expect("it has entries");
    (bounds.start.0, bounds.end.0)
}
