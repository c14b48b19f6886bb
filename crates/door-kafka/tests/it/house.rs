//! A served door and a client that speaks its bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hence_base::Timestamp;
use hence_broker::net::{Address, Drain, Listener, Options as NetOptions};
use hence_broker::{Broker, CoreSettings, Options as BrokerOptions, Recovery};
use hence_door_kafka::Options;
use hence_journal::Journal;
use hence_journal::memory::{MemoryJournal, Options as MemoryOptions};
use hence_kafka_proto::{
    ApiKey, CreateTopicsRequest, CreateTopicsResponse, ErrorCode, Message, MetadataRequest, MetadataResponse,
    Reader, Request, ResponseHeader, Uuid, Writer, create_topics, encode_request, metadata,
    response_header_version,
};
use hence_message::kafka::{BatchBuilder, Codec, NewRecord, Producer};
use hence_testkit::held::Held;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything here takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A served door.
pub struct House {
    pub broker: Broker,
    pub journal: Arc<Held>,
    pub drain: Drain,
    pub port: u16,
    pub task: JoinHandle<std::io::Result<()>>,
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(Options::default(), BrokerOptions::default()).await
    }

    pub async fn open_with(options: Options, broker_options: BrokerOptions) -> Self {
        Self::open_over(MemoryOptions::default(), options, broker_options).await
    }

    pub async fn open_over(memory: MemoryOptions, options: Options, broker_options: BrokerOptions) -> Self {
        let memory = MemoryOptions { identity: [7; 16], ..memory };
        let opening = memory.opening();
        let journal = Held::over(MemoryJournal::new(memory));
        let face = Arc::clone(&journal) as Arc<dyn Journal>;
        let settings = CoreSettings { initial_rebalance_delay_ms: 0, ..CoreSettings::default() };
        let broker = Broker::start(Recovery::new(settings), face, opening, &broker_options)
            .await
            .expect("the broker starts");
        let listener = Listener::bind("kafka", &Address::loopback(0), NetOptions::default()).expect("binds");
        let (port, drain) = (listener.port(), Drain::new());
        let task = tokio::spawn({
            let (broker, drain) = (broker.clone(), drain.clone());
            async move { hence_door_kafka::serve(broker, listener, options, &drain).await }
        });
        Self { broker, journal, drain, port, task }
    }

    pub async fn client(&self) -> Client {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        Client { socket: TcpStream::connect(address).await.expect("connects"), next: 1 }
    }

    pub fn now(&self) -> Timestamp {
        self.broker.plumbing().clock.now()
    }
}

/// A client.
pub struct Client {
    pub socket: TcpStream,
    next: i32,
}

impl Client {
    /// Sends a request and answers its correlation id.
    pub async fn send<'a, R: Request<'a>>(&mut self, version: i16, request: &R) -> i32 {
        let correlation_id = self.next;
        self.next += 1;
        let bytes = encode_request(version, correlation_id, Some("it"), request, &mut Writer::new());
        self.write(&bytes.expect("the request fits its version").to_bytes()).await;
        correlation_id
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        timeout(PATIENCE, self.socket.write_all(bytes)).await.expect("in time").expect("written");
    }

    /// One response frame; none when the connection was closed.
    pub async fn frame(&mut self) -> Option<Vec<u8>> {
        let read = async {
            let length = self.socket.read_i32().await.ok()?;
            let mut frame = vec![0; usize::try_from(length).expect("a length")];
            self.socket.read_exact(&mut frame).await.ok()?;
            Some(frame)
        };
        timeout(PATIENCE, read).await.expect("a response in time")
    }

    /// The response to a request, as a frame from its message on.
    pub async fn ask<'a, R: Request<'a>>(&mut self, version: i16, request: &R) -> Answer {
        let correlation_id = self.send(version, request).await;
        self.answer(R::KEY, version, correlation_id).await
    }

    /// The next response, which must be the one of `correlation_id`.
    pub async fn answer(&mut self, key: ApiKey, version: i16, correlation_id: i32) -> Answer {
        let frame = self.frame().await.expect("the connection stays open");
        let mut reader = Reader::new(&frame);
        let header =
            ResponseHeader::decode(response_header_version(key, version), &mut reader).expect("a header");
        assert_eq!(header.correlation_id, correlation_id, "responses leave in request order");
        let at = reader.at();
        Answer { frame, at, version }
    }

    /// Creates a topic and answers its id.
    pub async fn create(&mut self, name: &str, partitions: i32, configs: &[(&str, &str)]) -> Uuid {
        let configs = configs
            .iter()
            .map(|(name, value)| create_topics::CreatableTopicConfig { name, value: Some(value) });
        let topic = create_topics::CreatableTopic {
            name,
            num_partitions: partitions,
            replication_factor: 1,
            configs: configs.collect(),
            ..Default::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 5_000, ..Default::default() };
        let answer = self.ask(7, &request).await;
        let response: CreateTopicsResponse<'_> = answer.read();
        let topic = &response.topics[0];
        assert_eq!(ErrorCode(topic.error_code), ErrorCode::NONE, "{:?}", topic.error_message);
        topic.topic_id
    }

    /// Metadata of one topic.
    pub async fn metadata(&mut self, name: &str, create: bool) -> Answer {
        let topic = metadata::MetadataRequestTopic { name: Some(name), ..Default::default() };
        let topics = Some(vec![topic]);
        let request = MetadataRequest { topics, allow_auto_topic_creation: create, ..Default::default() };
        let answer = self.ask(12, &request).await;
        let _: MetadataResponse<'_> = answer.read();
        answer
    }
}

/// A response.
pub struct Answer {
    frame: Vec<u8>,
    at: usize,
    version: i16,
}

impl Answer {
    /// How long its frame is.
    pub fn bytes(&self) -> usize {
        self.frame.len()
    }

    /// Decodes it whole.
    pub fn read<'a, M: Message<'a>>(&'a self) -> M {
        let mut reader = Reader::new(&self.frame[self.at..]);
        let message = M::decode(self.version, &mut reader).expect("a readable response");
        reader.finish().expect("nothing follows the response");
        message
    }
}

/// A batch of records with these values, all at `timestamp`.
pub fn batch(values: &[&str], timestamp: i64) -> Vec<u8> {
    batch_of(Codec::None, None, values, timestamp)
}

/// The same from an idempotent producer, or compressed.
pub fn batch_of(codec: Codec, producer: Option<Producer>, values: &[&str], timestamp: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(codec);
    if let Some(producer) = producer {
        builder = builder.producer(producer);
    }
    for value in values {
        builder.push(&NewRecord {
            timestamp: Timestamp(timestamp),
            key: None,
            value: Some(value.as_bytes()),
            headers: &[],
        });
    }
    builder.build().expect("a batch")
}
