//! Produce: one encoded batch to one partition; several may be under way.
//!
//! No write is retried here: an idempotent producer knows its sequence, and only it can tell a retry from a second write.

use std::time::Duration;

use hence_base::{Offset, Timestamp};
use hence_kafka_proto::produce::{PartitionProduceData, TopicProduceData};
use hence_kafka_proto::{ErrorCode, InitProducerIdRequest, ProduceRequest, Uuid};
use hence_message::kafka::{Producer, ProducerEpoch, ProducerId, Sequence};

use crate::client::{Client, Topic};
use crate::connection::{Connection, Pending};
use crate::error::{CallError, OperationError, Refused};
use crate::limits::READY_POLL_MS;

/// Whose acknowledgement a write waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acks {
    /// The leader's.
    Leader,
    /// That of every replica in sync.
    #[default]
    All,
}

/// Writes batches to one partition.
#[derive(Clone, Debug)]
pub struct PartitionWriter {
    connection: Connection,
    topic: String,
    topic_id: Uuid,
    partition: i32,
    version: i16,
    timeout_ms: i32,
}

/// A batch that is sent and not acknowledged yet.
#[derive(Debug)]
#[must_use = "whether it was written is known only when it is awaited"]
pub struct PendingWrite {
    pending: Pending<ProduceRequest<'static>>,
    topic: String,
    partition: i32,
}

/// An acknowledged batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The offset of its first record; `None` when the broker does not know it any more (an old duplicate).
    pub base_offset: Option<Offset>,
    /// The broker's time, where the topic says LogAppendTime.
    pub log_append_time: Option<Timestamp>,
}

impl PartitionWriter {
    pub(crate) fn new(connection: Connection, topic: &Topic, partition: i32) -> Result<Self, OperationError> {
        let version = connection.offered().version_of::<ProduceRequest<'_>>().map_err(CallError::from)?;
        Ok(Self {
            connection,
            topic: topic.name.clone(),
            topic_id: topic.id,
            partition,
            version,
            timeout_ms: 30_000,
        })
    }

    /// The same writer over a connection of its own.
    #[must_use]
    pub fn over(mut self, connection: Connection) -> Self {
        self.connection = connection;
        self
    }

    fn request<'a>(&'a self, acks: i16, batch: &'a [u8]) -> ProduceRequest<'a> {
        let partition = PartitionProduceData { index: self.partition, records: Some(batch) };
        let topic =
            TopicProduceData { name: &self.topic, topic_id: self.topic_id, partition_data: vec![partition] };
        ProduceRequest { transactional_id: None, acks, timeout_ms: self.timeout_ms, topic_data: vec![topic] }
    }

    /// Sends a batch and waits until it is acknowledged.
    pub async fn write(&self, acks: Acks, batch: &[u8]) -> Result<Written, OperationError> {
        self.send(acks, batch).await?.wait().await
    }

    /// Sends a batch; batches are appended in the order of these calls.
    pub async fn send(&self, acks: Acks, batch: &[u8]) -> Result<PendingWrite, OperationError> {
        let acks = match acks {
            Acks::Leader => 1,
            Acks::All => -1,
        };
        let pending = self.connection.send_in(self.version, &self.request(acks, batch)).await?;
        Ok(PendingWrite { pending: pending.detached(), topic: self.topic.clone(), partition: self.partition })
    }

    /// Sends a batch without asking for an acknowledgement (acks 0): nobody tells whether it was written.
    pub async fn tell(&self, batch: &[u8]) -> Result<(), OperationError> {
        Ok(self.connection.tell(self.version, &self.request(0, batch)).await?)
    }
}

impl PendingWrite {
    /// Waits until it is acknowledged.
    pub async fn wait(self) -> Result<Written, OperationError> {
        let answer = self.pending.wait(0).await?;
        let response = answer.response()?;
        let what = || format!("write to partition {} of topic {:?}", self.partition, self.topic);
        let mut partitions = response.responses.iter().flat_map(|topic| &topic.partition_responses);
        let Some(result) = partitions.find(|result| result.index == self.partition) else {
            let code = ErrorCode::UNKNOWN_SERVER_ERROR;
            return Err(Refused { what: what(), code, message: Some("no answer for it".to_owned()) }.into());
        };
        let first = result.record_errors.first().and_then(|error| error.batch_index_error_message.as_deref());
        Refused::unless_none(result.error_code, result.error_message.as_deref().or(first), what)?;
        let log_append_time =
            (result.log_append_time_ms >= 0).then_some(Timestamp(result.log_append_time_ms));
        Ok(Written { base_offset: u64::try_from(result.base_offset).ok().map(Offset), log_append_time })
    }
}

impl Client {
    /// A producer id for idempotent writes, at its first sequence. A broker that has just started may ask to wait for
    /// its coordinator; asking again changes nothing there, so the client does, within its own timeout.
    pub async fn producer(&self) -> Result<Producer, OperationError> {
        let mut attempts_left = self.options().timeout_ms.div_ceil(READY_POLL_MS);
        loop {
            match self.ask_for_producer().await {
                Err(OperationError::Refused(refused)) if refused.code.is_retriable() && attempts_left > 0 => {
                    attempts_left -= 1;
                    tokio::time::sleep(Duration::from_millis(READY_POLL_MS)).await;
                }
                other => return other,
            }
        }
    }

    async fn ask_for_producer(&self) -> Result<Producer, OperationError> {
        let request = InitProducerIdRequest {
            transactional_id: None,
            transaction_timeout_ms: i32::MAX,
            ..Default::default()
        };
        let answer = self.call(&request).await?;
        let response = answer.response()?;
        Refused::unless_none(response.error_code, None, || "get a producer id".to_owned())?;
        Ok(Producer {
            id: ProducerId(response.producer_id),
            epoch: ProducerEpoch(response.producer_epoch),
            base_sequence: Sequence(0),
        })
    }
}
