//! Reads the wire's primitive types from a borrowed slice.
//!
//! Always: a length or count is checked against the bytes that are left before anything is allocated, and what is read
//! borrows from the input. A failed read leaves the reader somewhere in the message; it is then of no further use.

use crate::error::{DecodeCause, DecodeError};
use crate::limits::{ELEMENTS_PER_ARRAY_MAX, ELEMENTS_RESERVED_MAX, TAGS_PER_STRUCT_MAX};
use crate::uuid::Uuid;

/// What is left of a message, and how much there was.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    left: &'a [u8],
    /// Bytes from the frame's first byte to the end of `left`.
    end: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes, end: bytes.len() }
    }

    /// The bytes that are left.
    pub fn left(&self) -> &'a [u8] {
        self.left
    }

    /// Where the reader stands, in bytes from the frame's first.
    pub fn at(&self) -> usize {
        self.end - self.left.len()
    }

    /// Reports what is left after the message.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.left.len() {
            0 => Ok(()),
            left => Err(self.error(DecodeCause::TrailingBytes { left })),
        }
    }

    #[cold]
    pub(crate) fn error(&self, cause: DecodeCause) -> DecodeError {
        DecodeError { at: self.at(), cause }
    }

    #[inline]
    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some((chunk, left)) = self.left.split_first_chunk::<N>() else {
            return Err(self.error(DecodeCause::Truncated { missing: N - self.left.len() }));
        };
        self.left = left;
        Ok(*chunk)
    }

    /// The next `length` bytes.
    #[inline]
    pub fn slice(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let Some((slice, left)) = self.left.split_at_checked(length) else {
            return Err(self.error(DecodeCause::Truncated { missing: length - self.left.len() }));
        };
        self.left = left;
        Ok(slice)
    }

    /// A byte that is not zero.
    #[inline]
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.chunk::<1>()? != [0])
    }

    /// A signed byte.
    #[inline]
    pub fn i8(&mut self) -> Result<i8, DecodeError> {
        self.chunk().map(i8::from_be_bytes)
    }

    /// Two bytes, signed.
    #[inline]
    pub fn i16(&mut self) -> Result<i16, DecodeError> {
        self.chunk().map(i16::from_be_bytes)
    }

    /// Four bytes, signed.
    #[inline]
    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        self.chunk().map(i32::from_be_bytes)
    }

    /// Eight bytes, signed.
    #[inline]
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        self.chunk().map(i64::from_be_bytes)
    }

    /// Sixteen bytes.
    #[inline]
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        self.chunk().map(Uuid)
    }

    /// An unsigned number of at most 32 bits, seven to a byte, the lowest first.
    #[inline]
    pub fn uvarint(&mut self) -> Result<u32, DecodeError> {
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.chunk()?;
            let bits = u32::from(byte & 0x7F);
            if shift == 28 && byte > 0x0F {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.error(DecodeCause::EndlessVarint))
    }

    /// A length that may say null: `varint - 1` in flexible versions, else what `fixed` reads.
    #[inline]
    fn length(
        &mut self,
        flexible: bool,
        fixed: impl FnOnce(&mut Self) -> Result<i64, DecodeError>,
    ) -> Result<Option<usize>, DecodeError> {
        let length = if flexible { i64::from(self.uvarint()?) - 1 } else { fixed(self)? };
        match length {
            -1 => Ok(None),
            0.. => Ok(Some(length as usize)),
            _ => Err(self.error(DecodeCause::NegativeLength { length })),
        }
    }

    #[inline]
    fn not_null<T>(&self, value: Option<T>) -> Result<T, DecodeError> {
        value.ok_or_else(|| self.error(DecodeCause::UnexpectedNull))
    }

    /// A string that may be null.
    #[inline]
    pub fn nullable_string(&mut self, flexible: bool) -> Result<Option<&'a str>, DecodeError> {
        let Some(length) = self.length(flexible, |r| r.i16().map(i64::from))? else { return Ok(None) };
        let bytes = self.slice(length)?;
        std::str::from_utf8(bytes).map(Some).map_err(|_| self.error(DecodeCause::NotUtf8))
    }

    /// A string.
    #[inline]
    pub fn string(&mut self, flexible: bool) -> Result<&'a str, DecodeError> {
        let string = self.nullable_string(flexible)?;
        self.not_null(string)
    }

    /// Bytes or records that may be null.
    #[inline]
    pub fn nullable_bytes(&mut self, flexible: bool) -> Result<Option<&'a [u8]>, DecodeError> {
        let length = self.length(flexible, |r| r.i32().map(i64::from))?;
        length.map(|length| self.slice(length)).transpose()
    }

    /// Bytes.
    #[inline]
    pub fn bytes(&mut self, flexible: bool) -> Result<&'a [u8], DecodeError> {
        let bytes = self.nullable_bytes(flexible)?;
        self.not_null(bytes)
    }

    /// An array that may be null, of elements that take at least `element_bytes_min` each.
    #[inline]
    pub fn nullable_array<T>(
        &mut self,
        flexible: bool,
        element_bytes_min: usize,
        mut element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<Vec<T>>, DecodeError> {
        let Some(count) = self.length(flexible, |r| r.i32().map(i64::from))? else { return Ok(None) };
        if count > self.left.len() / element_bytes_min.max(1) {
            return Err(self.error(DecodeCause::CountBeyondEnd { count, left: self.left.len() }));
        }
        if count > ELEMENTS_PER_ARRAY_MAX {
            return Err(self.error(DecodeCause::TooManyElements { count, max: ELEMENTS_PER_ARRAY_MAX }));
        }
        let mut elements = Vec::with_capacity(count.min(ELEMENTS_RESERVED_MAX));
        for _ in 0..count {
            elements.push(element(self)?);
        }
        Ok(Some(elements))
    }

    /// An array of elements that take at least `element_bytes_min` each.
    #[inline]
    pub fn array<T>(
        &mut self,
        flexible: bool,
        element_bytes_min: usize,
        element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let array = self.nullable_array(flexible, element_bytes_min, element)?;
        self.not_null(array)
    }

    /// How many tagged fields follow.
    #[inline]
    pub fn tag_count(&mut self) -> Result<u32, DecodeError> {
        let count = self.uvarint()?;
        if count as usize > TAGS_PER_STRUCT_MAX {
            let max = TAGS_PER_STRUCT_MAX;
            return Err(self.error(DecodeCause::TooManyElements { count: count as usize, max }));
        }
        Ok(count)
    }

    /// One tagged field: its tag and a reader of exactly its bytes.
    pub fn tagged_field(&mut self) -> Result<(u32, Reader<'a>), DecodeError> {
        let tag = self.uvarint()?;
        let size = self.uvarint()? as usize;
        let field = self.slice(size)?;
        Ok((tag, Reader { left: field, end: self.at() }))
    }

    /// Skips all tagged fields of a structure that knows none.
    #[inline]
    pub fn skip_tags(&mut self) -> Result<(), DecodeError> {
        for _ in 0..self.tag_count()? {
            self.tagged_field()?;
        }
        Ok(())
    }
}
