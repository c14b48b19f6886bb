//! The readable part of one stream: its entries in order, and what makes finding one by time or size a binary search.
//!
//! Always: entries follow each other without gaps; running sums never go back, also when entries are trimmed away.
//! Never here: what is submitted and not yet durable.

use std::collections::VecDeque;

use hence_base::{Offset, Timestamp};

use crate::{Bounds, Entry, Find, Found, ReadError, ReadLimits};

#[derive(Debug, Default)]
pub struct Stream {
    start: Offset,
    end: Offset,
    entries: VecDeque<Stored>,
    /// Payload bytes of all entries that the stream ever had.
    bytes_ever: u64,
    /// The flush that last changed it, so that it is told about once.
    pub touched_by: u64,
    /// Where that flush tells about it.
    pub touched_at: usize,
}

#[derive(Debug)]
struct Stored {
    entry: Entry,
    /// Payload bytes of all entries before this one, trimmed ones included.
    bytes_before: u64,
    /// Largest timestamp of this entry and all before it, trimmed ones included.
    newest: Timestamp,
}

impl Stream {
    pub fn bounds(&self) -> Bounds {
        let before = self.entries.front().map_or(self.bytes_ever, |first| first.bytes_before);
        Bounds { start: self.start, end: self.end, bytes: self.bytes_ever - before }
    }

    pub fn append(&mut self, entry: Entry) {
        let newest =
            self.entries.back().map_or(entry.max_timestamp, |last| last.newest.max(entry.max_timestamp));
        let bytes_before = self.bytes_ever;
        self.bytes_ever += entry.payload.len() as u64;
        self.end = entry.end();
        self.entries.push_back(Stored { entry, bytes_before, newest });
    }

    /// Makes `to` the start and gives back what is not readable any more.
    pub fn trim(&mut self, to: Offset) -> impl Iterator<Item = Entry> + '_ {
        self.start = self.start.max(to.min(self.end));
        let gone = self.entries.partition_point(|stored| stored.entry.end() <= self.start);
        self.entries.drain(..gone).map(|stored| stored.entry)
    }

    pub fn into_entries(self) -> impl Iterator<Item = Entry> {
        self.entries.into_iter().map(|stored| stored.entry)
    }

    pub fn read(&self, from: Offset, limits: ReadLimits) -> Result<Vec<Entry>, ReadError> {
        if from < self.start || from > self.end {
            return Err(ReadError::OutOfRange { bounds: self.bounds() });
        }
        let first = self.entries.partition_point(|stored| stored.entry.end() <= from);
        let mut bytes = 0;
        let mut found = Vec::new();
        for stored in self.entries.range(first..) {
            bytes += stored.entry.payload.len();
            let beyond = limits.before.is_some_and(|before| stored.entry.base >= before);
            if beyond || (!found.is_empty() && bytes > limits.bytes_max) {
                break;
            }
            found.push(stored.entry.clone());
        }
        Ok(found)
    }

    pub fn find(&self, what: Find) -> Option<Found> {
        let index = match what {
            Find::AtOrAfter(time) => self.first_at_or_after(time)?,
            Find::Newest => {
                let newest = self.entries.back()?.newest;
                self.first_at_or_after(newest).or_else(|| self.newest_left())?
            }
            Find::LastBytes(bytes) => {
                self.entries.partition_point(|stored| self.bytes_ever - stored.bytes_before > bytes)
            }
        };
        self.entries.get(index).map(|stored| Found { entry: stored.entry.clone() })
    }

    /// The running maximum leads to the entry at once, unless an entry that was trimmed away had made it.
    fn first_at_or_after(&self, time: Timestamp) -> Option<usize> {
        let from = self.entries.partition_point(|stored| stored.newest < time);
        let later = self.entries.range(from..).position(|stored| stored.entry.max_timestamp >= time);
        later.map(|index| from + index)
    }

    /// What is newest after the newest of all was trimmed away.
    fn newest_left(&self) -> Option<usize> {
        let newest = self.entries.iter().map(|stored| stored.entry.max_timestamp).max()?;
        self.entries.iter().position(|stored| stored.entry.max_timestamp == newest)
    }
}
