//! Connections per door: open now, accepted, turned away by which limit, closed as idle, failed accepts.
//!
//! Never here: who connected.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DoorLabels {
    door: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    door: &'static str,
    limit: &'static str,
}

#[derive(Clone, Debug, Default)]
pub struct Families {
    open: Family<DoorLabels, Gauge>,
    accepted: Family<DoorLabels, Counter>,
    turned_away: Family<LimitLabels, Counter>,
    idle_closed: Family<DoorLabels, Counter>,
    accept_failures: Family<DoorLabels, Counter>,
}

impl Families {
    pub fn registered(registry: &mut Registry) -> Self {
        let all = Self::default();
        registry.register("connections_open", "Connections open now", all.open.clone());
        registry.register("connections_accepted", "Connections accepted", all.accepted.clone());
        registry.register(
            "connections_turned_away",
            "Connections closed at once because of a limit",
            all.turned_away.clone(),
        );
        registry.register("connections_idle_closed", "Connections closed as idle", all.idle_closed.clone());
        registry.register(
            "accept_failures",
            "Connections that could not be accepted",
            all.accept_failures.clone(),
        );
        all
    }
}

/// The counters of one door's connections; clones share them.
#[derive(Clone, Debug)]
pub struct Connections {
    door: &'static str,
    /// Connections open now.
    pub open: Gauge,
    /// Connections accepted, those turned away included.
    pub accepted: Counter,
    /// Connections closed as idle.
    pub idle_closed: Counter,
    /// Accepts that failed.
    pub accept_failures: Counter,
    turned_away: Family<LimitLabels, Counter>,
}

/// Counts one connection as open until it is dropped.
#[derive(Debug)]
pub struct OpenConnection(Gauge);

impl Connections {
    pub(super) fn new(door: &'static str, families: &Families) -> Self {
        let labels = DoorLabels { door };
        Self {
            door,
            open: families.open.get_or_create_owned(&labels),
            accepted: families.accepted.get_or_create_owned(&labels),
            idle_closed: families.idle_closed.get_or_create_owned(&labels),
            accept_failures: families.accept_failures.get_or_create_owned(&labels),
            turned_away: families.turned_away.clone(),
        }
    }

    /// Connections that `limit` turned away.
    pub fn turned_away(&self, limit: &'static str) -> Counter {
        self.turned_away.get_or_create_owned(&LimitLabels { door: self.door, limit })
    }

    /// Counts a connection as open until the answer is dropped.
    pub fn opened(&self) -> OpenConnection {
        self.open.inc();
        OpenConnection(self.open.clone())
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}
