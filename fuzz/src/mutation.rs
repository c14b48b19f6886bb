//! Deterministic mutations of corpus inputs: flips, cuts, splices and edits of what looks like a length.
//!
//! The same seed and corpus give the same inputs. There is no feedback from coverage here; libFuzzer has that.

/// Inputs never grow beyond this.
const INPUT_BYTES_MAX: usize = 64 * 1024;
/// Up to this many edits are stacked on one input.
const EDITS_MAX: u64 = 4;

/// SplitMix64: small, fast, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A sequence that depends on `seed` and `name` only.
    pub fn new(seed: u64, name: &str) -> Self {
        let mixed = name.bytes().fold(seed, |state, byte| Self(state ^ u64::from(byte)).next());
        Self(mixed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }
}

/// Numbers that sit on the edges of lengths and counts.
const EDGES: &[i64] = &[
    -1,
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64,
    i64::MAX,
    i64::MIN,
];

/// Writes a mutation of one input of `corpus` into `out`.
pub fn mutate(corpus: &[Vec<u8>], random: &mut Random, out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(&corpus[random.below(corpus.len())]);
    for _ in 0..=random.next() % EDITS_MAX {
        edit(corpus, random, out);
    }
    out.truncate(INPUT_BYTES_MAX);
}

fn edit(corpus: &[Vec<u8>], random: &mut Random, out: &mut Vec<u8>) {
    let at = random.below(out.len());
    match random.next() % 10 {
        0 if !out.is_empty() => out[at] ^= 1 << (random.next() % 8),
        1 if !out.is_empty() => out[at] = random.next() as u8,
        2 => out.truncate(at),
        3 => splice(&corpus[random.below(corpus.len())], random, out),
        4 => {
            let end = at + random.below(out.len() - at);
            out.drain(at..end);
        }
        5 => {
            let end = at + random.below((out.len() - at).min(256));
            let copy = out[at..end].to_vec();
            out.splice(at..at, copy);
        }
        6 => {
            let noise: Vec<u8> = (0..1 + random.below(16)).map(|_| random.next() as u8).collect();
            out.splice(at..at, noise);
        }
        7 => write_varint(random, at, out),
        _ => write_length(random, at, out),
    }
}

/// The front of this input, the back of another.
fn splice(other: &[u8], random: &mut Random, out: &mut Vec<u8>) {
    out.truncate(random.below(out.len() + 1));
    out.extend_from_slice(&other[random.below(other.len() + 1)..]);
}

/// Overwrites 1, 2, 4 or 8 bytes with an edge or with a number near the input's own length, either byte order.
fn write_length(random: &mut Random, at: usize, out: &mut [u8]) {
    let near = out.len() as i64 + random.below(9) as i64 - 4;
    let value = if random.next().is_multiple_of(3) { near } else { EDGES[random.below(EDGES.len())] };
    let width = 1 << random.below(4);
    let big = value.to_be_bytes();
    let little = value.to_le_bytes();
    let bytes = if random.next().is_multiple_of(2) { &big[8 - width..] } else { &little[..width] };
    for (place, byte) in out.iter_mut().skip(at).zip(bytes) {
        *place = *byte;
    }
}

/// Overwrites a few bytes with a long varint.
fn write_varint(random: &mut Random, at: usize, out: &mut [u8]) {
    let length = 1 + random.below(9);
    for (index, place) in out.iter_mut().skip(at).take(length + 1).enumerate() {
        *place = if index == length { 0x0F } else { 0xFF };
    }
}
