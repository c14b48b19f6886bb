//! The header of a block: who wrote it, where it belongs, what was known to be on the device, and the chain.
//!
//! Always: [`verify`] accepts a block only when its checksum, journal and own place are right and it fits the bytes given.
//! Never here: whether it follows another block (`log::chain`), what its commits say (`format::commit`).

use hence_base::{Epoch, Position};

use super::le::{Reader, Writer};
use super::{Place, checksum};
use crate::limits::{BLOCK_BYTES_LIMIT, PAGE_BYTES};
use crate::planted::bug;

/// First bytes of every block.
pub const MAGIC: u32 = u32::from_le_bytes(*b"HBLK");
/// What this version writes and reads.
pub const VERSION: u16 = 1;
/// Bytes of the header; the body begins here.
pub const HEADER_BYTES: usize = 128;
/// The checksum covers everything from here to the block's end.
const CHECKED_FROM: usize = 8;

/// Where a block says of what kind it is.
const KIND_AT: usize = 10;

/// Where a block says how long it is, whose it is and where it lies: in every version.
const LENGTH_AT: usize = 12;

/// What a block is for. Ordinals are persisted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Commits.
    Commits,
    /// Begins an epoch: made durable before anything is served.
    Open,
    /// The journal was closed: everything before it is on the device.
    Close,
    /// Entries that the roller moved; outside the chain.
    Moved,
    /// Rows that take the place of others, because the roller moved what they point to.
    Replace,
}

impl Kind {
    const fn ordinal(self) -> u8 {
        match self {
            Self::Commits => 1,
            Self::Open => 2,
            Self::Close => 3,
            Self::Moved => 4,
            Self::Replace => 5,
        }
    }

    const fn from_ordinal(ordinal: u8) -> Option<Self> {
        match ordinal {
            1 => Some(Self::Commits),
            2 => Some(Self::Open),
            3 => Some(Self::Close),
            4 => Some(Self::Moved),
            5 => Some(Self::Replace),
            _ => None,
        }
    }
}

/// Flag of an open block: this epoch acknowledges before anything is synced.
pub const FLAG_LOSSY_MODE: u8 = 1;
/// Flag of an open block: acknowledged commits may have been lost before this epoch.
pub const FLAG_INCOMPLETE: u8 = 2;

/// A block's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is for.
    pub kind: Kind,
    /// Flags of its kind.
    pub flags: u8,
    /// Bytes of the whole block, a multiple of a page.
    pub length: u32,
    /// The journal.
    pub journal: [u8; 16],
    /// The opening that wrote it.
    pub epoch: Epoch,
    /// Where it belongs.
    pub place: Place,
    /// Its first commit; without commits, the next position.
    pub first: Position,
    /// Its last commit; without commits, the one before `first`.
    pub last: Position,
    /// Everything before this place was on the device when the block was written.
    pub synced: Place,
    /// Checksum of the block before it.
    pub previous: u32,
    /// Bytes of the body that mean something; zeros follow.
    pub body: u32,
}

impl Header {
    /// The place after it.
    pub const fn end(&self) -> Place {
        Place { segment: self.place.segment, offset: self.place.offset + self.length as u64 }
    }
}

/// Bytes that a block with `body` bytes takes: header, body, zeros up to a page.
pub const fn padded(body: usize) -> usize {
    (HEADER_BYTES + body).next_multiple_of(PAGE_BYTES)
}

/// Writes `header` and the checksum into `block`, whose body and padding are complete. Gives the checksum.
pub fn seal(block: &mut [u8], header: &Header) -> u32 {
    assert_eq!(block.len(), header.length as usize, "the header tells the block's length");
    let mut to = Writer::new(block, 0);
    to.u32(MAGIC);
    to.u32(0);
    to.u16(VERSION);
    to.u8(header.kind.ordinal());
    to.u8(header.flags);
    to.u32(header.length);
    to.bytes(&header.journal);
    to.u64(header.epoch.0);
    to.u64(header.place.segment);
    to.u64(header.place.offset);
    to.u64(header.first.0);
    to.u64(header.last.0);
    to.u64(header.synced.segment);
    to.u64(header.synced.offset);
    to.u32(header.previous);
    to.u32(header.body);
    let written = to.at();
    block[written..HEADER_BYTES].fill(0);
    let sum = checksum(&block[CHECKED_FROM..]);
    Writer::new(block, 0).patch_u32(4, sum);
    sum
}

