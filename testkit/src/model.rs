//! What a journal must hold, written down the simple way: the reference that stores are compared with.
//!
//! Always: slow and obvious; every answer is found by walking. A difference is told as a [`Violation`] that names the
//! stream, the offset and both sides. Never here: what a store does with files or memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, Position, StreamId, TableId, Target, Timestamp,
    Urgency,
};
use hence_journal::{Bounds, Entry, Find, Journal, Outcome, ReadError, ReadLimits};

/// A promise that was broken.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub String);

/// Says that a promise was broken unless it holds.
#[macro_export]
macro_rules! hold {
    ($holds:expr, $($said:tt)+) => {
        if !$holds {
            return Err($crate::model::Violation(format!($($said)+)));
        }
    };
}

/// A commit with everything it names.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// Its operations.
    pub ops: Vec<PlannedOp>,
    /// Whether it is relief.
    pub relief: bool,
}

/// An operation with everything it names.
#[derive(Clone, Debug)]
pub enum PlannedOp {
    /// One payload to every target.
    Append(Vec<(StreamId, PlannedHeader)>, Bytes),
    /// Sets a row.
    Put(TableId, Bytes, Bytes),
    /// Removes a row.
    Delete(TableId, Bytes),
    /// Moves a start.
    Trim(StreamId, Offset),
    /// Ends a stream.
    Drop(StreamId),
}

/// An entry's header with its annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedHeader {
    /// First offset.
    pub base: Offset,
    /// How many.
    pub count: u32,
    /// Largest timestamp.
    pub max_timestamp: Timestamp,
    /// Leader epoch.
    pub leader_epoch: LeaderEpoch,
    /// Format and flags.
    pub tags: (u8, u8),
    /// Annotations.
    pub annotations: Bytes,
}

impl Planned {
    /// As a journal takes it.
    pub fn commit(&self) -> Commit<'_> {
        let urgency = if self.relief { Urgency::Relief } else { Urgency::Normal };
        Commit { ops: self.ops.iter().map(PlannedOp::op).collect(), urgency }
    }

    /// What it weighs: payloads once, annotations per target, keys and values.
    pub fn bytes(&self) -> u64 {
        let bytes = |op: &PlannedOp| match op {
            PlannedOp::Append(targets, payload) => {
                payload.len() + targets.iter().map(|(_, header)| header.annotations.len()).sum::<usize>()
            }
            PlannedOp::Put(_, key, value) => key.len() + value.len(),
            PlannedOp::Delete(_, key) => key.len(),
            PlannedOp::Trim(..) | PlannedOp::Drop(_) => 0,
        };
        self.ops.iter().map(|op| bytes(op) as u64).sum()
    }

    /// Streams that it appends to.
    pub fn streams(&self) -> impl Iterator<Item = StreamId> + '_ {
        self.ops
            .iter()
            .flat_map(|op| match op {
                PlannedOp::Append(targets, _) => targets.as_slice(),
                _ => &[],
            })
            .map(|(stream, _)| *stream)
    }
}

impl PlannedOp {
    fn op<'a>(&'a self) -> Op<'a> {
        match self {
            Self::Append(targets, payload) => {
                let target = |(stream, header): &'a (StreamId, PlannedHeader)| Target {
                    stream: *stream,
                    header: header.header(),
                };
                Op::Append(Append { targets: targets.iter().map(target).collect(), payload })
            }
            Self::Put(table, key, value) => Op::Put { table: *table, key, value },
            Self::Delete(table, key) => Op::Delete { table: *table, key },
            Self::Trim(stream, to) => Op::Trim { stream: *stream, to: *to },
            Self::Drop(stream) => Op::DropStream { stream: *stream },
        }
    }
}

impl PlannedHeader {
    fn header(&self) -> EntryHeader<'_> {
        EntryHeader {
            base: self.base,
            count: self.count,
            max_timestamp: self.max_timestamp,
            leader_epoch: self.leader_epoch,
            format: self.tags.0,
            flags: self.tags.1,
            annotations: &self.annotations,
        }
    }
}

