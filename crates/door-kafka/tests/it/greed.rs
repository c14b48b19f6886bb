//! Peers that want more than their share: of memory for requests, of memory for responses, of time.
//!
//! What a connection holds is seen from outside: by the budget, and by what the door has read from its socket.

use std::time::Duration;

use hence_base::Timestamp;
use hence_broker::Options as BrokerOptions;
use hence_door_kafka::{Options, limits};
use hence_kafka_proto::create_topics::CreatableTopic;
use hence_kafka_proto::fetch::{FetchPartition, FetchTopic};
use hence_kafka_proto::list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use hence_kafka_proto::metadata::MetadataRequestTopic;
use hence_kafka_proto::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use hence_kafka_proto::offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use hence_kafka_proto::produce::{PartitionProduceData, TopicProduceData};
use hence_kafka_proto::{
    ApiKey, CreateTopicsRequest, CreateTopicsResponse, ErrorCode, FetchRequest, FetchResponse,
    ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse, OffsetCommitRequest,
    OffsetFetchRequest, OffsetFetchResponse, ProduceRequest, ProduceResponse,
};
use hence_message::kafka::{BatchBuilder, Codec, NewRecord, Producer, ProducerEpoch, ProducerId, Sequence};
use tokio::time::timeout;

use crate::house::{Client, House, PATIENCE, batch, batch_of};

const TOPIC: &str = "t";
const MIB: u64 = 1 << 20;

/// A door with so much room, that waits so long for who moves too little.
async fn house(budget_bytes: u64, budget_share_bytes: u64, stalled_request_ms: u64) -> House {
    let budget = BrokerOptions { budget_bytes, budget_share_bytes, ..Default::default() };
    House::open_with(Options { stalled_request_ms, ..Default::default() }, budget).await
}

fn produce(records: &[u8]) -> ProduceRequest<'_> {
    let partition_data = vec![PartitionProduceData { index: 0, records: Some(records) }];
    let topic = TopicProduceData { name: TOPIC, partition_data, ..Default::default() };
    ProduceRequest { acks: -1, timeout_ms: 1_000, topic_data: vec![topic], ..Default::default() }
}

async fn produced(client: &mut Client, records: &[u8]) -> i16 {
    let answer = client.ask(9, &produce(records)).await;
    let response: ProduceResponse<'_> = answer.read();
    response.responses[0].partition_responses[0].error_code
}

/// A client that has stored a batch of 900 kB five times, and the batch.
async fn five_large(house: &House) -> (Client, Vec<u8>) {
    let mut good = house.client().await;
    good.create(TOPIC, 1, &[]).await;
    let records = batch(&[&"x".repeat(900_000)], house.now().0);
    for _ in 0..5 {
        assert_eq!(produced(&mut good, &records).await, 0);
    }
    (good, records)
}

/// Asks for four MiB of the topic's only partition.
fn fetch() -> FetchRequest<'static> {
    let partition = FetchPartition { partition_max_bytes: 4 << 20, ..Default::default() };
    FetchRequest {
        min_bytes: 1,
        max_bytes: 4 << 20,
        session_epoch: -1,
        topics: vec![FetchTopic { topic: TOPIC, partitions: vec![partition], ..Default::default() }],
        ..Default::default()
    }
}

fn everything() -> MetadataRequest<'static> {
    MetadataRequest { topics: None, ..Default::default() }
}

/// Clients that send `count` requests each, and read no answer.
async fn deaf<'a, R: hence_kafka_proto::Request<'a>>(
    house: &House,
    clients: usize,
    count: usize,
    version: i16,
    request: &R,
) -> Vec<Client> {
    let mut deaf = Vec::new();
    for _ in 0..clients {
        let mut client = house.client().await;
        for _ in 0..count {
            client.send(version, request).await;
        }
        deaf.push(client);
    }
    deaf
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(PATIENCE, wait).await.is_ok(), "{what}");
}

