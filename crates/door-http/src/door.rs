//! What every handler borrows: the broker and what the process says about itself.
//!
//! Never here: state that changes; that is the broker's.

use std::time::Duration;

use hence_broker::Broker;

use crate::damage::Damage;

/// What the process says about itself.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The version of the binary.
    pub version: String,
    /// What an acknowledgement promises: `fsync`, `os` or `memory`.
    pub durability: String,
    /// Each door and where it listens.
    pub listeners: Vec<(String, String)>,
    /// What is known to be damaged of what is stored.
    pub damage: Damage,
}

/// The state of the door.
#[derive(Debug)]
pub struct Door {
    pub broker: Broker,
    pub about: About,
    /// When it began to serve, on the clock's monotonic scale.
    pub started_at: Duration,
}