/// Why bytes are not the block that should be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// No block begins here.
    #[error("no block begins here")]
    Absent,
    /// A block of this journal, in its place, of a version that this program does not know.
    #[error("a block of format version {0}")]
    Version(u16),
    /// A block of another journal, or one that belongs elsewhere: left over from an earlier use of the file.
    #[error("a block that belongs elsewhere")]
    Elsewhere,
    /// The header contradicts itself.
    #[error("a header that contradicts itself")]
    Malformed,
    /// The bytes do not match the checksum.
    #[error("the checksum does not match")]
    Checksum,
}

/// Reads the header at the front of `bytes` and judges everything but the checksum.
pub fn header(bytes: &[u8], journal: &[u8; 16], place: Place) -> Result<(Header, u32), Bad> {
    let mut from = Reader::new(bytes);
    if from.u32() != Some(MAGIC) {
        return Err(Bad::Absent);
    }
    let sum = from.u32().ok_or(Bad::Absent)?;
    let version = from.u16().ok_or(Bad::Absent)?;
    if version != VERSION {
        let ours = origin(bytes) == Some((*journal, place));
        return Err(if ours { Bad::Version(version) } else { Bad::Elsewhere });
    }
    let mut header = fields(&mut from).ok_or(Bad::Malformed)?;
    if bug!(StaleBlockAccepted) && header.place.offset == place.offset {
        header.place = place;
    }
    if header.journal != *journal || header.place != place {
        return Err(Bad::Elsewhere);
    }
    let length = header.length as usize;
    if !fits(length)
        || header.body as usize > length - HEADER_BYTES
        || header.last.0.wrapping_add(1) < header.first.0
    {
        return Err(Bad::Malformed);
    }
    Ok((header, sum))
}

/// The journal and the place that the block at the front of `bytes`, of any version, says it is of.
fn origin(bytes: &[u8]) -> Option<([u8; 16], Place)> {
    let mut from = Reader::new(bytes.get(LENGTH_AT..)?);
    let (_length, journal, _epoch) = (from.u32()?, from.id()?, from.u64()?);
    Some((journal, Place { segment: from.u64()?, offset: from.u64()? }))
}

/// Bytes of the block at the front of `bytes`, of any version.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let length = Reader::new(bytes.get(LENGTH_AT..)?).u32()? as usize;
    fits(length).then_some(length)
}

/// Whether the checksum of a block, of any version, holds.
pub fn is_whole(block: &[u8]) -> bool {
    let sum = Reader::new(block.get(4..).unwrap_or_default()).u32();
    block.get(CHECKED_FROM..).is_some_and(|checked| sum == Some(checksum(checked)))
}

const fn fits(length: usize) -> bool {
    length.is_multiple_of(PAGE_BYTES) && PAGE_BYTES <= length && length <= BLOCK_BYTES_LIMIT
}

fn fields(from: &mut Reader<'_>) -> Option<Header> {
    Some(Header {
        kind: Kind::from_ordinal(from.u8()?)?,
        flags: from.u8()?,
        length: from.u32()?,
        journal: from.id()?,
        epoch: Epoch(from.u64()?),
        place: Place { segment: from.u64()?, offset: from.u64()? },
        first: Position(from.u64()?),
        last: Position(from.u64()?),
        synced: Place { segment: from.u64()?, offset: from.u64()? },
        previous: from.u32()?,
        body: from.u32()?,
    })
}

/// Accepts the block at the front of `bytes` if it is one of `journal`, in its right place and whole.
pub fn verify(bytes: &[u8], journal: &[u8; 16], place: Place) -> Result<(Header, u32), Bad> {
    let (header, sum) = header(bytes, journal, place)?;
    let block = bytes.get(CHECKED_FROM..header.length as usize).ok_or(Bad::Malformed)?;
    if checksum(block) == sum || bug!(ChecksumNotChecked) { Ok((header, sum)) } else { Err(Bad::Checksum) }
}

/// The segment that the block at the front of `page`, of any version, says it begins, if it is one of `journal`, and
/// whether it is one of moved entries. For files whose own first page is lost.
pub fn claimed_segment(page: &[u8], journal: &[u8; 16]) -> Option<(u64, bool)> {
    let is_block = Reader::new(page).u32()? == MAGIC;
    let moved = Kind::from_ordinal(*page.get(KIND_AT)?) == Some(Kind::Moved);
    let (whose, place) = origin(page)?;
    let begins = is_block && whose == *journal && place.offset == PAGE_BYTES as u64;
    begins.then_some((place.segment, moved))
}
