//! ListOffsets (key 2): the offset at a timestamp, or at one of the special timestamps −1…−6 (KIP-734, KIP-1005, KIP-1023).
//!
//! By time the journal finds the batch and the record is looked for in it; a compressed batch is opened off the reactor.
//! There is no tiered storage: −5 and −6 name nothing.

use std::collections::HashSet;

use hence_base::{LeaderEpoch, Offset, StreamId, Timestamp};
use hence_broker::settled;
use hence_kafka_proto::ApiKey;
use hence_kafka_proto::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse,
    ListOffsetsTopicResponse,
};
use hence_message::kafka::{Batch, EntryFlags};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::epoch;
use crate::error_code::{Coded, ErrorCode};
use crate::limits::RECORD_SEARCH_BYTES_MAX;
use crate::ports::{Entry, Find, ReadError, ReadLimits, Topic};

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::ListOffsets, 1..=11, |call| Work::later(handle(call)));

/// Responses hold a leader epoch from this version on.
const EPOCHS_SINCE: i16 = 4;
const ABSENT: i64 = -1;
const NO_EPOCH: i32 = -1;

/// What a timestamp asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    At(Timestamp),
    Latest,
    Earliest,
    Newest,
    /// Something of tiered storage, which there is not.
    Tiered,
}

impl Asked {
    /// What `timestamp` means in `version`; none when it means nothing.
    fn of(timestamp: i64, version: i16) -> Option<Self> {
        match (timestamp, version) {
            (0.., _) => Some(Self::At(Timestamp(timestamp))),
            (-1, _) => Some(Self::Latest),
            (-2, _) | (-4, 8..) => Some(Self::Earliest),
            (-3, 7..) => Some(Self::Newest),
            (-5, 9..) | (-6, 11..) => Some(Self::Tiered),
            _ => None,
        }
    }
}

/// An answer: timestamp, offset and epoch, each of which may be absent.
struct Place {
    timestamp: i64,
    offset: i64,
    epoch: i32,
}

const NOWHERE: Place = Place { timestamp: ABSENT, offset: ABSENT, epoch: NO_EPOCH };

async fn handle(call: Call) -> Answered {
    let request: ListOffsetsRequest<'_> = call.request()?;
    let catalog = call.door.broker.catalog();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let known = catalog.topic(topic.name);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        let mut seen = HashSet::new();
        let twice: HashSet<i32> =
            topic.partitions.iter().map(|each| each.partition_index).filter(|at| !seen.insert(*at)).collect();
        let mut told = HashSet::new();
        for asked in topic.partitions.iter().filter(|asked| told.insert(asked.partition_index)) {
            let found = match known {
                _ if twice.contains(&asked.partition_index) => Err(ErrorCode::INVALID_REQUEST),
                None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                Some(known) => {
                    let at = usize::try_from(asked.partition_index).unwrap_or(usize::MAX);
                    look(&call, known, catalog.leader_epoch(known, at), asked).await
                }
            };
            let (error_code, place) = match found {
                Ok(place) => (ErrorCode::NONE.code(), place),
                Err(code) => (call.code(code), NOWHERE),
            };
            partitions.push(ListOffsetsPartitionResponse {
                partition_index: asked.partition_index,
                error_code,
                timestamp: place.timestamp,
                offset: place.offset,
                leader_epoch: if call.version >= EPOCHS_SINCE { place.epoch } else { NO_EPOCH },
            });
        }
        topics.push(ListOffsetsTopicResponse { name: topic.name.into(), partitions });
    }
    call.answer(&ListOffsetsResponse { topics, ..Default::default() })
}

