//! Many requests of one connection, and connections that misbehave beside good ones.

use hence_broker::Options as BrokerOptions;
use hence_door_kafka::Options;
use hence_kafka_proto::produce::{PartitionProduceData, TopicProduceData};
use hence_kafka_proto::{ApiKey, MetadataRequest, MetadataResponse, ProduceRequest, ProduceResponse};
use tokio::io::AsyncWriteExt;

use crate::house::{House, batch};

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
