//! FindCoordinator (key 10): this broker, for every group.
//!
//! There are no transactions: their coordinator is refused with a code that no client retries.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::find_coordinator::{Coordinator, FindCoordinatorRequest, FindCoordinatorResponse};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::ErrorCode;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::FindCoordinator, 0..=6, |call| Work::Now(handle(&call)));

/// Several keys can be asked for from this version on (KIP-699).
const BATCHES_SINCE: i16 = 4;
const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const NOBODY: i32 = -1;

fn handle(call: &Call) -> Answered {
    let request: FindCoordinatorRequest<'_> = call.request()?;
    let refused = match request.key_type {
        GROUP => None,
        TRANSACTION => Some((
            ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            "transactions are not supported by this broker".to_owned(),
        )),
        other => {
            Some((ErrorCode::INVALID_REQUEST, format!("there is no coordinator for keys of type {other}")))
        }
    };
    let options = &call.door.options;
    let advertised = &call.client.advertised;
    if call.version >= BATCHES_SINCE {
        let coordinators = request.coordinator_keys.iter().map(|key| match &refused {
            None => Coordinator {
                key: (*key).into(),
                node_id: options.node_id,
                host: advertised.host.as_str().into(),
                port: i32::from(advertised.port),
                error_message: Some("".into()),
                ..Default::default()
            },
            Some((code, text)) => Coordinator {
                key: (*key).into(),
                node_id: NOBODY,
                port: NOBODY,
                error_code: call.code(*code),
                error_message: Some(text.as_str().into()),
                ..Default::default()
            },
        });
        let coordinators = coordinators.collect();
        return call.answer(&FindCoordinatorResponse { coordinators, ..Default::default() });
    }
    call.answer(&match &refused {
        None => FindCoordinatorResponse {
            node_id: options.node_id,
            host: advertised.host.as_str().into(),
            port: i32::from(advertised.port),
            // Kafka's own word for it.
            error_message: Some("NONE".into()),
            ..Default::default()
        },
        Some((code, text)) => FindCoordinatorResponse {
            node_id: NOBODY,
            port: NOBODY,
            error_code: call.code(*code),
            error_message: Some(text.as_str().into()),
            ..Default::default()
        },
    })
}
