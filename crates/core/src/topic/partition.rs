//! One partition of a topic: gives offsets, judges idempotent producers, keeps the trim floor and the leader epochs.
//!
//! Always: offsets are given in commit order without gaps; `apply_*` is the only way in which a partition changes, and
//! applying again what it reflects already changes nothing. Never here: the bytes of a batch, who may write, durability.
//!
//! ```text
//! key    stream u64
//! value  version u8 · end u64 · floor u64 · epochs u32 × (epoch u32, first offset u64)
//!        · untimed first u64, end u64 (missing in rows of the first days: none)
//! ```

use hence_base::{EntryHeader, LeaderEpoch, Offset, StreamId, Timestamp};
use smallvec::SmallVec;

use super::producers::{Producers, Window};
use crate::error::{AppendError, EpochEnd, OffsetsExhausted, RowError, TrimBeyondEnd};
use crate::row::{Reader, Writer};
use hence_message::kafka::Producer;

/// What becomes of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is appended at this offset.
    Append(Offset),
    /// It was appended before, at this offset.
    Duplicate(Offset),
}

/// A partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// Whether its topic exists; a closed one waits to be dropped.
    pub open: bool,
    /// Lossy starts before it was created.
    pub lossy_starts: u32,
    end: Offset,
    floor: Offset,
    /// Epochs that have entries, with the first offset of each; in order.
    epochs: SmallVec<[(LeaderEpoch, Offset); 1]>,
    /// From where to where there are entries without a timestamp, perhaps with others between; equal when there are none.
    untimed: (Offset, Offset),
    /// Idempotent producers.
    pub producers: Producers,
    /// Whether it changed since it was written as a row (its producers have their own rows).
    pub dirty: bool,
}

impl Partition {
    /// The offset after the last record.
    pub const fn end(&self) -> Offset {
        self.end
    }

    /// The first offset that is kept.
    pub const fn floor(&self) -> Offset {
        self.floor
    }

    /// Its leader epoch after so many lossy starts of the broker.
    pub const fn leader_epoch(&self, lossy_starts: u32) -> LeaderEpoch {
        LeaderEpoch(lossy_starts.saturating_sub(self.lossy_starts))
    }

    /// Judges a batch without changing anything. A producer that was silent for longer than `expires_ms` is unknown.
    pub fn judge(
        &self,
        now: Timestamp,
        expires_ms: i64,
        records: u32,
        producer: Option<Producer>,
    ) -> Result<Verdict, AppendError> {
        let known = producer.and_then(|producer| Some((producer, self.producers.find(producer.id)?)));
        if let Some((producer, window)) = known.filter(|(_, window)| !expired(window, now, expires_ms))
            && let Some(of) = window.judge(producer, records)?
        {
            return Ok(Verdict::Duplicate(of));
        }
        if self.end.0 + u64::from(records) > hence_base::limits::OFFSET_MAX {
            return Err(OffsetsExhausted { end: self.end }.into());
        }
        Ok(Verdict::Append(self.end))
    }

    /// An entry was appended. One that a restored row reflects already changes nothing.
    pub fn apply_append(&mut self, header: &EntryHeader<'_>) {
        if self.epochs.last().is_none_or(|(newest, _)| *newest < header.leader_epoch) {
            self.epochs.push((header.leader_epoch, header.base));
            self.forget_epochs();
        }
        if header.max_timestamp <= Timestamp::NONE && header.end() > self.end {
            let (first, end) = self.untimed;
            self.untimed = (if first == end { header.base } else { first }, header.end());
        }
        self.end = self.end.max(header.end());
    }

    /// Judges a trim: where the partition is to start then.
    pub fn judge_trim(&self, to: Offset) -> Result<Offset, TrimBeyondEnd> {
        if to > self.end {
            return Err(TrimBeyondEnd { to, end: self.end });
        }
        Ok(to.max(self.floor))
    }

    /// Where a trim of what is older than the entry at `to` ends: what has no timestamp has no age.
    pub fn aged(&self, to: Offset) -> Offset {
        let (first, end) = self.untimed;
        if first == end { to } else { to.min(first) }
    }

    /// The start moved.
    pub fn apply_trim(&mut self, to: Offset) {
        self.floor = self.floor.max(to);
        self.end = self.end.max(to);
        self.untimed.0 = self.untimed.0.max(to).min(self.untimed.1);
        self.forget_epochs();
    }

    /// An epoch is of use as long as it has an entry: the next one starts beyond the floor.
    fn forget_epochs(&mut self) {
        while let [_, (_, next), ..] = self.epochs.as_slice()
            && *next <= self.floor
        {
            self.epochs.remove(0);
        }
    }

    /// The largest epoch at or before `asked` and where it ends (KIP-320); nothing for an epoch that is yet to come.
    pub fn epoch_end(&self, asked: LeaderEpoch, current: LeaderEpoch) -> Option<EpochEnd> {
        if asked >= current {
            return (asked == current).then_some(EpochEnd { epoch: asked, end: self.end });
        }
        let after = self.epochs.partition_point(|(epoch, _)| *epoch <= asked);
        let end = self.epochs.get(after).map_or(self.end, |(_, first)| *first);
        let epoch =
            after.checked_sub(1).and_then(|at| self.epochs.get(at)).map_or(asked, |(epoch, _)| *epoch);
        Some(EpochEnd { epoch, end })
    }

    /// The row: what follows from the entries. Whether it is open is the catalog's to say.
    pub fn encode(&self) -> Vec<u8> {
        Writer::value()
            .u64(self.end.0)
            .u64(self.floor.0)
            .list(self.epochs.iter(), |row, (epoch, first)| row.u32(epoch.0).u64(first.0))
            .u64(self.untimed.0.0)
            .u64(self.untimed.1.0)
            .done()
    }

    /// Takes a row in.
    pub fn restore(&mut self, mut row: Reader<'_>) -> Result<(), RowError> {
        self.end = Offset(row.u64()?);
        self.floor = Offset(row.u64()?);
        self.epochs = row.list(|row| Ok((LeaderEpoch(row.u32()?), Offset(row.u64()?))))?.into();
        if row.end().is_ok() {
            return Ok(());
        }
        self.untimed = (Offset(row.u64()?), Offset(row.u64()?));
        row.end()
    }
}

/// The key of a partition's row.
pub fn key_of(stream: StreamId) -> Vec<u8> {
    stream.0.to_be_bytes().to_vec()
}

/// Whether a producer was silent for too long.
pub fn expired(window: &Window, now: Timestamp, expires_ms: i64) -> bool {
    window.used != Timestamp::NONE && now.0.saturating_sub(window.used.0) >= expires_ms
}
