//! The scrub: verifies blocks that hold readable entries, a few at a time, so that damage is found before a reader does.
//!
//! Always: what the device has is looked at, not what the page cache has; what is damaged is named once, and stays where it
//! is for its readers to be told. Never here: repairs.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use hence_base::StreamId;

use super::segments::is_short;
use super::store::Store;
use crate::format::Place;
use crate::format::block::verify;
use crate::limits::{CHECKPOINT_ROWS, DAMAGED_MAX, SCRUB_BYTES};
use crate::log::recovery::Segments as _;
use crate::log::track::Row;

/// A block that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The file.
    pub file: String,
    /// Byte offset in it.
    pub at: u64,
}

/// Where the scrub is.
#[derive(Debug, Default)]
pub struct Scrub {
    /// The segment being verified.
    segment: u64,
    /// Its blocks that are still to be verified, last first, with a stream and row of each.
    left: Vec<(StreamId, Row)>,
}

impl Store {
    /// Verifies the next few blocks.
    pub fn scrub_step(&self, scrub: &mut Scrub) {
        let mut bytes = 0;
        while bytes < SCRUB_BYTES {
            let Some((id, row)) = scrub.left.pop() else {
                if !self.next_segment_to_scrub(scrub) {
                    return;
                }
                continue;
            };
            bytes += u64::from(row.length);
            self.read_block(id, &row);
            self.counters.scrubbed.fetch_add(u64::from(row.length), Ordering::Relaxed);
        }
    }

    /// Lists the blocks of the next segment, or of the first. `false`: there is none.
    fn next_segment_to_scrub(&self, scrub: &mut Scrub) -> bool {
        let writing = self.log_end.lock().chain.place.segment;
        let sealed: Vec<u64> =
            self.segments.used().iter().map(|&(sequence, ..)| sequence).filter(|&at| at != writing).collect();
        let next = sealed.iter().find(|&&sequence| sequence > scrub.segment);
        let Some(&segment) = next else {
            scrub.segment = 0;
            return false;
        };
        scrub.segment = segment;
        if let Err(error) = self.segments.forget(segment) {
            tracing::debug!(segment, %error, "the scrub may see what the cache has");
        }
        let ids = self.index.read().stream_ids();
        for slice in ids.chunks(CHECKPOINT_ROWS) {
            self.index.read().rows_in(segment, slice, &mut scrub.left);
        }
        scrub.left.sort_unstable_by_key(|(id, row)| (std::cmp::Reverse(row.place), *id));
        scrub.left.dedup_by_key(|(_, row)| row.place);
        true
    }

    /// The verified block of a row; what is damaged is noted. `None` also when the row is elsewhere by now.
    pub fn read_block(&self, id: StreamId, row: &Row) -> Option<Bytes> {
        let read = self.segments.read(row.place, row.length as usize);
        let tells = !read.as_ref().is_err_and(is_short);
        let whole = read.ok().filter(|bytes| verify(bytes, &self.segments.journal(), row.place).is_ok());
        if whole.is_none() && tells && self.index.read().holds(id, row) {
            self.note_damage(row.place);
        }
        whole.map(Bytes::from)
    }

    /// Remembers a block that cannot be read.
    pub fn note_damage(&self, place: Place) {
        let mut damaged = self.damaged.lock();
        if damaged.len() < DAMAGED_MAX && damaged.insert(place) {
            let file = self.segments.name(place.segment).unwrap_or_default();
            tracing::error!(
                file,
                at = place.offset,
                "stored bytes are damaged: their readers get an error; to see what is affected, stop the broker and run hence doctor"
            );
        }
    }

    /// Blocks that are known to be damaged and still hold readable entries.
    pub fn damaged(&self) -> Vec<Damaged> {
        let known = self.damaged.lock().clone();
        let index = self.index.read();
        let live = known.into_iter().filter(|place| index.live(place.segment).rows > 0);
        let named = |place: Place| {
            let file = self.segments.name(place.segment).unwrap_or_default();
            Damaged { file, at: place.offset }
        };
        live.map(named).collect()
    }

    /// Counts exactly what a trim cut off a row whose block was not in memory. `false`: nothing to count.
    pub fn count_gone_step(&self) -> bool {
        let Some((id, row)) = self.index.write().take_inexact() else { return false };
        if let Some(block) = self.read_block(id, &row) {
            self.index.write().count_gone(id, &row, &block);
        }
        true
    }
}

/// Places of damaged blocks.
pub type Places = BTreeSet<Place>;
