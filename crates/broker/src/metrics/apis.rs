//! What each API of each door did: requests, bytes in and out, failures by kind, latency.
//!
//! A door asks once per row of its table for an [`Api`] and counts on it. Never here: which APIs there are.

use std::time::Duration;

use hence_base::ErrorKind;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Latency;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ApiLabels {
    door: &'static str,
    api: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    door: &'static str,
    api: &'static str,
    kind: &'static str,
}

#[derive(Clone, Debug, Default)]
pub struct Families {
    requests: Family<ApiLabels, Counter>,
    request_bytes: Family<ApiLabels, Counter>,
    response_bytes: Family<ApiLabels, Counter>,
    failures: Family<FailureLabels, Counter>,
    seconds: Family<ApiLabels, Latency>,
}

impl Families {
    pub fn registered(registry: &mut Registry) -> Self {
        let all = Self::default();
        registry.register("requests", "Requests received", all.requests.clone());
        registry.register("request_bytes", "Bytes of requests received", all.request_bytes.clone());
        registry.register("response_bytes", "Bytes of responses sent", all.response_bytes.clone());
        registry.register("errors", "Failures answered, by kind", all.failures.clone());
        registry.register(
            "request_seconds",
            "Time from a request's last byte to its response",
            all.seconds.clone(),
        );
        all
    }
}

/// The counters of one door's APIs.
#[derive(Clone, Debug)]
pub struct Apis {
    door: &'static str,
    families: Families,
}

/// The counters of one API; clones share them.
#[derive(Clone, Debug)]
pub struct Api {
    requests: Counter,
    request_bytes: Counter,
    response_bytes: Counter,
    seconds: Latency,
    failures: Family<FailureLabels, Counter>,
    labels: ApiLabels,
}

impl Apis {
    pub(super) fn new(door: &'static str, families: Families) -> Self {
        Self { door, families }
    }

    /// The counters of `api`, a name of the door's table.
    pub fn api(&self, api: &'static str) -> Api {
        let labels = ApiLabels { door: self.door, api };
        Api {
            requests: self.families.requests.get_or_create_owned(&labels),
            request_bytes: self.families.request_bytes.get_or_create_owned(&labels),
            response_bytes: self.families.response_bytes.get_or_create_owned(&labels),
            seconds: self.families.seconds.get_or_create_owned(&labels),
            failures: self.families.failures.clone(),
            labels,
        }
    }
}

impl Api {
    /// A request came in whole.
    pub fn received(&self, bytes: u64) {
        self.requests.inc();
        self.request_bytes.inc_by(bytes);
    }

    /// Its response was handed to the socket.
    pub fn answered(&self, bytes: u64, took: Duration) {
        self.response_bytes.inc_by(bytes);
        self.seconds.observe(took);
    }

    /// It was answered with a failure (or a part of it was).
    pub fn failed(&self, kind: ErrorKind) {
        let ApiLabels { door, api } = self.labels;
        self.failures.get_or_create(&FailureLabels { door, api, kind: label(kind) }).inc();
    }
}

const fn label(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Invalid => "invalid",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Exists => "exists",
        ErrorKind::Conflict => "conflict",
        ErrorKind::Denied => "denied",
        ErrorKind::Limit => "limit",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Unknown => "unknown",
        ErrorKind::Corrupt => "corrupt",
    }
}
