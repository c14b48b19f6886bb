//! Hence: one binary that receives, stores and serves events.
//!
//! [`Server::start`] is the whole broker, embeddable: it wires a journal, the core's host and the doors, and drains them
//! again. [`commands`] is the command line. No semantics are owned here: what an event, a topic or a commit is, is below.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used))]

pub mod commands;
mod serve;

pub use serve::{
    Durability, HttpSettings, Io, JournalSettings, KafkaSettings, Listen, OpenLocal, Server, Settings,
    SettingsError, StartError, StopError, StoreError,
};
