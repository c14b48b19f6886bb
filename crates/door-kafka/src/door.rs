//! What every connection of the door shares: the broker's ports, the options, the fetch sessions, the counters.
//!
//! Never here: a socket or a request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hence_broker::metrics;
use hence_broker::{Broker, id_text};
use hence_kafka_proto::ApiKey;

use crate::api::{self, Api};
use crate::fetch::Sessions;
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
    counters: Vec<metrics::Api>,
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
        let cluster_id = id_text(broker.identity());
        Arc::new(Self { broker, options, cluster_id, sessions, counters })
    }

    /// The row of an API; `None` when it is not served.
    pub fn row(&self, key: ApiKey) -> Option<Row<'_>> {
        let at = api::row_of(key)?;
        Some(Row { api: api::APIS.get(at)?, counters: self.counters.get(at)? })
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
