//! The roller: moves what is still readable out of segments that are mostly dead, a stream's entries side by side.
//!
//! Always: entries are in a new file, synced, before one block in the log makes their new rows the ones that count; a
//! payload with several readers is moved once. One step moves a bounded number of bytes.
//! Never here: what an entry means (the rewriter says what becomes of it); letting old files go (`keeping`).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use hence_base::{Append, Commit, Offset, Op, StreamId, Target, Urgency};
use smallvec::smallvec;

use super::keeping::{Keeper, now};
use super::options::Mode;
use super::segments::{Entered, Segments, is_short};
use super::store::Store;
use crate::Entry;
use crate::disk::DiskFile;
use crate::format::block::{self, HEADER_BYTES, Header, Kind, padded, verify};
use crate::format::commit::ENTRY_BYTES;
use crate::format::replacement::{self, Group};
use crate::format::{Place, commit, segment};
use crate::limits::{
    CHECKPOINT_ROWS, GATHER_INTERVAL, INDEX_ROWS_EXCESS, MOVED_BLOCK_BYTES, PAGE_BYTES, ROLL_BYTES,
    ROLL_LIVE_SHARE_MAX, ROLL_SHORT_SHARE_MAX, VICTIMS_MAX,
};
use crate::log::IdMap;
use crate::log::index::{Index, entries};
use crate::log::intake::Draft;
use crate::log::recovery::Segments as _;
use crate::log::runs::Effects;
use crate::log::track::Row;
use crate::planted::bug;

/// What becomes of an entry when the roller moves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// It stays as it is.
    Keep,
    /// It is not stored any more; its offsets stay a gap.
    Drop,
    /// Its payload becomes this one, with the same offsets. One that is longer is not taken: the entry stays as it is.
    Replace(Vec<u8>),
}

/// Says what becomes of entries that the roller moves: compaction, by whoever knows the format.
pub trait Rewriter: Send + Sync {
    /// What becomes of `entry` of `stream`. Asked on the journal's own thread; may take its time.
    fn rewrite(&self, stream: StreamId, entry: &Entry) -> Rewrite;
}

/// A segment that moved entries are written to, over many steps.
#[derive(Debug)]
pub struct Output {
    pub sequence: u64,
    file: Arc<dyn DiskFile>,
    at: u64,
    bytes: u64,
}

/// A payload to be moved, with the streams that still read it.
struct Item<'a> {
    /// Where it lies now.
    block: &'a Bytes,
    /// Its first stream and the offset in it: what items are ordered by.
    key: (StreamId, Offset),
    /// Streams, and where their entry headers are in the block.
    targets: Vec<(StreamId, u32)>,
    /// What the rewriter made of it.
    payload: Option<Vec<u8>>,
}

