//! A directory that an input describes, opened, read, written to, tended, closed and opened again.
//!
//! Always: what the first opening showed is there for the second, and what was acknowledged between them too; an opening
//! that refuses is no finding. Never here: how a directory is described (`hence_journal::fuzz`).

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, Position, StreamId, TableId, Target, Timestamp,
    Urgency,
};
use hence_journal::disk::Disk;
use hence_journal::local::{Io, LocalJournal, Mode, OpenError, Options};
use hence_journal::{
    DirtyRows, Find, Journal, Opening, Outcome, ReadLimits, Replay, RowSource, StoreFuture, fuzz,
};

use crate::disk::MemoryDisk;

/// Streams that are looked for although no operation names them: a checkpoint may know them.
const STREAMS: u64 = 8;
/// Steps of the work behind the log between the two openings.
const TENDED_MAX: usize = 32;
/// A stream and a table of which no directory of the corpus knows.
const UNKNOWN: (StreamId, TableId) = (StreamId(0x00AC_ADE5), TableId(0xFACE));

/// Opens the directory that `input` describes, twice.
pub fn open_twice(input: &[u8]) {
    let disk = MemoryDisk::of(fuzz::directory(input));
    let Ok(first) = Opened::open(&disk) else { return };
    let mut before = first.contents(&[]);
    let written = first.write(&mut before);
    first.journal.derive_rows_from(Arc::new(NoRows));
    for _ in 0..TENDED_MAX {
        if !first.journal.tend() {
            break;
        }
    }
    first.journal.close().expect("a disk without faults closes");
    drop(first);
    let second = Opened::open(&disk).expect("what was opened and closed opens again");
    assert!(second.opening.complete || !written, "a journal that was closed is complete");
    let known: Vec<StreamId> = before.streams.keys().copied().collect();
    let after = second.contents(&known);
    assert_eq!(before.rows, after.rows, "rows are not what they were");
    for (id, stream) in before.streams {
        match stream {
            // What was damaged may be known better by now.
            Stream { damaged: true, .. } => {}
            stream => assert_eq!(Some(&stream), after.streams.get(&id), "stream {id} is not what it was"),
        }
    }
}

/// How the directory of an input is opened: small, and without threads.
pub fn options() -> Options {
    Options {
        mode: Mode::Fsync,
        io: Io::Buffered,
        ring_bytes: 1 << 20,
        segment_bytes_min: 64 << 10,
        segment_bytes_max: 64 << 10,
        checkpoint_bytes: 16 << 10,
        slack_bytes: Some(0),
        identity: Some(fuzz::JOURNAL),
        threads: false,
        ..Options::new("input")
    }
}

/// An open journal and what its opening showed.
pub struct Opened {
    /// The journal.
    pub journal: Arc<LocalJournal>,
    opening: Opening,
    shown: Shown,
}

/// What an opening shows.
#[derive(Default)]
struct Shown {
    rows: BTreeMap<(TableId, Vec<u8>), Vec<u8>>,
    streams: BTreeSet<StreamId>,
}

impl Replay for Shown {
    fn row(&mut self, table: TableId, key: &[u8], value: &[u8]) {
        self.rows.insert((table, key.to_vec()), value.to_vec());
    }

    fn op(&mut self, _position: Position, op: &Op<'_>) {
        match op {
            Op::Put { table, key, value } => self.row(*table, key, value),
            Op::Delete { table, key } => drop(self.rows.remove(&(*table, key.to_vec()))),
            Op::Append(append) => self.streams.extend(append.targets.iter().map(|target| target.stream)),
            Op::Trim { .. } | Op::DropStream { .. } => {}
        }
    }
}

/// What is in a journal, as far as its face tells.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents {
    /// Its rows.
    pub rows: BTreeMap<(TableId, Vec<u8>), Vec<u8>>,
    /// Its streams.
    pub streams: BTreeMap<StreamId, Stream>,
}

