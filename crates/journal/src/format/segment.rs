//! The first page of a segment file: which segment it is. A file's name says nothing.
//!
//! Always: a page that does not verify is no segment of this journal. Never here: what the segment holds.

use super::checksum;
use super::le::{Reader, Writer};
use crate::limits::PAGE_BYTES;

/// First bytes of every segment file.
pub const MAGIC: &[u8; 8] = b"HENCESEG";
/// What this version writes and reads.
pub const VERSION: u16 = 1;
/// Blocks begin here.
pub const HEADER_BYTES: u64 = PAGE_BYTES as u64;

/// What a segment is for. Ordinals are persisted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not in use: may become any segment.
    Spare,
    /// Part of the log.
    Log,
    /// Entries that the roller moved.
    Moved,
}

/// A segment's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is for.
    pub kind: Kind,
    /// The journal.
    pub journal: [u8; 16],
    /// Its sequence number; 0 for a spare one.
    pub sequence: u64,
    /// Bytes of the file, header included.
    pub bytes: u64,
}

/// What a file's first page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// A segment's header.
    Segment(Header),
    /// Of a version that this program does not know.
    Version(u16),
    /// Nothing that was ever completed, or damaged.
    Nothing,
}

/// The page for `header`.
pub fn encode(header: &Header, page: &mut [u8]) {
    page[..PAGE_BYTES].fill(0);
    let mut to = Writer::new(page, 0);
    to.bytes(MAGIC);
    to.u32(0);
    to.u16(VERSION);
    to.u8(match header.kind {
        Kind::Spare => 0,
        Kind::Log => 1,
        Kind::Moved => 2,
    });
    to.u8(0);
    to.bytes(&header.journal);
    to.u64(header.sequence);
    to.u64(header.bytes);
    let sum = checksum(&page[12..PAGE_BYTES]);
    Writer::new(page, 0).patch_u32(8, sum);
}

/// What `page` is.
pub fn decode(page: &[u8]) -> Page {
    fields(page).unwrap_or(Page::Nothing)
}

fn fields(page: &[u8]) -> Option<Page> {
    let mut from = Reader::new(page.get(..PAGE_BYTES)?);
    if from.bytes(8)? != MAGIC {
        return None;
    }
    let sum = from.u32()?;
    if sum != checksum(page.get(12..PAGE_BYTES)?) {
        return None;
    }
    let version = from.u16()?;
    if version != VERSION {
        return Some(Page::Version(version));
    }
    let kind = match from.u8()? {
        0 => Kind::Spare,
        1 => Kind::Log,
        2 => Kind::Moved,
        _ => return None,
    };
    from.u8()?;
    Some(Page::Segment(Header { kind, journal: from.id()?, sequence: from.u64()?, bytes: from.u64()? }))
}
