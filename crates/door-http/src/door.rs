//! What every handler borrows: the broker and what the process says about itself.
//!
//! Never here: state that changes; that is the broker's.

use std::time::Duration;

use hence_broker::Broker;

use crate::damage::Damage;

/// What the process says about itself.
#[derive(Clone, Debug)]
pub struct About {
    /// The version of the binary.
    pub version: String,
    /// What an acknowledgement promises: `fsync`, `os` or `memory`.
    pub durability: String,
    /// Each door and where it listens.
    pub listeners: Vec<(String, String)>,
    /// What is known to be damaged of what is stored.
    pub damage: Damage,
    /// Partitions of a topic that names no count.
    pub default_partitions: i32,
}

impl Default for About {
    fn default() -> Self {
        Self {
            version: String::new(),
            durability: String::new(),
            listeners: Vec::new(),
            damage: Damage::default(),
            default_partitions: 1,
        }
    }
}

/// The state of the door.
#[derive(Debug)]
pub struct Door {
    pub broker: Broker,
    pub about: About,
    /// When it began to serve, on the clock's monotonic scale.
    pub started_at: Duration,
}
