//! Records in and out: offsets, errors, sessions, waiting.

use std::time::Duration;

use hence_journal::memory::Options as MemoryOptions;
use hence_kafka_proto::fetch::{FetchPartition, FetchTopic};
use hence_kafka_proto::list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use hence_kafka_proto::produce::{PartitionProduceData, TopicProduceData};
use hence_kafka_proto::{
    ApiKey, ErrorCode, FetchRequest, FetchResponse, InitProducerIdRequest, InitProducerIdResponse,
    ListOffsetsRequest, ListOffsetsResponse, ProduceRequest, ProduceResponse, Uuid,
};
use hence_message::kafka::{
    BatchBuilder, Codec, NewRecord, Producer, ProducerEpoch, ProducerId, Sequence, batches,
};

use crate::house::{Answer, Client, House, batch, batch_of};

pub const TOPIC: &str = "orders";

fn produce<'a>(acks: i16, partitions: &[(i32, &'a [u8])]) -> ProduceRequest<'a> {
    let data =
        partitions.iter().map(|&(index, records)| PartitionProduceData { index, records: Some(records) });
    let topic = TopicProduceData { name: TOPIC, partition_data: data.collect(), ..Default::default() };
    ProduceRequest { acks, timeout_ms: 1_000, topic_data: vec![topic], ..Default::default() }
}

/// Codes and base offsets of a produce's response.
fn outcomes(answer: &Answer) -> Vec<(ErrorCode, i64)> {
    let response: ProduceResponse<'_> = answer.read();
    let partitions = response.responses.iter().flat_map(|topic| &topic.partition_responses);
    partitions.map(|each| (ErrorCode(each.error_code), each.base_offset)).collect()
}

pub async fn produced(client: &mut Client, partition: i32, records: &[u8]) -> (ErrorCode, i64) {
    outcomes(&client.ask(9, &produce(-1, &[(partition, records)])).await)[0]
}

pub fn fetch(partition: i32, offset: i64) -> FetchRequest<'static> {
    let partition = FetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    };
    FetchRequest {
        min_bytes: 1,
        max_bytes: 1 << 20,
        session_epoch: -1,
        topics: vec![FetchTopic { topic: TOPIC, partitions: vec![partition], ..Default::default() }],
        ..Default::default()
    }
}

/// Code, high watermark and the values with their offsets of the one partition of a fetch's response.
fn fetched(answer: &Answer) -> (ErrorCode, i64, Vec<(u64, String)>) {
    let response: FetchResponse<'_> = answer.read();
    let partition = &response.responses[0].partitions[0];
    let records = partition.records.as_ref().expect("records are never null");
    let mut values = Vec::new();
    for batch in batches(records.as_slice().expect("one slice")) {
        let body_of = batch.expect("a batch");
        let body = body_of.body(1 << 20).expect("it opens");
        for record in body.records() {
            let record = record.expect("a record");
            let value = String::from_utf8(record.value.expect("a value").to_vec()).expect("text");
            values.push((record.offset.0, value));
        }
    }
    (ErrorCode(partition.error_code), partition.high_watermark, values)
}

