//! Fetch (key 1): reads record batches, waiting for them when there are too few. The way is in `crate::fetch`.
//!
//! Never here: how records are read, or what a session is.

use hence_kafka_proto::ApiKey;

use super::Api;
use crate::fetch;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::Fetch, 4..=18, fetch::begin);
