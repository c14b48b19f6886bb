//! What a broker asks of a client's batch before it stores it: one batch, whole, consistent, within bounds.
//!
//! Always: the cost does not depend on the number of records (head, checksum, arithmetic). A compressed body is not
//! opened, and the timestamps between the first and the largest are not read: a body that lies harms only its readers.
//! Each cause names the Kafka error that a door answers with.

use hence_base::{ErrorKind, Timestamp};

use super::header::{
    BATCH_HEAD_BYTES, BadLength, BatchHeader, Codec, HeadError, OldMagic, TimestampType, Truncated,
    UnknownMagic, checksum,
};
use crate::limits::RECORDS_PER_BATCH_MAX;

/// A record's smallest encoding: length, attributes, timestamp, offset, key length, value length, header count.
const RECORD_BYTES_MIN: u64 = 7;

/// What the topic allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest batch, head included: `max.message.bytes`.
    pub batch_bytes_max: usize,
    /// Timestamps before this are refused.
    pub earliest: Timestamp,
    /// Timestamps after this are refused.
    pub latest: Timestamp,
}

impl Limits {
    /// No bound on timestamps: for topics with LogAppendTime, where what the producer said does not stay.
    pub const fn of_size(batch_bytes_max: usize) -> Self {
        Self { batch_bytes_max, earliest: Timestamp(i64::MIN), latest: Timestamp(i64::MAX) }
    }

    /// Timestamps at most `before_max_ms` (`message.timestamp.before.max.ms`) before `now` and at most `after_max_ms`
    /// (`message.timestamp.after.max.ms`) after it.
    #[must_use]
    pub const fn around(self, now: Timestamp, before_max_ms: u64, after_max_ms: u64) -> Self {
        let earliest = Timestamp(now.0.saturating_sub_unsigned(before_max_ms));
        Self { earliest, latest: Timestamp(now.0.saturating_add_unsigned(after_max_ms)), ..self }
    }
}

