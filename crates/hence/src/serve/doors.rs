//! The doors: bound before anything is recovered, so that a port in use is told at once; served after it.
//!
//! Always: an address that other machines can reach needs `allow_remote`, since nobody is authenticated yet.

use std::fmt::Write as _;

use hence_broker::Broker;
use hence_broker::net::{Drain, Listener};
use hence_door_http::Damage;
use hence_door_kafka::Advertised;
use tokio::task::JoinSet;

use super::StartError;
use super::limits::FILES_KEPT;
use super::listen::Listen;
use super::settings::Settings;

/// What the doors have of the others.
const KAFKA_SHARE: f64 = 0.75;
const HTTP_SHARE: f64 = 1.0 - KAFKA_SHARE;

/// Listeners that are bound and not yet served.
#[derive(Debug)]
pub struct Bound {
    kafka: Option<Listener>,
    advertised: Option<Advertised>,
    http: Option<Listener>,
}

/// Doors that are served.
#[derive(Debug)]
pub struct Doors {
    tasks: JoinSet<()>,
}

/// Binds every door that is not off, for a process that may have so many files open.
pub fn bind(settings: &Settings, open_files: u64) -> Result<Bound, StartError> {
    let listener = |share| within(&settings.listener, open_files, share);
    let advertised = settings.kafka.advertised.as_deref().map(str::parse).transpose()?;
    Ok(Bound {
        advertised,
        kafka: bind_one("kafka", &settings.kafka.listen, settings.allow_remote, listener(KAFKA_SHARE))?,
        http: bind_one("http", &settings.http.listen, settings.allow_remote, listener(HTTP_SHARE))?,
    })
}

/// So many connections of a door that files are left for the journal, which must never find none, and for other doors.
pub fn within(
    options: &hence_broker::net::Options,
    open_files: u64,
    share: f64,
) -> hence_broker::net::Options {
    let kept = FILES_KEPT.min(open_files / 2);
    let most = ((open_files - kept) as f64 * share) as usize;
    if most < options.connections_max {
        tracing::info!(
            open_files,
            connections_max = most,
            "fewer connections are taken than the settings say; raise the limit of open files (ulimit -n)"
        );
    }
    hence_broker::net::Options { connections_max: options.connections_max.min(most), ..options.clone() }
}

fn bind_one(
    door: &'static str,
    listen: &Listen,
    allow_remote: bool,
    listener: hence_broker::net::Options,
) -> Result<Option<Listener>, StartError> {
    let Some(address) = listen.address() else { return Ok(None) };
    if !address.is_loopback() && !allow_remote {
        return Err(StartError::Remote { door, address: address.to_string() });
    }
    Ok(Some(Listener::bind(door, address, listener)?))
}

impl Bound {
    /// Adds ` kafka=… http=…`.
    pub fn describe(&self, line: &mut String) {
        for (name, place) in self.places() {
            // Writing to a string cannot fail.
            let _ = write!(line, " {name}={place}");
        }
    }

    fn places(&self) -> [(&'static str, String); 2] {
        [("kafka", &self.kafka), ("http", &self.http)]
            .map(|(name, listener)| (name, listener.as_ref().map_or_else(|| "off".to_owned(), place)))
    }

    /// Serves each in a task until `drain` begins and its connections have ended.
    pub fn serve(self, broker: &Broker, settings: &Settings, drain: &Drain, damage: Damage) -> Doors {
        let mut tasks = JoinSet::new();
        let listeners = self.places().map(|(name, place)| (name.to_owned(), place)).into();
        if let Some(listener) = self.kafka {
            let options = hence_door_kafka::Options {
                advertised: self.advertised,
                default_partitions: settings.kafka.default_partitions,
                auto_create_topics: settings.kafka.auto_create_topics,
                accept_replication_factor: settings.kafka.accept_replication_factor,
                group_initial_rebalance_delay_ms: settings.kafka.group_initial_rebalance_delay_ms.into(),
                ..hence_door_kafka::Options::default()
            };
            let (broker, drain) = (broker.clone(), drain.clone());
            tasks.spawn(async move {
                ended("kafka", hence_door_kafka::serve(broker, listener, options, &drain).await)
            });
        }
        if let Some(listener) = self.http {
            let about = hence_door_http::About {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                durability: settings.durability.to_string(),
                listeners,
                damage,
                default_partitions: settings.kafka.default_partitions,
            };
            let (broker, drain) = (broker.clone(), drain.clone());
            let allowed = settings.http.allowed_hosts.clone();
            tasks.spawn(async move {
                ended("http", hence_door_http::serve(broker, listener, &drain, about, &allowed).await)
            });
        }
        Doors { tasks }
    }
}

impl Doors {
    /// Waits until every door has ended.
    pub async fn ended(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// `localhost:9092` where both loopbacks are bound, else the address.
fn place(listener: &Listener) -> String {
    match listener.addresses() {
        [only] => only.to_string(),
        all if all.iter().all(|address| address.ip().is_loopback()) => {
            format!("localhost:{}", listener.port())
        }
        _ => format!("*:{}", listener.port()),
    }
}

fn ended<E: std::fmt::Display>(door: &'static str, end: Result<(), E>) {
    if let Err(error) = end {
        tracing::error!(door, %error, "door closed");
    }
}
