//! A gauge whose value is asked for when metrics are read.
//!
//! Never here: what is asked, which must be quick: the registry is locked meanwhile.

use std::fmt;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;

/// Asks for its value.
pub struct Scraped(Box<dyn Fn() -> i64 + Send + Sync>);

impl Scraped {
    pub fn new(value: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Box::new(value))
    }
}

impl EncodeMetric for Scraped {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.encode_gauge(&(self.0)())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

impl fmt::Debug for Scraped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scraped").finish_non_exhaustive()
    }
}
