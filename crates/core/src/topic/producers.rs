//! What one idempotent producer sent to one partition last: its epoch and its five newest batches.
//!
//! Always: sequences are judged in arrival order (KIP-98); a batch that is sent again within the window is answered with
//! the offset that it got. A producer that is not known may start anywhere, as Kafka allows it: its state may have expired.
//! Forgetting is no fact: after a recovery more may be remembered, never less.
//!
//! ```text
//! key    stream u64 · producer u64
//! value  version u8 · epoch i16 · used i64 · batches u32 × (first sequence i32, records u32, base offset u64)
//! ```

use hence_base::{Offset, Timestamp};
use hence_message::kafka::{Producer, ProducerEpoch, ProducerId, Sequence};
use smallvec::SmallVec;

use crate::error::{AppendError, OutOfOrderSequence, ProducerFenced, RowError};
use crate::limits::PRODUCER_WINDOW_BATCHES;
use crate::row::{Reader, Writer};

/// A batch that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    first: Sequence,
    records: u32,
    base: Offset,
}

impl Seen {
    const fn last(self) -> Sequence {
        self.first.plus(self.records - 1)
    }
}

/// The newest batches of one producer in one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    epoch: ProducerEpoch,
    /// The oldest first; at least one.
    batches: SmallVec<[Seen; PRODUCER_WINDOW_BATCHES]>,
    /// When it was heard of last; [`Timestamp::NONE`] when only recovery saw it.
    pub used: Timestamp,
    /// Whether it changed since it was written as a row.
    pub dirty: bool,
}

impl Window {
    /// A window whose first batch is this one.
    pub fn new(producer: Producer, records: u32, base: Offset, used: Timestamp) -> Self {
        let seen = Seen { first: producer.base_sequence, records, base };
        Self { epoch: producer.epoch, batches: SmallVec::from_iter([seen]), used, dirty: false }
    }

    /// Judges a batch: the offset of the batch that it repeats, or nothing when it is next in line.
    pub fn judge(&self, producer: Producer, records: u32) -> Result<Option<Offset>, AppendError> {
        let Producer { id, epoch, base_sequence: first } = producer;
        if epoch < self.epoch {
            return Err(ProducerFenced { producer: id, got: epoch, current: self.epoch }.into());
        }
        let expected = if epoch > self.epoch { Sequence(0) } else { self.next() };
        if epoch == self.epoch {
            let last = first.plus(records - 1);
            let same = self.batches.iter().find(|seen| seen.first == first && seen.last() == last);
            if let Some(seen) = same {
                return Ok(Some(seen.base));
            }
        }
        if first != expected {
            return Err(OutOfOrderSequence { producer: id, got: first, expected }.into());
        }
        Ok(None)
    }

    /// Takes in a batch that was appended at `base`. One that it has seen changes nothing.
    pub fn take_in(&mut self, producer: Producer, records: u32, base: Offset, used: Timestamp) {
        if self.batches.last().is_some_and(|newest| base <= newest.base) {
            return;
        }
        // Not next in line: it was judged when this producer had expired, so it starts anew.
        if producer.epoch != self.epoch || producer.base_sequence != self.next() {
            self.epoch = producer.epoch;
            self.batches.clear();
        }
        if self.batches.len() == PRODUCER_WINDOW_BATCHES {
            self.batches.remove(0);
        }
        self.batches.push(Seen { first: producer.base_sequence, records, base });
        self.used = self.used.max(used);
    }

    /// The sequence that is next in line.
    fn next(&self) -> Sequence {
        self.batches.last().map_or(Sequence(0), |newest| newest.first.plus(newest.records))
    }

    /// The row.
    pub fn encode(&self) -> Vec<u8> {
        Writer::value()
            .i16(self.epoch.0)
            .i64(self.used.0)
            .list(self.batches.iter(), |row, seen| row.i32(seen.first.0).u32(seen.records).u64(seen.base.0))
            .done()
    }

    /// A window from its row.
    pub fn decode(mut row: Reader<'_>) -> Result<Self, RowError> {
        let epoch = ProducerEpoch(row.i16()?);
        let used = Timestamp(row.i64()?);
        let batches = row.list(|row| {
            let (first, records, base) = (Sequence(row.i32()?), row.u32()?, Offset(row.u64()?));
            if records == 0 {
                return Err(row.not_understood("a batch has no records"));
            }
            Ok(Seen { first, records, base })
        })?;
        row.end()?;
        if batches.is_empty() || batches.len() > PRODUCER_WINDOW_BATCHES {
            return Err(row.not_understood("a window is empty or too long"));
        }
        Ok(Self { epoch, batches: batches.into(), used, dirty: false })
    }
}

/// The producers of one partition, by id: ids are given in order, so a new one is nearly always the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Producers(Vec<(ProducerId, Box<Window>)>);

impl Producers {
    /// A producer's window.
    pub fn find(&self, id: ProducerId) -> Option<&Window> {
        let at = self.place(id).ok()?;
        self.0.get(at).map(|(_, window)| &**window)
    }

    /// A producer's window, to change it.
    pub fn find_mut(&mut self, id: ProducerId) -> Option<&mut Window> {
        let at = self.place(id).ok()?;
        self.0.get_mut(at).map(|(_, window)| &mut **window)
    }

    /// Sets a producer's window; says whether it is new.
    pub fn set(&mut self, id: ProducerId, window: Window) -> bool {
        match self.place(id) {
            Ok(at) => {
                if let Some((_, own)) = self.0.get_mut(at) {
                    **own = window;
                }
                false
            }
            Err(at) => {
                self.0.insert(at, (id, Box::new(window)));
                true
            }
        }
    }

    /// Forgets a producer; says whether it was known.
    pub fn remove(&mut self, id: ProducerId) -> bool {
        self.place(id).map(|at| self.0.remove(at)).is_ok()
    }

    /// All ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = ProducerId> {
        self.0.iter().map(|(id, _)| *id)
    }

    fn place(&self, id: ProducerId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&id, |(own, _)| *own)
    }
}
