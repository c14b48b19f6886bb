//! Kafka's record batches, magic 2: their head, their checksum, their records.
//!
//! The way through: [`BatchHeader::parse`] reads the 61-byte head; [`check()`] is what a broker asks of a client's batch
//! before it stores it; [`Annotations`] are what the machines see of it; [`stamp_head`] writes what differs per partition
//! when it is fetched; [`batches`] and [`Batch::body`] read the records; [`BatchBuilder`] makes a batch.
//!
//! Always: the bytes of a stored batch are what the client sent, except for the first 16 of the outgoing copy (and the
//! timestamp where the topic says LogAppendTime). Never here: offsets are given by the topic machine.
//!
//! Source: Kafka's message format, "Record Batch" and "Record"; KIP-98.

mod annotations;
mod builder;
mod check;
mod compression;
mod header;
mod lz4;
mod patch;
mod records;
mod varint;

pub use annotations::{ANNOTATIONS_BYTES, Annotations, AnnotationsError, EntryFlags};
pub use builder::{BatchBuilder, BuildError, NewRecord};
pub use check::{
    BadCount, BadProducer, BaseOffsetSet, BatchError, BatchTooLarge, ChecksumMismatch, ControlBatch,
    DeleteHorizonSet, ImplausibleCount, Limits, LogAppendTimeSet, NoBatch, NoProducerEpoch, SeveralBatches,
    TimestampOutOfBounds, TransactionalBatch, UnknownCodec, check,
};
pub use compression::{DecompressError, MalformedBody, TooMuchDecompressed};
pub use header::{
    Attributes, BATCH_HEAD_BYTES, BadLength, BatchHeader, Codec, HeadError, OldMagic, Producer,
    ProducerEpoch, ProducerId, Sequence, TimestampType, Truncated, UnknownMagic,
};
pub use patch::{HEAD_PATCH_BYTES, stamp_checksum, stamp_head, stamp_log_append_time};
pub use records::{Batch, Batches, Body, Header, Headers, Record, RecordError, Records, batches};

/// The format tag of an entry whose payload is one record batch of magic 2. Persisted; 0 is "opaque bytes".
pub const FORMAT: u8 = 1;

#[cfg(test)]
mod tests;
