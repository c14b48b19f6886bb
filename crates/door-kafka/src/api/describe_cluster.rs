//! DescribeCluster (key 60): the one broker of the cluster, at the address for this client.
//!
//! There is no separate controller: asking for its endpoints is refused as Kafka refuses it.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::describe_cluster::{
    DescribeClusterBroker, DescribeClusterRequest, DescribeClusterResponse,
};

use super::Api;
use crate::authorized;
use crate::call::{Answered, Call, Work};
use crate::error_code::ErrorCode;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::DescribeCluster, 0..=2, |call| Work::Now(handle(&call)));

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

fn handle(call: &Call) -> Answered {
    let request: DescribeClusterRequest = call.request()?;
    let refused = match request.endpoint_type {
        BROKERS => None,
        CONTROLLERS => Some((
            ErrorCode::MISMATCHED_ENDPOINT_TYPE,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"
                .to_owned(),
        )),
        other => Some((ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, format!("Unsupported endpoint type {other}"))),
    };
    if let Some((code, text)) = refused {
        return call.answer(&DescribeClusterResponse {
            error_code: call.code(code),
            error_message: Some(text.into()),
            ..Default::default()
        });
    }
    let options = &call.door.options;
    let advertised = &call.client.advertised;
    let include = request.include_cluster_authorized_operations;
    call.answer(&DescribeClusterResponse {
        endpoint_type: BROKERS,
        cluster_id: call.door.cluster_id.as_str().into(),
        controller_id: options.node_id,
        brokers: vec![DescribeClusterBroker {
            broker_id: options.node_id,
            host: advertised.host.as_str().into(),
            port: i32::from(advertised.port),
            ..Default::default()
        }],
        cluster_authorized_operations: authorized::shown(include, authorized::CLUSTER),
        ..Default::default()
    })
}
