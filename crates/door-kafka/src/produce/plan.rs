//! The response of a produce before its offsets are known: one slot per partition, in the request's order.
//!
//! Slots of appended batches and the core's answers are in the same order; a bounded number of records is explained in the
//! whole response, and put into words only there. Never here: checking.

use std::sync::Arc;

use hence_base::{Offset, StreamId};
use hence_kafka_proto::Uuid;
use hence_kafka_proto::produce::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, ProduceResponse, TopicProduceResponse,
};
use hence_message::kafka::BatchError;

use smallvec::SmallVec;

use super::timestamps::Wrong;
use crate::call::Call;
use crate::error_code::{Coded, ErrorCode};
use crate::limits::RECORD_ERRORS_MAX;
use crate::ports::{AppendError, Appended, Produced, Unavailable};

/// Absent offsets and times in a response.
const ABSENT: i64 = -1;

/// The response to be.
#[derive(Debug)]
pub struct Plan {
    pub topics: SmallVec<[TopicPlan; 1]>,
}

/// One topic of it.
#[derive(Debug)]
pub struct TopicPlan {
    pub name: Arc<str>,
    pub id: Uuid,
    pub slots: SmallVec<[Slot; 1]>,
}

/// One partition of it.
#[derive(Debug)]
pub enum Slot {
    /// The core answers.
    Appended {
        /// The partition.
        index: i32,
        /// Its stream.
        stream: StreamId,
        /// When it was appended, where that is the record's time.
        log_append_time: i64,
    },
    /// Nothing was appended.
    Refused {
        /// The partition.
        index: i32,
        /// Why.
        refusal: Box<Refusal>,
    },
}

/// Why a batch was not appended, as the response says it.
#[derive(Clone, Debug)]
pub struct Refusal {
    code: ErrorCode,
    log_start: i64,
    text: Option<String>,
    /// Which records are wrong.
    wrong: Option<Wrong>,
}

impl Refusal {
    /// Only a code.
    pub fn of(code: ErrorCode) -> Self {
        Self { code, log_start: ABSENT, text: None, wrong: None }
    }

    /// Transactions are not offered: definite, and no client tries again.
    pub fn transactional() -> Self {
        let text = "transactions are not supported by this broker".to_owned();
        Self { text: Some(text), ..Self::of(ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED) }
    }

    /// Records with timestamps that the topic does not allow.
    pub fn of_timestamps(wrong: Wrong, start: Offset) -> Self {
        Self {
            log_start: start.0 as i64,
            text: Some("One or more records have been rejected due to invalid timestamp".to_owned()),
            wrong: Some(wrong),
            ..Self::of(ErrorCode::INVALID_TIMESTAMP)
        }
    }

    /// A batch that is not well formed or not allowed. What Kafka finds record by record comes with the log's start.
    pub fn of_batch(error: &BatchError, start: Offset) -> Self {
        let late = Self { log_start: start.0 as i64, ..Self::of(error.code()) };
        match error {
            BatchError::TransactionalBatch(_) => Self::transactional(),
            BatchError::UnknownMagic(cause) => Self {
                text: Some(format!("Invalid magic found in record: {}", cause.magic)),
                ..Self::of(error.code())
            },
            BatchError::BadCount(_)
            | BatchError::ImplausibleCount(_)
            | BatchError::ControlBatch(_)
            | BatchError::BadProducer(_)
            | BatchError::NoProducerEpoch(_)
            | BatchError::LogAppendTimeSet(_) => late,
            _ => Self::of(error.code()),
        }
    }

    /// A batch that the core refused.
    fn of_append(error: &AppendError, start: Offset) -> Self {
        let refusal = Self::of(error.code());
        match error {
            AppendError::CommitTooLarge(cause) => Self { text: Some(cause.to_string()), ..refusal },
            AppendError::OutOfOrderSequence(_) | AppendError::ProducerFenced(_) => {
                Self { log_start: start.0 as i64, ..refusal }
            }
            _ => refusal,
        }
    }
}

impl Plan {
    /// The response, and the first error in it.
    pub fn response(
        &self,
        call: &Call,
        produced: Result<Produced, Unavailable>,
    ) -> (ProduceResponse<'_>, Option<ErrorCode>) {
        let mut writer = Filling { call, first_error: None, left: RECORD_ERRORS_MAX };
        let (mut answers, unavailable) = match produced {
            Ok(produced) => (produced.into_iter(), ErrorCode::UNKNOWN_SERVER_ERROR),
            Err(unavailable) => (Produced::new().into_iter(), unavailable.code()),
        };
        let mut responses = Vec::with_capacity(self.topics.len());
        for topic in &self.topics {
            let mut partition_responses = Vec::with_capacity(topic.slots.len());
            for slot in &topic.slots {
                partition_responses.push(match slot {
                    Slot::Refused { index, refusal } => writer.refused(*index, refusal),
                    Slot::Appended { index, stream, log_append_time } => match answers.next() {
                        Some(Ok(appended)) => Filling::appended(*index, *log_append_time, appended),
                        Some(Err(error)) => {
                            let start = call.door.broker.bounds(*stream).unwrap_or_default().start;
                            writer.refused(*index, &Refusal::of_append(&error, start))
                        }
                        None => writer.refused(*index, &Refusal::of(unavailable)),
                    },
                });
            }
            let (name, topic_id) = (&*topic.name, topic.id);
            responses.push(TopicProduceResponse { name: name.into(), topic_id, partition_responses });
        }
        (ProduceResponse { responses, ..Default::default() }, writer.first_error)
    }
}

struct Filling<'c> {
    call: &'c Call,
    first_error: Option<ErrorCode>,
    /// Records that may still be explained.
    left: usize,
}

impl Filling<'_> {
    fn appended<'r>(index: i32, log_append_time_ms: i64, appended: Appended) -> PartitionProduceResponse<'r> {
        PartitionProduceResponse {
            index,
            base_offset: appended.base.0 as i64,
            log_append_time_ms,
            log_start_offset: appended.start.0 as i64,
            ..Default::default()
        }
    }

    fn refused<'r>(&mut self, index: i32, refusal: &Refusal) -> PartitionProduceResponse<'r> {
        self.first_error.get_or_insert(refusal.code);
        let error_code = self.call.code(refusal.code);
        let record_errors: Vec<_> = refusal.wrong.iter().flat_map(explained).take(self.left).collect();
        self.left -= record_errors.len();
        PartitionProduceResponse {
            index,
            error_code,
            base_offset: ABSENT,
            log_append_time_ms: ABSENT,
            log_start_offset: refusal.log_start,
            record_errors,
            error_message: refusal.text.clone().map(Into::into),
            ..Default::default()
        }
    }
}

/// What is wrong with records, in Kafka's words.
fn explained<'r>(wrong: &Wrong) -> impl Iterator<Item = BatchIndexAndErrorMessage<'r>> {
    let (earliest, latest) = (wrong.bounds.earliest, wrong.bounds.latest);
    wrong.records.iter().map(move |(at, timestamp)| {
        let text = format!(
            "Timestamp {timestamp} of message with offset {at} is out of range. The timestamp should be within \
             [{earliest}, {latest}]"
        );
        BatchIndexAndErrorMessage { batch_index: *at, batch_index_error_message: Some(text.into()) }
    })
}
