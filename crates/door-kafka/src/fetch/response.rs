//! The response of a fetch: what is told of each partition, grouped by topic in the order that it was read.
//!
//! Always: records are never null (librdkafka refuses null), an incremental response leaves out what did not change.

use hence_broker::budget::Charge;
use hence_kafka_proto::fetch::{EpochEndOffset, FetchResponse, FetchableTopicResponse, PartitionData};
use hence_kafka_proto::{Records, Uuid};

use super::read::{Part, Reading};
use super::session::{self, News, TopicKey, Wanted};
use crate::call::{Answer, Answered, Call, Charges};
use crate::error_code::ErrorCode;
use crate::limits::UNCHARGED_RESPONSE_BYTES_MAX;

/// Absent offsets in a response.
const ABSENT: i64 = -1;

/// Which partitions a response holds.
#[derive(Clone, Copy, Debug)]
pub enum Told {
    /// All, without a session.
    Everything,
    /// All, and a session is made of them if there is room.
    Opening {
        /// The session's id, if it is made.
        id: i32,
        /// Whether topics are named by id.
        uses_ids: bool,
    },
    /// What changed in a session.
    Changes {
        /// The session.
        id: i32,
    },
}

/// What a response says or leaves out beside what was read.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// How long the client is to pause, in milliseconds.
    pub throttle_time_ms: i32,
    /// Whether it asked for committed records alone.
    pub read_committed: bool,
}

/// A response without partitions.
pub fn refusal(call: &Call, code: ErrorCode) -> Answered {
    call.answer(&FetchResponse { error_code: call.code(code), ..Default::default() })
}

/// The response.
pub fn answer(call: &Call, wanted: Vec<Wanted>, reading: Reading, told: &Told, how: How) -> Answered {
    let How { throttle_time_ms, read_committed } = how;
    let Reading { parts, charges, .. } = reading;
    let news: Vec<News> = parts.iter().map(Part::news).collect();
    let mut held = vec![true; parts.len()];
    let sessions = &call.door.sessions;
    let mut session_id = 0;
    match *told {
        Told::Everything => {}
        Told::Changes { id } => {
            session_id = id;
            sessions.tell(id, wanted.iter().zip(news), |at, changed| {
                if let Some(held) = held.get_mut(at) {
                    *held = changed;
                }
            });
        }
        Told::Opening { id, uses_ids } => {
            let now = call.door.broker.plumbing().clock.now();
            session_id = sessions.open(id, uses_ids, &wanted, &news, now);
        }
    }
    let mut responses: Vec<FetchableTopicResponse<'_>> = Vec::new();
    let mut last: Option<&TopicKey> = None;
    for ((each, part), held) in wanted.iter().zip(parts).zip(held) {
        if !held {
            continue;
        }
        if last != Some(&each.topic) {
            responses.push(named(&each.topic));
            last = Some(&each.topic);
        }
        if let Some(topic) = responses.last_mut() {
            topic.partitions.push(data(call, each.partition, part, read_committed));
        }
    }
    let answer =
        call.answer(&FetchResponse { throttle_time_ms, session_id, responses, ..Default::default() })?;
    Ok(Answer { charges: whole(call, &answer, charges), ..answer })
}

/// What a response costs whose records are paid for. What is told of very many partitions is more than nothing: where it
/// cannot be had too, the response is paid for anew before it is queued.
fn whole(call: &Call, answer: &Answer, mut charges: Charges) -> Charges {
    let paid: u64 = charges.iter().map(Charge::bytes).sum();
    let beyond = (answer.segments.len() as u64).saturating_sub(paid);
    if charges.is_empty() || beyond <= UNCHARGED_RESPONSE_BYTES_MAX as u64 {
        return charges;
    }
    match call.client.response_share.try_take(beyond) {
        Some(charge) => charges.push(charge),
        None => charges.clear(),
    }
    charges
}

fn named(topic: &TopicKey) -> FetchableTopicResponse<'_> {
    let (topic, topic_id) = match topic {
        TopicKey::Name(name) => (&**name, Uuid::ZERO),
        TopicKey::Id(id) => ("", *id),
    };
    FetchableTopicResponse { topic: topic.into(), topic_id, ..Default::default() }
}

fn data<'r>(call: &Call, partition_index: i32, part: Part, read_committed: bool) -> PartitionData<'r> {
    let session::Told { high_watermark, log_start } = part.told();
    let diverging = part.diverging.map_or_else(EpochEndOffset::default, |end| EpochEndOffset {
        epoch: i32::try_from(end.epoch.0).unwrap_or(i32::MAX),
        end_offset: end.end.0 as i64,
    });
    // There are no transactions, so none was aborted; Kafka says so with an empty list where it was asked.
    let aborted = (part.unknown || (read_committed && part.error.is_none())).then(Vec::new);
    PartitionData {
        partition_index,
        error_code: call.code(part.error),
        high_watermark,
        last_stable_offset: high_watermark,
        log_start_offset: log_start,
        diverging_epoch: diverging,
        aborted_transactions: aborted,
        records: Some(if part.records.is_empty() { Records::EMPTY } else { Records::Chunks(part.records) }),
        ..Default::default()
    }
}

impl Part {
    fn told(&self) -> session::Told {
        match self.bounds {
            Some(bounds) => {
                session::Told { high_watermark: bounds.end.0 as i64, log_start: bounds.start.0 as i64 }
            }
            None => session::Told { high_watermark: ABSENT, log_start: ABSENT },
        }
    }

    fn news(&self) -> News {
        let urgent = self.diverging.is_some();
        News { error: self.error, bounds: self.told(), record_bytes: self.record_bytes, urgent }
    }
}
