//! Who is connected: counts in total and per address, against their limits.
//!
//! Always: a seat is given back when it is dropped, however its connection ended. Never here: sockets.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

/// Counts connections of one listener.
#[derive(Debug)]
pub struct Census {
    connections_max: usize,
    per_address_max: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One counted connection.
#[derive(Debug)]
pub struct Seat {
    census: Arc<Census>,
    address: IpAddr,
}

/// Why a connection was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The listener has as many connections as it may.
    Total,
    /// The address has.
    Address,
}

impl Census {
    pub fn new(connections_max: usize, per_address_max: usize) -> Arc<Self> {
        Arc::new(Self { connections_max, per_address_max, counts: Mutex::default() })
    }

    /// Counts a connection from `address`, unless that is one too many.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Full> {
        let mut counts = self.counts.lock();
        if counts.total >= self.connections_max {
            return Err(Full::Total);
        }
        let here = counts.by_address.entry(address).or_default();
        if *here >= self.per_address_max {
            return Err(Full::Address);
        }
        *here += 1;
        counts.total += 1;
        Ok(Seat { census: Arc::clone(self), address })
    }
}

impl Full {
    /// What the metric's label says.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Address => "address",
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.census.counts.lock();
        counts.total = counts.total.saturating_sub(1);
        if let Some(here) = counts.by_address.get_mut(&self.address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}
