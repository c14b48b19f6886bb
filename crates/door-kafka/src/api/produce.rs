//! Produce (key 0): appends record batches.
//!
//! Versions 0 to 2 are shown and refused, as Kafka does it: librdkafka turns compression off where 0 is not shown
//! (KAFKA-18659). The way is in `crate::produce`.

use hence_kafka_proto::ApiKey;

use super::Api;
use crate::produce;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::Produce, 3..=13, produce::begin).shown_from(0);
