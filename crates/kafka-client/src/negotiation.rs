//! Which versions a broker offers, and which of them to use.
//!
//! Asked once per connection, in a version that old brokers answer with version 0 and error 35 (KIP-511).

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use hence_kafka_proto::{ApiKey, ApiVersionsResponse, DecodeError, ErrorCode, Message as _, Reader, Request};

use crate::error::NotOffered;

/// The version of ApiVersions to ask in.
pub const ASKED_VERSION: i16 = 4;

/// What a broker offers.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    ranges: BTreeMap<i16, RangeInclusive<i16>>,
}

impl Offered {
    /// Reads the answer to a request in [`ASKED_VERSION`]; whether it came in version 0 shows in its error code.
    pub(crate) fn read(body: &Reader<'_>) -> Result<(Self, ErrorCode), DecodeError> {
        let code = ErrorCode(body.clone().i16()?);
        let version = if code == ErrorCode::UNSUPPORTED_VERSION { 0 } else { ASKED_VERSION };
        let mut reader = body.clone();
        let response = ApiVersionsResponse::decode(version, &mut reader)?;
        reader.finish()?;
        let ranges = response.api_keys.iter().map(|api| (api.api_key, api.min_version..=api.max_version));
        Ok((Self { ranges: ranges.collect() }, code))
    }

    /// The broker's range for an API, by number: also of APIs that this client does not know.
    pub fn range(&self, key: i16) -> Option<&RangeInclusive<i16>> {
        self.ranges.get(&key)
    }

    /// Every API that the broker offers, by number.
    pub fn iter(&self) -> impl Iterator<Item = (i16, &RangeInclusive<i16>)> {
        self.ranges.iter().map(|(key, range)| (*key, range))
    }

    /// The latest stable version of a request that both sides know.
    pub fn version_of<'q, R: Request<'q>>(&self) -> Result<i16, NotOffered> {
        self.version(R::KEY)
    }

    /// The same by key.
    pub fn version(&self, key: ApiKey) -> Result<i16, NotOffered> {
        let offered = self.range(key.number()).ok_or(NotOffered { key })?;
        let known = key.schema_versions();
        let version = key.latest_stable().min(*offered.end());
        if version < *known.start() || version < *offered.start() {
            return Err(NotOffered { key });
        }
        Ok(version)
    }
}
