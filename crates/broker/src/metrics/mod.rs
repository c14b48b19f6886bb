//! One registry of metrics, lent to the doors: what is counted, under which name, with which unit and labels.
//!
//! Always: labels are bounded (a door, an API of its table, an error kind), never a peer's text. Handles are looked up
//! once and counted on without a lock. Never here: how metrics are served.

mod apis;
mod connections;
mod durability;
mod latency;
mod scraped;

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use prometheus_client::encoding::text;
use prometheus_client::registry::Metric;

pub use apis::{Api, Apis};
pub use connections::Connections;
pub use durability::Durability;
pub use latency::Latency;

/// The content type of [`Registry::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Every metric of the process; clones share it.
#[derive(Clone)]
pub struct Registry(Arc<Shared>);

struct Shared {
    all: Mutex<prometheus_client::registry::Registry>,
    apis: apis::Families,
    connections: connections::Families,
}

impl Registry {
    /// A registry that holds what every process has.
    pub fn new() -> Self {
        let mut all = prometheus_client::registry::Registry::with_prefix("hence");
        let apis = apis::Families::registered(&mut all);
        let connections = connections::Families::registered(&mut all);
        Self(Arc::new(Shared { all: Mutex::new(all), apis, connections }))
    }

    /// Adds a metric. `name` is without the prefix `hence_` and with its unit last; counters get `_total` by themselves.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.0.all.lock().register(name, help, metric);
    }

    /// Adds a gauge whose value is asked for when metrics are read: for what is known elsewhere and costs nothing to ask.
    pub fn register_scraped(&self, name: &str, help: &str, value: impl Fn() -> i64 + Send + Sync + 'static) {
        self.register(name, help, scraped::ScrapedGauge(value));
    }

    /// Adds a counter in the same way: a value that never falls while the process lives.
    pub fn register_scraped_counter(
        &self,
        name: &str,
        help: &str,
        value: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.register(name, help, scraped::ScrapedCounter(value));
    }

    /// The counters of a door's APIs.
    pub fn apis(&self, door: &'static str) -> Apis {
        Apis::new(door, self.0.apis.clone())
    }

    /// The counters of a door's connections.
    pub fn connections(&self, door: &'static str) -> Connections {
        Connections::new(door, &self.0.connections)
    }

    /// Everything, in the OpenMetrics text format, which Prometheus reads.
    pub fn encode(&self) -> String {
        let mut out = String::new();
        let encoded = text::encode(&mut out, &self.0.all.lock());
        if let Err(error) = encoded {
            tracing::error!(%error, "metrics not encoded");
        }
        out
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
