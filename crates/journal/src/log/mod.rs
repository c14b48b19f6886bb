//! The log as a machine without I/O: what the next block holds and where it goes, what recovery accepts, where entries are.
//!
//! Always: a rule stands here once, for the running store, for recovery and for the simulator.
//! Never here: files, threads, clocks.

pub mod chain;
#[cfg(test)]
mod dice;
pub mod index;
pub mod intake;
pub mod recovery;
pub mod rows;
pub mod runs;
pub mod track;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by stream id or sequence number: ids are counters, so one multiplication spreads them.
pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// Hashes one integer by a multiplication.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
