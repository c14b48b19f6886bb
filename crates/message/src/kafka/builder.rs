//! Makes a record batch: for the command line, the benchmarks and the tests. The broker never builds one.
//!
//! A batch that is built passes `check`, unless it was given what a broker refuses (that is how the refusals are tested).

use hence_base::{Offset, Timestamp};

use super::compression::compress;
use super::header::{
    Attributes, BATCH_HEAD_BYTES, CRC_AT, Codec, LENGTH_OVERHEAD_BYTES, MAGIC, Producer, checksum,
};
use super::varint;
use crate::limits::BATCH_BYTES_MAX;

/// A record to put into a batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewRecord<'a> {
    /// Its time.
    pub timestamp: Timestamp,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Its headers in order; keys may repeat.
    pub headers: &'a [(&'a [u8], Option<&'a [u8]>)],
}

/// Why no batch was made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A batch has at least one record.
    #[error("a batch needs at least one record")]
    Empty,
    /// Beyond what the length field can say.
    #[error("a batch of {bytes} bytes is too large, at most {BATCH_BYTES_MAX} are possible")]
    TooLarge {
        /// What it would be.
        bytes: usize,
    },
    /// The codec failed.
    #[error("compressing the batch failed")]
    Compress(#[from] std::io::Error),
}

/// Collects records into one batch.
#[derive(Clone, Debug)]
pub struct BatchBuilder {
    attributes: Attributes,
    codec: Codec,
    base: Offset,
    producer: Option<Producer>,
    base_timestamp: Timestamp,
    max_timestamp: Timestamp,
    count: i32,
    body: Vec<u8>,
}

impl BatchBuilder {
    /// An empty batch whose body will be compressed with `codec`.
    pub const fn new(codec: Codec) -> Self {
        Self {
            attributes: Attributes(codec as i16),
            codec,
            base: Offset::ZERO,
            producer: None,
            base_timestamp: Timestamp::NONE,
            max_timestamp: Timestamp::NONE,
            count: 0,
            body: Vec::new(),
        }
    }

    /// Marks the batch as part of an idempotent producer's order.
    #[must_use]
    pub const fn producer(mut self, producer: Producer) -> Self {
        self.producer = Some(producer);
        self
    }

    /// Sets attribute bits beside the codec's: for tests of what a broker refuses.
    #[must_use]
    pub const fn attribute_bits(mut self, bits: i16) -> Self {
        self.attributes.0 |= bits;
        self
    }

    /// The base offset; producers leave it 0, fetched batches have one.
    #[must_use]
    pub const fn base(mut self, base: Offset) -> Self {
        self.base = base;
        self
    }

    /// Adds a record.
    pub fn push(&mut self, record: &NewRecord<'_>) {
        if self.count == 0 {
            self.base_timestamp = record.timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(record.timestamp);
        let timestamp_delta = record.timestamp.0.wrapping_sub(self.base_timestamp.0);
        let length = 1
            + varint::len(timestamp_delta)
            + varint::len(i64::from(self.count))
            + nullable_len(record.key)
            + nullable_len(record.value)
            + varint::len(record.headers.len() as i64)
            + record
                .headers
                .iter()
                .map(|(key, value)| nullable_len(Some(key)) + nullable_len(*value))
                .sum::<usize>();
        let out = &mut self.body;
        varint::put(out, length as i64);
        out.push(0);
        varint::put(out, timestamp_delta);
        varint::put(out, i64::from(self.count));
        put_nullable(out, record.key);
        put_nullable(out, record.value);
        varint::put(out, record.headers.len() as i64);
        for (key, value) in record.headers {
            put_nullable(out, Some(key));
            put_nullable(out, *value);
        }
        self.count += 1;
    }

    /// How many records it has.
    pub const fn records(&self) -> u32 {
        self.count as u32
    }

    /// Bytes that the batch would have without compression.
    pub const fn bytes(&self) -> usize {
        BATCH_HEAD_BYTES + self.body.len()
    }

    /// The batch.
    pub fn build(&self) -> Result<Vec<u8>, BuildError> {
        if self.count == 0 {
            return Err(BuildError::Empty);
        }
        let body = compress(self.codec, &self.body)?;
        let bytes = BATCH_HEAD_BYTES + body.len();
        if bytes > BATCH_BYTES_MAX {
            return Err(BuildError::TooLarge { bytes });
        }
        let mut out = Vec::with_capacity(bytes);
        out.extend_from_slice(&self.base.0.to_be_bytes());
        out.extend_from_slice(&((bytes - LENGTH_OVERHEAD_BYTES) as i32).to_be_bytes());
        out.extend_from_slice(&(-1i32).to_be_bytes());
        out.push(MAGIC as u8);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.attributes.0.to_be_bytes());
        out.extend_from_slice(&(self.count - 1).to_be_bytes());
        out.extend_from_slice(&self.base_timestamp.0.to_be_bytes());
        out.extend_from_slice(&self.max_timestamp.0.to_be_bytes());
        let (id, epoch, sequence) = self
            .producer
            .map_or((-1, -1, -1), |Producer { id, epoch, base_sequence }| (id.0, epoch.0, base_sequence.0));
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&epoch.to_be_bytes());
        out.extend_from_slice(&sequence.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(&body);
        let crc = checksum(&out);
        out[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_be_bytes());
        Ok(out)
    }
}

fn nullable_len(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(varint::len(-1), |bytes| varint::len(bytes.len() as i64) + bytes.len())
}

fn put_nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            varint::put(out, bytes.len() as i64);
            out.extend_from_slice(bytes);
        }
        None => varint::put(out, -1),
    }
}
