//! Where the readable entries of every stream are: one row per stream and block, and the recent blocks themselves.
//!
//! Always: what is here is durable; a stream's rows are in order and do not overlap; blocks leave memory in log order.
//! Never here: reading files. Whoever needs a block that is not in memory fetches it and asks the same questions.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use bytes::Bytes;
use hence_base::{Offset, StreamId, Timestamp};
use smallvec::SmallVec;

use super::IdMap;
use super::chain::Block;
use super::runs::{Change, Effects, Run};
use super::track::{Row, Share, Track};
use crate::format::block::Header;
use crate::format::checkpoint::Record;
use crate::format::commit::Stored;
use crate::format::pack::{Pack, ROWS_MAX};
use crate::format::replacement::Group;
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
    /// What each segment holds that is still readable.
    live: IdMap<u64, Live>,
    /// Streams whose first row was cut by a trim while its block was not in memory: what is gone of it is estimated.
    inexact: Vec<StreamId>,
}

/// What of a segment is still readable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Rows.
    pub rows: u64,
    /// Payload bytes, counted once per target.
    pub bytes: u64,
}

/// A stream apart from its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamState {
    /// First readable offset.
    pub start: Offset,
    /// The offset after the last entry.
    pub end: Offset,
    /// Payload bytes of all entries that it ever had.
    pub bytes_ever: u64,
    /// Payload bytes of the first row's entries that a trim made unreadable.
    pub gone_bytes: u64,
}

#[derive(Debug)]
struct Recent {
    bytes: Bytes,
    charge: usize,
}

/// The readable part of one stream.
#[derive(Debug, Default)]
struct Stream {
    state: StreamState,
    rows: Track,
}

/// A row and its block if that is in memory.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The row.
    pub row: Row,
    /// Its block.
    pub block: Option<Bytes>,
}

/// Where the last so many bytes of a stream begin.
#[derive(Debug)]
pub struct LastBytes {
    /// The row in which they begin, with the payload bytes of the stream from its start on.
    pub within: Option<(Piece, u64)>,
    /// The row after it.
    pub next: Option<Piece>,
}

/// Some rows of a stream, and the stream at the same moment.
#[derive(Debug)]
pub struct Slice {
    /// The stream.
    pub state: StreamState,
    /// Its rows.
    pub packs: Vec<Pack>,
    /// From where the next slice goes on.
    pub next: Option<Offset>,
}

/// Rows in order, from the one that holds the first wanted offset.
pub type Plan = SmallVec<[Piece; 8]>;

