//! What every connection of the door shares: the broker's ports, the options, the fetch sessions, the counters.
//!
//! Never here: a socket or a request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hence_broker::Broker;
use hence_broker::metrics;
use hence_kafka_proto::ApiKey;

use crate::api::{self, Api};
use crate::beside::Beside;
use crate::fetch::Sessions;
use crate::limits::WARNING_INTERVAL_MS;
use crate::options::{Advertised, Options};

/// The door's state.
#[derive(Debug)]
pub struct Door {
    /// The broker's ports.
    pub broker: Broker,
    /// What an operator chose.
    pub options: Options,
    /// Names this broker for clients, 22 characters: follows from the journal's identity.
    pub cluster_id: String,
    /// Fetch sessions of all clients.
    pub sessions: Sessions,
    /// Where what takes long is done.
    pub beside: Beside,
    counters: Vec<metrics::Api>,
    /// The row of each API, by its number.
    rows: Vec<Option<usize>>,
    /// Paces what an operator is told of peers' faults.
    pub faults: OnceASecond,
    /// The same of peers that speak another protocol: theirs is a mistake of settings, which no flood of faults hides.
    pub strangers: OnceASecond,
}

/// Lets one line through a second, so that nobody fills the log.
#[derive(Debug, Default)]
pub struct OnceASecond {
    /// When it last did, in milliseconds of the clock's monotonic scale; 0 before.
    last_ms: AtomicU64,
}

/// One row of the table with its counters.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The API.
    pub api: &'static Api,
    /// Its counters.
    pub counters: &'a metrics::Api,
}

impl Door {
    /// A door to `broker`.
    pub fn new(broker: Broker, options: Options) -> Arc<Self> {
        let apis = broker.plumbing().metrics.apis("kafka");
        let counters = api::APIS.iter().map(|api| apis.api(api.key.name())).collect();
        let sessions = Sessions::new(options.fetch_sessions_max);
        let cluster_id = broker.cluster_id();
        let highest =
            api::APIS.iter().filter_map(|api| usize::try_from(api.key.number()).ok()).max().unwrap_or(0);
        let key_of = |number: usize| i16::try_from(number).ok().and_then(ApiKey::from_number);
        let rows = (0..=highest).map(|number| key_of(number).and_then(api::row_of)).collect();
        let beside = Beside::new();
        let (faults, strangers) = (OnceASecond::default(), OnceASecond::default());
        Arc::new(Self { broker, options, cluster_id, sessions, beside, counters, rows, faults, strangers })
    }

    /// The row of an API; `None` when it is not served.
    pub fn row(&self, key: ApiKey) -> Option<Row<'_>> {
        let at = (*self.rows.get(usize::try_from(key.number()).ok()?)?)?;
        Some(Row { api: api::APIS.get(at)?, counters: self.counters.get(at)? })
    }

    /// How long a peer may send and take too little of what is awaited of it.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.options.stalled_request_ms)
    }

    /// What a client on a connection to `local` is told to connect to.
    pub fn advertised(&self, local: SocketAddr) -> Advertised {
        if let Some(advertised) = &self.options.advertised {
            return advertised.clone();
        }
        let host = match local.ip() {
            IpAddr::V6(address) => address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4),
            address => address,
        };
        Advertised { host: host.to_string(), port: local.port() }
    }
}

impl OnceASecond {
    /// Whether one may be told `now`.
    pub fn may(&self, now: Duration) -> bool {
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let due = |last: u64| {
            (last == 0 || now_ms.saturating_sub(last) >= WARNING_INTERVAL_MS).then_some(now_ms.max(1))
        };
        self.last_ms.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok()
    }
}
