//! ApiVersions (key 18): which APIs and versions are served.
//!
//! A request of an unknown version is answered in version 0 with UNSUPPORTED_VERSION and the versions of this API
//! (KIP-511), so that any client learns what to speak. No feature is shown: none is finalized here.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::api_versions::{ApiVersion, ApiVersionsRequest, ApiVersionsResponse};

use super::{APIS, Api};
use crate::call::{Answered, Call, Work};
use crate::error_code::ErrorCode;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::ApiVersions, 0..=5, |call| Work::Now(handle(&call)));

fn handle(call: &Call) -> Answered {
    if !API.serves.contains(&call.version) {
        let error_code = call.code(ErrorCode::UNSUPPORTED_VERSION);
        let api_keys = vec![shown(&API)];
        return call.answer_in(0, &ApiVersionsResponse { error_code, api_keys, ..Default::default() });
    }
    let request: ApiVersionsRequest<'_> = call.request()?;
    if call.version >= 3
        && !(is_name(request.client_software_name) && is_name(request.client_software_version))
    {
        let error_code = call.code(ErrorCode::INVALID_REQUEST);
        return call.answer(&ApiVersionsResponse { error_code, ..Default::default() });
    }
    // KIP-1242: a client that looks for another cluster or node is told to bootstrap anew.
    let options = &call.door.options;
    let elsewhere = request.cluster_id.is_some_and(|id| id != call.door.cluster_id)
        || (request.node_id >= 0 && request.node_id != options.node_id);
    if elsewhere {
        let error_code = call.code(ErrorCode::REBOOTSTRAP_REQUIRED);
        return call.answer(&ApiVersionsResponse { error_code, ..Default::default() });
    }
    let api_keys = APIS.iter().map(|api| shown(api)).collect();
    call.answer(&ApiVersionsResponse { api_keys, ..Default::default() })
}

fn shown(api: &Api) -> ApiVersion {
    ApiVersion { api_key: api.key.number(), min_version: *api.shows.start(), max_version: *api.shows.end() }
}

/// Names and versions of client software begin and end with a letter or digit and may have dots and dashes between.
fn is_name(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_client_software_are_those_that_kafka_takes() {
        for good in ["a", "apache-kafka-java", "4.4.0", "2.12.0-RC1"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a b", "a/b"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
