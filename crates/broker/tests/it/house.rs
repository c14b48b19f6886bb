//! A broker for tests: over a held memory journal, with builders that read like what a door does.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use hence_base::{Offset, StreamId, Timestamp};
use hence_broker::core::{
    CreateTopics, JoinGroup, NewTopic, Produce, ProduceBatch, Produced, Topic, TopicId,
};
use hence_broker::{Broker, CoreSettings, Entry, Options, Pending, ReadLimits, Recovery, fresh_id, settled};
use hence_journal::Journal;
use hence_journal::memory::{MemoryJournal, Options as MemoryOptions};
use hence_message::kafka::{BatchBuilder, BatchHeader, Codec, NewRecord};
use hence_testkit::held::Held;
use smallvec::smallvec;

/// Long enough for what must happen; nothing waits for it to pass.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A broker and the journal that it runs on.
pub struct House {
    pub broker: Broker,
    pub journal: Arc<Held>,
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(&Options::default(), CoreSettings::default()).await
    }

    pub async fn open_with(options: &Options, settings: CoreSettings) -> Self {
        let memory = MemoryOptions::default();
        let opening = memory.opening();
        let journal = Held::over(MemoryJournal::new(memory));
        let face = Arc::clone(&journal) as Arc<dyn Journal>;
        let broker = Broker::start(Recovery::new(settings), face, opening, options).await.expect("starts");
        Self { broker, journal }
    }

    /// Creates a topic that keeps the old records of these tests, whenever retention looks, and waits for it.
    pub async fn topic(&self, name: &str, partitions: i32) -> Arc<Topic> {
        self.topic_with(name, partitions, &[("retention.ms", "-1")]).await
    }

    pub async fn topic_with(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) -> Arc<Topic> {
        let created = in_time(self.broker.call(create(name, partitions, settings))).await.expect("durable");
        created.into_iter().next().expect("one answer").expect("created")
    }

    pub fn produce(&self, stream: StreamId, values: &[&str]) -> Pending<Produced> {
        self.broker.call(Produce { batches: smallvec![batch(stream, values, Timestamp(1_000))] })
    }

    /// Produces and waits for the first offset.
    pub async fn produced(&self, stream: StreamId, values: &[&str]) -> Offset {
        let produced = in_time(self.produce(stream, values)).await.expect("durable");
        produced.into_iter().next().expect("one answer").expect("appended").base
    }

    pub async fn entries(&self, stream: StreamId, from: u64) -> Vec<Entry> {
        let limits = ReadLimits { bytes_max: 1 << 20, before: None };
        settled(self.broker.read(stream, Offset(from), limits)).await.expect("readable")
    }

    pub fn end(&self, stream: StreamId) -> u64 {
        self.broker.bounds(stream).unwrap_or_default().end.0
    }
}

pub fn create(name: &str, partitions: i32, settings: &[(&str, &str)]) -> CreateTopics {
    let settings = settings.iter().map(|&(name, value)| (name.to_owned(), Some(value.to_owned())));
    let topic =
        NewTopic { name: name.to_owned(), id: TopicId(fresh_id()), partitions, settings: settings.collect() };
    CreateTopics { topics: vec![topic], validate_only: false }
}

pub fn batch(stream: StreamId, values: &[&str], timestamp: Timestamp) -> ProduceBatch {
    let mut builder = BatchBuilder::new(Codec::None);
    for value in values {
        let record = NewRecord { timestamp, key: None, value: Some(value.as_bytes()), headers: &[] };
        builder.push(&record);
    }
    let payload = builder.build().expect("a batch");
    let header = BatchHeader::parse(&payload).expect("a header");
    ProduceBatch { stream, header, max_timestamp: timestamp, payload: Bytes::from(payload) }
}

pub fn join(group: &str, session_timeout_ms: i32) -> JoinGroup {
    JoinGroup {
        group: group.to_owned(),
        new_member: "client-1".to_owned(),
        session_timeout_ms,
        rebalance_timeout_ms: session_timeout_ms,
        protocol_type: "consumer".to_owned(),
        protocols: vec![("range".to_owned(), Bytes::from_static(b"metadata"))],
        ..JoinGroup::default()
    }
}

/// Fails the test when `future` takes longer than anything here may.
pub async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("in time")
}

/// Whether `future` is ready now; what it said is kept by the caller's pin, so ask only once it was.
pub fn is_ready<F: Future + Unpin>(future: &mut F) -> bool {
    poll(future).is_ready()
}

pub fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Lets every task that can run do so, many times over.
pub async fn quiesce() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let met = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, met).await.unwrap_or_else(|_| panic!("in time: {what}"));
}
