//! The Kafka door: translates Kafka requests into the broker's ports and back.
//!
//! Start at `api/mod.rs`, the table of what is served; `shell/` moves bytes, `call` carries one request through its
//! handler, `produce/` and `fetch/` are the hot paths. [`serve`] is the whole face.
//!
//! Always: requests of one connection are answered in order; what a peer sends cannot panic, stall or fill the process;
//! a response is encoded in its request's version. Never here: what an operation means (the broker's core), how anything
//! is stored, another protocol.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::indexing_slicing))]

mod alarm;
mod api;
mod assignment;
mod authorized;
mod beside;
mod call;
mod configs;
mod door;
mod epoch;
mod error_code;
mod fetch;
mod ids;
pub mod limits;
mod member;
mod options;
mod ports;
mod produce;
mod resource;
mod shell;
mod topic_name;

use std::ops::RangeInclusive;

use hence_broker::Broker;
use hence_broker::net::{Drain, Listener};
use hence_kafka_proto::ApiKey;

pub use options::{Advertised, InvalidAdvertised, Options};

/// Serves `listener` until `drain` begins and its connections have ended.
pub async fn serve(
    broker: Broker,
    listener: Listener,
    options: Options,
    drain: &Drain,
) -> std::io::Result<()> {
    let plumbing = broker.plumbing().clone();
    let door = door::Door::new(broker, options);
    listener
        .serve(&plumbing, drain, move |connection| shell::Shell::new(door.clone(), connection).run())
        .await
}

/// Every API that is served, with the versions that are answered.
pub fn served() -> impl Iterator<Item = (ApiKey, RangeInclusive<i16>)> {
    api::APIS.iter().map(|api| (api.key, api.serves.clone()))
}
