//! Where the readable entries of every stream are: one row per stream and block, and the recent blocks themselves.
//!
//! Always: what is here is durable; a stream's rows follow each other without gaps; blocks leave memory in log order.
//! Never here: reading files. Whoever needs a block that is not in memory fetches it and asks the same questions.

use std::collections::VecDeque;

use bytes::Bytes;
use hence_base::{Offset, StreamId, Timestamp};
use smallvec::SmallVec;

use super::IdMap;
use super::chain::Block;
use super::runs::{Change, Effects, Run};
use crate::format::Place;
use crate::format::block::Header;
use crate::format::commit::Stored;
use crate::limits::READ_BLOCKS_MAX;
use crate::{Bounds, ReadError, ReadLimits, Touched};

/// All streams and the blocks kept in memory.
#[derive(Debug)]
pub struct Index {
    streams: IdMap<StreamId, Stream>,
    recent: VecDeque<Recent>,
    /// Serial number of the first recent block.
    recent_from: u64,
    recent_bytes: usize,
    recent_bytes_max: usize,
}

#[derive(Debug)]
struct Recent {
    bytes: Bytes,
    charge: usize,
}

/// The readable part of one stream.
#[derive(Debug, Default)]
struct Stream {
    start: Offset,
    end: Offset,
    /// Payload bytes of all entries that it ever had.
    bytes_ever: u64,
    rows: VecDeque<Row>,
    /// Payload bytes of the first row's entries that a trim made unreadable.
    gone_bytes: u64,
}

/// One stream's entries in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// First offset.
    pub first: Offset,
    /// The offset after the last.
    pub end: Offset,
    /// Where the block is.
    pub place: Place,
    /// Bytes of the block.
    pub length: u32,
    /// Where the first entry's header is in the block.
    pub at: u32,
    /// Largest timestamp.
    pub newest: Timestamp,
    /// Largest timestamp of this row and all before it, trimmed ones included.
    newest_ever: Timestamp,
    /// Payload bytes.
    pub bytes: u64,
    /// Payload bytes of all rows before it, trimmed ones included.
    bytes_before: u64,
    /// Which block since the start it is; 0 for one that recovery found.
    serial: u64,
}

/// A row and its block if that is in memory.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The row.
    pub row: Row,
    /// Its block.
    pub block: Option<Bytes>,
}

/// What a reader needs to read on.
#[derive(Debug, Default)]
pub struct Plan {
    /// Rows in order, from the one that holds the first wanted offset.
    pub pieces: SmallVec<[Piece; 8]>,
    /// The first readable offset.
    pub start: Offset,
}

impl Index {
    /// An empty index that keeps blocks in `recent_bytes_max` of memory.
    pub fn new(recent_bytes_max: usize) -> Self {
        Self {
            streams: IdMap::default(),
            recent: VecDeque::new(),
            recent_from: 1,
            recent_bytes: 0,
            recent_bytes_max,
        }
    }

    /// Makes a durable block readable and lists the streams that it touched.
    pub fn publish(&mut self, block: Block, touched: &mut Vec<Touched>) -> Effects {
        let Block { header, bytes, effects, charge } = block;
        let serial = self.recent_from + self.recent.len() as u64;
        self.recent_bytes += charge;
        self.recent.push_back(Recent { bytes, charge });
        self.apply(&header, &effects, serial, touched);
        while self.recent_bytes > self.recent_bytes_max
            && let Some(oldest) = self.recent.pop_front()
        {
            self.recent_from += 1;
            self.recent_bytes -= oldest.charge;
        }
        effects
    }

    /// Makes a block readable that recovery found.
    pub fn restore(&mut self, header: &Header, effects: &Effects) {
        self.apply(header, effects, 0, &mut Vec::new());
    }

