//! Partitions: streams with their offsets, producers, floors and epochs.
//!
//! The way through: `partition` is one stream, `producers` the duplicate windows, [`Partitions`] all of them with what is
//! counted over all: how many producers are remembered, and which derived rows changed.
//! Always: the number of remembered producers is bounded once recovery is over; the one that was silent longest is
//! forgotten first.

mod partition;
mod producers;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};

use hence_base::{EntryHeader, LeaderEpoch, Offset, StreamId, TableId, Timestamp};
use hence_message::kafka::{Annotations, Producer, ProducerId};

pub use partition::{Partition, Verdict};

use crate::command::TrimTo;
use crate::core::{DirtyRow, DirtyRows};
use crate::error::{AppendError, EpochEnd, NoStream, RowError, TrimError};
use crate::hash::StreamMap;
use crate::row::Reader;
use crate::tables;
use partition::key_of;
use producers::Window;

/// All partitions.
#[derive(Debug)]
pub struct Partitions {
    streams: StreamMap<Box<Partition>>,
    expires_ms: i64,
    producers_max: usize,
    /// Every remembered producer with the time at which it was last looked at; that it was used since is found then.
    silent: BTreeSet<(Timestamp, StreamId, ProducerId)>,
    /// The longest waiting first.
    dirty: VecDeque<Dirty>,
    /// How many of them were dirty when this round of asking began.
    round: usize,
}

/// A derived row that changed.
#[derive(Clone, Copy, Debug)]
enum Dirty {
    Partition(StreamId),
    Producer(StreamId, ProducerId),
}

impl Partitions {
    /// No partitions.
    pub fn new(expires_ms: i64, producers_max: usize) -> Self {
        Self {
            streams: StreamMap::default(),
            expires_ms,
            producers_max,
            silent: BTreeSet::new(),
            dirty: VecDeque::new(),
            round: 0,
        }
    }

    /// An open partition: its topic exists.
    pub fn find(&self, stream: StreamId) -> Result<&Partition, NoStream> {
        self.streams.get(&stream).filter(|own| own.open).map(|own| &**own).ok_or(NoStream { stream })
    }

    /// Judges a batch: what becomes of it, the partition's leader epoch and start.
    pub fn judge_append(
        &self,
        now: Timestamp,
        lossy_starts: u32,
        stream: StreamId,
        records: u32,
        producer: Option<Producer>,
    ) -> Result<(Verdict, LeaderEpoch, Offset), AppendError> {
        let own = self.find(stream)?;
        let verdict = own.judge(now, self.expires_ms, records, producer)?;
        Ok((verdict, own.leader_epoch(lossy_starts), own.floor()))
    }

    /// Judges a trim.
    pub fn judge_trim(&self, stream: StreamId, to: TrimTo) -> Result<(Offset, Offset), TrimError> {
        let own = self.find(stream)?;
        let to = match to {
            TrimTo::Offset(to) => to,
            TrimTo::Aged(to) => own.aged(to),
            TrimTo::End => own.end(),
        };
        Ok((own.floor(), own.judge_trim(to)?))
    }

    /// Where a leader epoch ends.
    pub fn epoch_end(
        &self,
        stream: StreamId,
        asked: LeaderEpoch,
        lossy_starts: u32,
    ) -> Result<Option<EpochEnd>, NoStream> {
        let own = self.find(stream)?;
        Ok(own.epoch_end(asked, own.leader_epoch(lossy_starts)))
    }

    /// A topic has this partition.
    pub fn open(&mut self, stream: StreamId, lossy_starts: u32) {
        let own = self.streams.entry(stream).or_default();
        own.open = true;
        own.lossy_starts = lossy_starts;
    }

    /// The topic is gone; the stream waits to be dropped.
    pub fn close(&mut self, stream: StreamId) {
        if let Some(own) = self.streams.get_mut(&stream) {
            own.open = false;
        }
    }

    /// An entry was appended at `now`, or (no time) is replayed. Streams that are not known are about to be dropped.
    pub fn apply_append(
        &mut self,
        now: Timestamp,
        stream: StreamId,
        header: &EntryHeader<'_>,
    ) -> Result<(), RowError> {
        let Some(own) = self.streams.get_mut(&stream) else { return Ok(()) };
        own.apply_append(header);
        if !std::mem::replace(&mut own.dirty, true) {
            self.dirty.push_back(Dirty::Partition(stream));
        }
        if header.format != hence_message::kafka::FORMAT || header.annotations.is_empty() {
            return Ok(());
        }
        let not_understood =
            |_| RowError { table: tables::PRODUCERS, what: "an annotation is not understood" };
        let Some(Annotations { producer }) =
            Annotations::decode(header.annotations).map_err(not_understood)?
        else {
            return Ok(());
        };
        let id = producer.id;
        if let Some(window) = own.producers.find_mut(id) {
            if now == Timestamp::NONE && self.silent.remove(&(window.used, stream, id)) {
                window.used = Timestamp::NONE;
                self.silent.insert((Timestamp::NONE, stream, id));
            }
            window.take_in(producer, header.count, header.base, now);
            if !std::mem::replace(&mut window.dirty, true) {
                self.dirty.push_back(Dirty::Producer(stream, id));
            }
            return Ok(());
        }
        let mut window = Window::new(producer, header.count, header.base, now);
        window.dirty = true;
        own.producers.set(id, window);
        self.dirty.push_back(Dirty::Producer(stream, id));
        self.silent.insert((now, stream, id));
        // While replay goes on nobody knows who was silent longest: [`Self::start`] forgets.
        if now != Timestamp::NONE {
            self.forget_beyond(self.producers_max);
        }
        Ok(())
    }

