//! Takes commits and forms blocks: encodes each once, straight into the memory that is written and read from.
//!
//! Always: positions are given in order; a block that is taken is complete but for its header.
//! Never here: where blocks go (`chain`), when they are written.

use std::collections::VecDeque;
use std::sync::Arc;

use hence_base::{Commit, Op, Position};

use super::runs::{Effects, Tails};
use crate::format::block::{HEADER_BYTES, padded};
use crate::format::commit;
use crate::limits::BLOCK_SPACE_BYTES_MIN;
use crate::ring::{Pool, Space};

/// A block that waits for its header.
#[derive(Debug)]
pub struct Draft {
    /// Header (not written yet), body, zeros.
    pub space: Space,
    /// Bytes of the body.
    pub body: u32,
    /// First commit.
    pub first: Position,
    /// Last commit.
    pub last: Position,
    /// What it does to streams.
    pub effects: Effects,
    /// Memory of its chunk that it uses up: its own and what is left over behind it.
    pub charge: usize,
}

/// The block being filled: `space` is all that is left of its chunk.
#[derive(Debug)]
struct Filling {
    space: Space,
    used: usize,
    first: Position,
    effects: Effects,
}

/// Forms blocks out of commits.
#[derive(Debug)]
pub struct Intake {
    pool: Arc<Pool>,
    block_bytes_max: usize,
    next: Position,
    filling: Option<Filling>,
    full: VecDeque<Draft>,
    /// What is left of the last chunk.
    rest: Option<Space>,
    /// Bytes of chunks that were left over, not yet charged to a block.
    lost: usize,
    tails: Tails,
    /// Effects to use again, emptied.
    spare_effects: Vec<Effects>,
}

impl Intake {
    /// Continues at `next`, with the streams that recovery found.
    pub fn new(pool: Arc<Pool>, block_bytes_max: usize, next: Position, mut tails: Tails) -> Self {
        tails.next_block();
        Self {
            pool,
            block_bytes_max,
            next,
            filling: None,
            full: VecDeque::new(),
            rest: None,
            lost: 0,
            tails,
            spare_effects: Vec::new(),
        }
    }

    /// The position that the next commit gets.
    pub const fn next(&self) -> Position {
        self.next
    }

    /// Bytes of blocks that were not taken.
    pub fn pending_bytes(&self) -> u64 {
        let full: usize = self.full.iter().map(|draft| draft.space.len()).sum();
        (full + self.filling.as_ref().map_or(0, |block| block.used)) as u64
    }

    /// Whether a commit waits to be written.
    pub fn waits(&self) -> bool {
        self.filling.is_some() || !self.full.is_empty()
    }

    /// Takes a commit of `encoded` bytes.
    pub fn submit(&mut self, commit: &Commit<'_>, encoded: usize) -> Position {
        let position = self.next;
        self.make_room(encoded);
        let Self { filling: Some(block), tails, .. } = self else {
            unreachable!("there is room for the commit")
        };
        let (bytes, effects) = (block.space.bytes_mut(), &mut block.effects);
        let end = commit::encode(commit, bytes, block.used, &mut |target, at, payload_bytes| {
            tails.append(effects, target, at, payload_bytes)
        });
        debug_assert_eq!(end - block.used, encoded, "the size was computed before");
        block.used = end;
        for op in commit.ops.iter().filter(|op| !matches!(op, Op::Append(_))) {
            tails.change(effects, op);
        }
        self.next = position.next();
        position
    }

    /// Closes the block being filled if `encoded` more bytes are too many for it, and begins one if there is none.
    fn make_room(&mut self, encoded: usize) {
        let most = self.block_bytes_max;
        if let Some(block) = self.filling.take_if(|block| !block.takes(encoded, most)) {
            let draft = self.finish(block);
            self.full.push_back(draft);
        }
        if self.filling.is_none() {
            let needed = padded(encoded).max(BLOCK_SPACE_BYTES_MIN.min(self.pool.chunk_bytes() / 2));
            let rest = self.rest.take().and_then(|rest| {
                let fits = rest.len() >= needed;
                self.lost += if fits { 0 } else { rest.len() };
                fits.then_some(rest)
            });
            let space = rest.unwrap_or_else(|| self.pool.space(padded(encoded)));
            let effects = self.spare_effects.pop().unwrap_or_default();
            self.filling = Some(Filling { space, used: HEADER_BYTES, first: self.next, effects });
        }
    }

    /// Makes a block of what was filled and keeps what is left of its chunk.
    fn finish(&mut self, block: Filling) -> Draft {
        let Filling { mut space, used, first, effects } = block;
        let body = used - HEADER_BYTES;
        let mut block = space.split_to(padded(body));
        block.bytes_mut()[used..].fill(0);
        self.rest = Some(space);
        self.tails.next_block();
        let charge = block.len() + std::mem::take(&mut self.lost);
        Draft { space: block, body: body as u32, first, last: Position(self.next.0 - 1), effects, charge }
    }

    /// The oldest block that is not written; the one being filled when there is no other.
    pub fn take(&mut self) -> Option<Draft> {
        if let Some(draft) = self.full.pop_front() {
            return Some(draft);
        }
        let block = self.filling.take()?;
        Some(self.finish(block))
    }

    /// A block without commits, for what the journal itself has to say.
    pub fn empty(&mut self) -> Draft {
        assert!(!self.waits(), "a block of the journal's own comes after all that was submitted");
        let mut space = self.pool.space(padded(0));
        let mut block = space.split_to(padded(0));
        block.bytes_mut().fill(0);
        let charge = block.len() + space.len();
        let last = Position(self.next.0 - 1);
        Draft { space: block, body: 0, first: self.next, last, effects: Effects::default(), charge }
    }

    /// Gives back what a published draft held, to be used again.
    pub fn recycle(&mut self, mut effects: Effects) {
        if self.spare_effects.len() < 4 {
            effects.runs.clear();
            effects.changes.clear();
            self.spare_effects.push(effects);
        }
    }
}

impl Filling {
    fn takes(&self, encoded: usize, block_bytes_max: usize) -> bool {
        let length = padded(self.used - HEADER_BYTES + encoded);
        length <= self.space.len() && length <= block_bytes_max
    }
}
