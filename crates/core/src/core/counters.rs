//! Counters of the whole broker: streams, producers, groups, lossy starts.
//!
//! Always: each is a row that says which number comes next, and none ever goes back.
//!
//! ```text
//! key    "streams", "lossy-starts", "producers" or "groups"
//! value  version u8 · next u64
//! ```

use hence_base::{Epoch, StreamId};
use hence_message::kafka::ProducerId;

use crate::error::RowError;
use crate::row::{Reader, Writer};
use crate::tables::COUNTERS;
use crate::turn::Op;

/// The counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    next: [u64; Counter::ALL.len()],
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Streams that were given out.
    Streams,
    /// Starts after which something may have been missing; more than there were when their rows were missing too.
    LossyStarts,
    /// Producer ids that were given out.
    Producers,
    /// Groups that were stored.
    Groups,
}

impl Counter {
    const ALL: [Self; 4] = [Self::Streams, Self::LossyStarts, Self::Producers, Self::Groups];

    /// The key of its row. Persisted.
    const fn key(self) -> &'static [u8] {
        match self {
            Self::Streams => b"streams",
            Self::LossyStarts => b"lossy-starts",
            Self::Producers => b"producers",
            Self::Groups => b"groups",
        }
    }

    /// Where it starts: stream and group 0 are never given, so that 0 can mean "none".
    const fn first(self) -> u64 {
        match self {
            Self::Streams | Self::Groups => 1,
            Self::LossyStarts | Self::Producers => 0,
        }
    }

    /// The operation that makes `next` come next.
    pub fn put(self, next: u64) -> Op {
        Op::Put { table: COUNTERS, key: self.key().to_vec(), value: Writer::value().u64(next).done() }
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self { next: Counter::ALL.map(Counter::first) }
    }
}

impl Counters {
    /// What comes next.
    pub const fn next(&self, counter: Counter) -> u64 {
        self.next[counter as usize]
    }

    /// The next stream.
    pub const fn stream(&self) -> StreamId {
        StreamId::new(0, self.next(Counter::Streams))
    }

    /// The next producer.
    pub const fn producer(&self) -> ProducerId {
        ProducerId(self.next(Counter::Producers) as i64)
    }

    /// How many lossy starts there were.
    pub const fn lossy_starts(&self) -> u32 {
        self.next(Counter::LossyStarts) as u32
    }

    /// The operations of a start that may lack something, so perhaps the newest of these rows too. The epoch of its opening
    /// is durable and higher than any before, so nothing is given again that the lost rows gave out: the lossy starts are
    /// that many at least, and a producer id is the epoch of the newest such start (upper 32 bits) and a count (lower 32).
    pub fn after_loss(&self, epoch: Epoch) -> [Op; 2] {
        // Leader epochs are 31 bits for Kafka's clients, and so the ids stay positive. Nobody starts that often.
        let epoch = epoch.0.min(i32::MAX as u64);
        let lossy_starts = self.next(Counter::LossyStarts).saturating_add(1).max(epoch).min(i32::MAX as u64);
        let producers = self.next(Counter::Producers).max(epoch << 32);
        [Counter::LossyStarts.put(lossy_starts), Counter::Producers.put(producers)]
    }

    /// An operation that was made by [`Counter::put`].
    pub fn take_in(&mut self, op: &Op) {
        if let Op::Put { key, value, .. } = op {
            self.apply(key, value).expect("a row that was encoded here is one that is understood");
        }
    }

    /// A row was set.
    pub fn apply(&mut self, key: &[u8], value: &[u8]) -> Result<Counter, RowError> {
        let counter = Counter::ALL.into_iter().find(|counter| counter.key() == key);
        let counter = counter.ok_or(RowError { table: COUNTERS, what: "the counter is unknown" })?;
        let mut row = Reader::value(COUNTERS, value)?;
        let next = row.u64()?;
        row.end()?;
        let own = &mut self.next[counter as usize];
        *own = next.max(*own);
        Ok(counter)
    }
}
