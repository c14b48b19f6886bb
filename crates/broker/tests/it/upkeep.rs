//! What the broker does by itself: timers and retention.

use hence_base::Timestamp;
use hence_broker::core::{DescribeGroups, GroupState, Produce};
use hence_broker::{CoreSettings, Options};
use smallvec::smallvec;

use crate::house::{House, batch, in_time, join, until};

fn quick() -> CoreSettings {
    CoreSettings { initial_rebalance_delay_ms: 20, session_timeout_min_ms: 1, ..CoreSettings::default() }
}

#[tokio::test]
async fn a_timer_of_the_core_fires_without_any_command() {
    let house = House::open_with(&Options::default(), quick()).await;
    let joined = in_time(house.broker.call(join("g", 60_000))).await.expect("durable").expect("joined");
    assert_eq!(joined.leader, joined.member);
}

#[tokio::test]
async fn a_member_that_is_silent_is_gone_after_its_session() {
    let house = House::open_with(&Options::default(), quick()).await;
    in_time(house.broker.call(join("g", 50))).await.expect("durable").expect("joined");
    let state = || {
        let described = house.broker.call(DescribeGroups { groups: vec!["g".to_owned()] });
        async move { described.await.expect("durable")[0].as_ref().map(|group| group.state) }
    };
    let gone = async {
        while state().await != Some(GroupState::Empty) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    in_time(gone).await;
}

async fn with_retention(settings: &[(&str, &str)], timestamps: &[i64]) -> (u64, u64) {
    let options = Options { retention_interval_ms: 10, ..Options::default() };
    let house = House::open_with(&options, CoreSettings::default()).await;
    // A second topic, whose trimming shows that a whole pass went by after the first one was looked at.
    let watched = house.topic_with("a-watched", 1, settings).await.partitions[0];
    let marker = house.topic_with("b-marker", 1, &[("retention.ms", "1")]).await.partitions[0];
    for &timestamp in timestamps {
        let batches = smallvec![batch(watched, &["0123456789"], Timestamp(timestamp))];
        let produced = in_time(house.broker.call(Produce { batches })).await.expect("durable");
        produced[0].as_ref().expect("appended");
    }
    for round in 1..=2 {
        house.produced(marker, &["x"]).await;
        let start = || house.broker.bounds(marker).unwrap_or_default().start.0;
        until("the marker is trimmed", || start() == round).await;
    }
    let bounds = house.broker.bounds(watched).expect("it has entries");
    (bounds.start.0, bounds.end.0)
}

#[tokio::test]
async fn what_is_older_than_the_topic_keeps_is_trimmed() {
    let now = hence_broker::Clock::system().now().0;
    let timestamps = [now - 100_000, now - 90_000, now, now];
    assert_eq!(with_retention(&[("retention.ms", "60000")], &timestamps).await, (2, 4));
}

#[tokio::test]
async fn everything_is_trimmed_when_everything_is_too_old() {
    assert_eq!(with_retention(&[("retention.ms", "60000")], &[1, 2, 3]).await, (3, 3));
}

#[tokio::test]
async fn what_has_no_timestamp_is_not_trimmed_by_age() {
    assert_eq!(with_retention(&[("retention.ms", "60000")], &[-1, -1]).await, (0, 2));
    let now = hence_broker::Clock::system().now().0;
    assert_eq!(with_retention(&[("retention.ms", "60000")], &[-1, 1, now]).await, (0, 3));
    assert_eq!(
        with_retention(&[("retention.ms", "60000")], &[1, 2, -1, 3]).await,
        (2, 4),
        "the old before it goes"
    );
}

#[tokio::test]
async fn what_is_beyond_the_size_that_the_topic_keeps_is_trimmed_from_the_front() {
    let entry_bytes = batch(hence_base::StreamId(1), &["0123456789"], Timestamp(1)).payload.len();
    let bytes = (2 * entry_bytes).to_string();
    let settings = [("retention.ms", "-1"), ("retention.bytes", bytes.as_str())];
    assert_eq!(with_retention(&settings, &[1, 1, 1, 1, 1]).await, (3, 5));
}

#[tokio::test]
async fn a_topic_that_keeps_everything_is_left_alone() {
    let settings = [("retention.ms", "-1"), ("retention.bytes", "-1")];
    assert_eq!(with_retention(&settings, &[1, 2, 3]).await, (0, 3));
    let settings = [("retention.ms", "1"), ("retention.bytes", "1"), ("cleanup.policy", "")];
    assert_eq!(with_retention(&settings, &[1, 2, 3]).await, (0, 3));
}