    fn apply(&mut self, header: &Header, effects: &Effects, serial: u64, touched: &mut Vec<Touched>) {
        touched.clear();
        for run in &effects.runs {
            let stream = self.streams.entry(run.stream).or_default();
            stream.push(run, header, serial);
            touched.push(Touched { stream: run.stream, bounds: stream.bounds(), bytes: run.bytes });
        }
        if effects.changes.is_empty() {
            return;
        }
        let mut listed: IdMap<StreamId, ()> = touched.iter().map(|touch| (touch.stream, ())).collect();
        for change in &effects.changes {
            match *change {
                Change::Trim { stream, to } => {
                    self.trim(stream, to);
                    if listed.insert(stream, ()).is_none() {
                        touched.push(Touched { stream, bounds: Bounds::default(), bytes: 0 });
                    }
                }
                Change::Drop { stream } => {
                    self.streams.remove(&stream);
                }
            }
        }
        touched.retain_mut(|touch| {
            let bounds = self.bounds(touch.stream);
            touch.bounds = bounds.unwrap_or_default();
            bounds.is_some()
        });
    }

    fn trim(&mut self, id: StreamId, to: Offset) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        stream.start = stream.start.max(to.min(stream.end));
        let start = stream.start;
        while stream.rows.front().is_some_and(|row| row.end <= start) {
            stream.rows.pop_front();
            stream.gone_bytes = 0;
        }
        let Some(first) = stream.rows.front().copied() else { return };
        if first.first < start {
            let block = recent_block(&self.recent, self.recent_from, first.serial);
            stream.gone_bytes = gone_bytes(&first, block, id, start);
        }
    }

    /// Readable range of a stream.
    pub fn bounds(&self, stream: StreamId) -> Option<Bounds> {
        self.streams.get(&stream).map(Stream::bounds)
    }

    /// Rows that hold the entries from `from` on, as many as `limits` may need.
    pub fn plan(&self, id: StreamId, from: Offset, limits: ReadLimits) -> Result<Plan, ReadError> {
        let stream = self.streams.get(&id).ok_or(ReadError::NoStream)?;
        if from < stream.start || from > stream.end {
            return Err(ReadError::OutOfRange { bounds: stream.bounds() });
        }
        let mut plan = Plan { pieces: SmallVec::new(), start: stream.start };
        let index = stream.rows.partition_point(|row| row.end <= from);
        let mut bytes = 0;
        for row in stream.rows.range(index..).take(READ_BLOCKS_MAX) {
            if limits.before.is_some_and(|before| row.first >= before) || bytes > limits.bytes_max as u64 {
                break;
            }
            // The first row may hold mostly what is before `from`: it counts for nothing.
            bytes += if plan.pieces.is_empty() { 0 } else { row.bytes };
            plan.pieces.push(self.piece(row));
        }
        Ok(plan)
    }

    /// The first row from `from` on that has an entry as new as `time`.
    pub fn at_or_after(
        &self,
        id: StreamId,
        from: Offset,
        time: Timestamp,
    ) -> Result<Option<Piece>, ReadError> {
        let stream = self.streams.get(&id).ok_or(ReadError::NoStream)?;
        let begin = stream.rows.partition_point(|row| row.newest_ever < time || row.end <= from);
        let found = stream.rows.range(begin..).find(|row| row.newest >= time);
        Ok(found.map(|row| self.piece(row)))
    }

    /// The row with the newest entry, the first of several, among those that no trim cut into; and the first row if one
    /// did, which only its entries can tell about.
    pub fn newest(&self, id: StreamId) -> Result<(Option<Piece>, Option<Piece>), ReadError> {
        let stream = self.streams.get(&id).ok_or(ReadError::NoStream)?;
        let cut = stream.rows.front().filter(|row| row.first < stream.start);
        let whole = stream.rows.range(usize::from(cut.is_some())..);
        let newest = whole.clone().map(|row| row.newest).max();
        let row = newest.and_then(|newest| whole.clone().find(|row| row.newest == newest));
        Ok((row.map(|row| self.piece(row)), cut.map(|row| self.piece(row))))
    }

    /// The row in which the last `bytes` payload bytes begin, with how many bytes of the stream are from its start on,
    /// and the row after it.
    pub fn last_bytes(
        &self,
        id: StreamId,
        bytes: u64,
    ) -> Result<(Option<(Piece, u64)>, Option<Piece>), ReadError> {
        let stream = self.streams.get(&id).ok_or(ReadError::NoStream)?;
        let next = stream.rows.partition_point(|row| stream.bytes_ever - row.bytes_before > bytes);
        let within = next.checked_sub(1).and_then(|index| stream.rows.get(index));
        let within = within.map(|row| (self.piece(row), stream.bytes_ever - row.bytes_before));
        Ok((within, stream.rows.get(next).map(|row| self.piece(row))))
    }

    /// Whether the index still has this row where it was.
    pub fn holds(&self, id: StreamId, row: &Row) -> bool {
        let Some(stream) = self.streams.get(&id) else { return false };
        let index = stream.rows.partition_point(|at| at.end <= row.first);
        stream.rows.get(index).is_some_and(|at| at.place == row.place && at.first == row.first)
    }

    /// First readable offset of a stream.
    pub fn start(&self, id: StreamId) -> Offset {
        self.streams.get(&id).map_or(Offset::ZERO, |stream| stream.start)
    }

    fn piece(&self, row: &Row) -> Piece {
        Piece { row: *row, block: recent_block(&self.recent, self.recent_from, row.serial).cloned() }
    }
}

