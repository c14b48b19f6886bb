//! Bytes of rows: how numbers and texts stand in keys and values.
//!
//! Values start with a version byte and are little-endian; keys are big-endian, so that they sort by number. Reading never
//! trusts a length: what is not there is an error, and what is left over is one too.

use hence_base::TableId;

use crate::error::RowError;

/// The version of every value that this crate writes.
pub const VERSION: u8 = 1;

/// Builds a value.
#[derive(Debug)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// A value that starts with the version.
    pub fn value() -> Self {
        Self(vec![VERSION])
    }

    /// The bytes.
    pub fn done(self) -> Vec<u8> {
        self.0
    }

    /// One byte.
    #[must_use]
    pub fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    /// Two bytes.
    #[must_use]
    pub fn i16(mut self, value: i16) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Four bytes.
    #[must_use]
    pub fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Four bytes.
    #[must_use]
    pub fn i32(self, value: i32) -> Self {
        self.u32(value as u32)
    }

    /// Eight bytes.
    #[must_use]
    pub fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Eight bytes.
    #[must_use]
    pub fn i64(self, value: i64) -> Self {
        self.u64(value as u64)
    }

    /// Sixteen bytes.
    #[must_use]
    pub fn id(mut self, value: [u8; 16]) -> Self {
        self.0.extend_from_slice(&value);
        self
    }

    /// Bytes with their length.
    #[must_use]
    pub fn bytes(self, value: &[u8]) -> Self {
        let mut longer = self.u32(value.len() as u32);
        longer.0.extend_from_slice(value);
        longer
    }

    /// A text with its length.
    #[must_use]
    pub fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    /// A text that may be missing.
    #[must_use]
    pub fn optional_text(self, value: Option<&str>) -> Self {
        match value {
            None => self.u8(0),
            Some(value) => self.u8(1).text(value),
        }
    }

    /// A list with its length.
    #[must_use]
    pub fn list<T>(self, items: impl ExactSizeIterator<Item = T>, put: impl FnMut(Self, T) -> Self) -> Self {
        let with_count = self.u32(items.len() as u32);
        items.fold(with_count, put)
    }
}

/// Reads a key or a value.
#[derive(Debug)]
pub struct Reader<'a> {
    table: TableId,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads a value after its version.
    pub fn value(table: TableId, bytes: &'a [u8]) -> Result<Self, RowError> {
        let mut reader = Self { table, rest: bytes };
        match reader.u8()? {
            VERSION => Ok(reader),
            _ => Err(reader.not_understood("it was written by a later version")),
        }
    }

    /// Reads a key.
    pub const fn key(table: TableId, bytes: &'a [u8]) -> Self {
        Self { table, rest: bytes }
    }

    /// An error of this row.
    pub const fn not_understood(&self, what: &'static str) -> RowError {
        RowError { table: self.table, what }
    }

    /// Nothing may be left.
    pub const fn end(&self) -> Result<(), RowError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.not_understood("it is longer than it should be")) }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], RowError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(self.not_understood("it is too short"))?;
        self.rest = rest;
        Ok(*taken)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, RowError> {
        self.take::<1>().map(|[byte]| byte)
    }

    /// Two bytes.
    pub fn i16(&mut self) -> Result<i16, RowError> {
        self.take().map(i16::from_le_bytes)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, RowError> {
        self.take().map(u32::from_le_bytes)
    }

    /// Four bytes.
    pub fn i32(&mut self) -> Result<i32, RowError> {
        self.take().map(i32::from_le_bytes)
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, RowError> {
        self.take().map(u64::from_le_bytes)
    }

    /// Eight bytes.
    pub fn i64(&mut self) -> Result<i64, RowError> {
        self.take().map(i64::from_le_bytes)
    }

    /// Four bytes of a key.
    pub fn key_u32(&mut self) -> Result<u32, RowError> {
        self.take().map(u32::from_be_bytes)
    }

    /// Eight bytes of a key.
    pub fn key_u64(&mut self) -> Result<u64, RowError> {
        self.take().map(u64::from_be_bytes)
    }

    /// Sixteen bytes.
    pub fn id(&mut self) -> Result<[u8; 16], RowError> {
        self.take()
    }

    /// Bytes with their length.
    pub fn bytes(&mut self) -> Result<&'a [u8], RowError> {
        let length = self.u32()? as usize;
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or(self.not_understood("it is too short"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// A text with its length.
    pub fn text(&mut self) -> Result<&'a str, RowError> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| self.not_understood("a text is not UTF-8"))
    }

    /// A text that may be missing.
    pub fn optional_text(&mut self) -> Result<Option<&'a str>, RowError> {
        match self.u8()? {
            0 => Ok(None),
            1 => self.text().map(Some),
            _ => Err(self.not_understood("a mark is neither 0 nor 1")),
        }
    }

    /// A list with its length; every item takes at least a byte, so a count beyond the bytes is an error at once.
    pub fn list<T>(
        &mut self,
        mut take: impl FnMut(&mut Self) -> Result<T, RowError>,
    ) -> Result<Vec<T>, RowError> {
        let count = self.u32()? as usize;
        if count > self.rest.len() {
            return Err(self.not_understood("a list is longer than the row"));
        }
        (0..count).map(|_| take(self)).collect()
    }
}
