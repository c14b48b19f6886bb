//! InitProducerId (key 22): an id for an idempotent producer.
//!
//! Transactions are not offered: a transactional id gets a definite error that no client retries. An idempotent producer
//! that comes with an id of before gets a new one, as from Kafka.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode, PRODUCER_UNAVAILABLE};
use crate::ports::InitProducer;

/// Its row of the table. Version 6 is two-phase commit, not stable in Kafka.
pub const API: Api = Api::new(ApiKey::InitProducerId, 0..=5, |call| Work::later(handle(call)));

const NO_PRODUCER: i64 = -1;
const NO_EPOCH: i16 = -1;

async fn handle(call: Call) -> Answered {
    let request: InitProducerIdRequest<'_> = call.request()?;
    let given = match refusal(&request) {
        Some(code) => Err(code),
        None => match call.door.broker.call(InitProducer).await {
            Ok(given) => given.map_err(|error| error.code()),
            Err(_) => Err(PRODUCER_UNAVAILABLE),
        },
    };
    let (error_code, producer_id, producer_epoch) = match given {
        Ok((id, epoch)) => (ErrorCode::NONE.0, id.0, epoch.0),
        Err(code) => (call.code(code), NO_PRODUCER, NO_EPOCH),
    };
    call.answer(&InitProducerIdResponse { error_code, producer_id, producer_epoch, ..Default::default() })
}

fn refusal(request: &InitProducerIdRequest<'_>) -> Option<ErrorCode> {
    match request.transactional_id {
        Some("") => return Some(ErrorCode::INVALID_REQUEST),
        Some(_) => return Some(ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED),
        None => {}
    }
    // Both or neither.
    let half = (request.producer_id == NO_PRODUCER) != (request.producer_epoch == NO_EPOCH);
    half.then_some(ErrorCode::INVALID_REQUEST)
}
