//! The cluster as a client sees it: brokers, topics, leaders, one connection per broker.
//!
//! Metadata is asked for when it is needed and not cached, except for the connections.

use std::collections::BTreeMap;
use std::sync::Arc;

use hence_base::Offset;
use hence_kafka_proto::metadata::{MetadataRequestTopic, MetadataResponseTopic};
use hence_kafka_proto::{
    DescribeClusterRequest, ErrorCode, MetadataRequest, MetadataResponse, Request, Uuid,
};
use tokio::sync::Mutex;

use crate::connection::{Answer, Connection};
use crate::error::{BadBootstrap, CallError, OperationError, Refused};
use crate::fetch::PartitionReader;
use crate::limits::{FRAME_BYTES_MAX_DEFAULT, TIMEOUT_MS_DEFAULT};
use crate::produce::PartitionWriter;

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it calls itself.
    pub client_id: String,
    /// How long a call may take, beyond what the request asks the broker to wait.
    pub timeout_ms: u64,
    /// The longest answer that is read.
    pub frame_bytes_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client_id: "hence-client".to_owned(),
            timeout_ms: TIMEOUT_MS_DEFAULT,
            frame_bytes_max: FRAME_BYTES_MAX_DEFAULT,
        }
    }
}

/// A client of one cluster; clones share its connections.
#[derive(Clone, Debug)]
pub struct Client {
    seed: Connection,
    options: Options,
    brokers: Arc<Mutex<BTreeMap<i32, Connection>>>,
}

/// One broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Its number.
    pub id: i32,
    /// Where it says that it can be reached.
    pub host: String,
    /// And at which port.
    pub port: i32,
    /// Where it stands, if it says so.
    pub rack: Option<String>,
}

/// The cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// 22 characters, stable.
    pub id: String,
    /// The number of the broker that does administration.
    pub controller_id: i32,
    /// Every broker.
    pub brokers: Vec<Broker>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its id; zero where the broker is too old to have one.
    pub id: Uuid,
    /// Whether it is the broker's own.
    pub is_internal: bool,
    /// By index.
    pub partitions: Vec<Partition>,
}

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its number in the topic.
    pub index: i32,
    /// The broker that leads it; -1 is none at the moment.
    pub leader_id: i32,
    /// Counts its leaders.
    pub leader_epoch: i32,
}

impl Client {
    /// Connects to the first broker of a list like `localhost:9092,other:9092` that answers.
    pub async fn connect(bootstrap: &str) -> Result<Self, CallError> {
        Self::connect_with(bootstrap, Options::default()).await
    }

