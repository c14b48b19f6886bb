//! What may be changed about the Kafka door by whoever embeds it; `hence serve` has settings for some of it.
//!
//! Every option has a default that is right for most; limits of the format are in `limits`.

use serde::{Deserialize, Serialize};

use crate::limits;

/// Options of the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The address that clients are told to connect to; absent: the one that each client connected to.
    pub advertised: Option<Advertised>,
    /// This broker's number among its cluster's; there is one.
    pub node_id: i32,
    /// Partitions of a topic that names no count: Kafka's `num.partitions`.
    pub default_partitions: i32,
    /// Whether Metadata may create topics: Kafka's `auto.create.topics.enable`.
    pub auto_create_topics: bool,
    /// Whether a topic may be created with a replication factor above 1: it has one copy all the same.
    pub accept_replication_factor: bool,
    /// How long a new group waits for its first members: shown in DescribeConfigs; the core acts on it.
    pub group_initial_rebalance_delay_ms: i64,
    /// Largest request, in bytes: Kafka's `socket.request.max.bytes`.
    pub request_bytes_max: usize,
    /// A connection that has begun a request and sends less than an eighth of it for so long is closed; one that takes
    /// less than an eighth of its responses as well, when others wait for the room.
    pub stalled_request_ms: u64,
    /// Fetch sessions at most: Kafka's `max.incremental.fetch.session.cache.slots`.
    pub fetch_sessions_max: usize,
}

/// A host and a port, as clients are told them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advertised {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Text that is not `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address to advertise; write HOST:PORT, with an IPv6 address in brackets")]
pub struct InvalidAdvertised(pub String);

impl std::str::FromStr for Advertised {
    type Err = InvalidAdvertised;

    fn from_str(text: &str) -> Result<Self, InvalidAdvertised> {
        let invalid = || InvalidAdvertised(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(invalid)?;
        let port: u16 = port.parse().map_err(|_| invalid())?;
        let host = match host.strip_prefix('[').map(|host| host.strip_suffix(']')) {
            Some(Some(address)) => address,
            Some(None) => return Err(invalid()),
            None if host.contains(':') => return Err(invalid()),
            None => host,
        };
        let unspecified = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_unspecified());
        if host.is_empty() || port == 0 || unspecified || host.contains(char::is_whitespace) {
            return Err(invalid());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            advertised: None,
            node_id: 1,
            default_partitions: 1,
            auto_create_topics: true,
            accept_replication_factor: false,
            group_initial_rebalance_delay_ms: 3_000,
            request_bytes_max: limits::REQUEST_BYTES_MAX_DEFAULT,
            stalled_request_ms: limits::STALLED_REQUEST_MS_DEFAULT,
            fetch_sessions_max: limits::FETCH_SESSIONS_MAX_DEFAULT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advertised_address_is_a_host_and_a_port() {
        let good = |text: &str| text.parse::<Advertised>().map(|it| (it.host, it.port));
        assert_eq!(good("broker.example:9092"), Ok(("broker.example".to_owned(), 9092)));
        assert_eq!(good("[::1]:9092"), Ok(("::1".to_owned(), 9092)));
    }

    #[test]
    fn what_no_client_could_connect_to_is_not_advertised() {
        for text in ["", "9092", "host", "host:0", ":9092", "0.0.0.0:9092", "[::]:9092", "::1:9092", "a b:1"]
        {
            assert!(text.parse::<Advertised>().is_err(), "{text}");
        }
    }
}
