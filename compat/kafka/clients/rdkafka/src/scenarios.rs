//! The scenarios, and the clients that they use.
//!
//! Each has topics and groups of its own; times are relative to a recent one, because a broker may delete what is older
//! than its retention at any moment.

use std::error::Error;
use std::sync::mpsc::{channel, Sender};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::{Offset, Timestamp, TopicPartitionList};
use serde_json::{json, Value};

type Done = Result<(), Box<dyn Error>>;
type Scenario = fn(&Clients) -> Done;

/// By name.
pub const ALL: &[(&str, Scenario)] = &[
    ("codecs", codecs),
    ("headers", headers),
    ("partitions", partitions),
    ("timestamps", timestamps),
    ("acks", acks),
    ("idempotent", idempotent),
    ("too_large", too_large),
    ("middle_of_a_batch", middle_of_a_batch),
    ("out_of_range", out_of_range),
    ("metadata", metadata),
    ("topic_errors", topic_errors),
    ("configs", configs),
    ("group_resumes", group_resumes),
    ("groups", groups),
    ("transactions", transactions),
];

const PATIENCE: Duration = Duration::from_secs(40);

/// What makes the clients of one scenario.
pub struct Clients {
    bootstrap: String,
    prefix: String,
    t0: i64,
}

/// A record to produce.
#[derive(Clone, Default)]
struct Record {
    partition: Option<i32>,
    key: Option<String>,
    value: Option<Vec<u8>>,
    timestamp: Option<i64>,
    headers: Vec<(String, Option<String>)>,
}

/// Reports each delivery with the number that its record was sent with.
struct Reports(Sender<(usize, Value)>);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, index: Box<usize>) {
        let answer = match result {
            Ok(message) => json!([message.partition(), message.offset()]),
            Err((error, _)) => name(error),
        };
        // The receiver is gone only when the scenario has given up.
        let _ = self.0.send((*index, answer));
    }
}

fn step(step: &str, fields: Value) {
    let mut line = fields;
    line["step"] = json!(step);
    println!("{line}");
}

fn name(error: &KafkaError) -> Value {
    error.rdkafka_error_code().map_or_else(|| json!(error.to_string()), code)
}

fn code(code: RDKafkaErrorCode) -> Value {
    json!(format!("{code:?}"))
}

impl Clients {
    /// For a scenario.
    pub fn new(bootstrap: &str, scenario: &str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            bootstrap: bootstrap.to_owned(),
            prefix: format!("rdkafka-{}", scenario.replace('_', "-")),
            t0: (now.as_secs() as i64 - 3600) * 1000,
        }
    }

    fn config(&self, settings: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        for (key, value) in settings {
            config.set(*key, *value);
        }
        config
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>, KafkaError> {
        self.config(&[]).create()
    }

    fn create(&self, topic: &str, partitions: i32, configs: &[(&str, &str)]) -> Result<Value, KafkaError> {
        let mut new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
        for (key, value) in configs {
            new = new.set(key, value);
        }
        let answers = block_on(self.admin()?.create_topics(&[new], &AdminOptions::new()))?;
        // Kafka's controller answers before its broker knows: without this moment, a scenario would record that race.
        std::thread::sleep(Duration::from_millis(300));
        Ok(answers.into_iter().map(|answer| answer.map_or_else(|(_, error)| code(error), |_| json!(null))).collect())
    }

    /// Sends all, flushes, and gives [partition, offset] or the error's name of each, in order.
    fn produce(&self, topic: &str, records: &[Record], settings: &[(&str, &str)]) -> Result<Value, KafkaError> {
        let (sender, receiver) = channel();
        let base = [("linger.ms", "20"), ("message.timeout.ms", "30000")];
        let config = self.config(&[&base[..], settings].concat());
        let producer: BaseProducer<Reports> = config.create_with_context(Reports(sender))?;
        let mut answers = vec![json!(null); records.len()];
        for (index, record) in records.iter().enumerate() {
            let mut base = BaseRecord::with_opaque_to(topic, Box::new(index));
            base.partition = record.partition;
            base.timestamp = record.timestamp;
            base.key = record.key.as_deref();
            base.payload = record.value.as_deref();
            if !record.headers.is_empty() {
                let headers = record.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
                    headers.insert(Header { key, value: value.as_deref() })
                });
                base = base.headers(headers);
            }
            if let Err((error, _)) = producer.send::<str, [u8]>(base) {
                answers[index] = name(&error);
            }
        }
        producer.flush(PATIENCE)?;
        drop(producer);
        receiver.into_iter().for_each(|(index, answer)| answers[index] = answer);
        Ok(json!(answers))
    }

    fn numbered(&self, count: i64, partition: i32) -> Vec<Record> {
        let record = |i| Record {
            partition: Some(partition),
            key: Some(format!("k{i}")),
            value: Some(format!("v{i}").into_bytes()),
            timestamp: Some(self.t0 + i * 1000),
            headers: Vec::new(),
        };
        (0..count).map(record).collect()
    }

    fn consumer(&self, settings: &[(&str, &str)]) -> Result<BaseConsumer, KafkaError> {
        let group = format!("{}-group", self.prefix);
        let base = [
            ("group.id", group.as_str()),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "error"),
            ("fetch.wait.max.ms", "100"),
            ("session.timeout.ms", "6000"),
            ("heartbeat.interval.ms", "300"),
        ];
        self.config(&[&base[..], settings].concat()).create()
    }

    fn reader(&self, topic: &str, offset: Offset, settings: &[(&str, &str)]) -> Result<BaseConsumer, KafkaError> {
        let consumer = self.consumer(settings)?;
        let mut places = TopicPartitionList::new();
        places.add_partition_offset(topic, 0, offset)?;
        consumer.assign(&places)?;
        Ok(consumer)
    }

    fn described(&self, message: &OwnedMessage) -> Value {
        let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let headers: Vec<Value> = message.headers().map_or_else(Vec::new, |headers| {
            headers.iter().map(|header| json!([header.key, text(header.value)])).collect()
        });
        let timestamp = match message.timestamp() {
            Timestamp::CreateTime(at) => json!(at - self.t0),
            Timestamp::LogAppendTime(_) => json!("append"),
            Timestamp::NotAvailable => json!(null),
        };
        json!({
            "partition": message.partition(), "offset": message.offset(), "key": text(message.key()),
            "value": text(message.payload()), "headers": headers, "timestamp": timestamp,
        })
    }
}