    /// The start of a stream moved.
    pub fn apply_trim(&mut self, stream: StreamId, to: Offset) {
        if let Some(own) = self.streams.get_mut(&stream) {
            own.apply_trim(to);
            if !std::mem::replace(&mut own.dirty, true) {
                self.dirty.push_back(Dirty::Partition(stream));
            }
        }
    }

    /// A stream is gone.
    pub fn apply_drop(&mut self, stream: StreamId) {
        if let Some(own) = self.streams.remove(&stream) {
            self.dirty.push_back(Dirty::Partition(stream));
            for id in own.producers.ids() {
                self.dirty.push_back(Dirty::Producer(stream, id));
            }
        }
    }

    /// Takes a derived row in.
    pub fn restore(&mut self, table: TableId, key: &[u8], value: &[u8]) -> Result<(), RowError> {
        let mut key = Reader::key(table, key);
        let stream = StreamId(key.key_u64()?);
        let own = self.streams.entry(stream).or_default();
        if table == tables::PARTITIONS {
            key.end()?;
            return own.restore(Reader::value(table, value)?);
        }
        let id = ProducerId(key.key_u64()? as i64);
        key.end()?;
        let window = Window::decode(Reader::value(table, value)?)?;
        let used = window.used;
        if own.producers.set(id, window) {
            self.silent.insert((used, stream, id));
        }
        Ok(())
    }

    /// After recovery: a producer that replay saw counts as heard of now, since operations carry no time.
    pub fn start(&mut self, now: Timestamp) {
        while let Some(&(at, stream, id)) = self.silent.first().filter(|(at, ..)| *at == Timestamp::NONE) {
            self.silent.remove(&(at, stream, id));
            if let Some(window) = self.window_mut(stream, id) {
                if window.used == Timestamp::NONE {
                    window.used = now;
                }
                let used = window.used;
                self.silent.insert((used, stream, id));
            }
        }
        self.forget_beyond(self.producers_max);
    }

    /// When the next producer may have to be forgotten.
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.silent.first().map(|(at, ..)| at.plus_ms(self.expires_ms))
    }

    /// Forgets producers that were silent for too long, looking at no more than `steps`; says whether more are due.
    pub fn expire(&mut self, now: Timestamp, steps: usize) -> bool {
        let due = |at: &Timestamp, expires_ms| at.plus_ms(expires_ms) <= now;
        for _ in 0..steps {
            match self.silent.first() {
                Some((at, ..)) if due(at, self.expires_ms) => {
                    self.look_at_first(|used, expires_ms| due(&used, expires_ms))
                }
                _ => return false,
            }
        }
        self.silent.first().is_some_and(|(at, ..)| due(at, self.expires_ms))
    }

    /// Up to `rows_max` rows that changed since they were last asked for. A round of asking ends with what was dirty when it
    /// began: what changes meanwhile follows from operations that come after the checkpoint's beginning.
    pub fn dirty_rows(&mut self, rows_max: usize) -> DirtyRows {
        if self.round == 0 {
            self.round = self.dirty.len();
        }
        let count = self.round.min(rows_max);
        self.round -= count;
        let taken: Vec<Dirty> = self.dirty.drain(..count).collect();
        let rows = taken.into_iter().map(|dirty| self.row(dirty)).collect();
        DirtyRows { rows, more: self.round > 0 }
    }

    fn row(&mut self, dirty: Dirty) -> DirtyRow {
        match dirty {
            Dirty::Partition(stream) => {
                let value = self.streams.get_mut(&stream).map(|own| {
                    own.dirty = false;
                    own.encode()
                });
                (tables::PARTITIONS, key_of(stream), value)
            }
            Dirty::Producer(stream, id) => {
                let mut key = key_of(stream);
                key.extend_from_slice(&(id.0 as u64).to_be_bytes());
                let value = self.window_mut(stream, id).map(|window| {
                    window.dirty = false;
                    window.encode()
                });
                (tables::PRODUCERS, key, value)
            }
        }
    }

    fn forget_beyond(&mut self, max: usize) {
        // Each look either forgets one or finds one that was used since: bounded, whoever is looked at last goes.
        const LOOKS_MAX: usize = 8;
        let mut looks = 0;
        while self.silent.len() > max {
            looks += 1;
            let last = looks >= LOOKS_MAX;
            let before = self.silent.first().map(|(at, ..)| *at);
            self.look_at_first(|used, _| last || before.is_some_and(|before| used <= before));
        }
    }

    /// Looks at the producer that seems to be silent longest: forgets it if `gone` says so of the time at which it was
    /// really used last, else remembers that time.
    fn look_at_first(&mut self, gone: impl Fn(Timestamp, i64) -> bool) {
        let Some((_, stream, id)) = self.silent.pop_first() else { return };
        let expires_ms = self.expires_ms;
        let Some(used) = self.window_mut(stream, id).map(|window| window.used) else { return };
        if !gone(used, expires_ms) {
            self.silent.insert((used, stream, id));
            return;
        }
        if let Some(own) = self.streams.get_mut(&stream)
            && own.producers.remove(id)
        {
            self.dirty.push_back(Dirty::Producer(stream, id));
        }
    }

    fn window_mut(&mut self, stream: StreamId, id: ProducerId) -> Option<&mut Window> {
        self.streams.get_mut(&stream)?.producers.find_mut(id)
    }
}
