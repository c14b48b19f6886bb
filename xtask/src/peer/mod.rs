//! The brokers that tasks run: the real peer, Apache Kafka from its published jars as one KRaft node, and Hence itself.
//!
//! Always: nothing leaves `compat/work`, every listener is on 127.0.0.1, and a node dies with its [`Peer`]. The version
//! is the one of `compat/kafka/peer/pom.xml`. Kafka's own tools are run by class through [`Jars::tool`].

// The benchmarks use what compat does not.
#![allow(dead_code, unused_imports, reason = "compat and bench each use a part of this")]

mod hence;
mod install;
mod node;

pub use hence::{Hence, HenceOptions, setting};
pub use install::{Jars, root, work_dir};
pub use node::{Options, Peer, free_port, now, pause, terminate, wait_until_it_answers};
