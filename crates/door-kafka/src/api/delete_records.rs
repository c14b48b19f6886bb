//! DeleteRecords (key 21): moves the start of partitions.
//!
//! Nothing is moved back, and nothing is removed of a batch that still holds readable records.

use hence_base::Offset;
use hence_kafka_proto::ApiKey;
use hence_kafka_proto::delete_records::{
    DeleteRecordsPartition, DeleteRecordsPartitionResult, DeleteRecordsRequest, DeleteRecordsResponse,
    DeleteRecordsTopicResult,
};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode};
use crate::ports::{Topic, Trim, TrimTo};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::DeleteRecords, 0..=2, |call| Work::later(handle(call)));

const ABSENT: i64 = -1;
/// "Everything that is there".
const TO_THE_END: i64 = -1;

async fn handle(call: Call) -> Answered {
    let request: DeleteRecordsRequest<'_> = call.request()?;
    let catalog = call.door.broker.catalog();
    let mut trim = Trim::default();
    let mut judged = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let known = catalog.topic(topic.name).map(|known| &**known);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in &topic.partitions {
            let outcome = judge(known, partition).map(|stream| trim.streams.push(stream));
            partitions.push((partition.partition_index, outcome));
        }
        judged.push((topic.name, partitions));
    }
    let trimmed = if trim.streams.is_empty() { Ok(Vec::new()) } else { call.door.broker.call(trim).await };
    let (mut trimmed, unavailable) = match trimmed {
        Ok(trimmed) => (trimmed.into_iter(), ErrorCode::UNKNOWN_SERVER_ERROR),
        Err(error) => (Vec::new().into_iter(), error.code()),
    };
    let mut topics = Vec::with_capacity(judged.len());
    for (name, partitions) in judged {
        let mut results = Vec::with_capacity(partitions.len());
        for (partition_index, outcome) in partitions {
            let outcome = outcome.and_then(|()| match trimmed.next() {
                Some(Ok(start)) => Ok(start),
                Some(Err(error)) => Err(error.code()),
                None => Err(unavailable),
            });
            let (low_watermark, error_code) = match outcome {
                Ok(start) => (start.0 as i64, ErrorCode::NONE.code()),
                Err(code) => (ABSENT, call.code(code)),
            };
            results.push(DeleteRecordsPartitionResult { partition_index, low_watermark, error_code });
        }
        topics.push(DeleteRecordsTopicResult { name: name.into(), partitions: results });
    }
    call.answer(&DeleteRecordsResponse { topics, ..Default::default() })
}

fn judge(
    topic: Option<&Topic>,
    partition: &DeleteRecordsPartition,
) -> Result<(hence_base::StreamId, TrimTo), ErrorCode> {
    let stream = topic.and_then(|topic| topic.stream(partition.partition_index));
    let stream = stream.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let to = match u64::try_from(partition.offset) {
        Ok(offset) => TrimTo::Offset(Offset(offset)),
        Err(_) if partition.offset == TO_THE_END => TrimTo::End,
        Err(_) => return Err(ErrorCode::OFFSET_OUT_OF_RANGE),
    };
    Ok((stream, to))
}
