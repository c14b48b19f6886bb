//! The broker over the memory journal, on a real runtime: what only its public face can show.

mod descriptors;
mod durability;
mod failure;
mod house;
mod reading;
mod restart;
mod upkeep;
