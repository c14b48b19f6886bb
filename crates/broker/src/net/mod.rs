//! Listener plumbing, written once for every door: addresses, accepting with limits, idle connections, drain, signals.
//!
//! Always: one connection's end or panic touches no other; a drain ends. Never here: a protocol, or what a connection
//! is for: the door gives a function that serves one.

mod activity;
mod address;
mod census;
mod drain;
mod files;
mod listener;
mod signals;

pub use activity::Activity;
pub use address::{Address, InvalidAddress};
pub use drain::{Drain, Draining};
pub use files::raise_open_files_limit;
pub use listener::{BindError, Connection, Listener, Options};
pub use signals::{StopSignal, StopSignals};

#[cfg(test)]
mod tests;
