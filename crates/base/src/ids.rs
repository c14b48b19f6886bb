//! Newtypes for ids, counts and times. Two bare integers in one signature are a mistake waiting.
//! Always: little arithmetic and no meaning; who gives an id out and what it refers to is said where that is decided.

use std::fmt;

macro_rules! newtype {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

newtype! {
    /// One stream of one journal; never used again after the stream is dropped.
    StreamId(u64)
}
newtype! {
    /// Place of a record in its stream: 0 is the first, no gaps are assigned.
    Offset(u64)
}
newtype! {
    /// Counts commits of a journal: the first commit is 1; 0 is "before everything" and always durable.
    Position(u64)
}
newtype! {
    /// Which opening of a journal wrote a block. Rises at every start; a lower epoch is fenced.
    Epoch(u64)
}
newtype! {
    /// Leader epoch of a partition as Kafka clients see it. Rises at every start that is not proved complete.
    LeaderEpoch(u32)
}
newtype! {
    /// Milliseconds since 1970-01-01 UTC. Negative values are what a client sent, never what a clock said.
    Timestamp(i64)
}
newtype! {
    /// A table of state rows. Who owns which number is written in `core::tables`.
    TableId(u16)
}

impl StreamId {
    /// Bits of the counter; the 16 above name the journal.
    const COUNTER_BITS: u32 = 48;

    /// The `counter`-th stream of journal `journal`.
    pub const fn new(journal: u16, counter: u64) -> Self {
        Self(((journal as u64) << Self::COUNTER_BITS) | (counter & ((1 << Self::COUNTER_BITS) - 1)))
    }

    /// The stream `n` after this one in the same journal.
    #[must_use]
    pub const fn plus(self, n: u64) -> Self {
        Self(self.0 + n)
    }

    /// The counter within the journal.
    pub const fn counter(self) -> u64 {
        self.0 & ((1 << Self::COUNTER_BITS) - 1)
    }
}

impl Offset {
    /// The start of every stream.
    pub const ZERO: Self = Self(0);

    /// The offset `count` records later.
    #[must_use]
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0 + count)
    }
}

impl Position {
    /// Before the first commit: durable always.
    pub const ZERO: Self = Self(0);

    /// The position of the following commit.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Timestamp {
    /// "No timestamp", as Kafka's record batches write it.
    pub const NONE: Self = Self(-1);

    /// This time, `ms` milliseconds later; saturates.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}
