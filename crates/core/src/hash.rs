//! A hasher with a fixed seed for keys that the core itself counts up: stream ids.
//!
//! Such keys need no defence against chosen collisions, and one seed gives the same map in every run.

#![expect(
    clippy::disallowed_types,
    reason = "the hasher has a fixed seed, so the order is the same in every run"
)]

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use hence_base::StreamId;

/// A map by stream.
pub type StreamMap<V> = HashMap<StreamId, V, BuildHasherDefault<CounterHasher>>;

/// Multiplies by an odd constant and folds the halves: neighbours spread over the whole table.
#[derive(Clone, Copy, Debug, Default)]
pub struct CounterHasher(u64);

/// 2⁶⁴ divided by the golden ratio, made odd.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

impl Hasher for CounterHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let wide = u128::from(self.0 ^ value) * u128::from(SPREAD);
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }
}
