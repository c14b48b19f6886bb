//! The whole broker as one value: [`Server::start`] wires a journal, the core's host and the doors; [`Server::stop`]
//! drains them in the opposite order.
//!
//! Always: nothing is accepted before the journal is recovered and the first commit is durable; a door that fails to
//! bind starts nothing. Never here: signals, the command line, logs' destination.

mod doors;
mod limits;
mod listen;
mod measures;
mod settings;
mod sources;
mod store;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use hence_broker::net::Drain;
use hence_broker::{Broker, Recovery};
use hence_door_http::Damage;
use hence_journal::local::LocalJournal;

pub use listen::Listen;
pub use settings::{Durability, HttpSettings, Io, JournalSettings, KafkaSettings, Settings, SettingsError};
pub use store::{OpenLocal, StoreError};

use doors::Doors;

/// A running broker.
#[derive(Debug)]
pub struct Server {
    broker: Broker,
    doors: Doors,
    drain: Drain,
    ready: String,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] hence_broker::net::BindError),
    /// `kafka.advertised` names no address.
    #[error(transparent)]
    Advertised(#[from] hence_door_kafka::InvalidAdvertised),
    /// Nobody is authenticated, and the address can be reached from elsewhere.
    #[error(
        "{door} would listen on {address}, where other machines can reach it, and nobody is authenticated\n  \
         → listen on localhost, or pass --allow-remote (in a file: allow_remote = true) if everyone who can reach \
         this machine may do everything"
    )]
    Remote {
        /// The door.
        door: &'static str,
        /// Where.
        address: String,
    },
    /// The journal cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state cannot be recovered.
    #[error(transparent)]
    Broker(#[from] hence_broker::StartError),
}

/// Why a stop was not clean. What was acknowledged is still there.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// The journal could not be closed.
    #[error("the journal was not closed cleanly: {0}")]
    Journal(hence_broker::Failure),
}

impl Server {
    /// Opens the journal, recovers, binds and serves. Returns once connections are accepted.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        Self::start_with(settings, &LocalJournal::open).await
    }

    /// The same, with the journal's files opened by the caller: on a disk of its own, with options that are no settings.
    pub async fn start_with(settings: Settings, local: &OpenLocal<'_>) -> Result<Self, StartError> {
        let open_files = hence_broker::net::raise_open_files_limit();
        let bound = doors::bind(&settings, open_files)?;
        let mut recovery = Recovery::new(settings.core());
        let opened = store::open(&settings, &mut recovery, local)?;
        let options = hence_broker::Options { flush: opened.flush, ..settings.broker.clone() };
        let broker = Broker::start(recovery, opened.journal, opened.opening, &options).await?;
        let mut damage = Damage::default();
        if let Some(journal) = &opened.local {
            measures::register(&broker.plumbing().metrics, journal, &settings.data);
            damage = measures::damage(journal);
        }
        let drain = Drain::new();
        let mut ready = String::from("ready");
        bound.describe(&mut ready);
        // Writing to a string cannot fail.
        let _ =
            write!(ready, " durability={} io={} data={}", settings.durability, opened.io, word(opened.data));
        let doors = bound.serve(&broker, &settings, &drain, damage);
        Ok(Self { broker, doors, drain, ready })
    }

    /// `ready kafka=… http=… durability=… io=… data=…`; a value with white space or quotes in it is a JSON string.
    pub fn ready_line(&self) -> &str {
        &self.ready
    }

    /// The broker, for programs that embed it.
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// Takes nothing new, answers what waits, makes everything durable and closes the journal.
    pub async fn stop(self) -> Result<(), StopError> {
        self.drain.begin();
        self.doors.ended().await;
        self.broker.close().await.map_err(StopError::Journal)
    }
}

/// `text` as a value of the ready line, which spaces divide.
fn word(text: String) -> String {
    if text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || "\"'`".contains(letter))
    {
        return serde_json::Value::String(text).to_string();
    }
    text
}
