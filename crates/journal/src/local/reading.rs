//! Reads and finds: from recent blocks without copying, from files with every block verified.
//!
//! Always: an answer is what the index says at one moment; bytes that are not what the index says are never given out.
//! Never here: threads; whoever may not block is told that the answer is cold.

use bytes::Bytes;
use hence_base::{Offset, StreamId, Timestamp};

use super::segments::is_short;
use super::store::Store;
use crate::format::block::verify;
use crate::format::commit::Stored;
use crate::log::index::{LastBytes, Piece, entries};
use crate::log::recovery::Segments as _;
use crate::log::track::Row;
use crate::{Entry, Find, Found, ReadError, ReadLimits};

/// Why there is no answer yet.
#[derive(Debug)]
pub enum Stop {
    /// It needs a block that is not in memory, and the caller may not block.
    Cold,
    /// The block is not where the index said a moment ago: ask again.
    Moved,
    /// There is none.
    Error(ReadError),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Error(error)
    }
}

/// Whether a question may wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Answer from memory or say that it is cold.
    Recall,
    /// Read files.
    Fetch,
}

impl Store {
    /// Whole entries from the one that holds `from`.
    pub fn read(&self, id: StreamId, from: Offset, limits: ReadLimits, may: May) -> Result<Vec<Entry>, Stop> {
        self.again(|| self.try_read(id, from, limits, may))
    }

    /// The entry that answers `what`.
    pub fn find(&self, id: StreamId, what: Find, may: May) -> Result<Option<Found>, Stop> {
        let entry = self.again(|| match what {
            Find::AtOrAfter(time) => self.at_or_after(id, time, may),
            Find::Newest => self.newest(id, may),
            Find::LastBytes(bytes) => self.last_bytes(id, bytes, may),
        })?;
        Ok(entry.map(|entry| Found { entry }))
    }

    /// Asks again while the answer moved: what moves is where blocks are, at most once per roll.
    fn again<T>(&self, ask: impl Fn() -> Result<T, Stop>) -> Result<T, Stop> {
        loop {
            match ask() {
                Err(Stop::Moved) => {}
                answer => return answer,
            }
        }
    }

    fn try_read(&self, id: StreamId, from: Offset, limits: ReadLimits, may: May) -> Result<Vec<Entry>, Stop> {
        let plan = self.index.read().plan(id, from, limits)?;
        let copies = self.pool.held_bytes() > self.options.ring_bytes + self.options.ring_bytes / 4;
        let mut taken = Taken { from, limits, copies, bytes: 0, entries: Vec::new() };
        for piece in &plan {
            // A block from a file is held whole by any slice of it, and nobody counts that: where most of it is other
            // streams', it is let go.
            let sparse = piece.block.is_none() && piece.row.bytes * 2 < u64::from(piece.row.length);
            taken.copies = copies || sparse;
            let block = match self.block(id, piece, may) {
                // What was read so far is an answer; what is damaged or cold is met by the next read.
                Err(Stop::Cold | Stop::Moved | Stop::Error(_)) if !taken.entries.is_empty() => break,
                block => block?,
            };
            if !taken.take(id, &piece.row, &block)? {
                break;
            }
        }
        Ok(taken.entries)
    }

    fn at_or_after(&self, id: StreamId, time: Timestamp, may: May) -> Result<Option<Entry>, Stop> {
        let (mut from, start) = {
            let index = self.index.read();
            (index.start(id), index.start(id))
        };
        loop {
            let Some(piece) = self.index.read().at_or_after(id, from, time)? else { return Ok(None) };
            let block = self.block(id, &piece, may)?;
            let wanted = |stored: &Stored| stored.end() > start && stored.max_timestamp() >= time;
            if let Some(stored) = entries(&block, &piece.row, id).find(wanted) {
                return Ok(Some(stored.entry(&block)));
            }
            from = piece.row.end;
        }
    }

