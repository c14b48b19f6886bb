//! The staging file: a first page that says what is surely in its place, then slots: each a page that says what the slot
//! holds and where it belongs, then the bytes.
//!
//! Always: a slot's checksum covers the bytes that its page counts. Never here: when a slot may be used again.

use super::checksum;
use super::le::{Reader, Writer};
use crate::limits::PAGE_BYTES;

/// The file's name.
pub const FILE: &str = "staging";
/// First bytes of the first page.
const FLOOR_MAGIC: &[u8; 8] = b"HENCESTF";
/// First bytes of a slot.
const SLOT_MAGIC: &[u8; 8] = b"HENCESTS";
/// What this version writes and reads.
pub const VERSION: u16 = 1;
/// Bytes of the first page that say something.
const FLOOR_BYTES: usize = 48;
/// Bytes of a slot's page that say something.
pub const SLOT_BYTES: usize = 80;
/// Longest name of a file that is staged for.
pub const NAME_BYTES_MAX: usize = 32;

/// What the first page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    /// The journal.
    pub journal: [u8; 16],
    /// Pieces up to this serial number are in their place.
    pub serial: u64,
    /// Bytes that a slot holds, its page apart.
    pub slot_bytes: u64,
}

/// What a slot's page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot<'a> {
    /// Pieces are numbered in the order of their writes.
    pub serial: u64,
    /// The file that the bytes belong into.
    pub name: &'a str,
    /// Where in it.
    pub at: u64,
    /// How many bytes.
    pub length: u32,
    /// CRC32C of the bytes.
    pub sum: u32,
}

/// Writes the first page's beginning.
pub fn encode_floor(floor: &Floor, page: &mut [u8]) {
    let mut to = Writer::new(page, 0);
    to.bytes(FLOOR_MAGIC);
    to.u32(0);
    to.u16(VERSION);
    to.u16(0);
    to.bytes(&floor.journal);
    to.u64(floor.serial);
    to.u64(floor.slot_bytes);
    let sum = checksum(&page[12..FLOOR_BYTES]);
    Writer::new(page, 0).patch_u32(8, sum);
}

/// What a first page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Whole and of this version.
    Floor(Floor),
    /// Whole and of a version that this program does not know.
    Version(u16),
    /// Nothing, or damaged.
    Nothing,
}

/// What a first page says.
pub fn decode_floor(page: &[u8]) -> First {
    floor_fields(page).unwrap_or(First::Nothing)
}

fn floor_fields(page: &[u8]) -> Option<First> {
    let mut from = Reader::new(page);
    let whole = from.bytes(8)? == FLOOR_MAGIC && from.u32()? == checksum(page.get(12..FLOOR_BYTES)?);
    let version = from.u16()?;
    from.u16()?;
    let journal = from.bytes(16)?.try_into().ok()?;
    let floor = Floor { journal, serial: from.u64()?, slot_bytes: from.u64()? };
    match version {
        _ if !whole => None,
        VERSION => Some(First::Floor(floor)),
        version => Some(First::Version(version)),
    }
}

/// The beginning of a slot's page. The name is no longer than [`NAME_BYTES_MAX`].
pub fn encode_slot(slot: &Slot<'_>) -> [u8; SLOT_BYTES] {
    let mut page = [0; SLOT_BYTES];
    let mut to = Writer::new(&mut page, 0);
    to.bytes(SLOT_MAGIC);
    to.u32(0);
    to.u16(VERSION);
    to.u16(slot.name.len() as u16);
    to.u64(slot.serial);
    to.u64(slot.at);
    to.u32(slot.length);
    to.u32(slot.sum);
    to.bytes(slot.name.as_bytes());
    let sum = checksum(&page[12..]);
    Writer::new(&mut page, 0).patch_u32(8, sum);
    page
}

/// What a slot's page says, if it is whole and of this version.
pub fn decode_slot(page: &[u8]) -> Option<Slot<'_>> {
    let page = page.get(..SLOT_BYTES)?;
    let mut from = Reader::new(page);
    let ours = from.bytes(8)? == SLOT_MAGIC && from.u32()? == checksum(&page[12..]);
    if !ours || from.u16()? != VERSION {
        return None;
    }
    let name_bytes = usize::from(from.u16()?);
    let (serial, at, length, sum) = (from.u64()?, from.u64()?, from.u32()?, from.u32()?);
    let name = from.bytes(name_bytes).and_then(|name| std::str::from_utf8(name).ok())?;
    Some(Slot { serial, name, at, length, sum })
}

/// Where a slot begins.
pub const fn slot_at(number: u64, slot_bytes: u64) -> u64 {
    let page = PAGE_BYTES as u64;
    page + number * (page + slot_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_changed_byte_is_noticed() {
        let floor = Floor { journal: [3; 16], serial: 7, slot_bytes: 1 << 20 };
        let mut page = [0; PAGE_BYTES];
        encode_floor(&floor, &mut page);
        assert_eq!(decode_floor(&page), First::Floor(floor));
        let slot = Slot { serial: 9, name: "00000001.segment", at: 8192, length: 4096, sum: 5 };
        let mut bytes = encode_slot(&slot);
        assert_eq!(decode_slot(&bytes), Some(slot));
        for at in 0..SLOT_BYTES {
            bytes[at] ^= 1;
            assert_eq!(decode_slot(&bytes), None, "byte {at}");
            bytes[at] ^= 1;
        }
        for at in 0..FLOOR_BYTES {
            page[at] ^= 1;
            assert_eq!(decode_floor(&page), First::Nothing, "byte {at}");
            page[at] ^= 1;
        }
        assert_eq!(decode_slot(&bytes[..40]), None);
    }
}
