//! The only source of chance in tests: a small generator that a seed determines, the same on every machine.
//!
//! Always: equal seeds give equal sequences, in every version of this crate that does not say otherwise.
//! Never here: the system's randomness, secrets.

/// xoshiro256++, seeded through splitmix64.
#[derive(Clone, Debug)]
pub struct Dice {
    state: [u64; 4],
}

impl Dice {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        let mut at = seed;
        let mut next = || {
            at = at.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = at;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ (mixed >> 31)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// Another sequence that this one determines and that does not disturb it further.
    pub fn fork(&mut self) -> Self {
        Self::new(self.next())
    }

    /// 64 even bits.
    pub const fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// An even number below `bound`; 0 when that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// An even number in `from..=to`.
    pub fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// Small numbers often, numbers near `bound` seldom: the exponent is even.
    pub fn skewed(&mut self, bound: u64) -> u64 {
        let bits = u64::from(64 - bound.leading_zeros());
        let cut = self.below(bits + 1);
        self.below(bound.min(1 << cut.min(63)))
    }

    /// True once in `times`.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of `choices`.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.below(choices.len() as u64) as usize)
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn equal_seeds_give_equal_sequences_and_others_do_not() {
        let draw = |seed| {
            let mut dice = Dice::new(seed);
            [dice.next(), dice.below(10), dice.skewed(1_000), dice.fork().next()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut dice = Dice::new(1);
        for bound in 1..500 {
            assert!(dice.below(bound) < bound && dice.skewed(bound) < bound);
        }
    }
}
