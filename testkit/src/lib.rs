//! What tests share: the simulator with its disk, the model that stores are compared with, chance from a seed.
//!
//! [`dice`] is the only source of chance, [`disk`] breaks as real ones do, [`held`] is a journal that does what a test
//! says, [`model`] is what a journal owes, [`sim`] runs one seed, [`images`] are what crashes could have left of real runs,
//! [`command`] is what the binaries share.
//! Never here: anything that the product needs.

#![forbid(unsafe_code)]

pub mod command;
mod counts;
pub mod dice;
pub mod disk;
pub mod held;
pub mod images;
pub mod model;
pub mod sim;