    /// The same with options.
    pub async fn connect_with(bootstrap: &str, options: Options) -> Result<Self, CallError> {
        let mut failure: CallError = BadBootstrap { text: bootstrap.to_owned() }.into();
        for address in bootstrap.split(',').map(str::trim).filter(|address| !address.is_empty()) {
            let port = address
                .rsplit_once(':')
                .and_then(|(host, port)| (!host.is_empty()).then(|| port.parse::<u16>().ok()).flatten());
            if port.is_none() {
                return Err(BadBootstrap { text: address.to_owned() }.into());
            }
            match Connection::open(address, &options).await {
                Ok(seed) => return Ok(Self { seed, options, brokers: Arc::default() }),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// The connection that the client was made with.
    pub const fn connection(&self) -> &Connection {
        &self.seed
    }

    /// How it behaves.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Sends any request to the broker that the client was made with.
    pub async fn call<'q, R: Request<'q>>(&self, request: &R) -> Result<Answer<R>, CallError> {
        self.seed.call(request).await
    }

    /// The cluster and its brokers.
    pub async fn cluster(&self) -> Result<Cluster, OperationError> {
        let answer = self.call(&DescribeClusterRequest { endpoint_type: 1, ..Default::default() }).await?;
        let response = answer.response()?;
        Refused::unless_none(response.error_code, response.error_message.as_deref(), || {
            "describe the cluster".to_owned()
        })?;
        let brokers = response.brokers.iter().map(|broker| Broker {
            id: broker.broker_id,
            host: broker.host.to_string(),
            port: broker.port,
            rack: broker.rack.as_deref().map(str::to_owned),
        });
        Ok(Cluster {
            id: response.cluster_id.to_string(),
            controller_id: response.controller_id,
            brokers: brokers.collect(),
        })
    }

    /// Every topic, by name.
    pub async fn topics(&self) -> Result<Vec<Topic>, OperationError> {
        let answer = self.call(&MetadataRequest { topics: None, ..no_auto_creation() }).await?;
        let response = answer.response()?;
        let mut topics = response.topics.iter().map(Topic::read).collect::<Result<Vec<Topic>, Refused>>()?;
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// One topic by name; it is not created.
    pub async fn topic(&self, name: &str) -> Result<Topic, OperationError> {
        let asked = MetadataRequestTopic { name: Some(name), ..Default::default() };
        let answer = self.call(&MetadataRequest { topics: Some(vec![asked]), ..no_auto_creation() }).await?;
        let response = answer.response()?;
        match response.topics.iter().find(|topic| topic.name.as_deref() == Some(name)) {
            Some(topic) => Ok(Topic::read(topic)?),
            None => Err(Refused {
                what: looked_up(name),
                code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                message: None,
            }
            .into()),
        }
    }

    /// The connection to the leader of a partition.
    pub async fn leader_of(&self, topic: &Topic, partition: i32) -> Result<Connection, OperationError> {
        let refused = |code: ErrorCode| Refused {
            what: format!("find the leader of partition {partition} of topic {:?}", topic.name),
            code,
            message: None,
        };
        let found = topic.partitions.iter().find(|found| found.index == partition);
        let leader_id = found.ok_or_else(|| refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))?.leader_id;
        if leader_id < 0 {
            return Err(refused(ErrorCode::LEADER_NOT_AVAILABLE).into());
        }
        Ok(self.broker(leader_id).await?)
    }

    /// The connection to a broker by its number, made when it is first asked for or when the former one broke.
    pub async fn broker(&self, id: i32) -> Result<Connection, CallError> {
        let mut brokers = self.brokers.lock().await;
        if let Some(connection) = brokers.get(&id).filter(|connection| !connection.is_closed()) {
            return Ok(connection.clone());
        }
        let answer = self.call(&MetadataRequest { topics: Some(Vec::new()), ..no_auto_creation() }).await?;
        let response: MetadataResponse<'_> = answer.response()?;
        let address = response.brokers.iter().find(|broker| broker.node_id == id).map(|broker| {
            let host = broker.host.as_ref();
            if host.contains(':') {
                format!("[{host}]:{}", broker.port)
            } else {
                format!("{host}:{}", broker.port)
            }
        });
        let connection = match address {
            Some(address) => Connection::open(&address, &self.options).await?,
            None => self.seed.clone(),
        };
        brokers.insert(id, connection.clone());
        Ok(connection)
    }

    /// Writes batches to a partition.
    pub async fn writer(&self, topic: &Topic, partition: i32) -> Result<PartitionWriter, OperationError> {
        PartitionWriter::new(self.leader_of(topic, partition).await?, topic, partition)
    }

    /// Reads batches of a partition from an offset on.
    pub async fn reader(
        &self,
        topic: &Topic,
        partition: i32,
        from: Offset,
    ) -> Result<PartitionReader, OperationError> {
        PartitionReader::new(self.leader_of(topic, partition).await?, topic, partition, from)
    }
}

fn no_auto_creation<'a>() -> MetadataRequest<'a> {
    MetadataRequest { allow_auto_topic_creation: false, ..Default::default() }
}

fn looked_up(name: &str) -> String {
    format!("look up topic {name:?}")
}

impl Topic {
    fn read(topic: &MetadataResponseTopic<'_>) -> Result<Self, Refused> {
        let name = topic.name.as_deref().unwrap_or_default();
        Refused::unless_none(topic.error_code, None, || looked_up(name))?;
        let mut partitions: Vec<Partition> = topic
            .partitions
            .iter()
            .map(|partition| Partition {
                index: partition.partition_index,
                leader_id: partition.leader_id,
                leader_epoch: partition.leader_epoch,
            })
            .collect();
        partitions.sort_by_key(|partition| partition.index);
        Ok(Self { name: name.to_owned(), id: topic.topic_id, is_internal: topic.is_internal, partitions })
    }
}
