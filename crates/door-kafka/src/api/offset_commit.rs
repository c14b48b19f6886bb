//! OffsetCommit (key 8): a group's place in its partitions.
//!
//! Offsets are kept as they are sent, negative ones too; a note that is absent is empty.

use hence_kafka_proto::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestTopic, OffsetCommitResponse, OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
};
use hence_kafka_proto::{ApiKey, DecodeError};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode, GROUP_UNAVAILABLE};
use crate::member;
use crate::ports::{CommitError, OffsetCommit, PartitionCommit, TopicCommit, TopicId, TopicRef};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::OffsetCommit, 2..=10, |call| Work::later(handle(call)));

/// Topics are named by id from this version on.
const IDS_SINCE: i16 = 10;
/// A group that is gone has a code of its own from this version on; members of before join again on another one.
const GROUP_NOT_FOUND_SINCE: i16 = 9;

async fn handle(call: Call) -> Answered {
    let request: OffsetCommitRequest<'_> = call.request()?;
    let outcome = match call.door.broker.call(command(&call)?).await {
        Ok(Err(CommitError::GroupNotFound(_))) if call.version < GROUP_NOT_FOUND_SINCE => {
            Err(ErrorCode::ILLEGAL_GENERATION)
        }
        Ok(committed) => committed.map_err(|error| error.code()),
        Err(_) => Err(GROUP_UNAVAILABLE),
    };
    let code_at = |topic: usize, partition: usize| match &outcome {
        Err(code) => *code,
        Ok(committed) => match committed.get(topic).and_then(|partitions| partitions.get(partition)) {
            Some(Ok(())) => ErrorCode::NONE,
            Some(Err(error)) => error.code(),
            None => ErrorCode::UNKNOWN_SERVER_ERROR,
        },
    };
    let topics = request.topics.iter().enumerate().map(|(at, topic)| {
        let partitions = topic.partitions.iter().enumerate().map(|(index, partition)| {
            let error_code = call.code(code_at(at, index));
            OffsetCommitResponsePartition { partition_index: partition.partition_index, error_code }
        });
        let partitions = partitions.collect();
        OffsetCommitResponseTopic { name: topic.name.into(), topic_id: topic.topic_id, partitions }
    });
    call.answer(&OffsetCommitResponse { topics: topics.collect(), ..Default::default() })
}

fn command(call: &Call) -> Result<OffsetCommit, DecodeError> {
    let request: OffsetCommitRequest<'_> = call.request()?;
    let who = member::named(
        request.group_id,
        request.generation_id_or_member_epoch,
        request.member_id,
        request.group_instance_id,
    );
    let retention_ms = (request.retention_time_ms >= 0).then_some(request.retention_time_ms);
    let by_id = call.version >= IDS_SINCE;
    let topics = request.topics.iter().map(|topic| topic_commit(topic, by_id)).collect();
    Ok(OffsetCommit { who, retention_ms, topics })
}

fn topic_commit(topic: &OffsetCommitRequestTopic<'_>, by_id: bool) -> TopicCommit {
    let partitions = topic.partitions.iter().map(|partition| PartitionCommit {
        partition: partition.partition_index,
        offset: partition.committed_offset,
        leader_epoch: partition.committed_leader_epoch,
        metadata: partition.committed_metadata.unwrap_or_default().to_owned(),
    });
    let partitions = partitions.collect();
    let topic =
        if by_id { TopicRef::Id(TopicId(topic.topic_id.0)) } else { TopicRef::Name(topic.name.to_owned()) };
    TopicCommit { topic, partitions }
}