impl Keeper {
    /// Goes on in the newest segment that moved entries were written to, behind the last of them that can be read: no row
    /// names what else may stand there. On a full disk it may be all the space that there is for them. One of which more is
    /// dead than left is moved from instead.
    pub fn resume_output(&mut self, segments: &Segments, index: &Index) {
        let used = segments.used().into_iter().rev();
        let mut moved = used.filter(|&(_, kind, _)| kind == segment::Kind::Moved);
        let Some((sequence, ..)) = moved.next() else { return };
        let mut rows = Vec::new();
        index.rows_in(sequence, &index.stream_ids(), &mut rows);
        // Blocks of which something can be read, by where they begin.
        let blocks: BTreeMap<u64, u64> =
            rows.iter().map(|(place, _, row)| (place.offset, u64::from(row.length))).collect();
        let Some(at) = blocks.last_key_value().map(|(at, length)| at + length) else { return };
        let written_bytes = at - segment::HEADER_BYTES;
        let dead_bytes = written_bytes.saturating_sub(blocks.values().sum());
        let moved_bytes = written_bytes.max(index.live(sequence).bytes);
        match segments.entered(sequence) {
            Ok(Entered { file, bytes, .. }) if at + dead_bytes < bytes => {
                self.output = Some(Output { sequence, file, at, bytes });
                self.moved_bytes.insert(sequence, moved_bytes);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(sequence, %error, "the rest of a segment cannot be written to"),
        }
    }
}

impl Store {
    /// Moves some of what is readable in the segment that gains most by it, if that is due. `false`: nothing to do.
    pub fn roll_step(&self, keeper: &mut Keeper, short: bool) -> io::Result<bool> {
        let mut victims = self.victims(keeper, short);
        let gathers = victims.is_empty() && !short;
        if gathers {
            victims = self.small_rows(keeper);
        }
        for victim in victims.into_iter().take(VICTIMS_MAX) {
            let mut rows = self.rows_in(victim);
            let whole_bytes = moved_bytes_max(&rows);
            self.cut_step(&mut rows, short);
            if rows.is_empty() || !self.has_room_to_move(keeper, victim, &rows, whole_bytes) {
                continue;
            }
            let Some(blocks) = self.load_blocks(&rows)? else {
                // What is damaged stays where it is, for its readers to be told.
                keeper.unmovable.push(victim);
                return Ok(true);
            };
            let items = self.items(&rows, &blocks);
            let new = self.move_items(keeper, &items)?;
            self.replace_rows(groups(&rows, new))?;
            if gathers {
                keeper.gathered_at = Some(now());
            }
            if self.index.read().live(victim).rows == 0 {
                self.counters.rolled.fetch_add(1, Ordering::Relaxed);
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether all that is readable in the segment finds space, so that it is freed, and the block that replaces rows
    /// too, without what is owed to others. The reserve serves only a segment that gives back more than it takes.
    fn has_room_to_move(
        &self,
        keeper: &Keeper,
        victim: u64,
        rows: &[(Place, StreamId, Row)],
        whole_bytes: u64,
    ) -> bool {
        let replacing = padded(rows.len() * ROW_BYTES) as u64;
        let owed = self.owed_after(replacing);
        let here = self.taking.lock().here_bytes;
        let ahead = self.segments.ahead_bytes();
        if !self.segments.covers(&owed)
            || here < replacing && ahead + self.segments.reserve_bytes() < replacing
        {
            return false;
        }
        let begun = keeper.output.as_ref().map_or(0, |output| output.bytes - output.at);
        let free = self.segments.beyond_bytes(&owed).min(ahead);
        let gains = self.share(victim) <= ROLL_LIVE_SHARE_MAX;
        whole_bytes <= begun + free || gains && whole_bytes <= begun + free + self.segments.moving_bytes()
    }

    /// Percentage of a segment that is readable.
    fn share(&self, sequence: u64) -> u64 {
        let bytes = self.segments.bytes(sequence);
        self.index.read().live(sequence).bytes.min(bytes) * 100 / bytes.max(1)
    }

    /// The segments to move from, the smallest share of readable bytes first, when too much is dead.
    fn victims(&self, keeper: &Keeper, short: bool) -> Vec<u64> {
        let used = self.segments.used();
        let index = self.index.read();
        let live = |sequence, bytes: u64| index.live(sequence).bytes.min(bytes);
        let total: u64 = used.iter().map(|(_, _, bytes)| bytes).sum();
        let total_live: u64 = used.iter().map(|&(sequence, _, bytes)| live(sequence, bytes)).sum();
        let wasteful = short || total > total_live + total_live / 3 + self.slack_bytes / 2;
        let movable = used.iter().filter(|_| wasteful).filter(|segment| is_movable(keeper, &index, segment));
        let candidates = movable.filter_map(|&(sequence, kind, bytes)| {
            // Headers and padding do not leave a segment that was moved to: it is judged by what was written there.
            let moved = keeper.moved_bytes.get(&sequence).copied();
            let share = live(sequence, bytes) * 100 / moved.unwrap_or(bytes).max(1);
            let short = short && kind == segment::Kind::Log;
            let share_max = if short { ROLL_SHORT_SHARE_MAX } else { ROLL_LIVE_SHARE_MAX };
            (share <= share_max).then_some((share, sequence))
        });
        let mut candidates: Vec<_> = candidates.collect();
        candidates.sort_unstable();
        candidates.into_iter().map(|(_, sequence)| sequence).collect()
    }

    /// The segments with most rows, older ones first, when there are too many: they are gathered into few, because the index
    /// is in memory. That goes slowly, unless there are far too many.
    fn small_rows(&self, keeper: &Keeper) -> Vec<u64> {
        let used = self.segments.used();
        let index = self.index.read();
        let (rows, rows_max) = (index.rows(), self.options.index_rows_max);
        let waits =
            self.is_early(keeper.gathered_at, GATHER_INTERVAL) && rows <= INDEX_ROWS_EXCESS * rows_max;
        if rows <= rows_max || waits {
            return Vec::new();
        }
        let movable = used.iter().filter(|segment| is_movable(keeper, &index, segment));
        let small = movable.filter(|(_, kind, _)| *kind == segment::Kind::Log);
        let mut small: Vec<_> = small.map(|&(sequence, ..)| (index.live(sequence).rows, sequence)).collect();
        small.sort_unstable_by_key(|&(rows, sequence)| (Reverse(rows), sequence));
        small.into_iter().map(|(_, sequence)| sequence).collect()
    }

    /// Rows whose blocks are in `segment`, by place.
    fn rows_in(&self, segment: u64) -> Vec<(Place, StreamId, Row)> {
        let ids = self.index.read().stream_ids();
        let mut rows = Vec::new();
        for slice in ids.chunks(CHECKPOINT_ROWS) {
            self.index.read().rows_in(segment, slice, &mut rows);
        }
        rows.sort_unstable_by_key(|(place, id, row)| (*place, *id, row.first));
        rows
    }

    /// Leaves the first blocks, up to a step's bytes, and rows whose replacing is small when space is short.
    fn cut_step(&self, rows: &mut Vec<(Place, StreamId, Row)>, short: bool) {
        let rows_max = if short { self.replacing_bytes() as usize / 2 / ROW_BYTES } else { usize::MAX };
        let (mut bytes, mut last) = (0, None);
        // A block is moved with all its rows or not at all.
        let beyond = rows.iter().enumerate().position(|(index, (place, _, row))| {
            let begins = last.replace(*place) != Some(*place);
            let many = bytes + u64::from(row.length) > ROLL_BYTES || index >= rows_max;
            let full = begins && bytes > 0 && many;
            bytes += if begins { u64::from(row.length) } else { 0 };
            full
        });
        rows.truncate(beyond.unwrap_or(rows.len()));
    }

    /// The verified blocks of `rows`, in order; `None` when one is damaged. Another time may do better after an error.
    fn load_blocks(&self, rows: &[(Place, StreamId, Row)]) -> io::Result<Option<BTreeMap<Place, Bytes>>> {
        let mut blocks = BTreeMap::new();
        for (place, _, row) in rows {
            if blocks.contains_key(place) {
                continue;
            }
            match self.segments.read(*place, row.length as usize) {
                Ok(bytes) if verify(&bytes, &self.segments.journal(), *place).is_ok() => {
                    blocks.insert(*place, Bytes::from(bytes));
                }
                Err(error) if is_short(&error) => return Err(error),
                Ok(_) | Err(_) => return Ok(None),
            }
        }
        Ok(Some(blocks))
    }

    /// The payloads to be moved, by their first stream and offset.
    fn items<'a>(
        &self,
        rows: &[(Place, StreamId, Row)],
        blocks: &'a BTreeMap<Place, Bytes>,
    ) -> Vec<Item<'a>> {
        let rewriter = self.rewriter.0.get();
        // By block and payload: the targets that still read it.
        let mut shared: BTreeMap<(Place, u32), Item<'a>> = BTreeMap::new();
        let mut own = Vec::new();
        for (place, id, row) in rows {
            let Some(block) = blocks.get(place) else { continue };
            let start = self.index.read().start(*id);
            for stored in entries(block, row, *id).filter(|stored| stored.end() > start) {
                let key = (*id, stored.base());
                let target = (*id, stored.header_at());
                let ask = |rewriter: &Arc<dyn Rewriter>| rewriter.rewrite(*id, &stored.entry(block));
                let grows = |payload: &Vec<u8>| payload.len() > stored.payload_bytes();
                match rewriter.map_or(Rewrite::Keep, ask) {
                    Rewrite::Drop => {}
                    Rewrite::Replace(payload) if !grows(&payload) => {
                        own.push(Item { block, key, targets: vec![target], payload: Some(payload) });
                    }
                    Rewrite::Keep | Rewrite::Replace(_) => {
                        let item = shared.entry((*place, stored.payload_at()));
                        let empty = || Item { block, key, targets: Vec::new(), payload: None };
                        item.or_insert_with(empty).targets.push(target);
                    }
                }
            }
        }
        let mut items: Vec<Item<'a>> = shared.into_values().chain(own).collect();
        items.sort_by_key(|item| item.key);
        items
    }

    /// Writes the items to the output and gives the new rows of every stream.
    fn move_items(&self, keeper: &mut Keeper, items: &[Item<'_>]) -> io::Result<IdMap<StreamId, Vec<Row>>> {
        let mut new: IdMap<StreamId, Vec<Row>> = IdMap::default();
        let mut from = 0;
        while from < items.len() {
            let mut ops = Vec::new();
            let mut bytes = 0;
            let mut most = 0;
            for item in &items[from..] {
                let op = item.op().ok_or(io::ErrorKind::InvalidData)?;
                let encoded = commit::size(&Commit { ops: vec![op.clone()], urgency: Urgency::Relief });
                let encoded = encoded.ok_or(io::ErrorKind::InvalidData)?.encoded;
                if bytes == 0 {
                    // A block fills what is left of the output, but for less than the next entry.
                    let output = self.output(keeper, padded(encoded) as u64)?;
                    most = MOVED_BLOCK_BYTES.min((output.bytes - output.at) as usize - HEADER_BYTES);
                } else if bytes + encoded > most {
                    break;
                }
                bytes += encoded;
                ops.push(op);
            }
            from += ops.len();
            self.write_moved(keeper, ops, &mut new)?;
        }
        if let Some(output) = keeper.output.as_ref().filter(|_| !bug!(MovedNotSynced)) {
            output.file.sync()?;
        }
        Ok(new)
    }

    fn write_moved(
        &self,
        keeper: &mut Keeper,
        ops: Vec<Op<'_>>,
        new: &mut IdMap<StreamId, Vec<Row>>,
    ) -> io::Result<()> {
        let commit = Commit { ops, urgency: Urgency::Relief };
        let encoded = commit::size(&commit).ok_or(io::ErrorKind::InvalidData)?.encoded;
        let length = padded(encoded);
        let output = self.output(keeper, length as u64)?;
        let place = Place { segment: output.sequence, offset: output.at };
        let mut space = self.pool.space(length).split_to(length);
        let bytes = space.bytes_mut();
        bytes[HEADER_BYTES + encoded..].fill(0);
        let mut runs =
            Runs { place, length: length as u32, rows: IdMap::default(), last_at: IdMap::default() };
        commit::encode(&commit, bytes, HEADER_BYTES, &mut |target, at, payload_bytes| {
            runs.add(target, at, payload_bytes)
        });
        let (epoch, next) = {
            let writer = self.log_end.lock();
            (writer.chain.epoch, writer.chain.next)
        };
        let header = Header {
            kind: Kind::Moved,
            flags: 0,
            length: length as u32,
            journal: self.segments.journal(),
            epoch,
            place,
            first: next,
            last: next,
            synced: Place::default(),
            previous: 0,
            body: encoded as u32,
        };
        block::seal(bytes, &header);
        output.file.write(output.at, space.bytes())?;
        output.at += length as u64;
        let sequence = output.sequence;
        let moved = runs.rows.values().flatten().map(|row| row.bytes).sum::<u64>();
        *keeper.moved_bytes.entry(sequence).or_default() += moved;
        for (id, rows) in runs.rows {
            new.entry(id).or_default().extend(rows);
        }
        Ok(())
    }

    /// The segment that moved entries go to, with room for `length` bytes.
    fn output<'k>(&self, keeper: &'k mut Keeper, length: u64) -> io::Result<&'k mut Output> {
        if let Some(full) = keeper.output.take_if(|output| output.at + length > output.bytes) {
            full.file.sync()?;
        }
        match &mut keeper.output {
            Some(output) => Ok(output),
            none => {
                let least = segment::HEADER_BYTES + length;
                let entered = self.enter_moved(least)?;
                Ok(none.insert(Output {
                    sequence: entered.sequence,
                    file: entered.file,
                    at: segment::HEADER_BYTES,
                    bytes: entered.bytes,
                }))
            }
        }
    }