/// What is readable of a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct Stream {
    range: (Offset, Offset),
    /// First offset, count, time, payload.
    entries: Vec<(Offset, u32, Timestamp, Bytes)>,
    /// Whether reading failed on the way.
    damaged: bool,
}

impl Opened {
    /// Opens the directory.
    pub fn open(disk: &Arc<MemoryDisk>) -> Result<Self, OpenError> {
        let mut shown = Shown::default();
        let disk: Arc<dyn Disk> = disk.clone();
        let (journal, opening) = LocalJournal::open_on(disk, &options(), &mut shown)?;
        Ok(Self { journal, opening, shown })
    }

    /// Reads everything, of streams what operations named and of those that are `known`; panics where the journal
    /// contradicts what its opening showed.
    pub fn contents(&self, known: &[StreamId]) -> Contents {
        for ((table, key), value) in &self.shown.rows {
            let row = now(self.journal.row(*table, key));
            assert_eq!(row.as_deref(), Some(&value[..]), "a row that was shown is not there");
        }
        let ids = self.shown.streams.iter().chain(known).copied().chain((0..STREAMS).map(StreamId));
        let streams = ids.filter_map(|id| Some((id, self.stream(id)?))).collect();
        Contents { rows: self.shown.rows.clone(), streams }
    }

    fn stream(&self, id: StreamId) -> Option<Stream> {
        let bounds = self.journal.bounds(id)?;
        let limits = ReadLimits { bytes_max: 4096, before: None };
        let (mut entries, mut damaged, mut from) = (Vec::new(), false, bounds.start);
        while from < bounds.end && !damaged {
            let read = now(self.journal.read(id, from, limits)).unwrap_or_default();
            // A block that contradicts its row gives nothing.
            damaged = read.is_empty();
            for entry in read {
                assert!(entry.end() > from, "a read from {from} gives an entry that ends at {}", entry.end());
                from = entry.end();
                entries.push((entry.base, entry.count, entry.max_timestamp, entry.payload));
            }
        }
        for what in [Find::Newest, Find::LastBytes(bounds.bytes / 2), Find::AtOrAfter(Timestamp(1))] {
            damaged |= now(self.journal.find(id, what)).is_err();
        }
        Some(Stream { range: (bounds.start, bounds.end), entries, damaged })
    }

    /// Commits an entry and a row, and notes them in `contents`. `false`: there is no room, or they exist.
    fn write(&self, contents: &mut Contents) -> bool {
        let (stream, table) = UNKNOWN;
        if self.journal.bounds(stream).is_some() {
            return false;
        }
        let header = EntryHeader {
            base: Offset::ZERO,
            count: 1,
            max_timestamp: Timestamp(1),
            leader_epoch: LeaderEpoch(0),
            format: 0,
            flags: 0,
            annotations: b"",
        };
        let append = Append { targets: [Target { stream, header }].into_iter().collect(), payload: b"entry" };
        let ops = vec![Op::Append(append), Op::Put { table, key: b"key", value: b"value" }];
        let Ok(position) = self.journal.submit(&Commit { ops, urgency: Urgency::Normal }) else {
            return false;
        };
        self.journal.flush();
        if self.journal.state().durable < position {
            return false;
        }
        let entries = vec![(Offset::ZERO, 1, Timestamp(1), Bytes::from_static(b"entry"))];
        let stored = Stream { range: (Offset::ZERO, Offset(1)), entries, damaged: false };
        contents.streams.insert(stream, stored);
        contents.rows.insert((table, b"key".to_vec()), b"value".to_vec());
        true
    }
}

/// A core that derives nothing.
struct NoRows;

impl RowSource for NoRows {
    fn dirty_rows(&self, _rows_max: usize) -> DirtyRows {
        DirtyRows::default()
    }
}

fn now<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Now(value) => value,
        Outcome::Later(later) => never::<T>(&later),
    }
}

fn never<T>(_later: &StoreFuture<T>) -> T {
    unreachable!("a journal without threads answers at once")
}
