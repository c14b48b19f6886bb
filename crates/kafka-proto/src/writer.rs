//! Writes the wire's primitive types into a growable head, with large chunks of records left beside it.
//!
//! A field that cannot be written is remembered and reported once by `Message::encode`: the first error wins and what
//! was written after it is never sent. Lengths that are known later are patched in place.

use bytes::{BufMut, Bytes, BytesMut};

use crate::error::EncodeError;
use crate::limits::{CHUNK_COPIED_BYTES_MAX, STRING_BYTES_MAX};
use crate::records::Records;
use crate::segments::Segments;
use crate::uuid::Uuid;

/// Collects one frame or several.
#[derive(Debug, Default)]
pub struct Writer {
    head: BytesMut,
    /// Chunks that belong before the given byte of `head`.
    chunks: Vec<(usize, Bytes)>,
    chunks_bytes: usize,
    error: Option<EncodeError>,
}

/// The place of a length that is not known yet.
#[derive(Debug)]
#[must_use]
pub struct FrameStart {
    head_at: usize,
    chunks_bytes: usize,
}

impl Writer {
    /// An empty writer. One writer may serve a connection: its buffer is used again once what was taken is sent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes written and not taken.
    pub fn len(&self) -> usize {
        self.head.len() + self.chunks_bytes
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that there is room for.
    pub fn spare(&self) -> usize {
        self.head.capacity() - self.head.len()
    }

    /// Makes room for `bytes` more.
    pub fn reserve(&mut self, bytes: usize) {
        self.head.reserve(bytes);
    }

    /// Takes what is written, in order.
    pub fn take(&mut self) -> Segments {
        let mut head = self.head.split().freeze();
        let mut segments = Segments::default();
        let mut taken = 0;
        for (at, chunk) in self.chunks.drain(..) {
            segments.push(head.split_to(at - taken));
            segments.push(chunk);
            taken = at;
        }
        self.chunks_bytes = 0;
        segments.push(head);
        segments
    }

    /// Forgets what is written, and the error.
    pub fn clear(&mut self) {
        self.head.clear();
        self.chunks.clear();
        self.chunks_bytes = 0;
        self.error = None;
    }

    /// The first error since the last call; after it the writer is empty.
    pub fn check(&mut self) -> Result<(), EncodeError> {
        let Some(error) = self.error.take() else { return Ok(()) };
        self.clear();
        Err(error)
    }

    /// Starts a frame: room for its length.
    pub fn begin_frame(&mut self) -> FrameStart {
        let start = FrameStart { head_at: self.head.len(), chunks_bytes: self.chunks_bytes };
        self.i32(0);
        start
    }

    /// Ends a frame: its length is all that was written since, the length itself apart.
    pub fn end_frame(&mut self, start: &FrameStart) {
        let length = self.head.len() - start.head_at - 4 + self.chunks_bytes - start.chunks_bytes;
        match i32::try_from(length) {
            Ok(length) => {
                self.head[start.head_at..start.head_at + 4].copy_from_slice(&length.to_be_bytes());
            }
            Err(_) => self.fail(EncodeError::TooLong { length, max: i32::MAX as usize }),
        }
    }

    #[cold]
    fn fail(&mut self, error: EncodeError) {
        self.error.get_or_insert(error);
    }

    /// A field is set that this version has no place for.
    #[cold]
    pub fn refuse(&mut self, field: &'static str, version: i16) {
        self.fail(EncodeError::FieldNotInVersion { field, version });
    }

    /// A field is null that has no null in this version.
    #[cold]
    pub fn refuse_null(&mut self, field: &'static str) {
        self.fail(EncodeError::NullField { field });
    }

    /// A boolean.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.head.put_u8(u8::from(value));
    }

    /// One byte, signed.
    #[inline]
    pub fn i8(&mut self, value: i8) {
        self.head.put_i8(value);
    }

    /// Two bytes, signed.
    #[inline]
    pub fn i16(&mut self, value: i16) {
        self.head.put_i16(value);
    }

    /// Four bytes, signed.
    #[inline]
    pub fn i32(&mut self, value: i32) {
        self.head.put_i32(value);
    }

    /// Eight bytes, signed.
    #[inline]
    pub fn i64(&mut self, value: i64) {
        self.head.put_i64(value);
    }

    /// Sixteen bytes.
    #[inline]
    pub fn uuid(&mut self, value: Uuid) {
        self.head.put_slice(&value.0);
    }

