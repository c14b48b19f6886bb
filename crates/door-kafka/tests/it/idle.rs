//! What clients cost that only wait.

use std::time::Duration;

use hence_kafka_proto::{ApiKey, FetchRequest, FetchResponse};

use crate::house::{House, batch};
use crate::produce_fetch::{TOPIC, fetch, produced};

/// Clients that wait.
const POLLS: usize = 1_000;
/// Wake-ups that the runtime itself has while it is looked at: this task's timer, and its wheel's larger steps.
const OWN_WAKE_UPS_MAX: u64 = 10;

#[tokio::test]
async fn a_thousand_long_polls_wake_nobody_until_there_is_something_to_tell() {
    let house = House::open().await;
    let mut writer = house.client().await;
    writer.create(TOPIC, 1, &[]).await;
    let request = FetchRequest { max_wait_ms: 60_000, ..fetch(0, 0) };
    let mut readers = Vec::new();
    for _ in 0..POLLS {
        let mut client = house.client().await;
        let correlation_id = client.send(12, &request).await;
        readers.push((client, correlation_id));
    }
    let all_wait = format!("hence_watches {POLLS}\n");
    while !house.broker.plumbing().metrics.encode().contains(&all_wait) {
        tokio::task::yield_now().await;
    }
    let runtime = tokio::runtime::Handle::current().metrics();
    let counted = || (house.journal.reads(), runtime.worker_park_unpark_count(0) / 2);
    let (reads, wake_ups) = counted();
    // What happens while nothing is done is what is counted.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (reads_then, wake_ups_then) = counted();
    assert_eq!(reads_then, reads, "somebody looked for what was not there");
    let woken = wake_ups_then - wake_ups;
    assert!(woken <= OWN_WAKE_UPS_MAX, "{POLLS} long polls woke the runtime {woken} times in a second");
    produced(&mut writer, 0, &batch(&["a"], house.now().0)).await;
    for (mut client, correlation_id) in readers {
        let answer = client.answer(ApiKey::Fetch, 12, correlation_id).await;
        let response: FetchResponse<'_> = answer.read();
        assert!(response.responses[0].partitions[0].records.is_some());
    }
}