/// Streams and rows as they are after some commit.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Streams that are there.
    pub streams: BTreeMap<StreamId, Stream>,
    /// Rows that are there.
    pub rows: BTreeMap<(TableId, Bytes), Bytes>,
}

/// One stream.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// First readable offset.
    pub start: Offset,
    /// The offset after the last.
    pub end: Offset,
    /// Entries of which something is readable.
    pub entries: VecDeque<(PlannedHeader, Bytes)>,
}

impl Stream {
    /// What a journal must say of it.
    pub fn bounds(&self) -> Bounds {
        let bytes = self.entries.iter().map(|(_, payload)| payload.len() as u64).sum();
        Bounds { start: self.start, end: self.end, bytes }
    }

    /// Whether a journal's answer is right. A store that has no row per entry may estimate the bytes that a trim left of a
    /// block, so they are compared where no trim was.
    pub fn agrees(&self, seen: Option<Bounds>) -> bool {
        let owed = self.bounds();
        let exact = self.start == Offset::ZERO || self.entries.is_empty();
        seen.is_some_and(|seen| {
            (seen.start, seen.end) == (owed.start, owed.end) && (!exact || seen.bytes == owed.bytes)
        })
    }

    /// The base of the entry that answers `what`.
    pub fn find(&self, what: Find) -> Option<Offset> {
        let mut entries = self.entries.iter();
        let found = match what {
            Find::AtOrAfter(time) => entries.find(|(header, _)| header.max_timestamp >= time),
            Find::Newest => {
                let newest = self.entries.iter().map(|(header, _)| header.max_timestamp).max()?;
                entries.find(|(header, _)| header.max_timestamp == newest)
            }
            Find::LastBytes(bytes) => {
                let mut left = self.bounds().bytes;
                entries.find(|(_, payload)| {
                    let fits = left <= bytes;
                    left -= payload.len() as u64;
                    fits
                })
            }
        };
        found.map(|(header, _)| header.base)
    }
}

impl World {
    /// Does what the commit says.
    pub fn apply(&mut self, commit: &Planned) {
        for op in &commit.ops {
            match op {
                PlannedOp::Append(targets, payload) => {
                    for (id, header) in targets {
                        let stream = self.streams.entry(*id).or_default();
                        stream.end = header.base.plus(u64::from(header.count));
                        stream.entries.push_back((header.clone(), payload.clone()));
                    }
                }
                PlannedOp::Put(table, key, value) => {
                    self.rows.insert((*table, key.clone()), value.clone());
                }
                PlannedOp::Delete(table, key) => {
                    self.rows.remove(&(*table, key.clone()));
                }
                PlannedOp::Trim(id, to) => {
                    let Some(stream) = self.streams.get_mut(id) else { continue };
                    stream.start = stream.start.max(*to);
                    let gone = |entry: &(PlannedHeader, Bytes)| {
                        entry.0.base.plus(u64::from(entry.0.count)) <= stream.start
                    };
                    while stream.entries.front().is_some_and(gone) {
                        stream.entries.pop_front();
                    }
                }
                PlannedOp::Drop(id) => {
                    self.streams.remove(id);
                }
            }
        }
    }

    /// Compares everything that is readable; `ever` are all streams that were ever named.
    pub fn verify(&self, journal: &dyn Journal, ever: &BTreeSet<StreamId>) -> Result<(), Violation> {
        self.verify_but(journal, ever, |_| false)
    }

    /// The same, but a read may also fail as `pardoned` says; what follows in that stream is not looked at then.
    pub fn verify_but(
        &self,
        journal: &dyn Journal,
        ever: &BTreeSet<StreamId>,
        pardoned: fn(&ReadError) -> bool,
    ) -> Result<(), Violation> {
        for id in ever {
            match (self.streams.get(id), journal.bounds(*id)) {
                (None, None) => {}
                (None, Some(bounds)) => {
                    return Err(Violation(format!("stream {id} is gone or never was, yet has {bounds:?}")));
                }
                (Some(stream), _) => self.verify_stream(*id, stream, journal, pardoned)?,
            }
        }
        self.verify_rows(journal)
    }

