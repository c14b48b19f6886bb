//! Recovery: follows the chain to its end and decides whether the end is a torn tail or damage.
//!
//! Always: a block after the failed one that knew a place beyond it to be on the device proves damage; without one the
//! tail is torn and cut whole. Never here: how bytes are read, what is written at the cut.

use std::io;

use bytes::Bytes;
use hence_base::Epoch;

use super::chain::{Break, Chain};
use crate::format::Place;
use crate::format::block::{
    self, Bad, FLAG_INCOMPLETE, FLAG_LOSSY_MODE, HEADER_BYTES, Header, Kind, header, verify,
};
use crate::format::segment;
use crate::limits::{PAGE_BYTES, SCAN_BYTES};
use crate::planted::bug;

/// The log segments of a directory, to read.
pub trait Segments {
    /// The smallest sequence number above `sequence`.
    fn after(&self, sequence: u64) -> Option<u64>;

    /// Bytes of the file; 0 when there is no such segment.
    fn bytes(&self, sequence: u64) -> u64;

    /// Reads up to `len` bytes at `place`, fewer at the end of the file.
    fn read(&self, place: Place, len: usize) -> io::Result<Vec<u8>>;
}

/// What the chain ended with.
#[derive(Debug)]
pub struct End {
    /// The end: the next block goes here.
    pub chain: Chain,
    /// The highest epoch that any block of this journal shows.
    pub epoch_max: Epoch,
    /// Kind and flags that matter for what the last run can prove.
    pub last: Option<Last>,
    /// What stood where the chain ends, when it is the beginning of a block that was never completed.
    pub torn: Option<Place>,
    /// Segments from which blocks were accepted.
    pub accepted: Vec<u64>,
}

/// What is known of the run before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// Whether it closed the journal.
    pub closed: bool,
    /// Whether it acknowledged before anything was synced, or began after such a run and never closed.
    pub lossy: bool,
}

impl Last {
    /// What is known after `header`, knowing `before`.
    pub fn after(before: Option<Self>, header: &Header) -> Self {
        match header.kind {
            Kind::Open => {
                Self { closed: false, lossy: header.flags & (FLAG_LOSSY_MODE | FLAG_INCOMPLETE) != 0 }
            }
            Kind::Close => Self { closed: true, lossy: false },
            Kind::Commits | Kind::Replace | Kind::Moved => {
                Self { closed: false, lossy: before.is_some_and(|last| last.lossy) }
            }
        }
    }

    /// Whether everything that was acknowledged is proved to be here.
    pub const fn complete(self) -> bool {
        self.closed || !self.lossy
    }
}

/// Why recovery stops.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// Bytes that were on the device are not there any more.
    #[error("damaged at {at}: {cause}; a later block, at {witness}, proves that it was stored")]
    Damage {
        /// The block that fails.
        at: Place,
        /// Why it fails.
        cause: Break,
        /// The later block.
        witness: Place,
    },
    /// A block whose checksum holds and whose content makes no sense.
    #[error("the block at {at} cannot be read: {cause}")]
    Malformed {
        /// The block.
        at: Place,
        /// Why.
        cause: crate::format::commit::Malformed,
    },
    /// A block that another version of the program wrote.
    #[error("the block at {at} has format version {version}")]
    Version {
        /// The block.
        at: Place,
        /// Its version.
        version: u16,
    },
    /// The disk did not give the bytes.
    #[error("cannot read {at}: {cause}")]
    Io {
        /// What was read.
        at: Place,
        /// Why.
        cause: io::Error,
    },
}

/// Shown each accepted block.
pub type Accept<'f> = dyn FnMut(&Header, Bytes) -> Result<(), crate::format::commit::Malformed> + 'f;

/// Follows the chain from `chain` to its end.
pub fn recover(
    mut chain: Chain,
    mut last: Option<Last>,
    segments: &dyn Segments,
    accept: &mut Accept<'_>,
) -> Result<End, RecoverError> {
    let mut accepted = Vec::new();
    loop {
        let at = chain.place;
        match next_block(&mut chain, segments)? {
            Ok((header, block)) => {
                if accepted.last() != Some(&header.place.segment) {
                    accepted.push(header.place.segment);
                }
                last = Some(Last::after(last, &header));
                accept(&header, block).map_err(|cause| RecoverError::Malformed { at, cause })?;
            }
            Err(cause) => {
                let seen = look_beyond(&chain, segments)?;
                if let Some(witness) = seen.witness.filter(|_| !bug!(DamageTakenForTorn)) {
                    return Err(RecoverError::Damage { at, cause, witness });
                }
                let epoch_max = chain.epoch.max(seen.epoch_max);
                let torn = !matches!(cause, Break::Bad(Bad::Absent | Bad::Elsewhere) | Break::Stranger);
                return Ok(End { chain, epoch_max, last, torn: torn.then_some(at), accepted });
            }
        }
    }
}

