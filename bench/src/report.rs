//! What a run says: counts, rates, latencies, costs, as one JSON object.
//!
//! Megabytes are 10⁶ bytes of record batches; latencies are microseconds.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::watch::Cost;

/// Longest latency that is told apart.
const LATENCY_NS_MAX: u64 = 120_000_000_000;
const DIGITS: u8 = 3;

/// Latencies of a run.
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// None yet.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, LATENCY_NS_MAX, DIGITS)?))
    }

    /// Adds one.
    pub fn add(&mut self, latency: Duration) {
        self.0.saturating_record(latency.as_nanos() as u64);
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// The quantiles that are shown.
    pub fn quantiles(&self) -> Quantiles {
        let at = |quantile: f64| self.0.value_at_quantile(quantile) as f64 / 1e3;
        Quantiles {
            count: self.0.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: self.0.max() as f64 / 1e3,
        }
    }
}

/// Microseconds at quantiles.
#[derive(Debug, Serialize)]
pub struct Quantiles {
    /// How many were seen.
    pub count: u64,
    /// Half are below.
    pub p50: f64,
    /// 90 % are below.
    pub p90: f64,
    /// 99 % are below.
    pub p99: f64,
    /// 99.9 % are below.
    pub p999: f64,
    /// The longest.
    pub max: f64,
}

/// What was moved in the window.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Requests that were answered (or fetch responses with records).
    pub requests: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of record batches in them.
    pub bytes: u64,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            records: self.records + other.records,
            bytes: self.bytes + other.bytes,
        }
    }

    /// What was added since `before`.
    #[must_use]
    pub const fn minus(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            records: self.records - before.records,
            bytes: self.bytes - before.bytes,
        }
    }
}

/// The report of a run.
#[derive(Debug, Serialize)]
pub struct Report {
    requests_per_s: f64,
    records_per_s: f64,
    mb_per_s: f64,
    /// Broker processor seconds for 10⁹ bytes.
    broker_cpu_s_per_gb: Option<f64>,
    /// Broker processor microseconds for one record.
    broker_cpu_us_per_record: Option<f64>,
    /// 10⁹ bytes for a broker processor second.
    gb_per_broker_cpu_s: Option<f64>,
    context_switches_per_s: Option<f64>,
    /// Commits of a ceiling probe's log: writes that are durable, or would be.
    syncs_per_s: Option<f64>,
    /// From sending a request to its response.
    ack_us: Option<Quantiles>,
    /// From the intended time to the record's arrival at a consumer.
    end_to_end_us: Option<Quantiles>,
    /// How late requests left, after their intended times.
    late_us: Option<Quantiles>,
    cost: Cost,
}

impl Report {
    /// Rates and costs of a window.
    pub fn of(counts: Counts, cost: Cost) -> Self {
        let Counts { requests, records, bytes } = counts;
        let gb = bytes as f64 / 1e9;
        let cpu = cost.broker.as_ref().map(|broker| broker.cpu_s);
        let switches = cost.broker.as_ref().map(|broker| broker.context_switches as f64 / cost.seconds);
        Self {
            requests_per_s: requests as f64 / cost.seconds,
            records_per_s: records as f64 / cost.seconds,
            mb_per_s: bytes as f64 / 1e6 / cost.seconds,
            broker_cpu_s_per_gb: cpu.map(|cpu| cpu / gb),
            broker_cpu_us_per_record: cpu.map(|cpu| cpu * 1e6 / records as f64),
            gb_per_broker_cpu_s: cpu.map(|cpu| gb / cpu),
            context_switches_per_s: switches,
            syncs_per_s: None,
            ack_us: None,
            end_to_end_us: None,
            late_us: None,
            cost,
        }
    }

    /// Adds the latency of acknowledgements.
    #[must_use]
    pub fn acks(mut self, latencies: &Latencies) -> Self {
        self.ack_us = Some(latencies.quantiles());
        self
    }

    /// Adds how late the generator was.
    #[must_use]
    pub fn late(mut self, late: &Latencies) -> Self {
        self.late_us = Some(late.quantiles());
        self
    }

    /// Adds how often a probe's log has committed.
    #[must_use]
    pub fn syncs(mut self, commits: u64) -> Self {
        self.syncs_per_s = Some(commits as f64 / self.cost.seconds);
        self
    }

    /// Adds the latency from the intended time to a consumer, and how late the generator was.
    #[must_use]
    pub fn end_to_end(mut self, latencies: &Latencies, late: &Latencies) -> Self {
        self.end_to_end_us = Some(latencies.quantiles());
        self.late(late)
    }

    /// One line.
    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }
}