/// Why a batch is refused. Nothing of it was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is the cause that it holds")]
pub enum BatchError {
    #[error(transparent)]
    NoBatch(#[from] NoBatch),
    #[error(transparent)]
    Truncated(#[from] Truncated),
    #[error(transparent)]
    BadLength(#[from] BadLength),
    #[error(transparent)]
    OldMagic(#[from] OldMagic),
    #[error(transparent)]
    UnknownMagic(#[from] UnknownMagic),
    #[error(transparent)]
    SeveralBatches(#[from] SeveralBatches),
    #[error(transparent)]
    BatchTooLarge(#[from] BatchTooLarge),
    #[error(transparent)]
    ChecksumMismatch(#[from] ChecksumMismatch),
    #[error(transparent)]
    UnknownCodec(#[from] UnknownCodec),
    #[error(transparent)]
    BaseOffsetSet(#[from] BaseOffsetSet),
    #[error(transparent)]
    BadCount(#[from] BadCount),
    #[error(transparent)]
    ImplausibleCount(#[from] ImplausibleCount),
    #[error(transparent)]
    ControlBatch(#[from] ControlBatch),
    #[error(transparent)]
    TransactionalBatch(#[from] TransactionalBatch),
    #[error(transparent)]
    DeleteHorizonSet(#[from] DeleteHorizonSet),
    #[error(transparent)]
    BadProducer(#[from] BadProducer),
    #[error(transparent)]
    NoProducerEpoch(#[from] NoProducerEpoch),
    #[error(transparent)]
    LogAppendTimeSet(#[from] LogAppendTimeSet),
    #[error(transparent)]
    TimestampOutOfBounds(#[from] TimestampOutOfBounds),
}

impl BatchError {
    /// The coarse kind, for whoever answers in another vocabulary than Kafka's.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::BatchTooLarge(_) => ErrorKind::Limit,
            Self::OldMagic(_) | Self::UnknownCodec(_) | Self::TransactionalBatch(_) => ErrorKind::Unsupported,
            Self::BadLength(_) | Self::UnknownMagic(_) | Self::ChecksumMismatch(_) => ErrorKind::Corrupt,
            _ => ErrorKind::Invalid,
        }
    }
}

impl From<HeadError> for BatchError {
    fn from(error: HeadError) -> Self {
        match error {
            HeadError::Truncated(cause) => cause.into(),
            HeadError::BadLength(cause) => cause.into(),
            HeadError::OldMagic(cause) => cause.into(),
            HeadError::UnknownMagic(cause) => cause.into(),
        }
    }
}

/// There are no bytes. `INVALID_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the partition holds no record batch")]
pub struct NoBatch;

/// Bytes follow the first batch. `INVALID_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a partition may hold one record batch; {after} bytes follow the first")]
pub struct SeveralBatches {
    /// Bytes after the first batch.
    pub after: usize,
}

/// The batch is larger than the topic allows. `MESSAGE_TOO_LARGE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch is {bytes} bytes, at most {max} are allowed")]
pub struct BatchTooLarge {
    /// Bytes of the batch.
    pub bytes: usize,
    /// The topic's `max.message.bytes`.
    pub max: usize,
}

/// The bytes are not the ones that the producer wrote. `CORRUPT_MESSAGE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch's checksum is {computed:#010x}, its head says {stored:#010x}")]
pub struct ChecksumMismatch {
    /// What the head says.
    pub stored: u32,
    /// What the bytes give.
    pub computed: u32,
}

/// No such codec. `UNSUPPORTED_COMPRESSION_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no compression codec {id}")]
pub struct UnknownCodec {
    /// Its ordinal.
    pub id: u8,
}

/// Producers leave the base offset 0. `INVALID_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch's base offset should be 0, it is {base_offset}")]
pub struct BaseOffsetSet {
    /// What stands there.
    pub base_offset: i64,
}

/// The record count is not positive or not what the offsets say. `INVALID_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch counts {count} records, its last offset delta is {last_offset_delta}")]
pub struct BadCount {
    /// Records, as counted by the head.
    pub count: i32,
    /// Last offset minus first.
    pub last_offset_delta: i32,
}

/// So many records do not fit in so many bytes. `INVALID_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch counts {count} records, its bytes hold at most {most}")]
pub struct ImplausibleCount {
    /// Records, as counted by the head.
    pub count: i32,
    /// Most that the bytes can hold.
    pub most: u64,
}

/// Control records are the broker's own. `INVALID_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("clients may not write control records")]
pub struct ControlBatch;

/// Transactions are not offered. Its own cause, so that the door can give a definite answer that no client retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("transactional batches are not supported")]
pub struct TransactionalBatch;

/// Only compaction writes a delete horizon. `INVALID_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("clients may not set a delete horizon")]
pub struct DeleteHorizonSet;

/// A producer id without an epoch. `INVALID_PRODUCER_EPOCH`: any epoch that was given to the producer is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("producer {producer_id} sent epoch {epoch}")]
pub struct NoProducerEpoch {
    /// The producer.
    pub producer_id: i64,
    /// Its epoch.
    pub epoch: i16,
}

/// A producer id without a usable sequence. `INVALID_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("producer {producer_id} sent sequence {base_sequence}")]
pub struct BadProducer {
    /// The producer.
    pub producer_id: i64,
    /// Its sequence.
    pub base_sequence: i32,
}

/// Producers do not say when the broker appended. `INVALID_TIMESTAMP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("clients may not set the timestamp type to LogAppendTime")]
pub struct LogAppendTimeSet;

/// A timestamp is further from the broker's clock than the topic allows. `INVALID_TIMESTAMP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("timestamp {timestamp} is outside {earliest}..={latest}")]
pub struct TimestampOutOfBounds {
    /// The timestamp.
    pub timestamp: Timestamp,
    /// First allowed.
    pub earliest: Timestamp,
    /// Last allowed.
    pub latest: Timestamp,
}

/// Checks that `bytes` are exactly one batch that a client may store, and returns its head.
pub fn check(bytes: &[u8], limits: &Limits) -> Result<BatchHeader, BatchError> {
    if bytes.is_empty() {
        return Err(NoBatch.into());
    }
    let header = BatchHeader::parse(bytes)?;
    let max = limits.batch_bytes_max;
    match bytes.len() - header.batch_bytes {
        0 => {}
        after => return Err(SeveralBatches { after }.into()),
    }
    if bytes.len() > max {
        return Err(BatchTooLarge { bytes: bytes.len(), max }.into());
    }
    let computed = checksum(bytes);
    if computed != header.crc {
        return Err(ChecksumMismatch { stored: header.crc, computed }.into());
    }
    check_head(&header)?;
    check_timestamps(&header, limits)?;
    Ok(header)
}

fn check_head(header: &BatchHeader) -> Result<(), BatchError> {
    let &BatchHeader { base_offset, attributes, count, last_offset_delta, .. } = header;
    let Some(codec) = header.codec() else {
        return Err(UnknownCodec { id: attributes.codec_id() }.into());
    };
    if base_offset != 0 {
        return Err(BaseOffsetSet { base_offset }.into());
    }
    if count < 1 || last_offset_delta != count - 1 {
        return Err(BadCount { count, last_offset_delta }.into());
    }
    let most = records_max(codec, header.batch_bytes - BATCH_HEAD_BYTES);
    if count as u64 > most {
        return Err(ImplausibleCount { count, most }.into());
    }
    if attributes.is_control() {
        return Err(ControlBatch.into());
    }
    if attributes.is_transactional() {
        return Err(TransactionalBatch.into());
    }
    if attributes.has_delete_horizon() {
        return Err(DeleteHorizonSet.into());
    }
    let &BatchHeader { producer_id, producer_epoch: epoch, base_sequence, .. } = header;
    // Without a producer id the other two mean nothing, and some clients leave them 0 instead of −1.
    if producer_id >= 0 && base_sequence < 0 {
        return Err(BadProducer { producer_id, base_sequence }.into());
    }
    if producer_id >= 0 && epoch < 0 {
        return Err(NoProducerEpoch { producer_id, epoch }.into());
    }
    Ok(())
}

fn check_timestamps(header: &BatchHeader, limits: &Limits) -> Result<(), BatchError> {
    if header.attributes.timestamp_type() == TimestampType::LogAppendTime {
        return Err(LogAppendTimeSet.into());
    }
    let &Limits { earliest, latest, .. } = limits;
    for timestamp in [header.base_timestamp, header.max_timestamp] {
        if timestamp != Timestamp::NONE && !(earliest..=latest).contains(&timestamp) {
            return Err(TimestampOutOfBounds { timestamp, earliest, latest }.into());
        }
    }
    Ok(())
}

/// Most records that `bytes` of a body can hold, by how far its codec can expand at most.
fn records_max(codec: Codec, bytes: usize) -> u64 {
    let expansion = match codec {
        Codec::None => 1,
        // Deflate's longest match: 258 bytes for 2 bits.
        Codec::Gzip => 1_032,
        // A copy of 64 bytes takes 3.
        Codec::Snappy => 22,
        // One byte of length adds 255.
        Codec::Lz4 => 256,
        // A repeated byte fills a block of 128 KiB with 4 bytes.
        Codec::Zstd => 32 * 1_024,
    };
    (bytes as u64 * expansion / RECORD_BYTES_MIN).min(u64::from(RECORDS_PER_BATCH_MAX))
}
