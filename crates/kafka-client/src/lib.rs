//! A small Kafka client for the command line, the benchmarks and the tests.
//!
//! [`Client`] knows brokers and topics; [`Connection`] sends any request of the codec, several at once, and hands back
//! what answered it; [`PartitionWriter`] and [`PartitionReader`] move whole record batches, which `hence-message` makes
//! and reads. It works against any Kafka of version 2.1 or later.
//!
//! Never here: retries of a write (an answer that was lost is not an answer), consumer groups as a library, batching.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used))]

mod client;
mod connection;
mod error;
mod fetch;
pub mod limits;
mod negotiation;
mod offsets;
mod produce;
mod topics;

pub use client::{Broker, Client, Cluster, Options, Partition, Topic};
pub use connection::{Answer, Connection, Pending};
pub use error::{
    BadBootstrap, CallError, Closed, ConnectFailed, NotOffered, OperationError, Refused, TimedOut, Unreadable,
};
pub use fetch::{Fetched, PartitionReader, ReadLimits};
pub use negotiation::Offered;
pub use offsets::{At, Found};
pub use produce::{Acks, PartitionWriter, PendingWrite, Written};
pub use topics::{ConfigEntry, NewTopic};