type Next = Result<(Header, Bytes), Break>;

/// The next block: at the chain's place, or first in a later segment.
fn next_block(chain: &mut Chain, segments: &dyn Segments) -> Result<Next, RecoverError> {
    let here = block_at(chain, segments)?;
    let Err(cause) = here else { return Ok(here) };
    let mut sequence = chain.place.segment;
    while let Some(later) = segments.after(sequence) {
        let mut onwards = chain.clone();
        onwards.enter(later);
        if let Ok(found) = block_at(&mut onwards, segments)? {
            *chain = onwards;
            return Ok(Ok(found));
        }
        sequence = later;
    }
    Ok(Err(cause))
}

fn block_at(chain: &mut Chain, segments: &dyn Segments) -> Result<Next, RecoverError> {
    let at = chain.place;
    let read = |len| segments.read(at, len).map_err(|cause| RecoverError::Io { at, cause });
    let first = read(PAGE_BYTES)?;
    let length = match header(&first, &chain.journal, at) {
        Ok((header, _)) => header.length as usize,
        Err(bad) => {
            refuse_other_version(bad, &first, at, segments)?;
            return Ok(Err(bad.into()));
        }
    };
    let left = segments.bytes(at.segment).saturating_sub(at.offset);
    if length as u64 > left {
        return Ok(Err(Bad::Malformed.into()));
    }
    let block = if length == first.len() { first } else { read(length)? };
    let block = Bytes::from(block);
    Ok(chain.follows(&block).map(|header| (header, block)))
}

/// Refuses what this program does not understand and would write over. A block of another version that is not whole is
/// torn like any other.
fn refuse_other_version(
    bad: Bad,
    page: &[u8],
    at: Place,
    segments: &dyn Segments,
) -> Result<(), RecoverError> {
    let (Bad::Version(version), Some(length)) = (bad, block::length(page)) else { return Ok(()) };
    let block = segments.read(at, length).map_err(|cause| RecoverError::Io { at, cause })?;
    if block::is_whole(&block) { Err(RecoverError::Version { at, version }) } else { Ok(()) }
}

/// What lies beyond the end of the chain.
struct Beyond {
    /// A block that proves damage.
    witness: Option<Place>,
    /// The highest epoch of any block.
    epoch_max: Epoch,
}

fn look_beyond(chain: &Chain, segments: &dyn Segments) -> Result<Beyond, RecoverError> {
    let mut beyond = Beyond { witness: None, epoch_max: Epoch(0) };
    let mut sequence = Some(chain.place.segment);
    let mut from = chain.place.offset;
    while let Some(segment) = sequence {
        look_through(chain, segments, Place { segment, offset: from }, &mut beyond)?;
        sequence = segments.after(segment);
        from = segment::HEADER_BYTES;
    }
    Ok(beyond)
}

/// Looks at every page from `from` to the end of its segment.
fn look_through(
    chain: &Chain,
    segments: &dyn Segments,
    from: Place,
    beyond: &mut Beyond,
) -> Result<(), RecoverError> {
    let mut at = from;
    while at.offset < segments.bytes(at.segment) {
        let piece = match segments.read(at, SCAN_BYTES) {
            Ok(piece) => piece,
            // What is damaged is known by then.
            Err(_) if beyond.witness.is_some() => break,
            Err(cause) => return Err(RecoverError::Io { at, cause }),
        };
        if piece.is_empty() {
            break;
        }
        for (index, page) in piece.chunks(PAGE_BYTES).enumerate() {
            let place = Place { segment: at.segment, offset: at.offset + (index * PAGE_BYTES) as u64 };
            let header = match header(page, &chain.journal, place) {
                Ok((header, _)) => header,
                Err(bad) => {
                    refuse_other_version(bad, page, place, segments)?;
                    continue;
                }
            };
            let length = header.length as usize;
            let whole = match segments.read(place, length) {
                Ok(whole) => whole,
                Err(_) if beyond.witness.is_some() => continue,
                Err(cause) => return Err(RecoverError::Io { at: place, cause }),
            };
            if verify(&whole, &chain.journal, place).is_err() {
                continue;
            }
            beyond.epoch_max = beyond.epoch_max.max(header.epoch);
            if place > chain.place && header.synced > chain.place {
                beyond.witness.get_or_insert(place);
            }
        }
        at.offset += piece.len().max(HEADER_BYTES) as u64;
    }
    Ok(())
}
