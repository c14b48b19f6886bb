//! The client against a scripted broker over loopback: negotiation, order, refusals, broken connections.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering};

use bytes::Bytes;
use hence_base::{Offset, Timestamp};
use hence_kafka_client::{
    Acks, At, CallError, Client, Connection, NewTopic, OperationError, Options, ReadLimits, Topic,
};
use hence_kafka_proto::create_topics::CreatableTopicResult;
use hence_kafka_proto::fetch::{FetchableTopicResponse, PartitionData};
use hence_kafka_proto::list_offsets::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use hence_kafka_proto::metadata::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic};
use hence_kafka_proto::produce::{PartitionProduceResponse, TopicProduceResponse};
use hence_kafka_proto::{
    ApiKey, ApiVersionsResponse, CreateTopicsResponse, ErrorCode, FetchRequest, FetchResponse,
    HeartbeatRequest, HeartbeatResponse, InitProducerIdResponse, ListOffsetsResponse, MetadataRequest,
    MetadataResponse, ProduceRequest, ProduceResponse, Records, RequestParts, Uuid, Writer, encode_response,
};
use hence_message::kafka::{BatchBuilder, Codec, NewRecord};

mod scripted;

use scripted::{Broker, Reaction, answer, offers};

const TOPIC_ID: Uuid = Uuid([7; 16]);

fn negotiating(parts: &RequestParts<'_>) -> Option<Reaction> {
    (parts.key == ApiKey::ApiVersions).then(|| answer(parts, &offers(ApiKey::latest_stable)))
}

fn options(timeout_ms: u64) -> Options {
    Options { timeout_ms, ..Options::default() }
}

#[tokio::test]
async fn the_latest_version_that_both_sides_know_is_used() {
    let broker = Broker::start(|parts| match parts.key {
        ApiKey::ApiVersions => answer(parts, &offers(|key| if key == ApiKey::Metadata { 9 } else { 99 })),
        _ => {
            assert_eq!(parts.version, 9);
            answer(parts, &MetadataResponse { controller_id: 5, ..Default::default() })
        }
    })
    .await;
    let client = Client::connect(&broker.address).await.expect("connects");
    let answer = client.call(&MetadataRequest::default()).await.expect("answers");
    assert_eq!(answer.response().expect("reads").controller_id, 5);
    assert_eq!(client.connection().offered().version(ApiKey::InitProducerId), Ok(5), "not the unstable one");
}

#[tokio::test]
async fn an_old_broker_answers_the_question_in_version_0() {
    let broker = Broker::start(|parts| {
        let refusal = ApiVersionsResponse {
            error_code: ErrorCode::UNSUPPORTED_VERSION.code(),
            ..offers(|key| if key == ApiKey::Heartbeat { 3 } else { -1 })
        };
        let mut writer = Writer::new();
        let frame = encode_response(parts.key, 0, parts.correlation_id, &refusal, &mut writer);
        Reaction::Answer(frame.expect("encodes"))
    })
    .await;
    let connection = Connection::open(&broker.address, &options(5_000)).await.expect("connects");
    assert_eq!(connection.offered().version(ApiKey::Heartbeat), Ok(3));
    let error = connection.call(&MetadataRequest::default()).await.expect_err("not offered");
    assert!(matches!(error, CallError::NotOffered(_)), "{error}");
    assert!(error.to_string().contains("does not offer Metadata"), "{error}");
}

#[tokio::test]
async fn several_requests_are_under_way_and_each_gets_its_own_answer() {
    let broker = Broker::start(|parts| {
        negotiating(parts).unwrap_or_else(|| {
            let request: HeartbeatRequest<'_> = parts.decode().expect("a heartbeat");
            answer(parts, &HeartbeatResponse { throttle_time_ms: request.generation_id, error_code: 0 })
        })
    })
    .await;
    let connection = Connection::open(&broker.address, &options(5_000)).await.expect("connects");
    let mut pending = Vec::new();
    for generation_id in 0..200 {
        let request = HeartbeatRequest { generation_id, ..Default::default() };
        pending.push(connection.send(&request).await.expect("queues").wait(0));
    }
    for (generation_id, pending) in pending.into_iter().enumerate().rev() {
        let answer = pending.await.expect("answers");
        assert_eq!(answer.response().expect("reads").throttle_time_ms as usize, generation_id);
    }
}

#[tokio::test]
async fn silence_and_a_closed_connection_are_told_apart() {
    let broker = Broker::start(|parts| {
        negotiating(parts).unwrap_or_else(|| match parts.key {
            ApiKey::Heartbeat => Reaction::Nothing,
            _ => Reaction::Close,
        })
    })
    .await;
    let client = Client::connect_with(&broker.address, options(50)).await.expect("connects");
    let error = client.call(&HeartbeatRequest::default()).await.expect_err("silence");
    assert!(matches!(error, CallError::TimedOut(_)), "{error}");
    let error = client.call(&MetadataRequest::default()).await.expect_err("closed");
    assert!(matches!(error, CallError::Closed(_)), "{error}");
    let again = client.call(&HeartbeatRequest::default()).await.expect_err("still closed");
    assert!(matches!(again, CallError::Closed(_)), "{again}");
    assert!(client.connection().is_closed());
}

