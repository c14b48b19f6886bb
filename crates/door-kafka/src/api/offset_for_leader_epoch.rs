//! OffsetForLeaderEpoch (key 23): where a leader epoch ends, for clients that look for a truncation (KIP-320).
//!
//! The core keeps where each epoch begins; an epoch that it never saw has no answer.

use hence_base::LeaderEpoch;
use hence_kafka_proto::ApiKey;
use hence_kafka_proto::offset_for_leader_epoch::{
    EpochEndOffset, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderPartition,
    OffsetForLeaderTopicResult,
};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::epoch;
use crate::error_code::{Coded, ErrorCode};
use crate::ports::{Catalog, EpochEnds};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::OffsetForLeaderEpoch, 2..=4, |call| Work::later(handle(call)));

async fn handle(call: Call) -> Answered {
    let request: OffsetForLeaderEpochRequest<'_> = call.request()?;
    let catalog = call.door.broker.catalog();
    let mut ends = EpochEnds::default();
    let mut judged = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in &topic.partitions {
            let outcome = judge(&catalog, topic.topic, partition);
            partitions
                .push((partition.partition, outcome.map(|asked| asked.map(|asked| ends.of.push(asked)))));
        }
        judged.push((topic.topic, partitions));
    }
    let found = if ends.of.is_empty() { Ok(Vec::new()) } else { call.door.broker.call(ends).await };
    let (mut found, unavailable) = match found {
        Ok(found) => (found.into_iter(), ErrorCode::UNKNOWN_SERVER_ERROR),
        Err(error) => (Vec::new().into_iter(), error.code()),
    };
    let mut topics = Vec::with_capacity(judged.len());
    for (name, partitions) in judged {
        let mut results = Vec::with_capacity(partitions.len());
        for (partition, outcome) in partitions {
            let end = match outcome {
                Err(code) => Err(code),
                Ok(None) => Ok(None),
                Ok(Some(())) => match found.next() {
                    Some(Ok(end)) => Ok(end),
                    Some(Err(_)) => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                    None => Err(unavailable),
                },
            };
            let mut result = EpochEndOffset { partition, ..Default::default() };
            match end {
                Err(code) => result.error_code = call.code(code),
                Ok(None) => {}
                Ok(Some(end)) => {
                    result.leader_epoch = epoch::shown(end.epoch);
                    result.end_offset = end.end.0 as i64;
                }
            }
            results.push(result);
        }
        topics.push(OffsetForLeaderTopicResult { topic: name.into(), partitions: results });
    }
    call.answer(&OffsetForLeaderEpochResponse { topics, ..Default::default() })
}

/// What the core is asked; none when the client asks for no epoch.
fn judge(
    catalog: &Catalog,
    name: &str,
    partition: &OffsetForLeaderPartition,
) -> Result<Option<(hence_base::StreamId, LeaderEpoch)>, ErrorCode> {
    let topic = catalog.topic(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let stream = topic.stream(partition.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let index = usize::try_from(partition.partition).unwrap_or(usize::MAX);
    epoch::check(partition.current_leader_epoch, catalog.leader_epoch(topic, index))?;
    Ok(u32::try_from(partition.leader_epoch).ok().map(|epoch| (stream, LeaderEpoch(epoch))))
}