/// Bytes that the kernel has of this client, at either end, and the door did not read.
#[cfg(target_os = "linux")]
fn unread_bytes(house: &House, client: &Client) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the kernel's table");
    let port = client.socket.local_addr().expect("an address").port();
    let (door, client) = (format!("0100007F:{:04X}", house.port), format!("0100007F:{port:04X}"));
    let queue = |local: &str, remote: &str, at: usize| {
        let mut rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let row = rows.find(|row| row[1] == local && row[2] == remote).expect("the socket");
        usize::from_str_radix(row[4].split(':').nth(at).expect("two queues"), 16).expect("a number")
    };
    queue(&client, &door, 0) + queue(&door, &client, 1)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_for_the_budget_holds_one_read_of_it() {
    let house = house(MIB, MIB / 4, 60_000).await;
    const SENT: usize = 200 * 1024;
    let mut half = Vec::new();
    for _ in 0..12 {
        let mut client = house.client().await;
        let mut request = (240 * 1024_u32).to_be_bytes().to_vec();
        request.resize(SENT, 0);
        client.write(&request).await;
        half.push(client);
    }
    // Four fit, and one more is let in so that none waits forever; each of them is paid for whole.
    let paid = 5 * 240 * 1024;
    until("requests are paid for whole", || house.broker.plumbing().budget.used_bytes() == paid).await;
    let read = |client: &Client| SENT.saturating_sub(unread_bytes(&house, client));
    let held = || half.iter().filter(|client| read(client) > 64 * 1024).count();
    until("what is paid for is read", || held() >= 5).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(held(), 5, "others hold more than one read");
    assert_eq!(house.broker.plumbing().budget.used_bytes(), paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_never_comes_in_for_what_a_smaller_one_waited_to_pay() {
    let house = house(4 * MIB, MIB / 2, 60_000).await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let (large, small) = (batch(&[&"x".repeat(900_000)], house.now().0), batch(&["a"], house.now().0));
    let budget = house.broker.plumbing().budget.clone();
    house.journal.hold();
    let sent = [client.send(9, &produce(&large)).await, client.send(9, &produce(&small)).await];
    until("the first has it all", || budget.used_bytes() > MIB / 2).await;
    // The second waits for that.
    tokio::time::sleep(Duration::from_millis(100)).await;
    // Once the first is answered the second is so small that nobody asks for its bytes.
    house.journal.let_go();
    for correlation_id in sent {
        client.answer(ApiKey::Produce, 9, correlation_id).await;
    }
    let mut promise = (3 * MIB as u32).to_be_bytes().to_vec();
    promise.resize(100 * 1024, 0);
    client.write(&promise).await;
    until("what is promised is paid for", || budget.used_bytes() > 0).await;
    assert_eq!(budget.used_bytes(), 3 * MIB);
    assert!(!budget.share().is_wanted(), "nobody waits any more");
}

/// How a connection ends while its requests wait for the disk.
#[derive(Clone, Copy, Debug)]
enum Leaves {
    /// What it sends is no request.
    WithNonsense,
    /// It is reset.
    Reset,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_the_disk_stays_paid_for_when_its_connection_is_gone() {
    for leaves in [Leaves::WithNonsense, Leaves::Reset] {
        let house = house(8 * MIB, 2 * MIB, 60_000).await;
        let mut client = house.client().await;
        client.create(TOPIC, 1, &[]).await;
        let records = batch(&[&"x".repeat(900_000)], house.now().0);
        let budget = house.broker.plumbing().budget.clone();
        let connections = || house.broker.plumbing().metrics.connections("kafka").open.get();
        house.journal.hold();
        for _ in 0..2 {
            client.send(9, &produce(&records)).await;
        }
        until("both are with the journal", || house.journal.appends() == 2).await;
        let paid = budget.used_bytes();
        match leaves {
            Leaves::WithNonsense => {
                client.write(&[0xFF; 4]).await;
                assert!(client.frame().await.is_none(), "the connection is closed at once");
            }
            Leaves::Reset => {
                client.socket.set_zero_linger().expect("an option of sockets");
                drop(client);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(budget.used_bytes(), paid, "{leaves:?}");
        house.journal.let_go();
        until("it comes back with the answer", || budget.used_bytes() == 0).await;
        let stream = house.broker.catalog().topic(TOPIC).expect("the topic").partitions[0];
        assert_eq!(house.broker.bounds(stream).expect("a range").end.0, 2);
        until("the connection's place is free", || connections() == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_and_a_stop_end_although_the_disk_answers_nobody() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let records = batch(&[&"x".repeat(10_000)], house.now().0);
    house.journal.hold();
    for _ in 0..2 {
        client.send(9, &produce(&records)).await;
    }
    until("both are with the journal", || house.journal.appends() == 2).await;
    client.write(&[0xFF; 4]).await;
    assert!(client.frame().await.is_none());
    house.drain.begin();
    house.broker.close().await.expect("closes");
    timeout(PATIENCE, house.task).await.expect("in time").expect("the listener ends").expect("and well");
    assert_eq!(house.broker.plumbing().budget.used_bytes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_now_and_then_does_not_keep_a_request_in() {
    let house = house(MIB, MIB, 300).await;
    let mut slow = house.client().await;
    slow.write(&[0, 0x10, 0, 0, 0, 18]).await;
    let dripping = async {
        while tokio::io::AsyncWriteExt::write_all(&mut slow.socket, &[0]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, dripping).await.expect("it is given up");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_take_nothing_leave_the_requests_their_room() {
    let house = house(8 * MIB, 4 * MIB, 60_000).await;
    let (mut good, records) = five_large(&house).await;
    let _deaf = deaf(&house, 12, 12, 12, &fetch()).await;
    until("their responses use it up", || house.broker.plumbing().budget.used_bytes() >= 7 * MIB).await;
    for _ in 0..5 {
        assert_eq!(produced(&mut good, &records).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_goes_when_others_want_its_room() {
    let house = house(8 * MIB, 4 * MIB, 1_000).await;
    let (mut good, _) = five_large(&house).await;
    let _deaf = deaf(&house, 12, 12, 12, &fetch()).await;
    until("their responses use it up", || house.broker.plumbing().budget.used_bytes() >= 6 * MIB).await;
    let answer = good.ask(12, &fetch()).await;
    let response: FetchResponse<'_> = answer.read();
    assert!(response.responses[0].partitions[0].records.as_ref().is_some_and(|it| it.len() >= 900_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_pauses_is_left_alone_while_nobody_wants_its_room() {
    let house = house(64 * MIB, 16 * MIB, 50).await;
    let mut slow = house.client().await;
    slow.create(TOPIC, 1, &[]).await;
    let records = batch(&[&"x".repeat(900_000)], house.now().0);
    for _ in 0..5 {
        assert_eq!(produced(&mut slow, &records).await, 0);
    }
    let mut sent = Vec::new();
    for _ in 0..4 {
        sent.push(slow.send(12, &fetch()).await);
    }
    until("a response is not taken", || house.broker.plumbing().budget.used_bytes() > 0).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    for correlation_id in sent {
        let answer = slow.answer(ApiKey::Fetch, 12, correlation_id).await;
        let _: FetchResponse<'_> = answer.read();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_that_nobody_takes_are_paid_for_and_others_get_theirs() {
    let house = house(MIB, MIB, 1_000).await;
    let mut good = house.client().await;
    for topic in 0..10 {
        good.create(&format!("topic-{topic}"), 1_000, &[]).await;
    }
    let response_bytes = {
        let correlation_id = good.send(9, &everything()).await;
        good.answer(ApiKey::Metadata, 9, correlation_id).await.bytes() as u64
    };
    assert!(response_bytes > MIB / 8, "{response_bytes} bytes");
    // The kernel takes the first ones.
    let _deaf = deaf(&house, 12, 40, 9, &everything()).await;
    until("they are paid for", || house.broker.plumbing().budget.used_bytes() > MIB / 2).await;
    assert!(house.broker.plumbing().budget.used_bytes() <= MIB + response_bytes + 1_024);
    let answer = good.ask(9, &everything()).await;
    let response: MetadataResponse<'_> = answer.read();
    assert_eq!(response.topics.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_nothing_keeps_no_request_that_others_want_the_room_of() {
    let house = house(MIB, MIB, 1_000).await;
    let mut good = house.client().await;
    good.create(TOPIC, 1, &[]).await;
    for topic in 0..10 {
        good.create(&format!("topic-{topic}"), 1_000, &[]).await;
    }
    let records = batch(&[&"x".repeat(900_000)], house.now().0);
    let budget = house.broker.plumbing().budget.clone();
    let mut deaf = Vec::new();
    for _ in 0..2 {
        // What the kernel does not take of the answers keeps the last request from beginning.
        let mut client = house.client().await;
        let before = budget.used_bytes();
        while budget.used_bytes() < before + 300 * 1024 {
            client.send(9, &everything()).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let before = budget.used_bytes();
        client.send(9, &produce(&records)).await;
        until("the request is paid for", || budget.used_bytes() >= before + 900_000).await;
        deaf.push(client);
    }
    assert_eq!(produced(&mut good, &records).await, 0);
}

/// Asks for partitions of the topic, each from its start with its last epoch.
fn fetch_of(partitions: impl IntoIterator<Item = (i32, i64, i32)>) -> FetchRequest<'static> {
    let partitions = partitions.into_iter().map(|(partition, fetch_offset, last_fetched_epoch)| {
        let partition_max_bytes = 200 * 1024;
        FetchPartition {
            partition,
            fetch_offset,
            last_fetched_epoch,
            partition_max_bytes,
            ..Default::default()
        }
    });
    let topic = FetchTopic { topic: TOPIC, partitions: partitions.collect(), ..Default::default() };
    FetchRequest { topics: vec![topic], ..fetch() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_is_named_many_times_is_fetched_once_as_it_was_named_last() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 2, &[]).await;
    assert_eq!(produced(&mut client, &batch(&["a", "b"], house.now().0)).await, 0);
    let many = (0..10_000).map(|_| (0, 7, -1)).chain([(1, 0, -1), (0, 0, -1)]);
    let answer = client.ask(12, &fetch_of(many)).await;
    let response: FetchResponse<'_> = answer.read();
    assert_eq!(response.responses.len(), 1);
    let told: Vec<_> = response.responses[0]
        .partitions
        .iter()
        .map(|each| {
            (each.partition_index, each.error_code, each.records.as_ref().is_some_and(|it| !it.is_empty()))
        })
        .collect();
    assert_eq!(told, [(0, 0, true), (1, 0, false)]);
    let answer = client.ask(12, &fetch_of((0..200_001).map(|partition| (partition, 0, -1)))).await;
    let response: FetchResponse<'_> = answer.read();
    assert_eq!(response.error_code, ErrorCode::INVALID_REQUEST.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_follows_many_partitions_through_a_session_pays_for_them_or_does_not_wait() {
    const PARTITIONS: i32 = 1_000;
    let house = house(8 * MIB, 4 * MIB, 60_000).await;
    let (mut client, mut other) = (house.client().await, house.client().await);
    client.create(TOPIC, PARTITIONS, &[]).await;
    let full = fetch_of((0..PARTITIONS).map(|index| (index, 0, -1)));
    let answer = client.ask(12, &FetchRequest { session_epoch: 0, ..full }).await;
    let response: FetchResponse<'_> = answer.read();
    let session_id = response.session_id;
    assert_ne!(session_id, 0);
    let next = |session_epoch| FetchRequest {
        session_id,
        session_epoch,
        max_wait_ms: 60_000,
        topics: Vec::new(),
        ..fetch()
    };
    let budget = house.broker.plumbing().budget.clone();
    let correlation_id = client.send(12, &next(1)).await;
    let paid = PARTITIONS as u64 * limits::FETCH_WAITING_PARTITION_BYTES as u64;
    until("it is paid for", || budget.used_bytes() == paid).await;
    assert_eq!(produced(&mut other, &batch(&["a"], house.now().0)).await, 0);
    let answer = client.answer(ApiKey::Fetch, 12, correlation_id).await;
    let response: FetchResponse<'_> = answer.read();
    assert_eq!(response.responses[0].partitions.len(), 1);
    until("what it held comes back", || budget.used_bytes() == 0).await;
    let taken = [4 * MIB, 4 * MIB, 1].map(|bytes| budget.share().try_take(bytes).expect("it is free"));
    let answer = client.ask(12, &FetchRequest { min_bytes: 1 << 20, ..next(2) }).await;
    let response: FetchResponse<'_> = answer.read();
    assert_eq!((response.error_code, response.throttle_time_ms), (0, limits::FETCH_NO_ROOM_PAUSE_MS));
    drop(taken);
    let taken = [4 * MIB, 4 * MIB].map(|bytes| budget.share().try_take(bytes).expect("it is free"));
    let answer = client.ask(12, &FetchRequest { min_bytes: 1 << 20, ..next(3) }).await;
    let response: FetchResponse<'_> = answer.read();
    assert_eq!(response.throttle_time_ms, limits::FETCH_NO_ROOM_PAUSE_MS);
    assert!(budget.share().try_take(MIB).is_some(), "the one large request is left to others");
    drop(taken);
    // Nor does it wait for the room that what it reads would take.
    let taken = [[4 * MIB, 4 * MIB, 1].map(|bytes| budget.share().try_take(bytes).expect("it is free"))];
    let unread =
        [4 * MIB, 4 * MIB, 1].map(|bytes| budget.response_share().try_take(bytes).expect("it is free"));
    assert_eq!(produced(&mut other, &batch(&["a"], house.now().0)).await, 0);
    let answer = client.ask(12, &next(4)).await;
    let response: FetchResponse<'_> = answer.read();
    assert_eq!((response.error_code, response.throttle_time_ms), (0, limits::FETCH_NO_ROOM_PAUSE_MS));
    drop((taken, unread));
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_say_their_last_epoch_go_on_where_no_command_is_taken() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    assert_eq!(produced(&mut client, &batch(&["a"], house.now().0)).await, 0);
    house.broker.close().await.expect("closes");
    for last_epoch in [0, 1] {
        let answer = client.ask(12, &fetch_of([(0, 0, last_epoch)])).await;
        let response: FetchResponse<'_> = answer.read();
        let partition = &response.responses[0].partitions[0];
        assert_eq!(partition.error_code, 0);
        assert!(partition.records.as_ref().is_some_and(|it| !it.is_empty()), "epoch {last_epoch}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fetches_under_pressure_never_hold_what_each_other_wait_for() {
    const PARTITIONS: i32 = 8;
    let house = house(MIB / 2, MIB / 2, 60_000).await;
    let mut client = house.client().await;
    client.create(TOPIC, PARTITIONS, &[]).await;
    let records = batch(&[&"x".repeat(60_000)], house.now().0);
    for index in 0..PARTITIONS {
        let partition_data = vec![PartitionProduceData { index, records: Some(&records) }];
        let topic = TopicProduceData { name: TOPIC, partition_data, ..Default::default() };
        let request =
            ProduceRequest { acks: -1, timeout_ms: 1_000, topic_data: vec![topic], ..Default::default() };
        client.ask(9, &request).await;
    }
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let mut reader = house.client().await;
        readers.spawn(async move {
            for _ in 0..100 {
                let answer = reader.ask(12, &fetch_of((0..PARTITIONS).map(|index| (index, 0, -1)))).await;
                let response: FetchResponse<'_> = answer.read();
                assert_eq!(response.responses[0].partitions.len(), PARTITIONS as usize);
            }
        });
    }
    while let Some(read) = readers.join_next().await {
        read.expect("it is answered in time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_wait_for_the_budget_hold_nothing_of_what_they_wait_for() {
    const READERS: usize = 5;
    let house = house(4 * MIB, MIB / 4, 60_000).await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let records = batch(&[&"x".repeat(900_000)], house.now().0);
    assert_eq!(produced(&mut client, &records).await, 0);
    let budget = house.broker.plumbing().budget.clone();
    let taken = budget.response_share().try_take(MIB / 2).expect("the only large one");
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let mut reader = house.client().await;
        readers.push((reader.send(12, &fetch()).await, reader));
    }
    until("each has seen how large the batch is", || house.journal.reads() >= READERS).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(budget.response_share().is_wanted());
    assert_eq!(house.journal.read_bytes(), 0);
    drop(taken);
    for (correlation_id, mut reader) in readers {
        let answer = reader.answer(ApiKey::Fetch, 12, correlation_id).await;
        let response: FetchResponse<'_> = answer.read();
        let fetched = response.responses[0].partitions[0].records.as_ref();
        assert_eq!(fetched.map(|records| records.len()), Some(records.len()));
    }
    until("the bytes come back", || budget.used_bytes() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_note_is_answered_once_however_often_its_partition_is_named() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let note = "n".repeat(1_000);
    let committed = OffsetCommitRequestPartition {
        partition_index: 0,
        committed_offset: 7,
        committed_metadata: Some(&note),
        ..Default::default()
    };
    let topic = OffsetCommitRequestTopic { name: TOPIC, partitions: vec![committed], ..Default::default() };
    let commit = OffsetCommitRequest {
        group_id: "g",
        generation_id_or_member_epoch: -1,
        topics: vec![topic],
        ..Default::default()
    };
    client.ask(7, &commit).await;
    let topic = OffsetFetchRequestTopic { name: TOPIC, partition_indexes: vec![0; 5_000] };
    let topics = Some(vec![topic.clone(), topic]);
    let answer = client.ask(7, &OffsetFetchRequest { group_id: "g", topics, ..Default::default() }).await;
    let response: OffsetFetchResponse<'_> = answer.read();
    assert_eq!((response.topics.len(), response.topics[0].partitions.len()), (1, 1));
    assert_eq!(response.topics[0].partitions[0].committed_offset, 7);
    let topic =
        OffsetFetchRequestTopics { name: TOPIC, partition_indexes: vec![0, 1, 0, 1], ..Default::default() };
    let topics = Some(vec![topic.clone(), topic]);
    let groups = vec![OffsetFetchRequestGroup { group_id: "g", topics, ..Default::default() }];
    let answer = client.ask(8, &OffsetFetchRequest { groups, ..Default::default() }).await;
    let response: OffsetFetchResponse<'_> = answer.read();
    let topics = &response.groups[0].topics;
    assert_eq!((topics.len(), topics[0].partitions.len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_adds_a_bounded_number_of_partitions_defaults_included() {
    let options = Options { default_partitions: 4_000, ..Default::default() };
    let house = House::open_with(options, BrokerOptions::default()).await;
    let mut client = house.client().await;
    let names: Vec<String> = (0..4).map(|at| format!("topic-{at}")).collect();
    let topics = names.iter().map(|name| CreatableTopic {
        name,
        num_partitions: -1,
        replication_factor: 1,
        ..Default::default()
    });
    let request = CreateTopicsRequest { topics: topics.collect(), timeout_ms: 5_000, ..Default::default() };
    let answer = client.ask(7, &request).await;
    let response: CreateTopicsResponse<'_> = answer.read();
    let refused = |code: i16| ErrorCode(code) == ErrorCode::POLICY_VIOLATION;
    assert!(response.topics.iter().all(|topic| refused(topic.error_code)));
    let topics = names.iter().map(|name| MetadataRequestTopic { name: Some(name), ..Default::default() });
    let topics = Some(topics.collect());
    let request = MetadataRequest { topics, allow_auto_topic_creation: true, ..Default::default() };
    for (there, missing) in [(2, 2), (4, 0)] {
        let answer = client.ask(9, &request).await;
        let response: MetadataResponse<'_> = answer.read();
        let count = |code: ErrorCode| {
            response.topics.iter().filter(|topic| ErrorCode(topic.error_code) == code).count()
        };
        assert_eq!(count(ErrorCode::NONE), there);
        assert_eq!(count(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), missing, "the client asks again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_are_named_twice_are_told_in_one_pass() {
    let house = House::open().await;
    let mut client = house.client().await;
    let named = (0..200_000).chain(0..200_000);
    let partitions = named.map(|partition_index| ListOffsetsPartition {
        partition_index,
        timestamp: -1,
        ..Default::default()
    });
    let topics = vec![ListOffsetsTopic { name: TOPIC, partitions: partitions.collect() }];
    let answer = client.ask(1, &ListOffsetsRequest { replica_id: -1, topics, ..Default::default() }).await;
    let response: ListOffsetsResponse<'_> = answer.read();
    assert_eq!(response.topics[0].partitions.len(), 200_000);
    let code = ErrorCode(response.topics[0].partitions[0].error_code);
    assert_eq!(code, ErrorCode::INVALID_REQUEST);
}

/// A text that hardly compresses.
fn noise(bytes: usize) -> String {
    let mut state = 1_u32;
    let letters = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'!' + (state >> 24) as u8 % 90)
    });
    letters.take(bytes).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_are_opened_are_paid_for_in_their_order_and_no_other_connection_waits() {
    let house = house(64 * MIB, 32 * MIB, 60_000).await;
    let mut other = house.client().await;
    other.create(TOPIC, 1, &[("message.timestamp.before.max.ms", "3600000")]).await;
    let now = house.now().0;
    let budget = house.broker.plumbing().budget.clone();
    // All that may be taken, and the one time that more may be.
    let taken =
        [32 * MIB, 32 * MIB, 1].map(|bytes| budget.response_share().try_take(bytes).expect("it is free"));
    let text = noise(150_000);
    // More than there are places beside the event loop.
    let mut waiting = Vec::new();
    for id in 0..std::thread::available_parallelism().map_or(2, usize::from).max(2) {
        let id = ProducerId(7 + id as i64);
        let numbered = |sequence| Producer { id, epoch: ProducerEpoch(0), base_sequence: Sequence(sequence) };
        let packed = batch_of(Codec::Zstd, Some(numbered(0)), &[&text], now);
        let plain = batch_of(Codec::None, Some(numbered(1)), &["v"], now);
        let mut client = house.client().await;
        let sent = [client.send(9, &produce(&packed)).await, client.send(9, &produce(&plain)).await];
        waiting.push((client, sent));
    }
    assert!(
        timeout(Duration::from_millis(100), waiting[0].0.frame()).await.is_err(),
        "there is no room for it"
    );
    assert_eq!(produced(&mut other, &batch_of(Codec::Zstd, None, &["v"], now)).await, 0);
    let at = ListOffsetsPartition { partition_index: 0, timestamp: now, ..Default::default() };
    let topics = vec![ListOffsetsTopic { name: TOPIC, partitions: vec![at] }];
    let answer = other.ask(1, &ListOffsetsRequest { replica_id: -1, topics, ..Default::default() }).await;
    let response: ListOffsetsResponse<'_> = answer.read();
    let found = &response.topics[0].partitions[0];
    assert_eq!((found.error_code, found.offset, found.timestamp), (0, 0, now));
    drop(taken);
    for (client, sent) in &mut waiting {
        let mut offsets = Vec::new();
        for correlation_id in *sent {
            let answer = client.answer(ApiKey::Produce, 9, correlation_id).await;
            let response: ProduceResponse<'_> = answer.read();
            let partition = &response.responses[0].partition_responses[0];
            assert_eq!(partition.error_code, 0);
            offsets.push(partition.base_offset);
        }
        assert!(offsets[0] < offsets[1], "{offsets:?}");
    }
    until("what it took comes back", || budget.used_bytes() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_batches_in_a_request_those_that_a_look_finds_wrong_are_refused_alone() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 5, &[("message.timestamp.before.max.ms", "3600000")]).await;
    let now = house.now().0;
    let text = noise(150_000);
    let good = batch_of(Codec::Zstd, None, &[&text], now);
    let mut builder = BatchBuilder::new(Codec::Zstd);
    for (timestamp, value) in [(now, &*text), (now - 7_200_000, "late"), (now, "v")] {
        let timestamp = Timestamp(timestamp);
        builder.push(&NewRecord { timestamp, key: None, value: Some(value.as_bytes()), headers: &[] });
    }
    let late = builder.build().expect("a batch");
    let early = batch_of(Codec::Zstd, None, &[&text, "v"], now + 7_200_000);
    let wanted = [(&good, 0), (&late, 1), (&early, 2), (&good, 0), (&late, 1)];
    let data =
        (0..).zip(wanted).map(|(index, (records, _))| PartitionProduceData { index, records: Some(records) });
    let topic = TopicProduceData { name: TOPIC, partition_data: data.collect(), ..Default::default() };
    let request =
        ProduceRequest { acks: -1, timeout_ms: 1_000, topic_data: vec![topic], ..Default::default() };
    let answer = client.ask(9, &request).await;
    let response: ProduceResponse<'_> = answer.read();
    let told: Vec<_> = response.responses[0]
        .partition_responses
        .iter()
        .map(|each| (each.error_code, each.base_offset, each.record_errors.len()))
        .collect();
    let wrong = ErrorCode::INVALID_TIMESTAMP.0;
    assert_eq!(told, [(0, 0, 0), (wrong, -1, 1), (wrong, -1, 2), (0, 0, 0), (wrong, -1, 1)]);
    let catalog = house.broker.catalog();
    let ends = catalog.topic(TOPIC).expect("the topic").partitions.iter();
    let ends = ends.map(|stream| house.broker.bounds(*stream).map_or(0, |bounds| bounds.end.0));
    assert_eq!(ends.collect::<Vec<_>>(), [1, 0, 0, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_produce_to_more_partitions_than_there_can_be_ends_its_connection() {
    let house = house(64 * MIB, 64 * MIB, 5_000).await;
    for (partitions, is_answered) in [(200_000, true), (200_001, false)] {
        let mut client = house.client().await;
        let partition_data =
            (0..partitions).map(|index| PartitionProduceData { index, records: None }).collect();
        let topic = TopicProduceData { name: TOPIC, partition_data, ..Default::default() };
        let request =
            ProduceRequest { acks: -1, timeout_ms: 1_000, topic_data: vec![topic], ..Default::default() };
        client.send(9, &request).await;
        let answer = timeout(PATIENCE, client.frame()).await.expect("an answer or an end");
        assert_eq!(answer.is_some(), is_answered, "{partitions} partitions");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_opened_is_stored_although_its_client_left() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[("message.timestamp.before.max.ms", "3600000")]).await;
    let packed = batch_of(Codec::Gzip, None, &[&noise(200_000)], house.now().0);
    for _ in 0..3 {
        client.send(9, &ProduceRequest { acks: 0, ..produce(&packed) }).await;
    }
    tokio::io::AsyncWriteExt::shutdown(&mut client.socket).await.expect("shut down");
    assert!(client.frame().await.is_none());
    let stream = house.broker.catalog().topic(TOPIC).expect("the topic").partitions[0];
    assert_eq!(house.broker.bounds(stream).expect("a range").end.0, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_produce_explains_a_bounded_number_of_records() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.create(TOPIC, 1, &[]).await;
    let values = vec!["v"; 300];
    let records = batch(&values, house.now().0 + 7_200_000);
    let data = |_| PartitionProduceData { index: 0, records: Some(&records) };
    let topic =
        TopicProduceData { name: TOPIC, partition_data: (0..100).map(data).collect(), ..Default::default() };
    let request =
        ProduceRequest { acks: -1, timeout_ms: 1_000, topic_data: vec![topic], ..Default::default() };
    let answer = client.ask(9, &request).await;
    let response: ProduceResponse<'_> = answer.read();
    let partitions = &response.responses[0].partition_responses;
    assert_eq!(partitions.len(), 100);
    assert!(partitions.iter().all(|each| ErrorCode(each.error_code) == ErrorCode::INVALID_TIMESTAMP));
    assert!(partitions[0].record_errors.len() > 100);
    let explained: usize = partitions.iter().map(|each| each.record_errors.len()).sum();
    assert_eq!(explained, 1_000);
}