    fn verify_stream(
        &self,
        id: StreamId,
        stream: &Stream,
        journal: &dyn Journal,
        pardoned: fn(&ReadError) -> bool,
    ) -> Result<(), Violation> {
        let bounds = journal.bounds(id);
        hold!(stream.agrees(bounds), "stream {id} has {bounds:?}, must have {:?}", stream.bounds());
        let mut from = stream.start;
        let mut left = stream.entries.iter();
        while from < stream.end {
            let limits = ReadLimits { bytes_max: 64 * 1024, before: None };
            let entries = match now(journal.read(id, from, limits)) {
                Ok(entries) => entries,
                Err(error) if pardoned(&error) => return Ok(()),
                Err(error) => return Err(Violation(format!("stream {id} from {from}: {error}"))),
            };
            hold!(!entries.is_empty(), "stream {id} from {from}: nothing, must reach {}", stream.end);
            for entry in &entries {
                compare(id, left.next(), entry)?;
                from = entry.end();
            }
        }
        Ok(())
    }

    fn verify_rows(&self, journal: &dyn Journal) -> Result<(), Violation> {
        let tables: BTreeSet<TableId> =
            self.rows.keys().map(|(table, _)| *table).chain((1..4).map(TableId)).collect();
        for table in tables {
            let rows = now(journal.scan(table, b"", None, usize::MAX));
            let expected = self.rows.iter().filter(|((of, _), _)| *of == table);
            let expected: Vec<(Bytes, Bytes)> =
                expected.map(|((_, key), value)| (key.clone(), value.clone())).collect();
            hold!(rows == expected, "table {table}: {}", first_difference(&rows, &expected));
        }
        Ok(())
    }

    /// Compares one read that starts anywhere and stops within limits.
    pub fn verify_read(
        &self,
        journal: &dyn Journal,
        id: StreamId,
        from: Offset,
        limits: ReadLimits,
    ) -> Result<(), Violation> {
        let read = now(journal.read(id, from, limits));
        let Some(stream) = self.streams.get(&id) else {
            hold!(matches!(read, Err(ReadError::NoStream)), "a read of the absent stream {id} gave {read:?}");
            return Ok(());
        };
        if from < stream.start || from > stream.end {
            let out = matches!(read, Err(ReadError::OutOfRange { .. }));
            hold!(out, "a read of stream {id} from {from} gave {read:?}; it has {:?}", stream.bounds());
            return Ok(());
        }
        let entries = read.map_err(|error| Violation(format!("stream {id} from {from}: {error}")))?;
        let after = |header: &PlannedHeader| header.base.plus(u64::from(header.count)) > from;
        let mut expected = stream.entries.iter().skip_while(|(header, _)| !after(header));
        let mut bytes = 0;
        for entry in &entries {
            compare(id, expected.next(), entry)?;
            let beyond = limits.before.is_some_and(|before| entry.base >= before);
            hold!(!beyond, "a read of stream {id} before {:?} gave offset {}", limits.before, entry.base);
            bytes += entry.payload.len();
        }
        let within = entries.len() <= 1 || bytes <= limits.bytes_max;
        hold!(within, "a read of stream {id} within {} bytes gave {bytes}", limits.bytes_max);
        let more =
            expected.next().filter(|(header, _)| limits.before.is_none_or(|before| header.base < before));
        let none = entries.is_empty() && more.is_some();
        hold!(!none, "a read of stream {id} from {from} gave nothing; it has {:?}", stream.bounds());
        Ok(())
    }

    /// Compares one search.
    pub fn verify_find(&self, journal: &dyn Journal, id: StreamId, what: Find) -> Result<(), Violation> {
        let Some(stream) = self.streams.get(&id) else { return Ok(()) };
        let found = now(journal.find(id, what));
        let found = found.map_err(|error| Violation(format!("{what:?} in stream {id}: {error}")))?;
        let (found, expected) = (found.map(|found| found.entry.base), stream.find(what));
        hold!(found == expected, "{what:?} in stream {id} gave {found:?}, must give {expected:?}");
        Ok(())
    }
}

