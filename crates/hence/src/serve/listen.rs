//! Where a door listens, as a person writes it: `off`, or what [`Address`] reads (`9092`, `localhost:9092`, `*:9092`).
//!
//! A port alone may be a number in a file or the environment. Nothing is bound here.

use std::fmt;
use std::str::FromStr;

use hence_broker::net::{Address, InvalidAddress};
use serde::{Deserialize, Serialize};

/// Where one door listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub enum Listen {
    /// The door is closed.
    Off,
    /// At this address.
    At(Address),
}

/// As it stands in a file or the environment.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Port(u16),
    Text(String),
}

impl Listen {
    /// The address, unless the door is closed.
    pub const fn address(&self) -> Option<&Address> {
        match self {
            Self::Off => None,
            Self::At(address) => Some(address),
        }
    }
}

impl FromStr for Listen {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text == "off" { Ok(Self::Off) } else { text.parse().map(Self::At) }
    }
}

impl TryFrom<Written> for Listen {
    type Error = InvalidAddress;

    fn try_from(written: Written) -> Result<Self, InvalidAddress> {
        match written {
            Written::Port(port) => Ok(Self::At(Address::loopback(port))),
            Written::Text(text) => text.parse(),
        }
    }
}

impl From<Listen> for String {
    fn from(listen: Listen) -> Self {
        listen.to_string()
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(address) => address.fmt(f),
        }
    }
}