fn recent_block(recent: &VecDeque<Recent>, from: u64, serial: u64) -> Option<&Bytes> {
    let index = usize::try_from(serial.checked_sub(from)?).ok()?;
    recent.get(index).map(|block| &block.bytes)
}

/// Payload bytes of the row's entries that end at or before `start`: counted if the block is in memory, else in
/// proportion to the offsets.
fn gone_bytes(row: &Row, block: Option<&Bytes>, id: StreamId, start: Offset) -> u64 {
    let Some(block) = block else {
        let (gone, all) = (start.0 - row.first.0, row.end.0 - row.first.0);
        return (u128::from(row.bytes) * u128::from(gone) / u128::from(all.max(1))) as u64;
    };
    entries(block, row, id)
        .take_while(|entry| entry.end() <= start)
        .map(|entry| entry.payload_bytes() as u64)
        .sum()
}

/// The stored entries of a row, in order. Ends early where the block contradicts the row.
pub fn entries<'a>(block: &'a [u8], row: &Row, id: StreamId) -> impl Iterator<Item = Stored> + 'a {
    let (mut at, end) = (Some(row.at), row.end);
    let mut expected = row.first;
    std::iter::from_fn(move || {
        let stored =
            Stored::at(block, at?, id).filter(|stored| stored.base() == expected && stored.end() <= end)?;
        at = stored.next();
        expected = stored.end();
        Some(stored)
    })
}

impl Stream {
    fn bounds(&self) -> Bounds {
        let before = self.rows.front().map_or(self.bytes_ever, |first| first.bytes_before + self.gone_bytes);
        Bounds { start: self.start, end: self.end, bytes: self.bytes_ever - before }
    }

    fn push(&mut self, run: &Run, header: &Header, serial: u64) {
        debug_assert_eq!(run.first, self.end, "runs of a stream follow each other");
        let newest_ever = self.rows.back().map_or(run.newest, |last| last.newest_ever.max(run.newest));
        self.rows.push_back(Row {
            first: run.first,
            end: run.end,
            place: header.place,
            length: header.length,
            at: run.at,
            newest: run.newest,
            newest_ever,
            bytes: run.bytes,
            bytes_before: self.bytes_ever,
            serial,
        });
        self.bytes_ever += run.bytes;
        self.end = run.end;
    }
}
