//! The whole server on a disk of the test's, and everything that it holds as a client is shown it.
//!
//! Always: segments are small, so that they are sealed, checkpointed and used again within seconds. Never here: what must
//! be there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use hence::{Durability as ServerDurability, Io as ServerIo, Server, Settings};
use hence_base::Offset;
use hence_journal::Opening;
use hence_journal::disk::Disk;
use hence_journal::local::{LocalJournal, Options};
use hence_kafka_client::{At, Client, OperationError, ReadLimits, Topic};
use hence_kafka_proto::OffsetFetchRequest;
use hence_kafka_proto::offset_fetch::OffsetFetchRequestGroup;
use hence_message::kafka::Batch;
use hence_message::limits::DECOMPRESSED_BYTES_MAX_DEFAULT;

use super::Counts;
use super::clients::{GROUP, Partition};
use crate::hold;
use crate::model::Violation;
use crate::sim::Durability;

/// Where a broker has its files.
pub enum Files {
    /// On a disk of the test's.
    On(Arc<dyn Disk>),
    /// In a directory.
    In(PathBuf),
}

/// A running broker.
pub struct Served {
    server: Server,
    journal: Arc<LocalJournal>,
    opening: Opening,
    port: u16,
}

/// A record as it was read.
pub struct Record {
    /// Where it is.
    pub offset: Offset,
    /// Its key, which must be text.
    pub key: String,
    /// Its value.
    pub value: Vec<u8>,
}

/// Everything that clients can see.
#[derive(Default)]
pub struct Contents {
    /// Records of every partition, as they came.
    pub records: BTreeMap<Partition, Vec<Record>>,
    /// What the group committed.
    pub committed: BTreeMap<Partition, Offset>,
}

impl Served {
    /// Starts it on a port, 0 for any.
    pub async fn start(durability: Durability, files: Files, port: u16) -> Result<Self, Violation> {
        let failed = |error: &dyn std::fmt::Display| Violation(format!("it does not start: {error}"));
        let opened = OnceLock::new();
        let open = |options: &Options, replay: &mut dyn hence_journal::Replay| {
            let options = small(options);
            let (journal, opening) = match &files {
                Files::On(disk) => LocalJournal::open_on(Arc::clone(disk), &options, replay)?,
                Files::In(_) => LocalJournal::open(&options, replay)?,
            };
            // Opened once.
            let _ = opened.set((Arc::clone(&journal), opening));
            Ok((journal, opening))
        };
        let mut settings = settings(durability, port).map_err(|error| failed(&error))?;
        if let Files::In(dir) = &files {
            settings.data.clone_from(dir);
        }
        let server = Server::start_with(settings, &open).await.map_err(|error| failed(&error))?;
        let (journal, opening) = opened.into_inner().expect("a server that started has opened its journal");
        let port = server.ready_line().split(' ').find_map(|word| word.strip_prefix("kafka=127.0.0.1:"));
        let port = port.and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| failed(&server.ready_line()))?;
        Ok(Self { server, journal, opening, port })
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Whether it says that nothing was lost before it started.
    pub const fn is_complete(&self) -> bool {
        self.opening.complete
    }

    /// Stops it as an operator would; gives what its journal did.
    pub async fn stop(self) -> Result<Counts, Violation> {
        let Self { server, journal, .. } = self;
        server.stop().await.map_err(|error| Violation(error.to_string()))?;
        let done = journal.counts();
        let (checkpoints, rolled, recycled) = (done.checkpoints, done.rolled, done.recycled);
        Ok(Counts { checkpoints, rolled, recycled, ..Counts::default() })
    }

    /// Reads everything.
    pub async fn contents(&self) -> Result<Contents, Violation> {
        let unread = |error: OperationError| Violation(format!("it cannot be read: {error}"));
        let client = Client::connect(&self.bootstrap()).await.map_err(|error| unread(error.into()))?;
        let mut contents = Contents { committed: committed(&client).await?, ..Contents::default() };
        for topic in client.topics().await.map_err(unread)? {
            for partition in &topic.partitions {
                let records = records(&client, &topic, partition.index).await?;
                let partition = Partition { topic: topic.name.clone(), index: partition.index };
                contents.records.insert(partition, records);
            }
        }
        Ok(contents)
    }
}