    fn newest(&self, id: StreamId, may: May) -> Result<Option<Entry>, Stop> {
        let (start, (whole, cut)) = {
            let index = self.index.read();
            (index.start(id), index.newest(id)?)
        };
        let mut best: Option<(Stored, Bytes)> = None;
        for piece in cut.iter().chain(&whole) {
            let block = self.block(id, piece, may)?;
            for stored in entries(&block, &piece.row, id).filter(|stored| stored.end() > start) {
                if best.as_ref().is_none_or(|(best, _)| best.max_timestamp() < stored.max_timestamp()) {
                    best = Some((stored, block.clone()));
                }
            }
        }
        Ok(best.map(|(stored, block)| stored.entry(&block)))
    }

    fn last_bytes(&self, id: StreamId, bytes: u64, may: May) -> Result<Option<Entry>, Stop> {
        let (start, LastBytes { within, next }) = {
            let index = self.index.read();
            (index.start(id), index.last_bytes(id, bytes)?)
        };
        if let Some((piece, mut left)) = within {
            let block = self.block(id, &piece, may)?;
            for stored in entries(&block, &piece.row, id) {
                if left <= bytes && stored.end() > start {
                    return Ok(Some(stored.entry(&block)));
                }
                left -= stored.payload_bytes() as u64;
            }
        }
        let Some(piece) = next else { return Ok(None) };
        let block = self.block(id, &piece, may)?;
        let found = entries(&block, &piece.row, id).find(|stored| stored.end() > start);
        Ok(found.map(|stored| stored.entry(&block)))
    }

    /// The block of a row: from memory, else read and verified.
    fn block(&self, id: StreamId, piece: &Piece, may: May) -> Result<Bytes, Stop> {
        if let Some(block) = &piece.block {
            return Ok(block.clone());
        }
        if may == May::Recall {
            return self.cold.recall(piece.row.place).ok_or(Stop::Cold);
        }
        if let Some(block) = self.cold.recall(piece.row.place) {
            return Ok(block);
        }
        let Row { place, length, .. } = piece.row;
        let read = self.segments.read(place, length as usize);
        let whole = read.as_ref().is_ok_and(|bytes| verify(bytes, &self.segments.journal(), place).is_ok());
        match read {
            Ok(bytes) if whole => {
                let block = Bytes::from(bytes);
                self.cold.keep(place, block.clone());
                Ok(block)
            }
            read if self.index.read().holds(id, &piece.row) => {
                if !read.as_ref().is_err_and(is_short) {
                    self.note_damage(place);
                }
                Err(Stop::Error(match read {
                    Ok(_) => ReadError::Corrupt { at: piece.row.first },
                    Err(_) => ReadError::Io,
                }))
            }
            _ => Err(Stop::Moved),
        }
    }
}

/// Entries taken from one block after another.
struct Taken {
    from: Offset,
    limits: ReadLimits,
    /// Whether entries are copied: readers hold too much of the ring, or would hold too much of a file's block.
    copies: bool,
    bytes: usize,
    entries: Vec<Entry>,
}

impl Taken {
    /// Takes what is wanted from one row. `false`: the limits are reached.
    fn take(&mut self, id: StreamId, row: &Row, block: &Bytes) -> Result<bool, ReadError> {
        let mut any = false;
        for stored in entries(block, row, id) {
            any = true;
            if stored.end() <= self.from {
                continue;
            }
            let beyond = self.limits.before.is_some_and(|before| stored.base() >= before);
            self.bytes += stored.payload_bytes();
            if beyond || (!self.entries.is_empty() && self.bytes > self.limits.bytes_max) {
                return Ok(false);
            }
            let mut entry = stored.entry(block);
            if self.copies {
                entry.payload = Bytes::copy_from_slice(&entry.payload);
                entry.annotations = Bytes::copy_from_slice(&entry.annotations);
            }
            self.entries.push(entry);
        }
        // The checksum held, so an entry that is not there was never written: never an empty answer for it.
        if any { Ok(true) } else { Err(ReadError::Corrupt { at: row.first }) }
    }
}
