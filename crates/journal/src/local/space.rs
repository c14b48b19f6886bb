//! Whose the space is: the log's, the reserve's part for the log, the reserve's part for moved entries. By sizes alone.
//!
//! Always: room for normal commits counts only what is left when the whole reserve has what it is to have; room for relief
//! counts the log's part too; the part for moved entries is in no room, and the log never takes it. Who works behind the
//! log takes a file only if what is [`Owed`] finds another: looked at and taken under the lock under which room is told.
//! What becomes spare was in no room, so the reserve gets of it first what it lacks. A block that was accepted goes on in
//! the log's part when nothing else is left.
//! Never here: who asks (`claiming`), which files there are (`segments`).

use super::options::Options;
use crate::format::segment;
use crate::limits::PAGE_BYTES;

#[cfg(test)]
mod tests;

/// The smallest file that is worth making.
const LEAST_BYTES: u64 = 4 * PAGE_BYTES as u64;

/// What the reserve is to have. A commit of normal urgency gets nothing of what it lacks, also not of a piece that the log
/// went on in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Bytes for blocks of the log.
    pub log_bytes: u64,
    /// Bytes for moved entries.
    pub moving_bytes: u64,
    /// Whether the log is worse off: then it gets what comes first.
    pub log_first: bool,
}

/// A part of the reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// For the log.
    Log,
    /// For moved entries.
    Moving,
}

/// What was accepted or promised and has no place yet: bytes of blocks that are not written, and of the next commit within
/// what was told. Together they fit into one file, or into what is left of the segment being written, and then nothing is
/// owed beyond it. A file that the log makes is large
/// enough for all of it, unless space for it is left beside that file. A file that is being zeroed is hidden for a moment;
/// a block that finds none waits for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owed {
    /// With what was told for normal commits.
    pub normal_bytes: u64,
    /// With what was told for relief, which may use the log's part of the reserve.
    pub relief_bytes: u64,
}

/// Where a part of the reserve gets its next piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// A file that is there, by its index.
    File(usize),
    /// A new file of so many bytes.
    New(u64),
}

/// How space is spread once the reserve has what there is for it: bytes for blocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread {
    /// For any commit.
    pub ahead_bytes: u64,
    /// The largest piece of it.
    pub largest_bytes: u64,
    /// For relief.
    pub reserve_bytes: u64,
    /// The largest piece of it.
    pub largest_reserve_bytes: u64,
    /// What the log's part of the reserve lacks and no file can be had for.
    pub log_lacks_bytes: u64,
}

impl Wanted {
    /// For the log a segment of the smallest size; for moved entries half of the next one, which is as large as most are.
    pub fn of(options: &Options, next_segment_bytes: u64) -> Self {
        Self { log_bytes: options.reserve_bytes(), moving_bytes: next_segment_bytes / 2, log_first: false }
    }

    /// Both parts, in the order in which they are filled.
    pub const fn order(&self) -> [Part; 2] {
        if self.log_first { [Part::Log, Part::Moving] } else { [Part::Moving, Part::Log] }
    }

    /// Bytes of the next piece of a part that has `pieces`; a little less than wanted is enough, or they would be many. The
    /// log has two halves: while it goes on in one, the other is given back to it.
    pub fn missing_bytes(&self, part: Part, pieces: impl Iterator<Item = u64>) -> u64 {
        let (wanted, piece) = match part {
            Part::Log => (self.log_bytes, self.log_bytes / 2),
            Part::Moving => (self.moving_bytes, self.moving_bytes),
        };
        let has: u64 = pieces.map(|bytes| bytes.min(piece)).sum();
        if has >= wanted / 4 * 3 {
            return 0;
        }
        (wanted - has).min(piece).next_multiple_of(PAGE_BYTES as u64)
    }
}

impl Wanted {
    /// What the log's part lacks when no more pieces can be had.
    fn lacking_bytes(&self, log: &[u64]) -> u64 {
        let missing = self.missing_bytes(Part::Log, log.iter().copied());
        if missing == 0 {
            0
        } else {
            self.log_bytes - log.iter().map(|bytes| (*bytes).min(self.log_bytes / 2)).sum::<u64>()
        }
    }
}

impl Owed {
    /// What must fit into one piece beside the log's part of the reserve, which relief may use.
    pub fn beside(&self, reserve: impl Iterator<Item = u64>) -> u64 {
        let reserve = reserve.map(room).max().unwrap_or(0);
        if self.relief_bytes <= reserve {
            self.normal_bytes
        } else {
            self.normal_bytes.max(self.relief_bytes)
        }
    }
}

/// Bytes for blocks in a file.
pub const fn room(file_bytes: u64) -> u64 {
    file_bytes.saturating_sub(segment::HEADER_BYTES)
}

/// The piece with which `missing` bytes are made up for: the smallest file that is enough, unless it is far too large and
/// a new one can be had; else the largest there is.
pub fn pick(missing: u64, files: &[u64], creatable_bytes: u64) -> Option<Pick> {
    let creatable = creatable_bytes / PAGE_BYTES as u64 * PAGE_BYTES as u64;
    let enough =
        files.iter().enumerate().filter(|(_, bytes)| **bytes >= missing).min_by_key(|(_, bytes)| **bytes);
    if let Some((index, &bytes)) = enough
        && (bytes <= 2 * missing || creatable < missing)
    {
        return Some(Pick::File(index));
    }
    if creatable >= missing {
        return Some(Pick::New(missing));
    }
    let largest = files.iter().enumerate().max_by_key(|(_, bytes)| **bytes);
    let largest = largest.filter(|(_, bytes)| **bytes >= creatable).map(|(index, _)| Pick::File(index));
    largest.or_else(|| (creatable >= LEAST_BYTES).then_some(Pick::New(creatable)))
}

/// Gives the reserve what it lacks, on paper. `log` and `moving` are the bytes of its parts' files.
pub fn spread(
    wanted: &Wanted,
    ready: impl Iterator<Item = u64>,
    mut spare: Vec<u64>,
    mut creatable_bytes: u64,
    mut log: Vec<u64>,
    mut moving: Vec<u64>,
) -> Spread {
    let mut spread = Spread::default();
    for part in wanted.order() {
        let pieces = if part == Part::Log { &mut log } else { &mut moving };
        loop {
            let missing = wanted.missing_bytes(part, pieces.iter().copied());
            let picked = if missing == 0 { None } else { pick(missing, &spare, creatable_bytes) };
            let bytes = match picked {
                Some(Pick::File(index)) => spare.swap_remove(index),
                Some(Pick::New(bytes)) => {
                    creatable_bytes -= bytes;
                    bytes
                }
                None => {
                    break;
                }
            };
            pieces.push(bytes);
        }
    }
    spread.log_lacks_bytes = wanted.lacking_bytes(&log);
    let ahead = ready.chain(spare).chain([creatable_bytes]);
    (spread.ahead_bytes, spread.largest_bytes) = sum_and_max(ahead);
    (spread.reserve_bytes, spread.largest_reserve_bytes) = sum_and_max(log.into_iter());
    spread
}

fn sum_and_max(files: impl Iterator<Item = u64>) -> (u64, u64) {
    files.map(room).fold((0, 0), |(sum, max), bytes| (sum + bytes, max.max(bytes)))
}
