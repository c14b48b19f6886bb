//! The roller: moves what is still readable out of segments that are mostly dead, a stream's entries side by side.
//!
//! Always: entries are in a new file, synced, before one block in the log makes their new rows the ones that count; a
//! payload with several readers is moved once. One step moves a bounded number of bytes.
//! Never here: what an entry means (the rewriter says what becomes of it); letting old files go (`keeping`).

mod choosing;
mod moving;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use hence_base::StreamId;

use super::keeping::Keeper;
use super::segments::{Entered, Segments};
use super::store::Store;
use crate::Entry;
use crate::clock::now;
use crate::disk::DiskFile;
use crate::format::segment;
use crate::log::index::Index;

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

/// What the roller keeps between steps.
#[derive(Debug, Default)]
pub struct Roller {
    /// Where it writes.
    pub output: Option<Output>,
    /// Payload bytes that it wrote into segments.
    pub moved_bytes: BTreeMap<u64, u64>,
    /// Segments with damage: it leaves them alone.
    unmovable: Vec<u64>,
    /// When it last gathered small rows.
    gathered_at: Option<Instant>,
}

/// A segment that moved entries are written to, over many steps.
#[derive(Debug)]
pub struct Output {
    pub sequence: u64,
    file: Arc<dyn DiskFile>,
    at: u64,
    bytes: u64,
}

impl Roller {
    /// Goes on in the newest segment that moved entries were written to, behind the last of them that can be read: no row
    /// names what else may stand there. On a full disk it may be all the space that there is for them. One of which more is
    /// dead than left is moved from instead.
    pub fn resume(segments: &Segments, index: &Index) -> Self {
        let mut roller = Self::default();
        let used = segments.used().into_iter().rev();
        let mut moved = used.filter(|&(_, kind, _)| kind == segment::Kind::Moved);
        let Some((sequence, ..)) = moved.next() else { return roller };
        let mut rows = Vec::new();
        index.rows_in(sequence, &index.stream_ids(), &mut rows);
        // Blocks of which something can be read, by where they begin.
        let blocks: BTreeMap<u64, u64> =
            rows.iter().map(|(_, row)| (row.place.offset, u64::from(row.length))).collect();
        let Some(at) = blocks.last_key_value().map(|(at, length)| at + length) else { return roller };
        let written_bytes = at - segment::HEADER_BYTES;
        let dead_bytes = written_bytes.saturating_sub(blocks.values().sum());
        let moved_bytes = written_bytes.max(index.live(sequence).bytes);
        match segments.entered(sequence) {
            Ok(Entered { file, bytes, .. }) if at + dead_bytes < bytes => {
                roller.output = Some(Output { sequence, file, at, bytes });
                roller.moved_bytes.insert(sequence, moved_bytes);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(sequence, %error, "the rest of a segment cannot be written to"),
        }
        roller
    }
}

impl Store {
    /// Moves some of what is readable in the segment that gains most by it, if that is due. `false`: nothing to do.
    pub fn roll_step(&self, keeper: &mut Keeper, short: bool) -> io::Result<bool> {
        let Some(choice) = self.choose(keeper, short) else { return Ok(false) };
        let roller = &mut keeper.roller;
        let Some(blocks) = self.load_blocks(&choice.rows)? else {
            // What is damaged stays where it is, for its readers to be told.
            roller.unmovable.push(choice.segment);
            return Ok(true);
        };
        self.move_rows(roller, &choice.rows, &blocks)?;
        if choice.gathers {
            roller.gathered_at = Some(now());
        }
        if self.index.read().live(choice.segment).rows == 0 {
            self.counters.rolled.fetch_add(1, Ordering::Relaxed);
        }
        Ok(true)
    }
}
