//! Which segment entries are moved out of, and how much of it in one step.
//!
//! Always: nothing is begun that finds no space to end. Never here: moving.

use std::cmp::Reverse;

use hence_base::StreamId;

use crate::format::block::padded;
use crate::format::commit::ENTRY_BYTES;
use crate::format::segment;
use crate::limits::{
    CANDIDATES_MAX, CHECKPOINT_ROWS, GATHER_INTERVAL, INDEX_ROWS_EXCESS, PAGE_BYTES, ROLL_BYTES,
    ROLL_LIVE_SHARE_MAX, ROLL_SHORT_SHARE_MAX,
};
use crate::local::keeping::Keeper;
use crate::local::store::Store;
use crate::log::index::Index;
use crate::log::recovery::Segments as _;
use crate::log::track::Row;

/// What of the log one replaced row takes, the one that comes for it and its group's head.
const ROW_BYTES: usize = 96;

/// What one step moves.
#[derive(Debug)]
pub struct Choice {
    /// Where it lies.
    pub segment: u64,
    /// Its rows, by place: all of each block.
    pub rows: Vec<(StreamId, Row)>,
    /// Whether it is moved because it is in many small pieces, not because much beside it is dead.
    pub gathers: bool,
}

impl Store {
    /// Chooses what is moved next: out of the segment that gains most by it, of those that have room to.
    pub fn choose(&self, keeper: &Keeper, short: bool) -> Option<Choice> {
        let mut segments = self.mostly_dead(keeper, short);
        let gathers = segments.is_empty() && !short;
        if gathers {
            segments = self.small_rows(keeper);
        }
        let step = |segment| {
            let mut rows = self.rows_in(segment);
            let whole_bytes = moved_bytes_max(&rows);
            self.cut_step(&mut rows, short);
            let may = !rows.is_empty() && self.has_room_to_move(keeper, segment, &rows, whole_bytes);
            may.then_some(Choice { segment, rows, gathers })
        };
        segments.into_iter().take(CANDIDATES_MAX).find_map(step)
    }

    /// Whether all that is readable in the segment finds space, so that it is freed, and the block that replaces rows
    /// too, without what is owed to others. The reserve serves only a segment that gives back more than it takes.
    fn has_room_to_move(
        &self,
        keeper: &Keeper,
        segment: u64,
        rows: &[(StreamId, Row)],
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
        let begun = keeper.roller.output.as_ref().map_or(0, |output| output.bytes - output.at);
        let free = self.segments.beyond_bytes(&owed).min(ahead);
        let gains = self.share(segment) <= ROLL_LIVE_SHARE_MAX;
        whole_bytes <= begun + free || gains && whole_bytes <= begun + free + self.segments.moving_bytes()
    }

    /// Percentage of a segment that is readable.
    fn share(&self, sequence: u64) -> u64 {
        let bytes = self.segments.bytes(sequence);
        self.index.read().live(sequence).bytes.min(bytes) * 100 / bytes.max(1)
    }

    /// The segments to move from, the smallest share of readable bytes first, when too much is dead.
    fn mostly_dead(&self, keeper: &Keeper, short: bool) -> Vec<u64> {
        let used = self.segments.used();
        let index = self.index.read();
        let live = |sequence, bytes: u64| index.live(sequence).bytes.min(bytes);
        let total: u64 = used.iter().map(|(_, _, bytes)| bytes).sum();
        let total_live: u64 = used.iter().map(|&(sequence, _, bytes)| live(sequence, bytes)).sum();
        let wasteful = short || total > total_live + total_live / 3 + self.slack_bytes / 2;
        let movable = used.iter().filter(|_| wasteful).filter(|segment| is_movable(keeper, &index, segment));
        let candidates = movable.filter_map(|&(sequence, kind, bytes)| {
            // Headers and padding do not leave a segment that was moved to: it is judged by what was written there.
            let moved = keeper.roller.moved_bytes.get(&sequence).copied();
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
            self.is_early(keeper.roller.gathered_at, GATHER_INTERVAL) && rows <= INDEX_ROWS_EXCESS * rows_max;
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
    fn rows_in(&self, segment: u64) -> Vec<(StreamId, Row)> {
        let ids = self.index.read().stream_ids();
        let mut rows = Vec::new();
        for slice in ids.chunks(CHECKPOINT_ROWS) {
            self.index.read().rows_in(segment, slice, &mut rows);
        }
        rows.sort_unstable_by_key(|(id, row)| (row.place, *id, row.first));
        rows
    }

    /// Leaves the first blocks, up to a step's bytes, and rows whose replacing is small when space is short.
    fn cut_step(&self, rows: &mut Vec<(StreamId, Row)>, short: bool) {
        let rows_max = if short { self.replacing_bytes() as usize / 2 / ROW_BYTES } else { usize::MAX };
        let (mut bytes, mut last) = (0, None);
        // A block is moved with all its rows or not at all.
        let beyond = rows.iter().enumerate().position(|(index, (_, row))| {
            let begins = last.replace(row.place) != Some(row.place);
            let many = bytes + u64::from(row.length) > ROLL_BYTES || index >= rows_max;
            let full = begins && bytes > 0 && many;
            bytes += if begins { u64::from(row.length) } else { 0 };
            full
        });
        rows.truncate(beyond.unwrap_or(rows.len()));
    }
}

/// Whether entries may be moved out of a segment: no start needs it any more, and something in it is readable.
fn is_movable(keeper: &Keeper, index: &Index, &(sequence, kind, _): &(u64, segment::Kind, u64)) -> bool {
    let floor = keeper.checkpoints.floor();
    let is_output = keeper.roller.output.as_ref().is_some_and(|output| output.sequence == sequence);
    (kind == segment::Kind::Moved || sequence < floor)
        && !is_output
        && !keeper.roller.unmovable.contains(&sequence)
        && index.live(sequence).rows > 0
}

/// Bytes that what is readable of `rows` takes at most when it is moved: an entry covers an offset at least, and no block
/// grows.
fn moved_bytes_max(rows: &[(StreamId, Row)]) -> u64 {
    let entry = |row: &Row| row.bytes + (row.end.0 - row.first.0) * 2 * ENTRY_BYTES as u64;
    let blocks = rows.chunk_by(|(_, a), (_, b)| a.place == b.place);
    let of = |block: &[(StreamId, Row)]| {
        let bytes: u64 = block.iter().map(|(_, row)| entry(row)).sum();
        bytes.min(block.first().map_or(0, |(_, row)| u64::from(row.length)))
    };
    let bytes: u64 = blocks.map(of).sum();
    // Blocks have headers and padding, and what is left at the end of a file is less than an entry.
    let largest = rows.iter().map(|(_, row)| row.bytes.min(u64::from(row.length))).max().unwrap_or(0);
    bytes + bytes / 64 + largest + 2 * PAGE_BYTES as u64
}