/// The next records, ordered by partition and offset.
fn read(consumer: &BaseConsumer, count: usize) -> Result<Vec<OwnedMessage>, Box<dyn Error>> {
    let (mut messages, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    while messages.len() < count {
        if Instant::now() > deadline {
            return Err(format!("{} of {count} records", messages.len()).into());
        }
        if let Some(message) = consumer.poll(Duration::from_millis(200)) {
            messages.push(message?.detach());
        }
    }
    messages.sort_by_key(|message| (message.partition(), message.offset()));
    Ok(messages)
}

fn places(messages: &[OwnedMessage]) -> Value {
    messages.iter().map(|message| json!([message.partition(), message.offset()])).collect()
}

fn codecs(clients: &Clients) -> Done {
    for codec in ["none", "gzip", "snappy", "lz4"] {
        let topic = format!("{}-{codec}", clients.prefix);
        clients.create(&topic, 1, &[])?;
        let mut records = clients.numbered(5, 0);
        records.push(Record { value: Some(vec![b'x'; 20_000]), ..records[0].clone() });
        let acks = clients.produce(&topic, &records, &[("compression.codec", codec)])?;
        step(&format!("produced {codec}"), json!({ "acks": acks }));
        let got = read(&clients.reader(&topic, Offset::Beginning, &[])?, 6)?;
        let some: Value = got[..5].iter().map(|message| clients.described(message)).collect();
        step(&format!("consumed {codec}"), json!({ "records": some, "big": got[5].payload().map(<[u8]>::len) }));
    }
    Ok(())
}

fn headers(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[])?;
    let header = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
    let record = |key: Option<&str>, value: Option<&str>, headers| Record {
        partition: Some(0),
        key: key.map(str::to_owned),
        value: value.map(|value| value.as_bytes().to_vec()),
        timestamp: Some(clients.t0),
        headers,
    };
    let records = [
        record(Some("a"), Some("both"), vec![header("h", Some("1")), header("h", Some("2"))]),
        record(Some("b"), Some("null header"), vec![header("h", None), header("empty", Some(""))]),
        record(Some("c"), None, vec![]),
        record(None, Some("no key"), vec![]),
        record(Some(""), Some(""), vec![]),
    ];
    step("produced", json!({ "acks": clients.produce(topic, &records, &[])? }));
    for message in read(&clients.reader(topic, Offset::Beginning, &[])?, records.len())? {
        step(&format!("record {}", message.offset()), json!({ "record": clients.described(&message) }));
    }
    Ok(())
}

