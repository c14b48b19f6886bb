//! Where payloads live: large chunks that are cut into pieces, so that a payload costs one copy and no allocation.
//!
//! A chunk is used again once every piece of it is gone; until then one piece keeps all of it. Never here: which entry
//! a piece belongs to, or how much may be kept.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::limits::{CHUNK_BYTES, CHUNKS_POOLED_MAX, PIECE_BYTES_MAX};

/// The chunk that is being cut and those that wait for their pieces to go.
#[derive(Debug, Default)]
pub struct Chunks {
    open: BytesMut,
    cut: VecDeque<BytesMut>,
}

impl Chunks {
    /// An owned copy of `bytes`.
    pub fn keep(&mut self, bytes: &[u8]) -> Bytes {
        if bytes.is_empty() {
            return Bytes::new();
        }
        if bytes.len() > PIECE_BYTES_MAX {
            return Bytes::copy_from_slice(bytes);
        }
        if self.open.capacity() < bytes.len() {
            self.turn();
        }
        self.open.extend_from_slice(bytes);
        self.open.split().freeze()
    }

    /// Takes the oldest chunk that nobody reads any more, or a new one.
    fn turn(&mut self) {
        let free = self.cut.iter_mut().position(|chunk| chunk.try_reclaim(CHUNK_BYTES));
        let next = free.and_then(|index| self.cut.remove(index));
        let full =
            std::mem::replace(&mut self.open, next.unwrap_or_else(|| BytesMut::with_capacity(CHUNK_BYTES)));
        if self.cut.len() == CHUNKS_POOLED_MAX {
            self.cut.pop_front();
        }
        if full.capacity() > 0 || !full.is_empty() {
            self.cut.push_back(full);
        }
    }
}