impl Index {
    /// An empty index that keeps blocks in `recent_bytes_max` of memory.
    pub fn new(recent_bytes_max: usize) -> Self {
        Self {
            streams: IdMap::default(),
            recent: VecDeque::new(),
            recent_from: 1,
            recent_bytes: 0,
            recent_bytes_max,
            live: IdMap::default(),
            inexact: Vec::new(),
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

    /// Makes a block readable that recovery found: what a checkpoint already knows of it is left out of `effects`.
    pub fn restore(&mut self, header: &Header, effects: &Effects) {
        for run in &effects.runs {
            let stream = self.streams.entry(run.stream).or_default();
            if stream.state == StreamState::default() {
                stream.state = StreamState { start: run.first, end: run.first, ..StreamState::default() };
            }
        }
        self.apply(header, effects, 0, &mut Vec::new());
    }

    /// Takes what a record of a checkpoint says of streams, of which `stream` is the one named last; `None` when it makes no
    /// sense.
    pub fn load(&mut self, stream: &mut StreamId, record: Record<'_>) -> Option<()> {
        match record {
            Record::Row { .. } => Some(()),
            Record::Stream(id, state) => {
                *stream = id;
                self.load_stream(id, state)
            }
            Record::Rows(pack) => self.load_pack(*stream, pack),
        }
    }

    /// Adds a stream as a checkpoint knows it. One that is there already keeps what of its rows is readable by then; it does
    /// not go back, or it is `None`.
    fn load_stream(&mut self, id: StreamId, state: StreamState) -> Option<()> {
        let stream = self.streams.entry(id).or_default();
        let before = stream.state;
        let forward = before.start <= state.start
            && before.end <= state.end
            && before.bytes_ever <= state.bytes_ever
            && state.start <= state.end
            && state.gone_bytes <= state.bytes_ever;
        forward.then_some(())?;
        stream.state = state;
        stream.rows.trim(state.start, &mut |share| leave(&mut self.live, share));
        Some(())
    }

    /// Adds rows as a checkpoint knows them; `None` when they do not follow.
    fn load_pack(&mut self, id: StreamId, pack: Pack) -> Option<()> {
        let stream = self.streams.get_mut(&id).filter(|stream| pack.end <= stream.state.end)?;
        (pack.bytes_before + pack.bytes <= stream.state.bytes_ever).then_some(())?;
        pack.shares(&mut |share| enter(&mut self.live, share));
        stream.rows.push_pack(pack)
    }

    /// Ids of all streams.
    pub fn stream_ids(&self) -> Vec<StreamId> {
        self.streams.keys().copied().collect()
    }

    /// A stream and its rows.
    pub fn stream(&self, id: StreamId) -> Option<(StreamState, impl Iterator<Item = Row>)> {
        self.streams.get(&id).map(|stream| (stream.state, stream.rows.rows()))
    }

    /// A stream and its rows from `from` on, where the slice before ended, for a checkpoint; `None` when it is gone.
    pub fn slice(&self, id: StreamId, from: Offset, packs_max: usize) -> Option<Slice> {
        let stream = self.streams.get(&id)?;
        let packs = stream.rows.packs_after(from, packs_max);
        let next = packs.last().filter(|_| packs.len() == packs_max).map(|last| last.end);
        Some(Slice { state: stream.state, packs, next })
    }

    /// Puts rows in the place of those whose entries were moved. A group that names no row that is still here adds none:
    /// its stream is gone, or it was applied before. `None`: the new rows do not lie where the old ones lay.
    pub fn replace(&mut self, groups: &[Group]) -> Option<()> {
        for group in groups {
            let Some(stream) = self.streams.get_mut(&group.stream) else { continue };
            let StreamState { start, end, bytes_ever, .. } = stream.state;
            let new: Vec<Row> = group.new.iter().filter(|row| row.end > start).copied().collect();
            new.last().is_none_or(|last| last.end <= end).then_some(())?;
            let replaced = stream.rows.replace(&group.old, &new, bytes_ever).ok()?;
            replaced.left.iter().for_each(|row| leave(&mut self.live, Share::of(row)));
            replaced.came.iter().for_each(|row| enter(&mut self.live, Share::of(row)));
            if replaced.left.is_empty() {
                continue;
            }
            stream.state.gone_bytes = stream.cut().map_or(0, |first| {
                let block = recent_block(&self.recent, self.recent_from, first.serial);
                gone_bytes(&first, block, group.stream, start)
            });
        }
        Some(())
    }

    /// Rows of some streams whose blocks are in `segment`.
    pub fn rows_in(&self, segment: u64, ids: &[StreamId], into: &mut Vec<(StreamId, Row)>) {
        for &id in ids {
            let Some(stream) = self.streams.get(&id) else { continue };
            into.extend(stream.rows.rows_in(segment).map(|row| (id, row)));
        }
    }

    /// What of a segment is still readable.
    pub fn live(&self, segment: u64) -> Live {
        self.live.get(&segment).copied().unwrap_or_default()
    }

    /// Forgets a segment without readable rows.
    pub fn forget(&mut self, segment: u64) {
        self.live.remove(&segment);
    }

    fn apply(&mut self, header: &Header, effects: &Effects, serial: u64, touched: &mut Vec<Touched>) {
        touched.clear();
        for run in &effects.runs {
            let stream = self.streams.entry(run.stream).or_default();
            stream.push(run, header, serial, self.recent_from);
            let live = self.live.entry(header.place.segment).or_default();
            live.rows += 1;
            live.bytes += run.bytes;
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
                    if let Some(stream) = self.streams.remove(&stream) {
                        stream.rows.shares(&mut |share| leave(&mut self.live, share));
                    }
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
        let start = stream.state.start.max(to.min(stream.state.end));
        stream.state.start = start;
        let (live, gone_bytes_before) = (&mut self.live, &mut stream.state.gone_bytes);
        stream.rows.trim(start, &mut |share| {
            leave(live, share);
            *gone_bytes_before = 0;
        });
        let Some(first) = stream.rows.front() else { return };
        if first.first < start {
            let block = recent_block(&self.recent, self.recent_from, first.serial);
            stream.state.gone_bytes = gone_bytes(&first, block, id, start);
            if block.is_none() {
                self.inexact.push(id);
            }
        }
    }

    /// A stream of whose first row it is only estimated what is gone, with that row.
    pub fn take_inexact(&mut self) -> Option<(StreamId, Row)> {
        while let Some(id) = self.inexact.pop() {
            let cut = self.streams.get(&id).and_then(Stream::cut);
            if let Some(row) = cut {
                return Some((id, row));
            }
        }
        None
    }

    /// Counts what is gone of a stream's first row, whose block is `block`.
    pub fn count_gone(&mut self, id: StreamId, row: &Row, block: &Bytes) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let start = stream.state.start;
        let is_first = |first: Row| (first.first, first.place) == (row.first, row.place);
        if stream.cut().is_some_and(is_first) {
            stream.state.gone_bytes = gone_bytes(row, Some(block), id, start);
        }
    }

    /// Rows of all streams.
    pub fn rows(&self) -> u64 {
        self.live.values().map(|live| live.rows).sum()
    }

    /// Readable range of a stream.
    pub fn bounds(&self, stream: StreamId) -> Option<Bounds> {
        self.streams.get(&stream).map(Stream::bounds)
    }

    /// Rows that hold the entries from `from` on, as many as `limits` may need.
    pub fn plan(&self, id: StreamId, from: Offset, limits: ReadLimits) -> Result<Plan, ReadError> {
        let stream = self.streams.get(&id).ok_or(ReadError::NoStream)?;
        if from < stream.state.start || from > stream.state.end {
            return Err(ReadError::OutOfRange { bounds: stream.bounds() });
        }
        let mut plan = Plan::new();
        let mut bytes = 0;
        for row in stream.rows.after(from).take(READ_BLOCKS_MAX) {
            if limits.before.is_some_and(|before| row.first >= before) || bytes > limits.bytes_max as u64 {
                break;
            }
            // The first row may hold mostly what is before `from`: it counts for nothing.
            bytes += if plan.is_empty() { 0 } else { row.bytes };
            plan.push(self.piece(row));
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
        Ok(stream.rows.at_or_after(from, time).map(|row| self.piece(row)))
    }

    /// The row with the newest entry, the first of several, among those that no trim cut into; and the first row if one
    /// did, which only its entries can tell about.
    pub fn newest(&self, id: StreamId) -> Result<(Option<Piece>, Option<Piece>), ReadError> {
        let stream = self.streams.get(&id).ok_or(ReadError::NoStream)?;
        let newest = stream.rows.newest(stream.state.start);
        Ok((newest.map(|row| self.piece(row)), stream.cut().map(|row| self.piece(row))))
    }

    /// The row in which the last `bytes` payload bytes begin, with how many bytes of the stream are from its start on,
    /// and the row after it.
    pub fn last_bytes(&self, id: StreamId, bytes: u64) -> Result<LastBytes, ReadError> {
        let stream = self.streams.get(&id).ok_or(ReadError::NoStream)?;
        let ever = stream.state.bytes_ever;
        let (within, next) = stream.rows.at_bytes(ever.saturating_sub(bytes));
        let within = within.map(|row| (self.piece(row), ever - row.bytes_before));
        Ok(LastBytes { within, next: next.map(|row| self.piece(row)) })
    }

    /// Whether the index still has this row where it was.
    pub fn holds(&self, id: StreamId, row: &Row) -> bool {
        let Some(stream) = self.streams.get(&id) else { return false };
        let at = stream.rows.after(row.first).next();
        at.is_some_and(|at| at.place == row.place && at.first == row.first)
    }

    /// First readable offset of a stream.
    pub fn start(&self, id: StreamId) -> Offset {
        self.streams.get(&id).map_or(Offset::ZERO, |stream| stream.state.start)
    }

    fn piece(&self, row: Row) -> Piece {
        Piece { row, block: recent_block(&self.recent, self.recent_from, row.serial).cloned() }
    }
}

/// Counts rows in.
fn enter(live: &mut IdMap<u64, Live>, share: Share) {
    let live = live.entry(share.segment).or_default();
    live.rows += share.rows;
    live.bytes += share.bytes;
}

/// Counts rows off that are not readable any more.
fn leave(live: &mut IdMap<u64, Live>, share: Share) {
    if let Some(live) = live.get_mut(&share.segment) {
        live.rows -= share.rows;
        live.bytes -= share.bytes;
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

/// The stored entries of a row, in order; between them there may be offsets that a rewriter dropped. Ends early where the
/// block contradicts the row.
pub fn entries<'a>(block: &'a [u8], row: &Row, id: StreamId) -> impl Iterator<Item = Stored> + 'a {
    let (mut at, end) = (Some(row.at), row.end);
    let mut expected = row.first;
    std::iter::from_fn(move || {
        let stored =
            Stored::at(block, at?, id).filter(|stored| stored.base() >= expected && stored.end() <= end)?;
        at = stored.next();
        expected = stored.end();
        Some(stored)
    })
}

impl Stream {
    fn bounds(&self) -> Bounds {
        let StreamState { start, end, bytes_ever, gone_bytes } = self.state;
        let before = self.rows.front().map_or(bytes_ever, |first| first.bytes_before + gone_bytes);
        Bounds { start, end, bytes: bytes_ever.saturating_sub(before) }
    }

    /// The first row if a trim cut into it.
    fn cut(&self) -> Option<Row> {
        self.rows.front().filter(|row| row.first < self.state.start)
    }

    fn push(&mut self, run: &Run, header: &Header, serial: u64, recent_from: u64) {
        debug_assert_eq!(run.first, self.state.end, "runs of a stream follow each other");
        let row = Row {
            first: run.first,
            end: run.end,
            place: header.place,
            length: header.length,
            at: run.at,
            newest: run.newest,
            bytes: run.bytes,
            bytes_before: self.state.bytes_ever,
            serial,
            ..Row::default()
        };
        self.rows.push(row, recent_from, run.stream.0 as usize % ROWS_MAX);
        self.state.bytes_ever += run.bytes;
        self.state.end = run.end;
    }
}