    /// Makes the new rows the ones that count: in the log, then in the index.
    fn replace_rows(&self, groups: Vec<Group>) -> io::Result<()> {
        let body = replacement::size(&groups);
        let length = padded(body);
        let mut space = self.pool.space(length).split_to(length);
        space.bytes_mut()[HEADER_BYTES + body..].fill(0);
        replacement::encode(&groups, space.bytes_mut());
        let mut writer = self.log_end.quiet()?;
        if self.state_failure().is_some() {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let (first, last) = (writer.chain.next, hence_base::Position(writer.chain.next.0 - 1));
        let draft = Draft { space, body: body as u32, first, last, effects: Effects::default(), charge: 0 };
        let sync = self.options.mode == Mode::Fsync;
        self.write_own(&mut writer, draft, Kind::Replace, 0, sync)?;
        let replaced = self.index.write().replace(&groups);
        replaced.expect("moved rows lie where those lay that the index gave");
        Ok(())
    }
}

/// Whether entries may be moved out of a segment: no start needs it any more, and something in it is readable.
fn is_movable(keeper: &Keeper, index: &Index, &(sequence, kind, _): &(u64, segment::Kind, u64)) -> bool {
    let floor = keeper.places[0].min(keeper.places[1]).segment;
    let is_output = keeper.output.as_ref().is_some_and(|output| output.sequence == sequence);
    (kind == segment::Kind::Moved || sequence < floor)
        && !is_output
        && !keeper.unmovable.contains(&sequence)
        && index.live(sequence).rows > 0
}

impl Item<'_> {
    /// The item as an append of its own.
    fn op(&self) -> Option<Op<'_>> {
        let block = self.block;
        let mut payload = self.payload.as_deref();
        let mut targets: smallvec::SmallVec<[Target<'_>; 1]> = smallvec![];
        for &(id, at) in &self.targets {
            let stored = commit::Stored::at(block, at, id)?;
            payload = payload.or_else(|| stored.payload(block));
            targets.push(stored.target(block)?);
        }
        Some(Op::Append(Append { targets, payload: payload? }))
    }
}

/// The rows of a moved block: a stream's entries make one row as long as no offset of others can lie between them.
struct Runs {
    place: Place,
    length: u32,
    rows: IdMap<StreamId, Vec<Row>>,
    last_at: IdMap<StreamId, u32>,
}

impl Runs {
    fn add(&mut self, target: &Target<'_>, at: u32, payload_bytes: u32) -> Option<u32> {
        let header = &target.header;
        let rows = self.rows.entry(target.stream).or_default();
        match rows.last_mut().filter(|row| row.end == header.base) {
            Some(row) => {
                row.end = header.end();
                row.newest = row.newest.max(header.max_timestamp);
                row.bytes += u64::from(payload_bytes);
            }
            None => rows.push(Row {
                first: header.base,
                end: header.end(),
                place: self.place,
                length: self.length,
                at,
                newest: header.max_timestamp,
                bytes: u64::from(payload_bytes),
                ..Row::default()
            }),
        }
        self.last_at.insert(target.stream, at)
    }
}

/// What of the log one replaced row takes, the one that comes for it and its group's head.
const ROW_BYTES: usize = 96;

/// Bytes that what is readable of `rows` takes at most when it is moved: an entry covers an offset at least, and no block
/// grows.
fn moved_bytes_max(rows: &[(Place, StreamId, Row)]) -> u64 {
    let entry = |row: &Row| row.bytes + (row.end.0 - row.first.0) * 2 * ENTRY_BYTES as u64;
    let blocks = rows.chunk_by(|(a, ..), (b, ..)| a == b);
    let of = |block: &[(Place, StreamId, Row)]| {
        let bytes: u64 = block.iter().map(|(_, _, row)| entry(row)).sum();
        bytes.min(block.first().map_or(0, |(_, _, row)| u64::from(row.length)))
    };
    let bytes: u64 = blocks.map(of).sum();
    // Blocks have headers and padding, and what is left at the end of a file is less than an entry.
    let largest = rows.iter().map(|(_, _, row)| row.bytes.min(u64::from(row.length))).max().unwrap_or(0);
    bytes + bytes / 64 + largest + 2 * PAGE_BYTES as u64
}

/// What the replacing block says: every row that was moved, and the rows that take their place.
fn groups(moved: &[(Place, StreamId, Row)], mut new: IdMap<StreamId, Vec<Row>>) -> Vec<Group> {
    let mut old: BTreeMap<StreamId, Vec<(Offset, Place)>> = BTreeMap::new();
    for (place, id, row) in moved {
        old.entry(*id).or_default().push((row.first, *place));
    }
    let group = |(stream, mut old): (StreamId, Vec<(Offset, Place)>)| {
        old.sort_unstable();
        let mut new = new.remove(&stream).unwrap_or_default();
        new.sort_unstable_by_key(|row| row.first);
        Group { stream, old, new }
    };
    old.into_iter().map(group).collect()
}
