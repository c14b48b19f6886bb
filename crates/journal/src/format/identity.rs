//! The file that makes a directory a journal: its format version and its name for life.
//!
//! Always: written once, in whole, before anything else of the journal exists. Never here: settings.

use super::checksum;
use super::le::{Reader, Writer};

/// The file's name.
pub const FILE: &str = "journal.hence";
/// First bytes of the file.
pub const MAGIC: &[u8; 8] = b"HENCEJNL";
/// What this version writes and reads.
pub const VERSION: u16 = 1;
/// Bytes of the file.
pub const BYTES: usize = 64;

/// What the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A journal of this version.
    Journal([u8; 16]),
    /// A journal of a version that this program does not know.
    Version(u16),
    /// No journal, or a damaged file.
    Nothing,
}

/// The file's bytes.
pub fn encode(journal: &[u8; 16]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let mut to = Writer::new(&mut bytes, 0);
    to.bytes(MAGIC);
    to.u32(0);
    to.u16(VERSION);
    to.u16(0);
    to.bytes(journal);
    let sum = checksum(&bytes[12..]);
    Writer::new(&mut bytes, 0).patch_u32(8, sum);
    bytes
}

/// What `bytes` say.
pub fn decode(bytes: &[u8]) -> Identity {
    fields(bytes).unwrap_or(Identity::Nothing)
}

fn fields(bytes: &[u8]) -> Option<Identity> {
    let mut from = Reader::new(bytes);
    if from.bytes(8)? != MAGIC {
        return None;
    }
    let sum = from.u32()?;
    let version = from.u16()?;
    if version != VERSION {
        return Some(Identity::Version(version));
    }
    if bytes.len() != BYTES || sum != checksum(bytes.get(12..)?) {
        return None;
    }
    from.u16()?;
    Some(Identity::Journal(from.id()?))
}