fn pairs(values: &[(u64, &str)]) -> Vec<(u64, String)> {
    values.iter().map(|(offset, value)| (*offset, (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_produced_is_fetched_at_its_offset_in_every_version() {
    let house = House::open().await;
    let mut client = house.client().await;
    let id = client.create(TOPIC, 1, &[]).await;
    let now = house.now().0;
    let mut end = 0;
    for version in 3..=13 {
        let records = batch(&["a", "b"], now);
        let mut request = produce(1, &[(0, &records)]);
        if version >= 13 {
            request.topic_data[0].name = "";
            request.topic_data[0].topic_id = id;
        }
        let answer = client.ask(version, &request).await;
        assert_eq!(outcomes(&answer), [(ErrorCode::NONE, end)], "version {version}");
        end += 2;
    }
    for version in 4..=18 {
        let mut request = fetch(0, end - 2);
        if version >= 13 {
            request.topics[0].topic = "";
            request.topics[0].topic_id = id;
        }
        let answer = client.ask(version, &request).await;
        let expected = pairs(&[(end as u64 - 2, "a"), (end as u64 - 1, "b")]);
        assert_eq!(fetched(&answer), (ErrorCode::NONE, end, expected), "version {version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_inside_a_batch_gets_the_whole_batch_even_beyond_its_bytes() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let records = batch(&["a", "b", "c"], house.now().0);
    produced(&mut client, 0, &records).await;
    produced(&mut client, 0, &records).await;
    let mut request = fetch(0, 1);
    request.max_bytes = 1;
    request.topics[0].partitions[0].partition_max_bytes = 1;
    let answer = client.ask(12, &request).await;
    assert_eq!(fetched(&answer), (ErrorCode::NONE, 6, pairs(&[(0, "a"), (1, "b"), (2, "c")])));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_batches_and_unknown_partitions_get_kafkas_codes_and_the_good_ones_are_stored() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 2, &[]).await;
    let now = house.now().0;
    let good = batch(&["a"], now);
    let mut broken = good.clone();
    *broken.last_mut().expect("bytes") ^= 1;
    let late = batch(&["a"], now + 2 * 3_600_000);
    let twice = [good.clone(), good.clone()].concat();
    let large = batch(&[&"x".repeat(1_100_000)], now);
    let partitions: [(i32, &[u8]); 8] =
        [(0, &good), (1, &broken), (9, &good), (0, &late), (0, &twice), (0, &large), (0, &[]), (1, &good)];
    let expected = [
        (ErrorCode::NONE, 0),
        (ErrorCode::CORRUPT_MESSAGE, -1),
        (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1),
        (ErrorCode::INVALID_TIMESTAMP, -1),
        (ErrorCode::INVALID_RECORD, -1),
        (ErrorCode::MESSAGE_TOO_LARGE, -1),
        (ErrorCode::INVALID_RECORD, -1),
        (ErrorCode::NONE, 0),
    ];
    assert_eq!(outcomes(&client.ask(9, &produce(-1, &partitions)).await), expected);
    let wrong_acks = outcomes(&client.ask(9, &produce(5, &[(0, &good)])).await);
    assert_eq!(wrong_acks, [(ErrorCode::INVALID_REQUIRED_ACKS, -1)]);
    let mut transactional = produce(-1, &[(0, &good)]);
    transactional.transactional_id = Some("t");
    let refused = outcomes(&client.ask(9, &transactional).await);
    assert_eq!(refused, [(ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, -1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_do_not_know_zstd_are_refused_with_it_and_with_nothing_else() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let mut next = 0;
    for (codec, version, is_taken) in [
        (Codec::Zstd, 3, false),
        (Codec::Zstd, 6, false),
        (Codec::Zstd, 7, true),
        (Codec::Gzip, 3, true),
        (Codec::None, 6, true),
    ] {
        let records = batch_of(codec, None, &["a"], house.now().0);
        let expected = match is_taken {
            true => (ErrorCode::NONE, next),
            false => (ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, -1),
        };
        let told = outcomes(&client.ask(version, &produce(-1, &[(0, &records)])).await);
        assert_eq!(told, [expected], "{codec:?} in version {version}");
        next += i64::from(is_taken);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_acknowledgement_nothing_is_answered_and_a_failure_closes() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let records = batch(&["a"], house.now().0);
    client.send(9, &produce(0, &[(0, &records)])).await;
    assert_eq!(
        produced(&mut client, 0, &records).await,
        (ErrorCode::NONE, 1),
        "the next answer is the next request's"
    );
    client.send(9, &produce(0, &[(7, &records)])).await;
    assert!(client.frame().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_answered_with_its_first_offset_and_a_gap_is_refused() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let now = house.now().0;
    let request = InitProducerIdRequest {
        transactional_id: None,
        producer_id: -1,
        producer_epoch: -1,
        ..Default::default()
    };
    let answer = client.ask(4, &request).await;
    let given: InitProducerIdResponse = answer.read();
    assert_eq!(given.error_code, 0);
    let numbered = |sequence| Producer {
        id: ProducerId(given.producer_id),
        epoch: ProducerEpoch(given.producer_epoch),
        base_sequence: Sequence(sequence),
    };
    let at = |sequence| batch_of(Codec::None, Some(numbered(sequence)), &["a", "b"], now);
    assert_eq!(produced(&mut client, 0, &at(0)).await, (ErrorCode::NONE, 0));
    assert_eq!(produced(&mut client, 0, &at(2)).await, (ErrorCode::NONE, 2));
    assert_eq!(produced(&mut client, 0, &at(0)).await, (ErrorCode::NONE, 0));
    assert_eq!(produced(&mut client, 0, &at(9)).await, (ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, -1));
    let transactional = InitProducerIdRequest { transactional_id: Some("t"), ..request };
    let answer = client.ask(4, &transactional).await;
    let refused: InitProducerIdResponse = answer.read();
    assert_eq!(ErrorCode(refused.error_code), ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
}

/// The code with which a new producer gets its id or none.
async fn given(client: &mut Client) -> ErrorCode {
    let request = InitProducerIdRequest {
        transactional_id: None,
        producer_id: -1,
        producer_epoch: -1,
        ..Default::default()
    };
    let answer = client.ask(4, &request).await;
    ErrorCode(answer.read::<InitProducerIdResponse>().error_code)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_gets_no_id_now_asks_again_and_looks_for_no_coordinator() {
    let memory = MemoryOptions { kept_bytes_max: 64 * 1024, ..Default::default() };
    let house = House::open_over(memory, Default::default(), Default::default()).await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    for bytes in [10_000, 1_000, 100, 1] {
        let records = batch(&[&"x".repeat(bytes)], house.now().0);
        while produced(&mut client, 0, &records).await.0.is_none() {}
    }
    let again = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
    assert_eq!(given(&mut client).await, again, "the disk is full");
    house.broker.close().await.expect("closes");
    assert_eq!(given(&mut client).await, again, "no command is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_outside_the_range_or_of_nothing_gets_its_code_and_no_null_records() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    produced(&mut client, 0, &batch(&["a"], house.now().0)).await;
    for offset in [-1, 2, i64::MAX] {
        let (code, watermark, values) = fetched(&client.ask(12, &fetch(0, offset)).await);
        assert_eq!(
            (code, watermark, values.len()),
            (ErrorCode::OFFSET_OUT_OF_RANGE, -1, 0),
            "offset {offset}"
        );
    }
    let (code, _, _) = fetched(&client.ask(12, &fetch(3, 0)).await);
    assert_eq!(code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    let mut by_id = fetch(0, 0);
    by_id.topics[0].topic = "";
    by_id.topics[0].topic_id = Uuid([5; 16]);
    let (code, _, _) = fetched(&client.ask(13, &by_id).await);
    assert_eq!(code, ErrorCode::UNKNOWN_TOPIC_ID);
    let mut ahead = fetch(0, 0);
    ahead.topics[0].partitions[0].current_leader_epoch = 9;
    let (code, _, _) = fetched(&client.ask(12, &ahead).await);
    assert_eq!(code, ErrorCode::UNKNOWN_LEADER_EPOCH);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_fetch_is_answered_when_its_bytes_come_and_not_before() {
    let house = House::open().await;
    let (mut reader, mut writer) = (house.client().await, house.client().await);
    writer.create(TOPIC, 1, &[]).await;
    let records = batch(&["a"], house.now().0);
    let mut request = fetch(0, 0);
    request.max_wait_ms = 15_000;
    request.min_bytes = records.len() as i32 + 1;
    produced(&mut writer, 0, &records).await;
    let correlation_id = reader.send(12, &request).await;
    let early = tokio::time::timeout(Duration::from_millis(100), reader.frame()).await;
    assert!(early.is_err(), "one byte is missing");
    produced(&mut writer, 0, &records).await;
    let answer = reader.answer(ApiKey::Fetch, 12, correlation_id).await;
    assert_eq!(fetched(&answer).2.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_wants_more_than_fits_is_answered_at_once() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    for _ in 0..3 {
        produced(&mut client, 0, &batch(&["a"], house.now().0)).await;
    }
    let mut request = fetch(0, 0);
    request.max_wait_ms = 60_000;
    request.min_bytes = 10_000;
    request.max_bytes = 1;
    assert_eq!(fetched(&client.ask(12, &request).await), (ErrorCode::NONE, 3, pairs(&[(0, "a")])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_bounds_the_past_looks_at_every_record_and_names_the_wrong_ones() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[("message.timestamp.before.max.ms", "3600000")]).await;
    let now = house.now().0;
    for codec in [Codec::None, Codec::Gzip] {
        let mut builder = BatchBuilder::new(codec);
        for timestamp in [now, now - 7_200_000, now] {
            let timestamp = hence_base::Timestamp(timestamp);
            builder.push(&NewRecord { timestamp, key: None, value: Some(b"v"), headers: &[] });
        }
        let records = builder.build().expect("a batch");
        let answer = client.ask(9, &produce(-1, &[(0, &records)])).await;
        let response: ProduceResponse<'_> = answer.read();
        let partition = &response.responses[0].partition_responses[0];
        assert_eq!(ErrorCode(partition.error_code), ErrorCode::INVALID_TIMESTAMP);
        let wrong: Vec<i32> = partition.record_errors.iter().map(|each| each.batch_index).collect();
        assert_eq!(wrong, [1], "{codec:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_waits_in_vain_is_answered_empty_at_its_deadline_or_when_a_drain_begins() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let mut request = fetch(0, 0);
    request.max_wait_ms = 50;
    assert_eq!(fetched(&client.ask(12, &request).await), (ErrorCode::NONE, 0, Vec::new()));
    request.max_wait_ms = 60_000;
    let correlation_id = client.send(12, &request).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    house.drain.begin();
    let answer = client.answer(ApiKey::Fetch, 12, correlation_id).await;
    assert_eq!(fetched(&answer), (ErrorCode::NONE, 0, Vec::new()));
    assert!(client.frame().await.is_none(), "a drained connection ends");
    house.task.await.expect("the listener ends").expect("and well");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incremental_fetch_holds_only_what_changed() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 2, &[]).await;
    let mut request = fetch(0, 0);
    let mut second = request.topics[0].partitions[0].clone();
    second.partition = 1;
    request.topics[0].partitions.push(second);
    request.session_epoch = 0;
    let answer = client.ask(12, &request).await;
    let response: FetchResponse<'_> = answer.read();
    let session_id = response.session_id;
    assert_ne!(session_id, 0);
    assert_eq!(response.responses[0].partitions.len(), 2);
    let next = |session_epoch| FetchRequest {
        session_id,
        session_epoch,
        min_bytes: 1,
        max_bytes: 1 << 20,
        ..Default::default()
    };
    let answer = client.ask(12, &next(1)).await;
    let response: FetchResponse<'_> = answer.read();
    assert_eq!((response.session_id, response.responses.len()), (session_id, 0));
    produced(&mut client, 1, &batch(&["a"], house.now().0)).await;
    let answer = client.ask(12, &next(2)).await;
    let response: FetchResponse<'_> = answer.read();
    let told: Vec<i32> = response.responses[0].partitions.iter().map(|each| each.partition_index).collect();
    assert_eq!(told, [1]);
    let answer = client.ask(12, &next(9)).await;
    let response: FetchResponse<'_> = answer.read();
    assert_eq!(ErrorCode(response.error_code), ErrorCode::INVALID_FETCH_SESSION_EPOCH);
}

async fn listed(client: &mut Client, version: i16, timestamp: i64) -> (ErrorCode, i64, i64) {
    let partition = ListOffsetsPartition { timestamp, current_leader_epoch: -1, ..Default::default() };
    let topic = ListOffsetsTopic { name: TOPIC, partitions: vec![partition] };
    let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
    let answer = client.ask(version, &request).await;
    let response: ListOffsetsResponse<'_> = answer.read();
    let partition = &response.topics[0].partitions[0];
    (ErrorCode(partition.error_code), partition.offset, partition.timestamp)
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_are_listed_by_time_inside_batches_and_by_special_timestamps() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    assert_eq!(
        listed(&mut client, 7, -3).await,
        (ErrorCode::NONE, -1, -1),
        "nothing is newest in an empty partition"
    );
    // Recent, since what is older than the retention may go at any moment.
    let start = house.now().0 - 10_000;
    for (codec, time) in [(Codec::None, 1), (Codec::Gzip, 3), (Codec::Zstd, 2)] {
        produced(&mut client, 0, &batch_of(codec, None, &["a", "b"], start + time)).await;
    }
    assert_eq!(listed(&mut client, 11, -1).await, (ErrorCode::NONE, 6, -1));
    assert_eq!(listed(&mut client, 11, -2).await, (ErrorCode::NONE, 0, -1));
    assert_eq!(listed(&mut client, 11, -3).await, (ErrorCode::NONE, 2, start + 3));
    assert_eq!(listed(&mut client, 11, -4).await, (ErrorCode::NONE, 0, -1));
    assert_eq!(listed(&mut client, 11, -5).await, (ErrorCode::NONE, -1, -1));
    assert_eq!(listed(&mut client, 11, -7).await, (ErrorCode::UNSUPPORTED_VERSION, -1, -1));
    assert_eq!(listed(&mut client, 6, -3).await, (ErrorCode::UNSUPPORTED_VERSION, -1, -1));
    assert_eq!(listed(&mut client, 1, 0).await, (ErrorCode::NONE, 0, start + 1));
    assert_eq!(listed(&mut client, 1, start + 2).await, (ErrorCode::NONE, 2, start + 3));
    assert_eq!(listed(&mut client, 1, start + 4).await, (ErrorCode::NONE, -1, -1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_with_the_brokers_time_stamps_what_it_appends() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[("message.timestamp.type", "LogAppendTime")]).await;
    let before = house.now().0;
    let answer = client.ask(9, &produce(1, &[(0, &batch(&["a"], 5))])).await;
    let response: ProduceResponse<'_> = answer.read();
    let stamped = response.responses[0].partition_responses[0].log_append_time_ms;
    assert!(stamped >= before, "{stamped}");
    assert_eq!(listed(&mut client, 7, -3).await, (ErrorCode::NONE, 0, stamped));
    let (_, _, values) = fetched(&client.ask(12, &fetch(0, 0)).await);
    assert_eq!(values, pairs(&[(0, "a")]));
}
