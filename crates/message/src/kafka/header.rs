//! The fixed head of a record batch, and the newtypes of its fields.
//!
//! Reading it needs no checksum and no decompression. Whether a client may store such a batch is `check`'s to say.

use std::fmt;

use hence_base::Timestamp;

/// Bytes of the head; the records follow.
pub const BATCH_HEAD_BYTES: usize = 61;
/// Base offset and length: what precedes the bytes that the length counts.
pub(super) const LENGTH_OVERHEAD_BYTES: usize = 12;
/// Where the checksum stands.
pub(super) const CRC_AT: usize = 17;
/// The checksum covers everything from here on.
pub(super) const CRC_FROM: usize = 21;
pub(super) const ATTRIBUTES_AT: usize = 21;
pub(super) const MAX_TIMESTAMP_AT: usize = 35;
/// The format that this module reads.
pub(super) const MAGIC: i8 = 2;
const MAGIC_AT: usize = 16;

macro_rules! newtype {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

newtype! {
    /// An idempotent producer, as InitProducerId gave it; never negative.
    ProducerId(i64)
}
newtype! {
    /// Which incarnation of a producer; never negative.
    ProducerEpoch(i16)
}
newtype! {
    /// Number of a record within one producer and partition; 0 follows `i32::MAX`.
    Sequence(i32)
}

impl Sequence {
    /// The sequence `records` later. Wraps to 0 after `i32::MAX`, as KIP-98 has it.
    #[must_use]
    pub const fn plus(self, records: u32) -> Self {
        Self(((self.0 as u32 as u64 + records as u64) & i32::MAX as u64) as i32)
    }
}

/// Who an idempotent batch is from and where it stands in that producer's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Producer {
    /// The producer.
    pub id: ProducerId,
    /// Its incarnation.
    pub epoch: ProducerEpoch,
    /// Sequence of the batch's first record.
    pub base_sequence: Sequence,
}

/// How the records of a batch are compressed. The ordinals are Kafka's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Not compressed.
    #[default]
    None = 0,
    /// gzip.
    Gzip = 1,
    /// Snappy, in xerial's framing or raw.
    Snappy = 2,
    /// LZ4 frames.
    Lz4 = 3,
    /// Zstandard.
    Zstd = 4,
}

impl Codec {
    /// Every codec.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The codec of an ordinal.
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Self::None),
            1 => Some(Self::Gzip),
            2 => Some(Self::Snappy),
            3 => Some(Self::Lz4),
            4 => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Kafka's name for it, as `compression.type` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

/// What the timestamps of a batch mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimestampType {
    /// What the producer said.
    #[default]
    CreateTime,
    /// When the broker appended it: every record has the batch's largest timestamp.
    LogAppendTime,
}

/// The attribute bits of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes(pub i16);

impl Attributes {
    pub(super) const CODEC_MASK: i16 = 0x07;
    pub(super) const LOG_APPEND_TIME: i16 = 0x08;
    pub(super) const TRANSACTIONAL: i16 = 0x10;
    pub(super) const CONTROL: i16 = 0x20;
    pub(super) const DELETE_HORIZON: i16 = 0x40;

    /// The codec's ordinal, known or not.
    pub const fn codec_id(self) -> u8 {
        (self.0 & Self::CODEC_MASK) as u8
    }

    /// What the timestamps mean.
    pub const fn timestamp_type(self) -> TimestampType {
        match self.0 & Self::LOG_APPEND_TIME {
            0 => TimestampType::CreateTime,
            _ => TimestampType::LogAppendTime,
        }
    }

    /// Whether the batch is part of a transaction.
    pub const fn is_transactional(self) -> bool {
        self.0 & Self::TRANSACTIONAL != 0
    }

    /// Whether the batch holds the broker's own marks and no records of a client.
    pub const fn is_control(self) -> bool {
        self.0 & Self::CONTROL != 0
    }

    /// Whether the base timestamp is the time when tombstones may go (set by compaction).
    pub const fn has_delete_horizon(self) -> bool {
        self.0 & Self::DELETE_HORIZON != 0
    }
}

/// The head of a batch, field by field as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record; 0 from a producer.
    pub base_offset: i64,
    /// Bytes of the whole batch, head included.
    pub batch_bytes: usize,
    /// Leader epoch; −1 from a producer. Outside the checksum.
    pub leader_epoch: i32,
    /// CRC32C of everything from the attributes on.
    pub crc: u32,
    /// Codec, timestamp type and flags.
    pub attributes: Attributes,
    /// Offset of the last record minus the base offset.
    pub last_offset_delta: i32,
    /// Timestamp of the first record; the others are relative to it.
    pub base_timestamp: Timestamp,
    /// Largest timestamp of the records, as the producer wrote it.
    pub max_timestamp: Timestamp,
    /// Negative: not idempotent.
    pub producer_id: i64,
    /// Means nothing without a producer id.
    pub producer_epoch: i16,
    /// Means nothing without a producer id.
    pub base_sequence: i32,
    /// How many records follow.
    pub count: i32,
}

