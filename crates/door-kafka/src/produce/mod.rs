//! Produce: from record batches in a request to offsets in its response.
//!
//! The hot path. A batch is checked where it lies, handed to the core as a slice of the frame, and its place in the
//! response is kept in a plan until the core's answer is durable. Records that are to be looked at one by one, and are
//! more than a moment's work, are looked at beside the event loop and paid for, and requests behind them wait. Never here:
//! which offset a batch gets, or whether its sequence is right.

mod batch;
mod plan;
mod timestamps;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hence_broker::Pending;
use hence_kafka_proto::produce::{ProduceRequest, TopicProduceData};
use hence_kafka_proto::{ApiKey, Writer, encode_response};
use smallvec::SmallVec;

use crate::beside::Unfinished;
use crate::call::{Answer, Answered, Broken, Call, RESPONSE_BYTES, Work};
use crate::error_code::ErrorCode;
use crate::limits::LOOKED_AT_INLINE_BYTES_MAX;
use crate::ports::{Catalog, Produce, ProduceBatch, Produced, Topic, TopicId, Unavailable};
use plan::{Plan, Refusal, Slot, TopicPlan};
use timestamps::{Allowance, Refused};

/// Responses of one connection are cut from pieces of memory of this size, several from each.
const PIECE_BYTES: usize = 4 * RESPONSE_BYTES;

/// A produce that waits for its batches to be durable.
pub struct Appending {
    call: Call,
    plan: Plan,
    acks: i16,
    pending: Option<Pending<Produced>>,
}

/// Checks a request and hands its good batches to the core, before anything is awaited: so batches of one connection are
/// appended in the order in which they came.
pub fn begin(call: Call) -> Work {
    match read(&call, Allowance::of(LOOKED_AT_INLINE_BYTES_MAX)) {
        Ok(Some(checked)) => Work::Appending(Appending::of(call, checked)),
        Ok(None) => Work::later(look(call)),
        Err(broken) => Work::Now(Err(broken)),
    }
}

/// Checks a request whose records take long to look at, beside the event loop, before it hands its batches to the core.
async fn look(call: Call) -> Answered {
    let place = call.door.beside.place().await?;
    let paid = match room_bytes(&call)? {
        0 => None,
        bytes => Some(call.client.response_share.take(bytes as u64).await),
    };
    let looked_at = call.clone();
    let checked = place.run(move || {
        let checked = read(&looked_at, Allowance::everything());
        drop(paid);
        checked
    });
    let checked = checked.await??.ok_or(Unfinished)?;
    let (mut appending, mut writer) = (Appending::of(call, checked), Writer::new());
    std::future::poll_fn(|context| appending.poll(context, &mut writer)).await
}

/// Bytes that a look at the records takes in memory: they are opened one batch after the other.
fn room_bytes(call: &Call) -> Result<usize, Broken> {
    let request: ProduceRequest<'_> = call.request()?;
    let catalog = call.door.broker.catalog();
    let batches = request.topic_data.iter().flat_map(|data| {
        let topic = topic(&catalog, call.version, data);
        let partitions = data.partition_data.iter();
        partitions.filter_map(move |partition| Some((topic?, partition.records?)))
    });
    Ok(batches.map(|(topic, records)| timestamps::room_bytes(records, &topic.settings)).max().unwrap_or(0))
}

/// A request that was read: what it asks of the core, and what it will be answered with.
struct Checked {
    plan: Plan,
    produce: Produce,
    acks: i16,
}

/// None where its records take longer to look at than is allowed.
fn read(call: &Call, allowance: Allowance) -> Result<Option<Checked>, Broken> {
    let request: ProduceRequest<'_> = call.request()?;
    let catalog = call.door.broker.catalog();
    let mut reader = Reader { call, refused: refused_whole(&request), acks: request.acks, allowance };
    let mut produce = Produce::default();
    let mut topics = SmallVec::with_capacity(request.topic_data.len());
    for data in &request.topic_data {
        let topic = topic(&catalog, call.version, data);
        let mut slots = SmallVec::with_capacity(data.partition_data.len());
        for partition in &data.partition_data {
            let outcome = reader.partition(topic, partition.index, partition.records);
            let slot = match outcome {
                Ok((batch, log_append_time)) => {
                    let stream = batch.stream;
                    produce.batches.push(batch);
                    Slot::Appended { index: partition.index, stream, log_append_time }
                }
                Err(Unread::Refused(refusal)) => Slot::Refused { index: partition.index, refusal },
                Err(Unread::Unlooked) => return Ok(None),
            };
            slots.push(slot);
        }
        let name = topic.map_or_else(|| data.name.into(), |topic| topic.name.clone());
        topics.push(TopicPlan { name, id: data.topic_id, slots });
    }
    Ok(Some(Checked { plan: Plan { topics }, produce, acks: request.acks }))
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

/// Why a partition's records do not go to the core.
enum Unread {
    /// They may not be stored.
    Refused(Box<Refusal>),
    /// They take longer to look at than is allowed here.
    Unlooked,
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Reader<'_> {
    fn partition(
        &mut self,
        topic: Option<&Topic>,
        index: i32,
        records: Option<&[u8]>,
    ) -> Result<(ProduceBatch, i64), Unread> {
        if let Some(refusal) = &self.refused {
            return Err(refusal.clone().into());
        }
        let unknown = match self.call.version {
            13.. => ErrorCode::UNKNOWN_TOPIC_ID,
            _ => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        };
        let topic = topic.ok_or_else(|| Refusal::of(unknown))?;
        let stream = topic.stream(index).ok_or_else(|| Refusal::of(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))?;
        if self.acks == -1 && topic.settings.min_insync_replicas > 1 {
            return Err(Refusal::of(ErrorCode::NOT_ENOUGH_REPLICAS).into());
        }
        let records = records.unwrap_or_default();
        let now = self.call.door.broker.plumbing().clock.now();
        batch::read(&self.call.frame, records, topic, stream, now, &mut self.allowance).map_err(|refused| {
            let start = || self.call.door.broker.bounds(stream).unwrap_or_default().start;
            match refused {
                Refused::Batch(error) => Refusal::of_batch(&error, start()).into(),
                Refused::Timestamps(wrong) => Refusal::of_timestamps(wrong, start()).into(),
                Refused::Unlooked => Unread::Unlooked,
            }
        })
    }
}

impl Appending {
    /// Hands the good batches to the core.
    fn of(mut call: Call, checked: Checked) -> Self {
        let Checked { plan, produce, acks } = checked;
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
        Ok(encode_response(ApiKey::Produce, version, correlation_id, &response, writer)?.into())
    }
}
