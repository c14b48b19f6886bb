//! Blocks that were read from files a short while ago, so that a reader who catches up in small steps reads each once.
//!
//! Always: what is here was verified; its size is bounded; the oldest goes first. Never here: recent blocks of the ring.

use std::collections::VecDeque;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::format::Place;
use crate::limits::COLD_BYTES_MAX;

/// Verified blocks from files.
#[derive(Debug, Default)]
pub struct Cold(Mutex<Blocks>);

#[derive(Debug, Default)]
struct Blocks {
    blocks: VecDeque<(Place, Bytes)>,
    bytes: usize,
}

impl Cold {
    /// The block at `place` if it is here.
    pub fn recall(&self, place: Place) -> Option<Bytes> {
        let blocks = self.0.lock();
        blocks.blocks.iter().rev().find(|(at, _)| *at == place).map(|(_, block)| block.clone())
    }

    /// Keeps a block, and lets older ones go.
    pub fn keep(&self, place: Place, block: Bytes) {
        let mut kept = self.0.lock();
        if block.len() > COLD_BYTES_MAX || kept.blocks.iter().any(|(at, _)| *at == place) {
            return;
        }
        kept.bytes += block.len();
        kept.blocks.push_back((place, block));
        while kept.bytes > COLD_BYTES_MAX
            && let Some((_, oldest)) = kept.blocks.pop_front()
        {
            kept.bytes -= oldest.len();
        }
    }

    /// Forgets the blocks of a segment that is used again.
    pub fn forget(&self, segment: u64) {
        let mut kept = self.0.lock();
        kept.blocks.retain(|(at, _)| at.segment != segment);
        kept.bytes = kept.blocks.iter().map(|(_, block)| block.len()).sum();
    }
}
