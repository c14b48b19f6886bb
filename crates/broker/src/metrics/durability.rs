//! How commits fare: how many, how many bytes, how long until they are durable, and what waits for them.
//!
//! Never here: what is in them.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

use super::{Latency, Registry};

/// The counters of the hosted core and its journal; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Durability {
    /// Commits submitted.
    pub commits: Counter,
    /// Payload bytes submitted.
    pub commit_bytes: Counter,
    /// Time from a commit's submission until it is durable.
    pub durable_seconds: Latency,
    /// Newest durable position.
    pub durable_position: Gauge,
    /// Turns whose replies wait for durability.
    pub parked_turns: Gauge,
}

impl Durability {
    /// Registers all of them.
    pub fn registered(registry: &Registry) -> Self {
        let all = Self::default();
        registry.register("commits", "Commits submitted to the journal", all.commits.clone());
        registry.register("commit_bytes", "Bytes submitted to the journal", all.commit_bytes.clone());
        registry.register(
            "commit_durable_seconds",
            "Time from the submission of a commit until it is durable",
            all.durable_seconds.clone(),
        );
        registry.register("durable_position", "Newest durable position", all.durable_position.clone());
        registry.register(
            "parked_turns",
            "Turns whose replies wait for durability",
            all.parked_turns.clone(),
        );
        all
    }
}
