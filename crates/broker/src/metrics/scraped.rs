//! A gauge or a counter whose value is asked for when metrics are read.
//!
//! Never here: what is asked, which must be quick: the registry is locked meanwhile.

use std::fmt;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// A gauge: asks for its value.
pub struct ScrapedGauge<F>(pub F);

/// A counter: asks for its value.
pub struct ScrapedCounter<F>(pub F);

impl<F: Fn() -> i64 + Send + Sync + 'static> EncodeMetric for ScrapedGauge<F> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.encode_gauge(&(self.0)())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

impl<F: Fn() -> u64 + Send + Sync + 'static> EncodeMetric for ScrapedCounter<F> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.encode_counter::<NoLabelSet, _, u64>(&(self.0)(), None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

impl<F> fmt::Debug for ScrapedGauge<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScrapedGauge").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for ScrapedCounter<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScrapedCounter").finish_non_exhaustive()
    }
}