/// Why bytes do not start with the head of a batch of magic 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// See [`Truncated`].
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// See [`BadLength`].
    #[error(transparent)]
    BadLength(#[from] BadLength),
    /// See [`OldMagic`].
    #[error(transparent)]
    OldMagic(#[from] OldMagic),
    /// See [`UnknownMagic`].
    #[error(transparent)]
    UnknownMagic(#[from] UnknownMagic),
}

/// The bytes end before the batch does. From a client: `INVALID_RECORD` (Kafka sees no whole batch in them).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch needs {needs} bytes and {has} are there")]
pub struct Truncated {
    /// Bytes of the batch, or of what must be there to know.
    pub needs: usize,
    /// Bytes that are there.
    pub has: usize,
}

/// The length field is smaller than a head. From a client: `CORRUPT_MESSAGE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch says that it is {length} bytes long, less than a head")]
pub struct BadLength {
    /// What the length field says.
    pub length: i32,
}

/// A message set of Kafka before 0.11. From a client: `INVALID_RECORD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message format {magic} is not accepted, only 2")]
pub struct OldMagic {
    /// 0 or 1.
    pub magic: i8,
}

/// No version of Kafka wrote this. From a client: `CORRUPT_MESSAGE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no message format {magic}")]
pub struct UnknownMagic {
    /// What stands there.
    pub magic: i8,
}

/// Smallest message of the old formats after its offset and length: checksum, magic, attributes, key and value lengths.
const OLD_LENGTH_MIN: i32 = 14;

impl BatchHeader {
    /// Reads the head of the batch that `bytes` start with; more may follow it, and the whole batch must be there.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeadError> {
        let has = bytes.len();
        let length = bytes.get(8..LENGTH_OVERHEAD_BYTES).and_then(|field| field.try_into().ok());
        let Some(length) = length.map(i32::from_be_bytes) else {
            return Err(Truncated { needs: LENGTH_OVERHEAD_BYTES, has }.into());
        };
        if length < OLD_LENGTH_MIN {
            return Err(BadLength { length }.into());
        }
        let batch_bytes = LENGTH_OVERHEAD_BYTES + length as usize;
        let Some(&magic) = bytes.get(MAGIC_AT) else {
            return Err(Truncated { needs: batch_bytes, has }.into());
        };
        match magic as i8 {
            MAGIC => {}
            magic @ 0..=1 => return Err(OldMagic { magic }.into()),
            magic => return Err(UnknownMagic { magic }.into()),
        }
        if batch_bytes < BATCH_HEAD_BYTES {
            return Err(BadLength { length }.into());
        }
        match bytes.first_chunk::<BATCH_HEAD_BYTES>() {
            Some(head) if batch_bytes <= has => Ok(Self::read(head, batch_bytes)),
            _ => Err(Truncated { needs: batch_bytes, has }.into()),
        }
    }

    fn read(head: &[u8; BATCH_HEAD_BYTES], batch_bytes: usize) -> Self {
        fn at<const N: usize>(head: &[u8; BATCH_HEAD_BYTES], from: usize) -> [u8; N] {
            let mut field = [0; N];
            field.copy_from_slice(&head[from..from + N]);
            field
        }
        Self {
            base_offset: i64::from_be_bytes(at(head, 0)),
            batch_bytes,
            leader_epoch: i32::from_be_bytes(at(head, 12)),
            crc: u32::from_be_bytes(at(head, CRC_AT)),
            attributes: Attributes(i16::from_be_bytes(at(head, ATTRIBUTES_AT))),
            last_offset_delta: i32::from_be_bytes(at(head, 23)),
            base_timestamp: Timestamp(i64::from_be_bytes(at(head, 27))),
            max_timestamp: Timestamp(i64::from_be_bytes(at(head, MAX_TIMESTAMP_AT))),
            producer_id: i64::from_be_bytes(at(head, 43)),
            producer_epoch: i16::from_be_bytes(at(head, 51)),
            base_sequence: i32::from_be_bytes(at(head, 53)),
            count: i32::from_be_bytes(at(head, 57)),
        }
    }

    /// How many records and offsets a checked batch covers.
    pub const fn records(&self) -> u32 {
        self.count as u32
    }

    /// The codec; `None` when its ordinal is unknown.
    pub const fn codec(&self) -> Option<Codec> {
        Codec::from_id(self.attributes.codec_id())
    }

    /// The idempotent producer that sent it, if one did.
    pub const fn producer(&self) -> Option<Producer> {
        if self.producer_id < 0 {
            return None;
        }
        Some(Producer {
            id: ProducerId(self.producer_id),
            epoch: ProducerEpoch(self.producer_epoch),
            base_sequence: Sequence(self.base_sequence),
        })
    }

    /// The larger of both timestamps: some producers leave the maximum unset.
    pub fn newest(&self) -> Timestamp {
        self.max_timestamp.max(self.base_timestamp)
    }
}

/// CRC32C of what a batch's checksum covers.
pub(super) fn checksum(batch: &[u8]) -> u32 {
    let covered = batch.get(CRC_FROM..).unwrap_or_default();
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, covered) as u32
}