fn settings(durability: Durability, port: u16) -> Result<Settings, hence::SettingsError> {
    let (durability, io) = match durability {
        Durability::Direct => (ServerDurability::Fsync, ServerIo::Direct),
        Durability::Buffered => (ServerDurability::Fsync, ServerIo::Buffered),
        Durability::Os => (ServerDurability::Os, ServerIo::Buffered),
        Durability::Staged => (ServerDurability::Os, ServerIo::Direct),
    };
    let listen = format!("127.0.0.1:{port}");
    let pairs = [("kafka.listen", listen.as_str()), ("http.listen", "off")];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let mut settings = Settings::load(None, &pairs)?;
    settings.durability = durability;
    // A producer's metadata request would bring back a topic that was deleted.
    settings.kafka.auto_create_topics = false;
    settings.journal.io = io;
    Ok(settings)
}

/// What is no setting: sizes.
fn small(options: &Options) -> Options {
    Options {
        ring_bytes: 4 << 20,
        segment_bytes_min: 256 << 10,
        segment_bytes_max: 1 << 20,
        checkpoint_bytes: 512 << 10,
        slack_bytes: Some(256 << 10),
        ..options.clone()
    }
}

async fn committed(client: &Client) -> Result<BTreeMap<Partition, Offset>, Violation> {
    let group = OffsetFetchRequestGroup { group_id: GROUP, topics: None, ..Default::default() };
    let request = OffsetFetchRequest { groups: vec![group], ..Default::default() };
    let unread = |error: hence_kafka_client::CallError| Violation(format!("no committed offsets: {error}"));
    // The last version that names topics.
    let answer = client.connection().call_in(9, &request).await.map_err(unread)?;
    let response = answer.response().map_err(unread)?;
    let mut committed = BTreeMap::new();
    for topic in response.groups.iter().flat_map(|group| &group.topics) {
        for each in &topic.partitions {
            let partition = Partition { topic: topic.name.to_string(), index: each.partition_index };
            if let Ok(offset) = u64::try_from(each.committed_offset) {
                committed.insert(partition, Offset(offset));
            }
        }
    }
    Ok(committed)
}

async fn records(client: &Client, topic: &Topic, partition: i32) -> Result<Vec<Record>, Violation> {
    let place = format!("{} {partition}", topic.name);
    let unread = |error: OperationError| Violation(format!("{place} cannot be read: {error}"));
    let end = client.offset(topic, partition, At::Latest).await.map_err(unread)?;
    let end = end.map_or(Offset::ZERO, |found| found.offset);
    let mut reader = client.reader(topic, partition, Offset::ZERO).await.map_err(unread)?;
    let mut records = Vec::new();
    while reader.position() < end {
        let fetched = reader.read(&ReadLimits::default()).await.map_err(unread)?;
        hold!(!fetched.records.is_empty(), "{place} ends before {end}");
        for batch in fetched.batches() {
            let batch = batch.map_err(|error| Violation(format!("{place}: {error}")))?;
            read_batch(&batch, &mut records).map_err(|error| Violation(format!("{place}: {error}")))?;
        }
    }
    Ok(records)
}

fn read_batch(batch: &Batch<'_>, records: &mut Vec<Record>) -> Result<(), Box<dyn std::error::Error>> {
    batch.verify()?;
    for record in batch.body(DECOMPRESSED_BYTES_MAX_DEFAULT)?.records() {
        let record = record?;
        records.push(Record {
            offset: record.offset,
            key: String::from_utf8(record.key.unwrap_or_default().to_vec())?,
            value: record.value.unwrap_or_default().to_vec(),
        });
    }
    Ok(())
}
