//! The records of stored or fetched batches: split, decompressed within a limit, iterated without copying.
//!
//! Always: an iterator ends after its first error, and at the count of the head; a record borrows the batch, or the
//! decompressed body. Header keys may repeat and keep their order.

use std::borrow::Cow;

use hence_base::{Offset, Timestamp};

use super::check::ChecksumMismatch;
use super::compression::{DecompressError, decompress};
use super::header::{BATCH_HEAD_BYTES, BatchHeader, HeadError, TimestampType, checksum};
use super::varint;
use crate::limits::HEADERS_PER_RECORD_MAX;

/// The batches that `bytes` consist of, as a fetch response has them: the last one may be cut short and is left out.
pub const fn batches(bytes: &[u8]) -> Batches<'_> {
    Batches { rest: bytes }
}

/// See [`batches`].
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<Batch<'a>, HeadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = std::mem::take(&mut self.rest);
        match Batch::parse(rest) {
            Ok(batch) => {
                self.rest = rest.get(batch.bytes.len()..).unwrap_or_default();
                Some(Ok(batch))
            }
            Err(HeadError::Truncated(_)) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// One batch, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Its head.
    pub header: BatchHeader,
    bytes: &'a [u8],
}

impl<'a> Batch<'a> {
    /// Reads the head of the batch that `bytes` start with.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, HeadError> {
        let header = BatchHeader::parse(bytes)?;
        Ok(Self { header, bytes: bytes.get(..header.batch_bytes).unwrap_or_default() })
    }

    /// The bytes of the batch, and no more.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether the bytes are the ones that were written.
    pub fn verify(&self) -> Result<(), ChecksumMismatch> {
        let (stored, computed) = (self.header.crc, checksum(self.bytes));
        if stored == computed { Ok(()) } else { Err(ChecksumMismatch { stored, computed }) }
    }

    /// The records' bytes, decompressed into at most `bytes_max`.
    pub fn body(&self, bytes_max: usize) -> Result<Body<'a>, DecompressError> {
        let codec = self.header.codec();
        let codec = codec.ok_or(DecompressError::UnknownCodec { id: self.header.attributes.codec_id() })?;
        let compressed = self.bytes.get(BATCH_HEAD_BYTES..).unwrap_or_default();
        Ok(Body { header: self.header, bytes: decompress(codec, compressed, bytes_max)? })
    }
}

/// The records of one batch, ready to be read.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    header: BatchHeader,
    bytes: Cow<'a, [u8]>,
}

impl Body<'_> {
    /// The records in order.
    pub fn records(&self) -> Records<'_> {
        Records { header: self.header, left: self.header.count.max(0) as u32, rest: &self.bytes }
    }

    /// Bytes of the records, uncompressed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The body does not hold the records that the head counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch's body is malformed {left} records before its end")]
pub struct RecordError {
    /// Records that were still to come.
    pub left: u32,
}

/// See [`Body::records`].
#[derive(Clone, Debug)]
pub struct Records<'a> {
    header: BatchHeader,
    left: u32,
    rest: &'a [u8],
}

/// One record, borrowed.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Its place in the partition.
    pub offset: Offset,
    /// Its time: the producer's, or the broker's where the batch says LogAppendTime.
    pub timestamp: Timestamp,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Its headers.
    pub headers: Headers<'a>,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        let error = RecordError { left: self.left };
        if self.left == 0 {
            // What follows the last record belongs to nothing.
            let extra = std::mem::take(&mut self.rest);
            return (!extra.is_empty()).then_some(Err(error));
        }
        match self.record() {
            Some(record) => {
                self.left -= 1;
                Some(Ok(record))
            }
            None => {
                (self.left, self.rest) = (0, &[]);
                Some(Err(error))
            }
        }
    }
}

impl<'a> Records<'a> {
    fn record(&mut self) -> Option<Record<'a>> {
        let length = usize::try_from(varint::take(&mut self.rest)?).ok()?;
        let (mut fields, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        // The attributes of a record mean nothing yet.
        fields = fields.get(1..)?;
        let timestamp_delta = varint::take(&mut fields)?;
        let offset_delta = varint::take(&mut fields)?;
        let timestamp = match self.header.attributes.timestamp_type() {
            TimestampType::CreateTime => {
                Timestamp(self.header.base_timestamp.0.wrapping_add(timestamp_delta))
            }
            TimestampType::LogAppendTime => self.header.max_timestamp,
        };
        let offset = u64::try_from(self.header.base_offset.checked_add(offset_delta)?).ok()?;
        let key = take_nullable(&mut fields)?;
        let value = take_nullable(&mut fields)?;
        let headers = Headers::parse(fields)?;
        Some(Record { offset: Offset(offset), timestamp, key, value, headers })
    }
}

/// A length and as many bytes; a negative length is null.
fn take_nullable<'a>(bytes: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let Ok(length) = usize::try_from(varint::take(bytes)?) else { return Some(None) };
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(Some(taken))
}

/// The headers of one record in order; a key may come more than once.
#[derive(Clone, Debug, Default)]
pub struct Headers<'a> {
    left: usize,
    rest: &'a [u8],
}

/// One header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Its name: text by convention, any bytes on the wire.
    pub key: &'a [u8],
    /// Its value.
    pub value: Option<&'a [u8]>,
}

impl<'a> Headers<'a> {
    /// Reads the count and walks the headers once, so that iterating cannot fail.
    fn parse(mut fields: &'a [u8]) -> Option<Self> {
        let left = usize::try_from(varint::take(&mut fields)?).ok()?;
        // Each takes at least two bytes: its key's length and its value's.
        if left > HEADERS_PER_RECORD_MAX || left > fields.len() / 2 {
            return None;
        }
        let headers = Self { left, rest: fields };
        let mut walked = headers.clone();
        if walked.by_ref().count() != left || !walked.rest.is_empty() {
            return None;
        }
        Some(headers)
    }

    fn take(&mut self) -> Option<Header<'a>> {
        let key = take_nullable(&mut self.rest)??;
        Some(Header { key, value: take_nullable(&mut self.rest)? })
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        self.take()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Headers<'_> {}
