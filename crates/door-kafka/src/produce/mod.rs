//! Produce: from record batches in a request to offsets in its response.
//!
//! The hot path. A batch is checked where it lies, handed to the core as a slice of the frame, and its place in the
//! response is kept in a plan until the core's answer is durable. Never here: which offset a batch gets, or whether its
//! sequence is right.

mod batch;
mod plan;
mod timestamps;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hence_broker::Pending;
use hence_kafka_proto::produce::ProduceRequest;
use hence_kafka_proto::{ApiKey, Writer, encode_response};
use smallvec::SmallVec;

use crate::call::{Answer, Answered, Broken, Call, Work};
use crate::error_code::ErrorCode;
use crate::ports::{Produce, ProduceBatch, Produced, Topic, TopicId, Unavailable};
use plan::{Plan, Refusal, Slot, TopicPlan};

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
    match read(&call) {
        Ok((plan, produce, acks)) => {
            let mut call = call;
            // The batches hold what they need of it; the read buffer is used again once nobody does. The charge stays
            // until the batches are durable.
            call.frame = Bytes::new();
            let pending = (!produce.batches.is_empty()).then(|| call.door.broker.call(produce));
            Work::Appending(Appending { call, plan, acks, pending })
        }
        Err(broken) => Work::Now(Err(broken)),
    }
}

fn read(call: &Call) -> Result<(Plan, Produce, i16), Broken> {
    let request: ProduceRequest<'_> = call.request()?;
    let catalog = call.door.broker.catalog();
    let reader = Reader { call, refused: refused_whole(&request), acks: request.acks };
    let mut produce = Produce::default();
    let mut topics = SmallVec::with_capacity(request.topic_data.len());
    for data in &request.topic_data {
        let topic = if call.version >= 13 {
            catalog.topic_by_id(TopicId(data.topic_id.0))
        } else {
            catalog.topic(data.name)
        };
        let mut slots = SmallVec::with_capacity(data.partition_data.len());
        for partition in &data.partition_data {
            let outcome = reader.partition(topic.map(|topic| &**topic), partition.index, partition.records);
            let slot = match outcome {
                Ok((batch, log_append_time)) => {
                    let stream = batch.stream;
                    produce.batches.push(batch);
                    Slot::Appended { index: partition.index, stream, log_append_time }
                }
                Err(refusal) => Slot::Refused { index: partition.index, refusal: Box::new(refusal) },
            };
            slots.push(slot);
        }
        let name = topic.map_or_else(|| data.name.into(), |topic| topic.name.clone());
        topics.push(TopicPlan { name, id: data.topic_id, slots });
    }
    Ok((Plan { topics }, produce, request.acks))
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
}

impl Reader<'_> {
    fn partition(
        &self,
        topic: Option<&Topic>,
        index: i32,
        records: Option<&[u8]>,
    ) -> Result<(ProduceBatch, i64), Refusal> {
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
        let records = records.unwrap_or_default();
        let now = self.call.door.broker.plumbing().clock.now();
        batch::read(&self.call.frame, records, topic, stream, now).map_err(|error| {
            let start = self.call.door.broker.bounds(stream).unwrap_or_default().start;
            Refusal::of_records(&error, start)
        })
    }
}

impl Appending {
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
        let (version, correlation_id) = (self.call.version, self.call.correlation_id);
        Ok(encode_response(ApiKey::Produce, version, correlation_id, &response, writer)?.into())
    }
}
