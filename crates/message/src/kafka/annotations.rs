//! What the machines see of a stored batch without its bytes: the producer, and flags.
//!
//! Persisted in the entry's header. The flags are the header's `flags` byte; the producer is an annotation of 16 bytes,
//! absent when the batch is not idempotent:
//!
//! ```text
//! byte 0        1           2..4         4..8               8..16
//!      version  0           epoch i16    base sequence i32  producer id i64      little-endian
//! ```

use super::header::{BatchHeader, Codec, Producer, ProducerEpoch, ProducerId, Sequence, TimestampType};

/// Bytes of the annotation of an idempotent batch.
pub const ANNOTATIONS_BYTES: usize = 16;
const VERSION: u8 = 1;

/// The producer of a stored batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annotations {
    /// Who sent it.
    pub producer: Producer,
}

/// Why an annotation is not understood: it was written by a later version, or is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("annotation of {bytes} bytes and version {version} is not understood")]
pub struct AnnotationsError {
    /// Its length.
    pub bytes: usize,
    /// Its first byte, 0 when it is empty.
    pub version: u8,
}

impl Annotations {
    /// What a checked batch leaves beside it; `None` when it is not idempotent and needs no annotation.
    pub fn of(header: &BatchHeader) -> Option<Self> {
        header.producer().map(|producer| Self { producer })
    }

    /// The bytes to store.
    pub fn encode(&self) -> [u8; ANNOTATIONS_BYTES] {
        let Producer { id, epoch, base_sequence } = self.producer;
        let mut bytes = [0; ANNOTATIONS_BYTES];
        bytes[0] = VERSION;
        bytes[2..4].copy_from_slice(&epoch.0.to_le_bytes());
        bytes[4..8].copy_from_slice(&base_sequence.0.to_le_bytes());
        bytes[8..].copy_from_slice(&id.0.to_le_bytes());
        bytes
    }

    /// Reads stored bytes; none are a batch that is not idempotent.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, AnnotationsError> {
        match bytes {
            [] => Ok(None),
            &[VERSION, 0, e0, e1, s0, s1, s2, s3, ref id @ ..] => {
                let not_understood = AnnotationsError { bytes: bytes.len(), version: VERSION };
                let id = id.try_into().map_err(|_| not_understood)?;
                let producer = Producer {
                    id: ProducerId(i64::from_le_bytes(id)),
                    epoch: ProducerEpoch(i16::from_le_bytes([e0, e1])),
                    base_sequence: Sequence(i32::from_le_bytes([s0, s1, s2, s3])),
                };
                Ok(Some(Self { producer }))
            }
            &[version, ..] => Err(AnnotationsError { bytes: bytes.len(), version }),
        }
    }
}

/// The flags of an entry that holds a record batch. Persisted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryFlags(pub u8);

impl EntryFlags {
    /// The body is compressed.
    pub const COMPRESSED: u8 = 0x01;
    /// Part of a transaction.
    pub const TRANSACTIONAL: u8 = 0x02;
    /// The broker's own marks, no records of a client.
    pub const CONTROL: u8 = 0x04;
    /// Every record has the entry's largest timestamp.
    pub const LOG_APPEND_TIME: u8 = 0x08;

    /// The flags of a batch.
    pub fn of(header: &BatchHeader) -> Self {
        let attributes = header.attributes;
        let bits = [
            (header.codec() != Some(Codec::None), Self::COMPRESSED),
            (attributes.is_transactional(), Self::TRANSACTIONAL),
            (attributes.is_control(), Self::CONTROL),
            (attributes.timestamp_type() == TimestampType::LogAppendTime, Self::LOG_APPEND_TIME),
        ];
        Self(bits.iter().filter(|(set, _)| *set).fold(0, |flags, (_, bit)| flags | bit))
    }

    /// Whether a bit is set.
    pub const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}
