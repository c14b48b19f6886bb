//! Bytes to structs and back: everything that is on disk, drawn in `docs/formats/journal.md`.
//!
//! Always: little-endian, versioned, checksummed with CRC32C; every length is checked before anything is allocated.
//! Never here: files, and what is done about bytes that are wrong.

pub mod block;
pub mod checkpoint;
pub mod commit;
pub mod identity;
pub mod le;
pub mod pack;
pub mod replacement;
pub mod segment;
pub mod staging;

#[cfg(test)]
mod tests;

use std::fmt;

/// Where a byte of the log is: a segment's sequence number and an offset in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Sequence number of the segment; the first is 1.
    pub segment: u64,
    /// Byte offset in the file.
    pub offset: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "segment {} byte {}", self.segment, self.offset)
    }
}

/// CRC32C.
pub fn checksum(bytes: &[u8]) -> u32 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, bytes) as u32
}