fn partitions(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 3, &[])?;
    let keyed: Vec<Record> =
        (0..12).map(|i| Record { key: Some(format!("key-{i}")), value: Some(b"x".to_vec()), ..Record::default() }).collect();
    step("by key", json!({ "acks": clients.produce(topic, &keyed, &[("partitioner", "murmur2_random")])? }));
    let consumer = clients.consumer(&[])?;
    let mut all = TopicPartitionList::new();
    for partition in 0..3 {
        all.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&all)?;
    step("consumed", json!({ "places": places(&read(&consumer, 12)?) }));
    Ok(())
}

fn timestamps(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[])?;
    let at = |at| Record { partition: Some(0), timestamp: Some(clients.t0 + at), value: Some(b"x".to_vec()), ..Record::default() };
    clients.produce(topic, &[0, 1000, 5000, 2000, 9000, 3000].map(at), &[])?;
    let consumer = clients.consumer(&[])?;
    for at in [-1000, 0, 500, 2500, 5001, 9000, 9001] {
        let mut times = TopicPartitionList::new();
        times.add_partition_offset(topic, 0, Offset::Offset(clients.t0 + at))?;
        let found = consumer.offsets_for_times(times, PATIENCE)?;
        step(&format!("at {at}"), json!({ "offset": found.elements()[0].offset().to_raw() }));
    }
    Ok(())
}

fn acks(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[])?;
    for level in ["0", "1", "all"] {
        let answers = clients.produce(topic, &clients.numbered(2, 0), &[("acks", level)])?;
        step(&format!("acks {level}"), json!({ "acks": if level == "0" { json!("sent") } else { answers } }));
        std::thread::sleep(Duration::from_millis(300));
    }
    step("consumed", json!({ "places": places(&read(&clients.reader(topic, Offset::Beginning, &[])?, 6)?) }));
    Ok(())
}

fn idempotent(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[])?;
    let settings = [("enable.idempotence", "true"), ("batch.num.messages", "7"), ("linger.ms", "0")];
    let answers = clients.produce(topic, &clients.numbered(300, 0), &settings)?;
    let dense: Value = (0..300).map(|i| json!([0, i])).collect();
    step("produced", json!({ "dense": answers == dense }));
    let got = read(&clients.reader(topic, Offset::Beginning, &[])?, 300)?;
    let ordered = got.iter().enumerate().all(|(i, message)| message.key() == Some(format!("k{i}").as_bytes()));
    step("consumed", json!({ "in_order": ordered }));
    Ok(())
}

fn too_large(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[])?;
    let small = format!("{topic}-small");
    clients.create(&small, 1, &[("max.message.bytes", "1000")])?;
    for (step_name, topic, size) in
        [("2 MB", topic, 2_000_000), ("900 KB", topic, 900_000), ("small topic", &small, 2000), ("fits", &small, 200)]
    {
        let record = Record { partition: Some(0), value: Some(vec![b'x'; size]), ..Record::default() };
        let acks = clients.produce(topic, &[record], &[("message.max.bytes", "20000000")])?;
        step(step_name, json!({ "acks": acks }));
    }
    Ok(())
}

fn middle_of_a_batch(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[])?;
    clients.produce(topic, &clients.numbered(10, 0), &[("linger.ms", "200")])?;
    let consumer = clients.reader(topic, Offset::Offset(7), &[])?;
    step("from 7", json!({ "places": places(&read(&consumer, 3)?) }));
    consumer.seek(topic, 0, Offset::Offset(2), PATIENCE)?;
    step("after the seek", json!({ "places": places(&read(&consumer, 8)?) }));
    let tail = clients.reader(topic, Offset::OffsetTail(2), &[])?;
    step("the last two", json!({ "places": places(&read(&tail, 2)?) }));
    Ok(())
}

fn out_of_range(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[])?;
    clients.produce(topic, &clients.numbered(3, 0), &[])?;
    let strict = clients.reader(topic, Offset::Offset(1000), &[])?;
    match strict.poll(PATIENCE) {
        Some(Err(error)) => step("reset error", json!({ "error": name(&error) })),
        Some(Ok(message)) => step("reset error", json!({ "offset": message.offset() })),
        None => step("reset error", json!({ "nothing": true })),
    }
    let earliest = clients.reader(topic, Offset::Offset(1000), &[("auto.offset.reset", "earliest")])?;
    step("reset earliest", json!({ "places": places(&read(&earliest, 3)?) }));
    Ok(())
}