fn compare(id: StreamId, expected: Option<&(PlannedHeader, Bytes)>, entry: &Entry) -> Result<(), Violation> {
    let Some((header, payload)) = expected else {
        return Err(Violation(format!("stream {id} has an entry at {} beyond its end", entry.base)));
    };
    let seen = PlannedHeader {
        base: entry.base,
        count: entry.count,
        max_timestamp: entry.max_timestamp,
        leader_epoch: entry.leader_epoch,
        tags: (entry.format, entry.flags),
        annotations: entry.annotations.clone(),
    };
    hold!(seen == *header, "stream {id}: the header is {seen:?}, must be {header:?}");
    hold!(
        entry.payload == *payload,
        "stream {id} at {}: other bytes ({} for {})",
        header.base,
        entry.payload.len(),
        payload.len()
    );
    Ok(())
}

fn first_difference(rows: &[(Bytes, Bytes)], expected: &[(Bytes, Bytes)]) -> String {
    let at = rows.iter().zip(expected).position(|(row, expected)| row != expected);
    let at = at.unwrap_or(rows.len().min(expected.len()));
    format!(
        "{} rows, must be {}; row {at} is {:?}, must be {:?}",
        rows.len(),
        expected.len(),
        rows.get(at),
        expected.get(at)
    )
}

/// The answer. A future of a store that is driven by hand is polled without waiting for anyone.
pub fn now<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Now(answer) => answer,
        Outcome::Later(mut later) => {
            let waker = std::task::Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
            let mut context = std::task::Context::from_waker(&waker);
            loop {
                if let std::task::Poll::Ready(answer) = later.as_mut().poll(&mut context) {
                    return answer;
                }
                std::thread::park();
            }
        }
    }
}

struct Unpark(std::thread::Thread);

impl std::task::Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

/// What was asked of a journal since it was opened, and what it owes for it.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// As it was opened.
    pub opened: World,
    /// What was taken since then, in order.
    pub taken: Vec<(Position, Planned)>,
    /// How many of `taken` were acknowledged.
    acknowledged: usize,
    /// Everything acknowledged.
    pub durable: World,
    /// Ends of streams and rows as submitted.
    pub latest: World,
    /// Streams that were ever named, by commits that were taken, refused or lost.
    pub ever: BTreeSet<StreamId>,
}

impl Ledger {
    /// A commit was taken.
    pub fn taken(&mut self, position: Position, commit: Planned) {
        self.latest.apply(&commit);
        self.ever.extend(commit.streams());
        self.taken.push((position, commit));
    }

    /// A commit was refused.
    pub fn refused(&mut self, commit: &Planned) {
        self.ever.extend(commit.streams());
    }

    /// Everything up to `durable` was acknowledged.
    pub fn acknowledged(&mut self, durable: Position) {
        while let Some((position, commit)) = self.taken.get(self.acknowledged)
            && *position <= durable
        {
            self.durable.apply(commit);
            self.acknowledged += 1;
        }
    }

    /// The newest position that was acknowledged since the opening.
    pub fn newest_acknowledged(&self) -> Option<Position> {
        self.acknowledged.checked_sub(1).map(|last| self.taken[last].0)
    }

    /// What is there when everything up to `position` was kept and nothing after it.
    pub fn world_at(&self, position: Position) -> World {
        let mut world = self.opened.clone();
        for (_, commit) in self.taken.iter().take_while(|(of, _)| *of <= position) {
            world.apply(commit);
        }
        world
    }

    /// The journal was opened again and everything up to `position` is there.
    pub fn reopened(&mut self, world: World) {
        self.taken.clear();
        self.acknowledged = 0;
        self.durable = world.clone();
        self.latest = world.clone();
        self.opened = world;
    }
}