    /// An unsigned number, seven bits to a byte, the lowest first.
    #[inline]
    pub fn uvarint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.head.put_u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.head.put_u8(value as u8);
    }

    /// A length or count of 32 bits.
    #[inline]
    fn length(&mut self, flexible: bool, length: usize) {
        match i32::try_from(length) {
            Ok(length) if flexible => self.uvarint(length as u32 + 1),
            Ok(length) => self.i32(length),
            Err(_) => self.fail(EncodeError::TooLong { length, max: i32::MAX as usize }),
        }
    }

    #[inline]
    fn null(&mut self, flexible: bool) {
        if flexible { self.uvarint(0) } else { self.i32(-1) }
    }

    /// A string.
    #[inline]
    pub fn string(&mut self, flexible: bool, value: &str) {
        if value.len() > STRING_BYTES_MAX {
            self.fail(EncodeError::TooLong { length: value.len(), max: STRING_BYTES_MAX });
        } else if flexible {
            self.uvarint(value.len() as u32 + 1);
        } else {
            self.i16(value.len() as i16);
        }
        self.head.put_slice(value.as_bytes());
    }

    /// A string that may be null.
    #[inline]
    pub fn nullable_string(&mut self, flexible: bool, value: Option<&str>) {
        match value {
            Some(value) => self.string(flexible, value),
            None if flexible => self.uvarint(0),
            None => self.i16(-1),
        }
    }

    /// Bytes.
    #[inline]
    pub fn bytes(&mut self, flexible: bool, value: &[u8]) {
        self.length(flexible, value.len());
        self.head.put_slice(value);
    }

    /// Bytes that may be null.
    #[inline]
    pub fn nullable_bytes(&mut self, flexible: bool, value: Option<&[u8]>) {
        match value {
            Some(value) => self.bytes(flexible, value),
            None => self.null(flexible),
        }
    }

    /// Records that may be null. Chunks of some size stay as they are.
    pub fn nullable_records(&mut self, flexible: bool, value: Option<&Records<'_>>) {
        let Some(records) = value else { return self.null(flexible) };
        self.length(flexible, records.len());
        match records {
            Records::Slice(slice) => self.head.put_slice(slice),
            Records::Chunks(chunks) => chunks.iter().for_each(|chunk| self.chunk(chunk)),
        }
    }

    /// Bytes whose length was written before; beside the head when that is cheaper than copying.
    fn chunk(&mut self, chunk: &Bytes) {
        if chunk.len() <= CHUNK_COPIED_BYTES_MAX {
            self.head.put_slice(chunk);
        } else {
            self.chunks_bytes += chunk.len();
            self.chunks.push((self.head.len(), chunk.clone()));
        }
    }

    /// An array.
    #[inline]
    pub fn array<T>(&mut self, flexible: bool, elements: &[T], mut element: impl FnMut(&mut Self, &T)) {
        self.length(flexible, elements.len());
        for each in elements {
            element(self, each);
        }
    }

    /// An array that may be null.
    #[inline]
    pub fn nullable_array<T>(
        &mut self,
        flexible: bool,
        elements: Option<&[T]>,
        element: impl FnMut(&mut Self, &T),
    ) {
        match elements {
            Some(elements) => self.array(flexible, elements, element),
            None => self.null(flexible),
        }
    }

    /// A tagged field: tag, size, and what `value` writes. The size is patched in; over 127 the value moves by a byte or
    /// more, which is rare and short.
    pub fn tagged(&mut self, tag: u32, value: impl FnOnce(&mut Self)) {
        self.uvarint(tag);
        let at = self.head.len();
        self.head.put_u8(0);
        value(self);
        let size = self.head.len() - at - 1;
        let (digits, count) = varint_digits(size as u32);
        for _ in 1..count {
            self.head.put_u8(0);
        }
        self.head.copy_within(at + 1..at + 1 + size, at + count);
        self.head[at..at + count].copy_from_slice(&digits[..count]);
    }
}

/// The bytes of a variable-length number, and how many they are.
fn varint_digits(mut value: u32) -> ([u8; 5], usize) {
    let mut digits = [0; 5];
    let mut count = 0;
    for digit in &mut digits {
        *digit = (value & 0x7F) as u8;
        count += 1;
        value >>= 7;
        if value == 0 {
            break;
        }
        *digit |= 0x80;
    }
    (digits, count)
}
