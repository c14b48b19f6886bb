//! Produce: from record batches in a request to offsets in its response.
//!
//! The hot path. A batch is checked where it lies, handed to the core as a slice of the frame, and its place in the
//! response is kept in a plan until the core's answer is durable. Records that are to be looked at one by one, and are
//! more than a moment's work, are looked at beside the event loop and paid for, and requests behind them wait. Never here:
//! which offset a batch gets, or whether its sequence is right.

mod batch;
mod look;
mod plan;
mod timestamps;

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hence_base::StreamId;
use hence_broker::Pending;
use hence_kafka_proto::produce::{ProduceRequest, TopicProduceData};
use hence_kafka_proto::{ApiKey, Writer, encode_response};
use hence_message::kafka::{BatchHeader, Codec};
use smallvec::SmallVec;

use crate::call::{Answer, Answered, Broken, Call, RESPONSE_BYTES, Work};
use crate::error_code::ErrorCode;
use crate::limits::{LOOKED_AT_INLINE_BYTES_MAX, PRODUCE_PARTITIONS_MAX};
use crate::ports::{Catalog, Produce, ProduceBatch, Produced, Topic, TopicId, Unavailable};
pub use look::Inline;
use look::Unlooked;
use plan::{Plan, Refusal, Slot, TopicPlan};
use timestamps::{Allowance, Look, Refused};

/// Batches may be compressed with zstd from this version on (KIP-110): clients of before could not read them.
const ZSTD_SINCE: i16 = 7;

/// Responses of one connection are cut from pieces of memory of this size, several from each.
const PIECE_BYTES: usize = 4 * RESPONSE_BYTES;

/// A produce that waits for its batches to be durable.
pub struct Appending {
    call: Call,
    plan: Plan,
    acks: i16,
    pending: Option<Pending<Produced>>,
}

/// Checks a request and hands its good batches to the core at once, unless their records take long to look at: then what
/// comes behind it on its connection waits. So batches of one connection are appended in the order in which they came.
pub fn begin(call: Call) -> Work {
    match read(&call) {
        Ok(checked) if checked.unlooked.is_empty() => Work::Appending(Appending::of(call, checked)),
        Ok(checked) => Work::later(look(call, checked)),
        Err(broken) => Work::Now(Err(broken)),
    }
}

/// Looks at what is left to look at, before the batches go to the core.
async fn look(call: Call, mut checked: Checked) -> Answered {
    let unlooked = std::mem::take(&mut checked.unlooked);
    let found = look::beside(&call, unlooked).await?;
    checked.refuse(&call, found);
    let (mut appending, mut writer) = (Appending::of(call, checked), Writer::new());
    std::future::poll_fn(|context| appending.poll(context, &mut writer)).await
}

/// A request that was read: what it asks of the core, and what it will be answered with.
struct Checked {
    plan: Plan,
    produce: Produce,
    acks: i16,
    /// Records that are still to be looked at.
    unlooked: Vec<Unlooked>,
}

impl Checked {
    /// Takes back the batches that a look found wrong, and says why.
    fn refuse(&mut self, call: &Call, found: Vec<(look::Place, Refused)>) {
        let mut gone = HashSet::new();
        for (place, refused) in found {
            gone.extend(place.batch);
            let topic = self.plan.topics.get_mut(place.topic);
            if let Some(slot) = topic.and_then(|topic| topic.slots.get_mut(place.slot)) {
                let refusal = Box::new(refusal(call, place.stream, &refused));
                *slot = Slot::Refused { index: place.index, refusal };
            }
        }
        let mut at = 0..;
        self.produce.batches.retain(|_| at.next().is_none_or(|at| !gone.contains(&at)));
    }
}

fn read(call: &Call) -> Result<Checked, Broken> {
    let request: ProduceRequest<'_> = call.request()?;
    let named: usize = request.topic_data.iter().map(|topic| topic.partition_data.len()).sum();
    if named > PRODUCE_PARTITIONS_MAX {
        return Err(Broken::TooManyPartitions { named });
    }
    let catalog = call.door.broker.catalog();
    let allowance = call.client.inline.allowance();
    let mut reader = Reader { call, refused: refused_whole(&request), acks: request.acks, allowance };
    let mut produce = Produce::default();
    let mut unlooked = Vec::new();
    let mut topics = SmallVec::with_capacity(request.topic_data.len());
    for data in &request.topic_data {
        let topic = topic(&catalog, call.version, data);
        let mut slots = SmallVec::with_capacity(data.partition_data.len());
        for partition in &data.partition_data {
            let index = partition.index;
            let mut place =
                look::Place { topic: topics.len(), slot: slots.len(), index, ..Default::default() };
            let (outcome, look) = match reader.stream(topic, index) {
                Ok((topic, stream)) => {
                    place.stream = stream;
                    reader.partition(topic, stream, partition.records.unwrap_or_default())
                }
                Err(refusal) => (Err(refusal), None),
            };
            slots.push(match outcome {
                Ok((batch, log_append_time)) => {
                    place.batch = Some(produce.batches.len());
                    let stream = batch.stream;
                    produce.batches.push(batch);
                    Slot::Appended { index, stream, log_append_time }
                }
                Err(refusal) => Slot::Refused { index, refusal: Box::new(refusal) },
            });
            if let Some((look, records)) = look.zip(partition.records) {
                unlooked.push(Unlooked { look, records: call.frame.slice_ref(records), place });
            }
        }
        let name = topic.map_or_else(|| data.name.into(), |topic| topic.name.clone());
        topics.push(TopicPlan { name, id: data.topic_id, slots });
    }
    call.client.inline.keep(&reader.allowance);
    Ok(Checked { plan: Plan { topics }, produce, acks: request.acks, unlooked })
}

