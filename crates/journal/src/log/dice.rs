//! Chance from a seed, for the tests of the log.
//!
//! Always: a seed gives the same numbers again. Never here: what is done with them.

/// Numbers from a seed.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}
