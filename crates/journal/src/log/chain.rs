//! The chain of blocks: where the next one goes, what its header says, and whether a block follows the one before.
//!
//! Always: a block names its own place, the checksum before it and what was on the device; [`Chain::follows`] is the one
//! rule by which recovery accepts a block. Never here: files; what is done when no block follows (`recovery`).

use bytes::Bytes;
use hence_base::{Epoch, Position};

use super::intake::Draft;
use super::runs::Effects;
use crate::format::Place;
use crate::format::block::{Bad, Header, Kind, seal, verify};
use crate::format::segment;
use crate::planted::bug;

/// The end of the chain.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The journal.
    pub journal: [u8; 16],
    /// The newest epoch in the chain, or the running one.
    pub epoch: Epoch,
    /// Where the next block goes if it fits the segment.
    pub place: Place,
    /// Checksum of the last block.
    pub previous: u32,
    /// The position that the next block begins with.
    pub next: Position,
    /// Everything before this place is on the device.
    pub synced: Place,
}

/// A complete block, shared and immutable.
#[derive(Debug)]
pub struct Block {
    /// Its header.
    pub header: Header,
    /// All its bytes.
    pub bytes: Bytes,
    /// What it does to streams.
    pub effects: Effects,
    /// Memory that is freed with it.
    pub charge: usize,
}

/// Why a block does not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// It is not a whole block of this journal in this place.
    #[error(transparent)]
    Bad(#[from] Bad),
    /// It is one, but of another history: the block before it is not ours.
    #[error("a block that follows another one")]
    Stranger,
}

impl Chain {
    /// Before the first block of a new journal.
    pub const fn new(journal: [u8; 16]) -> Self {
        let place = Place { segment: 1, offset: segment::HEADER_BYTES };
        Self { journal, epoch: Epoch(0), place, previous: 0, next: Position(1), synced: place }
    }

    /// Goes on in another segment.
    pub const fn enter(&mut self, sequence: u64) {
        self.place = Place { segment: sequence, offset: segment::HEADER_BYTES };
    }

    /// Gives `draft` its header and place, and advances.
    pub fn seal(&mut self, mut draft: Draft, kind: Kind, flags: u8) -> Block {
        let header = Header {
            kind,
            flags,
            length: draft.space.len() as u32,
            journal: self.journal,
            epoch: self.epoch,
            place: self.place,
            first: draft.first,
            last: draft.last,
            synced: self.synced,
            previous: self.previous,
            body: draft.body,
        };
        assert!(draft.first == self.next, "blocks are written in the order of their commits");
        self.previous = seal(draft.space.bytes_mut(), &header);
        self.place = header.end();
        self.next = draft.last.next();
        Block { header, bytes: draft.space.freeze(), effects: draft.effects, charge: draft.charge }
    }

    /// Whether the block at the front of `bytes`, read at the chain's place, is the next of the chain; advances if so.
    pub fn follows(&mut self, bytes: &[u8]) -> Result<Header, Break> {
        let (header, sum) = verify(bytes, &self.journal, self.place)?;
        let ours = header.previous == self.previous
            && header.first == self.next
            && header.epoch >= self.epoch
            && (header.epoch > self.epoch) == (header.kind == Kind::Open)
            && header.kind != Kind::Moved;
        let unchained = bug!(ChainNotChecked);
        let accepted = (unchained && header.first == self.next) || bug!(StaleBlockAccepted);
        if !ours && !accepted {
            return Err(Break::Stranger);
        }
        self.previous = sum;
        self.place = header.end();
        self.next = header.last.next();
        self.epoch = header.epoch;
        Ok(header)
    }
}
