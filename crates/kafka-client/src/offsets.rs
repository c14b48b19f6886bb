//! ListOffsets: where a partition begins and ends, and the first record at or after a time.
//!
//! The special timestamps are Kafka's: -1 latest, -2 earliest, -3 the record with the largest timestamp.

use hence_base::{Offset, Timestamp};
use hence_kafka_proto::ListOffsetsRequest;
use hence_kafka_proto::list_offsets::{ListOffsetsPartition, ListOffsetsTopic};

use crate::client::{Client, Topic};
use crate::error::{OperationError, Refused};

/// A place to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The first record that is kept.
    Earliest,
    /// The offset that the next record will get.
    Latest,
    /// The record with the largest timestamp.
    LargestTimestamp,
    /// The first record that is not older.
    Time(Timestamp),
}

impl At {
    const fn timestamp(self) -> i64 {
        match self {
            Self::Latest => -1,
            Self::Earliest => -2,
            Self::LargestTimestamp => -3,
            Self::Time(time) => time.0,
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub offset: Offset,
    /// The record's time; `None` where the place is not a record.
    pub timestamp: Option<Timestamp>,
}

impl Client {
    /// The offset at a place of a partition; `None` when no record is there (none as new as the time asked for).
    pub async fn offset(
        &self,
        topic: &Topic,
        partition: i32,
        at: At,
    ) -> Result<Option<Found>, OperationError> {
        let leader = self.leader_of(topic, partition).await?;
        let asked = ListOffsetsPartition {
            partition_index: partition,
            timestamp: at.timestamp(),
            ..Default::default()
        };
        let request = ListOffsetsRequest {
            replica_id: -1,
            topics: vec![ListOffsetsTopic { name: &topic.name, partitions: vec![asked] }],
            ..Default::default()
        };
        let answer = leader.call(&request).await?;
        let response = answer.response()?;
        let found = response.topics.iter().flat_map(|topic| &topic.partitions);
        let Some(found) = found.into_iter().find(|found| found.partition_index == partition) else {
            return Ok(None);
        };
        Refused::unless_none(found.error_code, None, || {
            format!("find an offset in partition {partition} of topic {:?}", topic.name)
        })?;
        Ok(u64::try_from(found.offset).ok().map(|offset| Found {
            offset: Offset(offset),
            timestamp: (found.timestamp >= 0).then_some(Timestamp(found.timestamp)),
        }))
    }
}