fn metadata(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 2, &[])?;
    let consumer = clients.consumer(&[])?;
    let found = consumer.fetch_metadata(Some(topic), PATIENCE)?;
    step("brokers", json!({ "hosts": found.brokers().iter().map(|broker| broker.host()).collect::<Vec<_>>() }));
    for one in found.topics()[0].partitions() {
        let leads = one.replicas().first() == Some(&one.leader());
        let fields = json!({ "leads": leads, "replicas": one.replicas().len(), "isr": one.isr().len() });
        step(&format!("partition {}", one.id()), fields);
    }
    step("empty", json!({ "watermarks": consumer.fetch_watermarks(topic, 0, PATIENCE)? }));
    clients.produce(topic, &clients.numbered(4, 0), &[])?;
    step("four", json!({ "watermarks": consumer.fetch_watermarks(topic, 0, PATIENCE)? }));
    Ok(())
}

fn topic_errors(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    for (step_name, topic, partitions, config) in [
        ("create", topic.as_str(), 1, ("retention.ms", "3600000")),
        ("create again", topic.as_str(), 1, ("retention.ms", "3600000")),
        ("bad name", "not/a name", 1, ("retention.ms", "3600000")),
        ("no partitions", "rdkafka-none", 0, ("retention.ms", "3600000")),
        ("unknown config", "rdkafka-unknown", 1, ("no.such.setting", "1")),
        ("bad config", "rdkafka-bad", 1, ("retention.ms", "soon")),
    ] {
        step(step_name, json!({ "answers": clients.create(topic, partitions, &[config])? }));
    }
    for (step_name, topic) in [("delete", topic.as_str()), ("delete nothing", "rdkafka-nothing")] {
        let answers = block_on(clients.admin()?.delete_topics(&[topic], &AdminOptions::new()))?;
        let answers: Value =
            answers.into_iter().map(|answer| answer.map_or_else(|(_, error)| code(error), |_| json!(null))).collect();
        step(step_name, json!({ "answers": answers }));
    }
    Ok(())
}

fn configs(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[("retention.ms", "3600000")])?;
    let nothing = format!("{topic}-nothing");
    for topic in [topic.as_str(), nothing.as_str()] {
        let resource = ResourceSpecifier::Topic(topic);
        for answer in block_on(clients.admin()?.describe_configs([&resource], &AdminOptions::new()))? {
            match answer {
                Ok(mut found) => {
                    found.entries.sort_by(|a, b| a.name.cmp(&b.name));
                    for entry in found.entries {
                        let source = format!("{:?}", entry.source);
                        step(&entry.name, json!({ "value": entry.value, "source": source, "default": entry.is_default }));
                    }
                }
                Err(error) => step(topic, json!({ "error": code(error) })),
            }
        }
    }
    Ok(())
}

fn group_resumes(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[])?;
    clients.produce(topic, &clients.numbered(5, 0), &[])?;
    let first = clients.consumer(&[("auto.offset.reset", "earliest")])?;
    first.subscribe(&[topic])?;
    step("first", json!({ "places": places(&read(&first, 5)?) }));
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topic, 0, Offset::Offset(3))?;
    first.commit(&offsets, CommitMode::Sync)?;
    let committed = first.committed(PATIENCE)?;
    step("committed", json!({ "offset": committed.elements()[0].offset().to_raw() }));
    first.unsubscribe();
    first.poll(Duration::from_millis(500));
    // Dropping it may wait for ever for a rebalance that nobody polls.
    std::mem::forget(first);
    let second = clients.consumer(&[("auto.offset.reset", "earliest")])?;
    second.subscribe(&[topic])?;
    step("resumed", json!({ "places": places(&read(&second, 2)?) }));
    Ok(())
}

fn groups(clients: &Clients) -> Done {
    let topic = &clients.prefix;
    clients.create(topic, 1, &[])?;
    clients.produce(topic, &clients.numbered(1, 0), &[])?;
    let member = clients.consumer(&[("auto.offset.reset", "earliest"), ("client.id", "the-client")])?;
    member.subscribe(&[topic])?;
    read(&member, 1)?;
    let group = format!("{topic}-group");
    let found = member.fetch_group_list(Some(&group), PATIENCE)?;
    for one in found.groups() {
        let members: Vec<_> = one.members().iter().map(|member| json!([member.client_id(), member.client_host()])).collect();
        let fields = json!({ "state": one.state(), "protocol": one.protocol(), "type": one.protocol_type(), "members": members });
        step(one.name(), fields);
    }
    Ok(())
}

fn transactions(clients: &Clients) -> Done {
    let settings = [("transactional.id", clients.prefix.as_str()), ("message.timeout.ms", "15000")];
    let producer: BaseProducer = clients.config(&settings).create()?;
    match producer.init_transactions(Duration::from_secs(15)) {
        Ok(()) => step("init", json!({ "error": null })),
        Err(error) => step("init", json!({ "error": name(&error) })),
    }
    Ok(())
}
