//! An encoded frame as a list of buffers, in order, for a vectored write.
//!
//! The usual frame is one buffer and costs no list. It is a `Buf`: a writer takes chunks and advances.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// What is left to send of a frame.
#[derive(Clone, Debug, Default)]
pub struct Segments {
    first: Bytes,
    rest: VecDeque<Bytes>,
    /// Bytes in `first` and `rest`.
    length: usize,
}

impl Segments {
    /// Adds a buffer at the end; an empty one is left out.
    pub fn push(&mut self, bytes: Bytes) {
        self.length += bytes.len();
        if self.first.is_empty() {
            self.first = bytes;
        } else if !bytes.is_empty() {
            self.rest.push_back(bytes);
        }
    }

    /// Bytes that are left.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The buffers, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Bytes> {
        std::iter::once(&self.first).filter(|first| !first.is_empty()).chain(&self.rest)
    }

    /// One buffer; copies when there are several.
    pub fn to_bytes(&self) -> Bytes {
        if self.rest.is_empty() {
            return self.first.clone();
        }
        let mut whole = Vec::with_capacity(self.length);
        self.iter().for_each(|segment| whole.extend_from_slice(segment));
        whole.into()
    }
}

impl From<Bytes> for Segments {
    fn from(bytes: Bytes) -> Self {
        Self { length: bytes.len(), first: bytes, rest: VecDeque::new() }
    }
}

impl Buf for Segments {
    fn remaining(&self) -> usize {
        self.length
    }

    fn chunk(&self) -> &[u8] {
        &self.first
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut count = 0;
        for (slice, segment) in slices.iter_mut().zip(self.iter()) {
            *slice = IoSlice::new(segment);
            count += 1;
        }
        count
    }

    /// # Panics
    /// When `count` is more than what is left, as every `Buf`.
    fn advance(&mut self, mut count: usize) {
        assert!(count <= self.length, "advanced beyond the end");
        self.length -= count;
        while count >= self.first.len() && !self.first.is_empty() {
            count -= self.first.len();
            self.first = self.rest.pop_front().unwrap_or_default();
        }
        self.first.advance(count);
    }
}
