//! OffsetDelete (key 47): removes committed offsets of a group.
//!
//! Offsets of topics that a member reads stay.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteResponse, OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode, GROUP_UNAVAILABLE};
use crate::ports::OffsetDelete;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::OffsetDelete, 0..=0, |call| Work::later(handle(call)));

async fn handle(call: Call) -> Answered {
    let request: OffsetDeleteRequest<'_> = call.request()?;
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| partition.partition_index);
        (topic.name.to_owned(), partitions.collect())
    });
    let delete = OffsetDelete { group: request.group_id.to_owned(), topics: topics.collect() };
    let deleted = match call.door.broker.call(delete).await {
        Ok(deleted) => deleted.map_err(|error| error.code()),
        Err(_) => Err(GROUP_UNAVAILABLE),
    };
    let deleted = match deleted {
        Ok(deleted) => deleted,
        Err(code) => {
            return call.answer(&OffsetDeleteResponse { error_code: call.code(code), ..Default::default() });
        }
    };
    let topics = request.topics.iter().zip(&deleted).map(|(topic, deleted)| {
        let partitions = topic.partitions.iter().zip(deleted).map(|(partition, deleted)| {
            let code = deleted.as_ref().map_or_else(Coded::code, |()| ErrorCode::NONE);
            let error_code = call.code(code);
            OffsetDeleteResponsePartition { partition_index: partition.partition_index, error_code }
        });
        OffsetDeleteResponseTopic { name: topic.name.into(), partitions: partitions.collect() }
    });
    call.answer(&OffsetDeleteResponse { topics: topics.collect(), ..Default::default() })
}
