//! The simulation: a journal on a disk that breaks, driven by one seed, held to what it owes.
//!
//! Always: one seed does the same twice, byte for byte; a broken promise is told with the step that showed it.
//! [`run`] is one seed; [`Counts`] say that the hard paths ran. Never here: threads, clocks, real files.

mod counts;
pub mod house;
mod opened;
mod owner;
mod run;
mod setup;
mod workload;

pub use counts::Counts;
pub use run::{Failed, Ran, run};
pub use setup::{Durability, Setup};

/// What other proofs use of it.
pub mod parts {
    pub use super::owner::{Ends, Rebuilt};
    pub use super::workload::Workload;
}

#[cfg(test)]
mod tests;
