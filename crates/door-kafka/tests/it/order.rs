//! Many requests of one connection, and connections that misbehave beside good ones.

use std::time::Duration;

use hence_broker::Options as BrokerOptions;
use hence_door_kafka::Options;
use hence_kafka_proto::create_topics::CreatableTopic;
use hence_kafka_proto::describe_topic_partitions::TopicRequest;
use hence_kafka_proto::fetch::{FetchPartition, FetchTopic};
use hence_kafka_proto::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use hence_kafka_proto::offset_fetch::OffsetFetchRequestTopic;
use hence_kafka_proto::produce::{PartitionProduceData, TopicProduceData};
use hence_kafka_proto::{
    ApiKey, CreateTopicsRequest, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse,
    FetchRequest, FetchResponse, MetadataRequest, MetadataResponse, OffsetCommitRequest, OffsetFetchRequest,
    OffsetFetchResponse, ProduceRequest, ProduceResponse,
};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::house::{Client, House, PATIENCE, batch};

fn produce<'a>(records: &'a [u8]) -> ProduceRequest<'a> {
    let partition_data = vec![PartitionProduceData { index: 0, records: Some(records) }];
    let topic = TopicProduceData { name: "t", partition_data, ..Default::default() };
    ProduceRequest { acks: -1, timeout_ms: 1_000, topic_data: vec![topic], ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_flight_are_appended_and_answered_in_the_order_in_which_they_came() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create("t", 1, &[]).await;
    let records = batch(&["a"], house.now().0);
    let mut sent = Vec::new();
    for round in 0..300 {
        sent.push((client.send(9, &produce(&records)).await, true));
        if round % 50 == 7 {
            sent.push((client.send(9, &MetadataRequest::default()).await, false));
        }
    }
    let mut next = 0;
    for (correlation_id, produced) in sent {
        if produced {
            let answer = client.answer(ApiKey::Produce, 9, correlation_id).await;
            let response: ProduceResponse<'_> = answer.read();
            assert_eq!(response.responses[0].partition_responses[0].base_offset, next);
            next += 1;
        } else {
            let answer = client.answer(ApiKey::Metadata, 9, correlation_id).await;
            let _: MetadataResponse<'_> = answer.read();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_a_client_left_is_stored() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create("t", 1, &[]).await;
    let records = batch(&["a"], house.now().0);
    for _ in 0..20 {
        let mut request = produce(&records);
        request.acks = 0;
        client.send(9, &request).await;
    }
    client.socket.shutdown().await.expect("shut down");
    assert!(client.frame().await.is_none());
    let topic = house.broker.catalog().topic("t").expect("the topic").partitions[0];
    assert_eq!(house.broker.bounds(topic).expect("a range").end.0, 20);
}

/// A commit of `offset` for the group `g`.
fn commit(offset: i64) -> OffsetCommitRequest<'static> {
    let partitions = vec![OffsetCommitRequestPartition { committed_offset: offset, ..Default::default() }];
    let topics = vec![OffsetCommitRequestTopic { name: "t", partitions, ..Default::default() }];
    OffsetCommitRequest { group_id: "g", generation_id_or_member_epoch: -1, topics, ..Default::default() }
}

/// What is committed for the group `g`.
async fn committed(client: &mut Client) -> i64 {
    let topics = Some(vec![OffsetFetchRequestTopic { name: "t", partition_indexes: vec![0] }]);
    let answer = client.ask(7, &OffsetFetchRequest { group_id: "g", topics, ..Default::default() }).await;
    let response: OffsetFetchResponse<'_> = answer.read();
    response.topics[0].partitions[0].committed_offset
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_behind_one_that_waits_for_the_disk_are_run_and_answered_although_no_more_come() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create("t", 1, &[]).await;
    house.journal.hold();
    let mut sent = Vec::new();
    for offset in 1..4 {
        sent.push(client.send(8, &commit(offset)).await);
    }
    client.socket.shutdown().await.expect("shut down");
    let early = timeout(Duration::from_millis(100), client.frame()).await;
    assert!(early.is_err(), "the connection ended before its requests");
    house.journal.let_go();
    for correlation_id in sent {
        client.answer(ApiKey::OffsetCommit, 8, correlation_id).await;
    }
    assert!(client.frame().await.is_none());
    assert_eq!(committed(&mut house.client().await).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_a_client_that_is_gone_are_run_although_it_takes_no_answers() {
    let house = House::open().await;
    let (mut client, mut other) = (house.client().await, house.client().await);
    client.create("t", 1, &[]).await;
    house.journal.hold();
    for offset in 1..30 {
        client.send(8, &commit(offset)).await;
    }
    drop(client);
    tokio::time::sleep(Duration::from_millis(50)).await;
    house.journal.let_go();
    let last = async {
        while committed(&mut other).await != 29 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, last).await.expect("the last one is run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_does_not_hold_up_what_a_client_sent_before_it_left() {
    let house = House::open().await;
    let (mut client, mut other) = (house.client().await, house.client().await);
    client.create("t", 1, &[]).await;
    let partition = FetchPartition { partition_max_bytes: 1 << 20, ..Default::default() };
    let fetch = FetchRequest {
        max_wait_ms: 60_000,
        min_bytes: 1 << 20,
        max_bytes: 1 << 20,
        session_epoch: -1,
        topics: vec![FetchTopic { topic: "t", partitions: vec![partition], ..Default::default() }],
        ..Default::default()
    };
    client.send(12, &fetch).await;
    let records = batch(&["a"], house.now().0);
    for _ in 0..3 {
        client.send(9, &ProduceRequest { acks: 0, ..produce(&records) }).await;
    }
    client.send(8, &commit(7)).await;
    client.socket.shutdown().await.expect("shut down");
    assert!(client.frame().await.is_none(), "an answer behind one that is not given");
    let topic = house.broker.catalog().topic("t").expect("the topic").partitions[0];
    assert_eq!(house.broker.bounds(topic).expect("a range").end.0, 3);
    assert_eq!(committed(&mut other).await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_for_the_budget_is_run_although_its_client_left() {
    let budget = BrokerOptions { budget_bytes: 100_000, budget_share_bytes: 100_000, ..Default::default() };
    let house = House::open_with(Options::default(), budget).await;
    let mut client = house.client().await;
    client.create("t", 1, &[]).await;
    let budget = house.broker.plumbing().budget.clone();
    let taken = [100_000, 1].map(|bytes| budget.share().try_take(bytes).expect("it is free"));
    let records = batch(&[&"x".repeat(10_000)], house.now().0);
    let correlation_id = client.send(9, &produce(&records)).await;
    client.socket.shutdown().await.expect("shut down");
    let early = timeout(Duration::from_millis(100), client.frame()).await;
    assert!(early.is_err(), "the connection ended before its request");
    drop(taken);
    client.answer(ApiKey::Produce, 9, correlation_id).await;
    assert!(client.frame().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_holds_up_itself_alone() {
    let house = House::open().await;
    let mut deaf = house.client().await;
    for partition in 0..20 {
        deaf.create(&format!("topic-{partition}"), 50, &[]).await;
    }
    // Each request asks for everything, and bytes that nobody looks at make it large: without a bound these would be
    // gigabytes of requests and of responses.
    let mut request = vec![0, 0, 0x20, 10, 0, 3, 0, 1, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    request.resize(4 + 0x200A, 0);
    let mut blocked = false;
    for _ in 0..20_000 {
        let send = deaf.socket.write_all(&request);
        if tokio::time::timeout(std::time::Duration::from_millis(500), send).await.is_err() {
            blocked = true;
            break;
        }
    }
    assert!(blocked, "the door goes on reading from a client that does not");
    assert!(house.broker.plumbing().budget.used_bytes() < 64 * 1024 * 1024);
    let mut other = house.client().await;
    let answer = other.ask(9, &MetadataRequest { topics: Some(Vec::new()), ..Default::default() }).await;
    let _: MetadataResponse<'_> = answer.read();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_larger_than_the_budget_is_served_when_it_is_alone_and_the_bytes_come_back() {
    let budget =
        BrokerOptions { budget_bytes: 64 * 1024, budget_share_bytes: 16 * 1024, ..Default::default() };
    let house = House::open_with(Options::default(), budget).await;
    let mut client = house.client().await;
    client.create("t", 1, &[]).await;
    let records = batch(&[&"x".repeat(300_000)], house.now().0);
    for offset in 0..3 {
        let answer = client.ask(9, &produce(&records)).await;
        let response: ProduceResponse<'_> = answer.read();
        assert_eq!(response.responses[0].partition_responses[0].base_offset, offset);
    }
    assert_eq!(house.broker.plumbing().budget.used_bytes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn small_requests_go_on_when_promises_have_used_up_the_budget() {
    let budget = BrokerOptions { budget_bytes: 1 << 20, budget_share_bytes: 1 << 20, ..Default::default() };
    let house = House::open_with(Options::default(), budget).await;
    let mut good = house.client().await;
    good.create("t", 1, &[]).await;
    // Each promises 100 MB and sends a few bytes: one is let in, the others hold what a read brought.
    let mut promising = Vec::new();
    for _ in 0..50 {
        let mut client = house.client().await;
        client.write(&[0x06, 0x00, 0x00, 0x00, 0, 0, 0, 9]).await;
        promising.push(client);
    }
    let records = batch(&["a"], house.now().0);
    for offset in 0..10 {
        let answer = good.ask(9, &produce(&records)).await;
        let response: ProduceResponse<'_> = answer.read();
        assert_eq!(response.responses[0].partition_responses[0].base_offset, offset);
    }
    // One request is always let in beyond the budget, so that none waits forever.
    assert!(house.broker.plumbing().budget.used_bytes() <= (1 << 20) + 0x0600_0000);
    drop(promising);
    // What they held comes back when they are gone.
    let large = batch(&[&"x".repeat(900_000)], house.now().0);
    let answer = good.ask(9, &produce(&large)).await;
    let response: ProduceResponse<'_> = answer.read();
    assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_stops_in_the_middle_is_given_up() {
    let options = Options { stalled_request_ms: 100, ..Default::default() };
    let house = House::open_with(options, BrokerOptions::default()).await;
    let mut idle = house.client().await;
    let mut half = house.client().await;
    half.write(&[0, 0, 0, 100, 0, 18]).await;
    assert!(half.frame().await.is_none(), "half a request is waited for");
    let answer = idle.ask(9, &MetadataRequest { topics: Some(Vec::new()), ..Default::default() }).await;
    let _: MetadataResponse<'_> = answer.read();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_larger_than_a_connections_share_is_fetched() {
    let budget =
        BrokerOptions { budget_bytes: 256 * 1024, budget_share_bytes: 64 * 1024, ..Default::default() };
    let house = House::open_with(Options::default(), budget).await;
    let mut client = house.client().await;
    client.create("t", 1, &[]).await;
    let records = batch(&[&"x".repeat(900_000)], house.now().0);
    client.ask(9, &produce(&records)).await;
    let partition = FetchPartition { partition_max_bytes: 1 << 20, ..Default::default() };
    let request = FetchRequest {
        min_bytes: 1,
        max_bytes: 1 << 20,
        session_epoch: -1,
        topics: vec![FetchTopic { topic: "t", partitions: vec![partition], ..Default::default() }],
        ..Default::default()
    };
    for _ in 0..3 {
        let answer = client.ask(12, &request).await;
        let response: FetchResponse<'_> = answer.read();
        let fetched = response.responses[0].partitions[0].records.as_ref().map_or(0, |records| records.len());
        assert_eq!(fetched, records.len());
    }
    // The bytes come back when they were written, which may be a moment after they were read here.
    let come_back = async {
        while house.broker.plumbing().budget.used_bytes() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::house::PATIENCE, come_back).await.expect("the bytes come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sees_what_the_one_before_it_did_although_nobody_waited_for_its_answer() {
    let house = House::open().await;
    let mut client = house.client().await;
    for round in 0..20 {
        let name = format!("topic-{round}");
        let topic =
            CreatableTopic { name: &name, num_partitions: 1, replication_factor: 1, ..Default::default() };
        let create = CreateTopicsRequest { topics: vec![topic], timeout_ms: 1_000, ..Default::default() };
        let topics = vec![TopicRequest { name: &name }];
        let describe = DescribeTopicPartitionsRequest { topics, response_partition_limit: 10, cursor: None };
        let created = client.send(7, &create).await;
        let shown = client.send(0, &describe).await;
        client.answer(ApiKey::CreateTopics, 7, created).await;
        let answer = client.answer(ApiKey::DescribeTopicPartitions, 0, shown).await;
        let response: DescribeTopicPartitionsResponse<'_> = answer.read();
        assert_eq!(response.topics[0].error_code, 0, "round {round}");
    }
}