async fn look(
    call: &Call,
    topic: &Topic,
    current: LeaderEpoch,
    asked: &ListOffsetsPartition,
) -> Result<Place, ErrorCode> {
    let stream = topic.stream(asked.partition_index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    epoch::check(asked.current_leader_epoch, current)?;
    let what = Asked::of(asked.timestamp, call.version).ok_or(ErrorCode::UNSUPPORTED_VERSION)?;
    let bounds = call.door.broker.bounds(stream).unwrap_or_default();
    let edge = |offset: Offset, epoch| {
        Ok(Place { timestamp: ABSENT, offset: offset.0 as i64, epoch: epoch::shown(epoch) })
    };
    match what {
        Asked::Latest => edge(bounds.end, current),
        Asked::Earliest => edge(bounds.start, epoch_at(call, stream, bounds.start).await.unwrap_or(current)),
        Asked::Tiered => Ok(NOWHERE),
        Asked::Newest => found(call, stream, bounds.start, Find::Newest).await,
        Asked::At(timestamp) => found(call, stream, bounds.start, Find::AtOrAfter(timestamp)).await,
    }
}

/// The epoch of the record at `offset`.
async fn epoch_at(call: &Call, stream: StreamId, offset: Offset) -> Option<LeaderEpoch> {
    let limits = ReadLimits { bytes_max: 1, before: None };
    let entries = settled(call.door.broker.read(stream, offset, limits)).await.ok()?;
    entries.first().map(|entry| entry.leader_epoch)
}

async fn found(call: &Call, stream: StreamId, start: Offset, what: Find) -> Result<Place, ErrorCode> {
    let entry = match settled(call.door.broker.find(stream, what)).await {
        Ok(Some(found)) => found.entry,
        // A stream begins with its first entry.
        Ok(None) | Err(ReadError::NoStream) => return Ok(NOWHERE),
        Err(error) => return Err(error.code()),
    };
    let compressed = EntryFlags(entry.flags).has(EntryFlags::COMPRESSED);
    let epoch = epoch::shown(entry.leader_epoch);
    let (offset, timestamp) = if compressed {
        let unfinished = |_| ErrorCode::UNKNOWN_SERVER_ERROR;
        let place = call.door.beside.place().await.map_err(unfinished)?;
        place.run(move || record(&entry, what, start)).await.map_err(unfinished)?
    } else {
        record(&entry, what, start)
    };
    Ok(Place { timestamp: timestamp.0, offset: offset.0 as i64, epoch })
}

/// The first record of `entry`, at or after `start`, that answers `what`. An entry that cannot be read answers for itself.
fn record(entry: &Entry, what: Find, start: Offset) -> (Offset, Timestamp) {
    let whole = (entry.base.max(start), entry.max_timestamp);
    if EntryFlags(entry.flags).has(EntryFlags::LOG_APPEND_TIME) {
        return whole;
    }
    let wanted = |timestamp: Timestamp| match what {
        Find::AtOrAfter(at) => timestamp >= at,
        Find::Newest | Find::LastBytes(_) => timestamp == entry.max_timestamp,
    };
    let Ok(batch) = Batch::parse(&entry.payload) else { return whole };
    let Ok(body) = batch.body(RECORD_SEARCH_BYTES_MAX) else { return whole };
    // Offsets in the stored bytes are relative to what the producer wrote.
    let written = u64::try_from(batch.header.base_offset).unwrap_or(0);
    let delta = |offset: Offset| offset.0.saturating_sub(written);
    let records = body.records().map_while(Result::ok);
    let mut records = records.map(|record| (entry.base.plus(delta(record.offset)), record.timestamp));
    records.find(|(offset, timestamp)| *offset >= start && wanted(*timestamp)).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_timestamps_mean_what_their_version_says() {
        assert_eq!(Asked::of(-1, 1), Some(Asked::Latest));
        assert_eq!(Asked::of(-3, 6), None);
        assert_eq!(Asked::of(-3, 7), Some(Asked::Newest));
        assert_eq!(Asked::of(-4, 7), None);
        assert_eq!(Asked::of(-4, 8), Some(Asked::Earliest));
        assert_eq!(Asked::of(-6, 10), None);
        assert_eq!(Asked::of(-6, 11), Some(Asked::Tiered));
        assert_eq!(Asked::of(-7, 11), None);
        assert_eq!(Asked::of(5, 1), Some(Asked::At(Timestamp(5))));
    }
}