#[tokio::test]
async fn an_answer_that_was_not_asked_for_closes_the_connection() {
    for (frame, expect) in [
        (vec![0, 0, 0, 4, 0, 0, 0x30, 0x39], "an answer to request 12345"),
        (vec![0, 0, 0, 0], "an answer of 0 bytes"),
        (vec![0x7F, 0xFF, 0xFF, 0xFF], "an answer of 2147483647 bytes"),
    ] {
        let broker =
            Broker::start(move |parts| negotiating(parts).unwrap_or_else(|| Reaction::Raw(frame.clone())))
                .await;
        let client = Client::connect_with(&broker.address, options(5_000)).await.expect("connects");
        let error = client.call(&HeartbeatRequest::default()).await.expect_err("nonsense");
        assert!(error.to_string().contains(expect), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_names_the_request() {
    let broker = Broker::start(|parts| {
        negotiating(parts).unwrap_or_else(|| {
            let mut frame = vec![0, 0, 0, 6];
            frame.extend_from_slice(&parts.correlation_id.to_be_bytes());
            frame.extend_from_slice(&[0, 1]);
            Reaction::Raw(frame)
        })
    })
    .await;
    let client = Client::connect_with(&broker.address, options(5_000)).await.expect("connects");
    let answer = client.call(&HeartbeatRequest::default()).await.expect("a frame");
    let error = answer.response().expect_err("too short");
    assert!(error.to_string().starts_with("the answer to Heartbeat version 4 cannot be read"), "{error}");
}

#[tokio::test]
async fn addresses_are_judged_before_anybody_is_called() {
    for wrong in ["", "localhost", ":9092", "localhost:no", "a:1,b"] {
        let error = Client::connect_with(wrong, options(200)).await.expect_err("no address");
        let is_judged = matches!(error, CallError::BadBootstrap(_) | CallError::Connect(_));
        assert!(is_judged, "{wrong}: {error}");
    }
    let error = Client::connect_with("127.0.0.1:1", options(2_000)).await.expect_err("nobody");
    assert!(error.to_string().contains("cannot connect to 127.0.0.1:1"), "{error}");
}

/// One topic `t` with one partition whose stored batches are kept as they come.
fn one_topic(parts: &RequestParts<'_>, port: i32, log: &Mutex<Vec<u8>>, records: &AtomicI32) -> Reaction {
    match parts.key {
        ApiKey::Metadata => answer(parts, &metadata(port)),
        ApiKey::Produce => {
            let request: ProduceRequest<'_> = parts.decode().expect("a produce");
            let batch = request.topic_data[0].partition_data[0].records.expect("records");
            let base = i64::from(records.fetch_add(2, Ordering::Relaxed));
            let mut stored = batch.to_vec();
            stored[..8].copy_from_slice(&base.to_be_bytes());
            log.lock().expect("not poisoned").extend_from_slice(&stored);
            let result =
                PartitionProduceResponse { base_offset: base, log_append_time_ms: -1, ..Default::default() };
            let topic = TopicProduceResponse {
                topic_id: TOPIC_ID,
                partition_responses: vec![result],
                ..Default::default()
            };
            if request.acks == 0 {
                return Reaction::Nothing;
            }
            answer(parts, &ProduceResponse { responses: vec![topic], ..Default::default() })
        }
        ApiKey::Fetch => {
            let request: FetchRequest<'_> = parts.decode().expect("a fetch");
            let log = log.lock().expect("not poisoned").clone();
            let end = i64::from(records.load(Ordering::Relaxed));
            let has_more = request.topics[0].partitions[0].fetch_offset < end;
            let found = if has_more { Records::Chunks(vec![Bytes::from(log)]) } else { Records::EMPTY };
            let result = PartitionData { high_watermark: end, records: Some(found), ..Default::default() };
            let topic =
                FetchableTopicResponse { topic_id: TOPIC_ID, partitions: vec![result], ..Default::default() };
            answer(parts, &FetchResponse { responses: vec![topic], ..Default::default() })
        }
        ApiKey::ListOffsets => {
            let result = ListOffsetsPartitionResponse { offset: 4, ..Default::default() };
            let topic = ListOffsetsTopicResponse { name: "t".into(), partitions: vec![result] };
            answer(parts, &ListOffsetsResponse { topics: vec![topic], ..Default::default() })
        }
        _ => Reaction::Close,
    }
}

fn metadata(port: i32) -> MetadataResponse<'static> {
    let partition = MetadataResponsePartition { leader_id: 1, ..Default::default() };
    let topic = MetadataResponseTopic {
        name: Some("t".into()),
        topic_id: TOPIC_ID,
        partitions: vec![partition],
        ..Default::default()
    };
    let broker = MetadataResponseBroker { node_id: 1, host: "127.0.0.1".into(), port, rack: None };
    MetadataResponse { brokers: vec![broker], topics: vec![topic], ..Default::default() }
}

async fn broker_with_one_topic() -> Broker {
    let (log, records, port) =
        (Mutex::new(Vec::new()), AtomicI32::new(0), std::sync::Arc::new(AtomicI32::new(0)));
    let own_port = port.clone();
    let broker = Broker::start(move |parts| {
        negotiating(parts)
            .unwrap_or_else(|| one_topic(parts, own_port.load(Ordering::Relaxed), &log, &records))
    })
    .await;
    port.store(broker.port, Ordering::Relaxed);
    broker
}

#[tokio::test]
async fn batches_that_are_written_are_read_back_in_order() {
    let broker = broker_with_one_topic().await;
    let client = Client::connect_with(&broker.address, options(5_000)).await.expect("connects");
    let topic: Topic = client.topic("t").await.expect("a topic");
    assert_eq!((topic.id, topic.partitions.len()), (TOPIC_ID, 1));
    let writer = client.writer(&topic, 0).await.expect("a writer");
    let batch = |value: &str| {
        let mut builder = BatchBuilder::new(Codec::None);
        for _ in 0..2 {
            let value = Some(value.as_bytes());
            builder.push(&NewRecord { timestamp: Timestamp(1), value, ..Default::default() });
        }
        builder.build().expect("a batch")
    };
    let first = writer.send(Acks::All, &batch("one")).await.expect("sends");
    writer.tell(&batch("nobody hears")).await.expect("sends");
    let third = writer.send(Acks::Leader, &batch("three")).await.expect("sends");
    assert_eq!(third.wait().await.expect("written").base_offset, Some(Offset(4)));
    assert_eq!(first.wait().await.expect("written").base_offset, Some(Offset(0)));

    let mut reader = client.reader(&topic, 0, Offset::ZERO).await.expect("a reader");
    let fetched = reader.read(&ReadLimits::default()).await.expect("reads");
    assert_eq!((fetched.high_watermark, reader.position()), (Offset(6), Offset(6)));
    let bases: Vec<i64> = fetched.batches().map(|batch| batch.expect("whole").header.base_offset).collect();
    assert_eq!(bases, [0, 2, 4]);
    let nothing = reader.read(&ReadLimits::default()).await.expect("reads");
    assert!(nothing.records.is_empty());
    assert_eq!(reader.position(), Offset(6));
    let found = client.offset(&topic, 0, At::Latest).await.expect("answers").expect("an end");
    assert_eq!((found.offset, found.timestamp), (Offset(4), None));
}

#[tokio::test]
async fn a_partition_that_is_not_there_is_refused_without_asking() {
    let broker = broker_with_one_topic().await;
    let client = Client::connect_with(&broker.address, options(5_000)).await.expect("connects");
    let topic = client.topic("t").await.expect("a topic");
    let error = client.writer(&topic, 9).await.map(drop).expect_err("one partition only");
    assert!(error.to_string().contains("UNKNOWN_TOPIC_OR_PARTITION (3)"), "{error}");
    let error = client.topic("other").await.expect_err("not there");
    assert!(
        error.to_string().starts_with("cannot look up topic \"other\": UNKNOWN_TOPIC_OR_PARTITION"),
        "{error}"
    );
}

#[tokio::test]
async fn a_coordinator_that_loads_is_asked_again() {
    let asked = AtomicI32::new(0);
    let broker = Broker::start(move |parts| {
        negotiating(parts).unwrap_or_else(|| {
            let is_ready = asked.fetch_add(1, Ordering::Relaxed) == 2;
            let code = if is_ready { ErrorCode::NONE } else { ErrorCode::COORDINATOR_LOAD_IN_PROGRESS };
            let response =
                InitProducerIdResponse { error_code: code.code(), producer_id: 7, ..Default::default() };
            answer(parts, &response)
        })
    })
    .await;
    let client = Client::connect_with(&broker.address, options(5_000)).await.expect("connects");
    assert_eq!(client.producer().await.expect("a producer").id.0, 7);
    let impatient = Client::connect_with(&broker.address, options(30)).await.expect("connects");
    let error = impatient.producer().await.expect_err("never ready again");
    assert!(error.to_string().contains("COORDINATOR_LOAD_IN_PROGRESS"), "{error}");
}

#[tokio::test]
async fn a_refusal_keeps_the_code_and_says_what_to_do() {
    let broker = Broker::start(|parts| {
        negotiating(parts).unwrap_or_else(|| {
            let result = CreatableTopicResult {
                name: "t".into(),
                error_code: ErrorCode::TOPIC_ALREADY_EXISTS.code(),
                error_message: Some("Topic 't' already exists.".into()),
                ..Default::default()
            };
            answer(parts, &CreateTopicsResponse { topics: vec![result], ..Default::default() })
        })
    })
    .await;
    let client = Client::connect_with(&broker.address, options(5_000)).await.expect("connects");
    let error = client.create_topic(&NewTopic::named("t")).await.expect_err("exists");
    assert!(
        matches!(&error, OperationError::Refused(refused) if refused.code == ErrorCode::TOPIC_ALREADY_EXISTS)
    );
    let expect = "cannot create topic \"t\": TOPIC_ALREADY_EXISTS (36); Topic 't' already exists.; choose another name, or delete the topic first";
    assert_eq!(error.to_string(), expect);
}