/// The topic that a part of a request is for: named by id since version 13.
fn topic<'c>(catalog: &'c Catalog, version: i16, data: &TopicProduceData<'_>) -> Option<&'c Topic> {
    let found =
        if version >= 13 { catalog.topic_by_id(TopicId(data.topic_id.0)) } else { catalog.topic(data.name) };
    found.map(|topic| &**topic)
}

/// What refuses every batch of a request.
fn refused_whole(request: &ProduceRequest<'_>) -> Option<Refusal> {
    if request.transactional_id.is_some() {
        return Some(Refusal::transactional());
    }
    (!(-1..=1).contains(&request.acks)).then(|| Refusal::of(ErrorCode::INVALID_REQUIRED_ACKS))
}

struct Reader<'c> {
    call: &'c Call,
    refused: Option<Refusal>,
    acks: i16,
    allowance: Allowance,
}

impl Reader<'_> {
    /// Where records for a partition go.
    fn stream<'t>(&self, topic: Option<&'t Topic>, index: i32) -> Result<(&'t Topic, StreamId), Refusal> {
        if let Some(refusal) = &self.refused {
            return Err(refusal.clone());
        }
        let unknown = match self.call.version {
            13.. => ErrorCode::UNKNOWN_TOPIC_ID,
            _ => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        };
        let topic = topic.ok_or_else(|| Refusal::of(unknown))?;
        let stream = topic.stream(index).ok_or_else(|| Refusal::of(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))?;
        if self.acks == -1 && topic.settings.min_insync_replicas > 1 {
            return Err(Refusal::of(ErrorCode::NOT_ENOUGH_REPLICAS));
        }
        Ok((topic, stream))
    }

    /// What becomes of records; with a look, unless that finds something else.
    fn partition(
        &mut self,
        topic: &Topic,
        stream: StreamId,
        records: &[u8],
    ) -> (Result<(ProduceBatch, i64), Refusal>, Option<Look>) {
        let broker = &self.call.door.broker;
        // Kafka looks at this before it checks anything else.
        if self.call.version < ZSTD_SINCE && is_zstd(records) {
            return (Err(Refusal::of(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE)), None);
        }
        let now = broker.plumbing().clock.now();
        let (mut read, mut look) = batch::read(&self.call.frame, records, topic, stream, now);
        // What no commit can hold is not worth a look: the core refuses it.
        let is_large = || records.len() > LOOKED_AT_INLINE_BYTES_MAX;
        if look.is_some() && is_large() && records.len() > broker.commit_bytes_max() {
            look = None;
        }
        if let Some(Ok(found)) = look.map(|look| look.at(records, &mut self.allowance)) {
            look = None;
            if let Some(refused) = found {
                read = Err(refused);
            }
        }
        (read.map_err(|refused| refusal(self.call, stream, &refused)), look)
    }
}

fn is_zstd(records: &[u8]) -> bool {
    BatchHeader::parse(records).is_ok_and(|header| header.codec() == Some(Codec::Zstd))
}

/// Why records for `stream` are refused, as the response says it.
fn refusal(call: &Call, stream: StreamId, refused: &Refused) -> Refusal {
    let start = call.door.broker.bounds(stream).unwrap_or_default().start;
    match refused {
        Refused::Batch(error) => Refusal::of_batch(error, start),
        Refused::Timestamps(wrong) => Refusal::of_timestamps(wrong.clone(), start),
    }
}

impl Appending {
    /// Hands the good batches to the core.
    fn of(mut call: Call, checked: Checked) -> Self {
        let Checked { plan, produce, acks, .. } = checked;
        // The batches hold what they need of it; the read buffer is used again once nobody does. The charge stays until
        // the batches are durable.
        call.frame = Bytes::new();
        let pending = (!produce.batches.is_empty()).then(|| call.door.broker.call(produce));
        Self { call, plan, acks, pending }
    }

    /// The response, once everything is durable.
    pub fn poll(&mut self, context: &mut Context<'_>, writer: &mut Writer) -> Poll<Answered> {
        let produced = match &mut self.pending {
            None => Ok(Produced::new()),
            Some(pending) => match Pin::new(pending).poll(context) {
                Poll::Ready(produced) => produced,
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(self.answer(produced, writer))
    }

    fn answer(&self, produced: Result<Produced, Unavailable>, writer: &mut Writer) -> Answered {
        let (response, error) = self.plan.response(&self.call, produced);
        if self.acks == 0 {
            // Nobody waits for a response; Kafka closes the connection to say that something went wrong.
            return match error {
                Some(code) => Err(Broken::Unacknowledged(code)),
                None => Ok(Answer::default()),
            };
        }
        if writer.spare() < RESPONSE_BYTES {
            writer.reserve(PIECE_BYTES);
        }
        let (version, correlation_id) = (self.call.version, self.call.correlation_id);
        let encoded = encode_response(ApiKey::Produce, version, correlation_id, &response, writer)?;
        if encoded.len() > PIECE_BYTES {
            // What is left of its memory is not kept: nobody pays for it.
            *writer = Writer::new();
        }
        Ok(encoded.into())
    }
}
