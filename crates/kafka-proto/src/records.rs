//! Records of a response: one borrowed slice, or chunks that leave without being copied.
//!
//! A fetched batch is a small patched head and the stored rest; both are chunks, in order. Nothing here looks inside.

use bytes::Bytes;

/// The records of one partition of a response.
#[derive(Clone, Debug)]
pub enum Records<'a> {
    /// As they were decoded.
    Slice(&'a [u8]),
    /// To be sent one after the other.
    Chunks(Vec<Bytes>),
}

impl Records<'_> {
    /// No record; what a fetch answers when there is nothing: clients refuse null.
    pub const EMPTY: Self = Records::Slice(&[]);

    /// Bytes in all.
    pub fn len(&self) -> usize {
        match self {
            Self::Slice(slice) => slice.len(),
            Self::Chunks(chunks) => chunks.iter().map(Bytes::len).sum(),
        }
    }

    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes in one piece; `None` when they are in chunks, which only a sender makes.
    pub fn as_slice(&self) -> Option<&[u8]> {
        match self {
            Self::Slice(slice) => Some(slice),
            Self::Chunks(_) => None,
        }
    }

    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let (slice, chunks): (&[u8], &[Bytes]) = match self {
            Self::Slice(slice) => (slice, &[]),
            Self::Chunks(chunks) => (&[], chunks),
        };
        std::iter::once(slice).chain(chunks.iter().map(|chunk| &chunk[..]))
    }
}

/// Equal bytes are equal, however they are cut.
impl PartialEq for Records<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.pieces().flatten().eq(other.pieces().flatten())
    }
}

impl<'a> From<&'a [u8]> for Records<'a> {
    fn from(slice: &'a [u8]) -> Self {
        Self::Slice(slice)
    }
}

impl From<Vec<Bytes>> for Records<'_> {
    fn from(chunks: Vec<Bytes>) -> Self {
        Self::Chunks(chunks)
    }
}
