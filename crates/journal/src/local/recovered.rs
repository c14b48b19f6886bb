//! The state that an opening builds: from a checkpoint's records, then from the blocks of the chain.
//!
//! Always: what a checkpoint knows already is not added twice. Never here: files.

use hence_base::{Op, StreamId};

use super::options::Options;
use crate::Replay;
use crate::format::block::{self, HEADER_BYTES};
use crate::format::checkpoint::Record;
use crate::format::{commit, replacement};
use crate::limits::{CHUNK_BYTES_MAX, CHUNK_BYTES_MIN};
use crate::log::index::Index;
use crate::log::rows::Rows;
use crate::log::runs::{Effects, Tails};
use crate::planted::bug;

/// State as replayed so far.
pub struct Recovered<'a> {
    replay: &'a mut dyn Replay,
    pub index: Index,
    pub rows: Rows,
    pub tails: Tails,
}

impl<'a> Recovered<'a> {
    /// Nothing yet.
    pub fn new(options: &Options, replay: &'a mut dyn Replay) -> Self {
        // Two chunks are being filled and written; the rest of the ring is for readers.
        let chunk_bytes = (options.ring_bytes / 16).clamp(CHUNK_BYTES_MIN, CHUNK_BYTES_MAX);
        let index = Index::new(options.ring_bytes - 2 * chunk_bytes);
        Self { replay, index, rows: Rows::default(), tails: Tails::default() }
    }

    /// Takes a block of the chain.
    pub fn block(&mut self, header: &block::Header, block: &[u8]) -> Result<(), commit::Malformed> {
        let Self { replay, index, rows, tails } = self;
        if header.kind == block::Kind::Replace {
            let groups = replacement::decode(block, header)?;
            return index.replace(&groups).ok_or(commit::Malformed { at: HEADER_BYTES });
        }
        let mut effects = Effects::default();
        let mut gap = None;
        tails.next_block();
        commit::visit(block, header, &mut |position, op, places| {
            if let Op::Append(append) = op {
                let payload_bytes = append.payload.len() as u32;
                for (target, &at) in append.targets.iter().zip(places) {
                    if !tails.append_found(&mut effects, target, at, payload_bytes) {
                        gap = gap.or(Some(at));
                    }
                }
            }
            if !(bug!(LostTrim) && matches!(op, Op::Trim { .. })) {
                tails.change_found(&mut effects, op);
            }
            rows.apply(op);
            replay.op(position, op);
        })?;
        if let Some(at) = gap {
            return Err(commit::Malformed { at: at as usize });
        }
        index.restore(header, &effects);
        Ok(())
    }
}

impl Recovered<'_> {
    /// Takes a record of the checkpoint; `stream` is the one named last.
    pub fn record(&mut self, stream: &mut StreamId, record: Record<'_>) -> Option<()> {
        match record {
            Record::Row { table, key, value } => {
                self.rows.put(table, key, value);
                self.replay.row(table, key, value);
            }
            Record::Stream(id, state) => self.tails.restore(id, state.end),
            Record::Rows(_) => {}
        }
        self.index.load(stream, record)
    }
}
