//! Fetch: whole batches of one partition, from an offset on, waiting for new ones.
//!
//! Sessions are not used: each request names its partition. A broker hands out whole batches, so the first records may
//! lie before the offset that was asked for; the reader says where to start.

use bytes::Bytes;
use hence_base::Offset;
use hence_kafka_proto::fetch::{FetchPartition, FetchTopic};
use hence_kafka_proto::{ErrorCode, FetchRequest, Uuid};
use hence_message::kafka::{Batches, batches};

use crate::client::Topic;
use crate::connection::Connection;
use crate::error::{CallError, OperationError, Refused};

/// How much to read at once, and how long to wait for it.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// How long the broker may wait for [`Self::bytes_min`].
    pub wait_ms: i32,
    /// Fewer bytes are sent only after the wait.
    pub bytes_min: i32,
    /// More bytes are not sent, except that the first batch is always whole.
    pub bytes_max: i32,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { wait_ms: 500, bytes_min: 1, bytes_max: 8 * 1024 * 1024 }
    }
}

/// Reads one partition forward.
#[derive(Clone, Debug)]
pub struct PartitionReader {
    connection: Connection,
    topic: String,
    topic_id: Uuid,
    partition: i32,
    version: i16,
    next: Offset,
}

/// What one fetch gave.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Records before this offset were not asked for.
    pub from: Offset,
    /// The end of what may be read now.
    pub high_watermark: Offset,
    /// The first offset that is kept.
    pub log_start: Offset,
    /// Whole batches, the last of which may be cut.
    pub records: Bytes,
}

impl Fetched {
    /// The batches.
    pub fn batches(&self) -> Batches<'_> {
        batches(&self.records)
    }
}

impl PartitionReader {
    pub(crate) fn new(
        connection: Connection,
        topic: &Topic,
        partition: i32,
        from: Offset,
    ) -> Result<Self, OperationError> {
        let version = connection.offered().version_of::<FetchRequest<'_>>().map_err(CallError::from)?;
        let (topic, topic_id) = (topic.name.clone(), topic.id);
        Ok(Self { connection, topic, topic_id, partition, version, next: from })
    }

    /// The same reader over a connection of its own: a long poll holds up whatever else is asked on its connection.
    #[must_use]
    pub fn over(mut self, connection: Connection) -> Self {
        self.connection = connection;
        self
    }

    /// The offset that is read next.
    pub const fn position(&self) -> Offset {
        self.next
    }

    /// Goes to an offset.
    pub const fn seek(&mut self, to: Offset) {
        self.next = to;
    }

    /// Reads what follows, waiting for it up to the limit. Empty records are no end: nothing came in time.
    pub async fn read(&mut self, limits: &ReadLimits) -> Result<Fetched, OperationError> {
        let from = self.next;
        let partition = FetchPartition {
            partition: self.partition,
            fetch_offset: i64::try_from(from.0).unwrap_or(i64::MAX),
            partition_max_bytes: limits.bytes_max,
            ..Default::default()
        };
        let topic = FetchTopic { topic: &self.topic, topic_id: self.topic_id, partitions: vec![partition] };
        let request = FetchRequest {
            max_wait_ms: limits.wait_ms,
            min_bytes: limits.bytes_min,
            max_bytes: limits.bytes_max,
            topics: vec![topic],
            ..Default::default()
        };
        let pending = self.connection.send_in(self.version, &request).await?;
        let answer = pending.wait(u64::try_from(limits.wait_ms).unwrap_or(0)).await?;
        let response = answer.response()?;
        let what = || format!("read partition {} of topic {:?} at offset {from}", self.partition, self.topic);
        Refused::unless_none(response.error_code, None, what)?;
        let mut partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
        let Some(result) = partitions.find(|result| result.partition_index == self.partition) else {
            let code = ErrorCode::UNKNOWN_SERVER_ERROR;
            return Err(Refused { what: what(), code, message: Some("no answer for it".to_owned()) }.into());
        };
        Refused::unless_none(result.error_code, None, what)?;
        let slice = result.records.as_ref().and_then(|records| records.as_slice()).unwrap_or_default();
        let fetched = Fetched {
            from,
            high_watermark: offset(result.high_watermark),
            log_start: offset(result.log_start_offset),
            records: answer.frame().slice_ref(slice),
        };
        if let Some(last) = fetched.batches().map_while(Result::ok).last() {
            let header = last.header;
            self.next =
                offset(header.base_offset.saturating_add(i64::from(header.last_offset_delta)) + 1).max(from);
        }
        Ok(fetched)
    }
}

fn offset(number: i64) -> Offset {
    Offset(u64::try_from(number).unwrap_or(0))
}
