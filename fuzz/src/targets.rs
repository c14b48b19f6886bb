//! The targets.

/// A function that takes any bytes, and the folder of its corpus.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and its corpus' folder.
    pub name: &'static str,
    /// Takes any bytes and returns.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[];
