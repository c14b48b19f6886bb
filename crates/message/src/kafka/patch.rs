//! What is written into the outgoing copy of a stored batch: base offset and leader epoch, and LogAppendTime.
//!
//! Base offset and leader epoch lie outside the checksum, so a fetched batch costs 16 patched bytes and nothing else.

use hence_base::{LeaderEpoch, Offset, Timestamp};

use super::header::{ATTRIBUTES_AT, Attributes, BatchHeader, CRC_AT, HeadError, MAX_TIMESTAMP_AT, checksum};

/// Bytes at the start of a batch that differ between the stored and the outgoing copy.
pub const HEAD_PATCH_BYTES: usize = 16;

/// Writes where the batch stands in its partition into the first bytes of a copy of it; the length between stays.
pub fn stamp_head(head: &mut [u8; HEAD_PATCH_BYTES], base: Offset, leader_epoch: LeaderEpoch) {
    head[..8].copy_from_slice(&base.0.to_be_bytes());
    head[12..].copy_from_slice(&leader_epoch.0.to_be_bytes());
}

/// Gives every record of the batch the broker's time: sets the timestamp type and the largest timestamp, and writes the
/// checksum that follows from it.
pub fn stamp_log_append_time(batch: &mut [u8], at: Timestamp) -> Result<(), HeadError> {
    let header = BatchHeader::parse(batch)?;
    let attributes = header.attributes.0 | Attributes::LOG_APPEND_TIME;
    // `parse` has seen the whole head.
    batch[ATTRIBUTES_AT..ATTRIBUTES_AT + 2].copy_from_slice(&attributes.to_be_bytes());
    batch[MAX_TIMESTAMP_AT..MAX_TIMESTAMP_AT + 8].copy_from_slice(&at.0.to_be_bytes());
    stamp_checksum(batch)
}

/// Writes the checksum that fits the bytes of the batch that `batch` starts with.
pub fn stamp_checksum(batch: &mut [u8]) -> Result<(), HeadError> {
    let end = BatchHeader::parse(batch)?.batch_bytes;
    // `parse` has seen the whole batch.
    let crc = checksum(&batch[..end]);
    batch[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_be_bytes());
    Ok(())
}
