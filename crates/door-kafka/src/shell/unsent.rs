//! Responses that are ready and not sent: one list of buffers, written with one system call where they fit.
//!
//! Never here: how much may wait; the shell begins nothing new while much does.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use hence_kafka_proto::Segments;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use crate::call::Charges;
use crate::limits::WRITE_BUFFERS_MAX;

/// Buffers to send, in order.
#[derive(Debug, Default)]
pub struct Unsent {
    buffers: VecDeque<Bytes>,
    bytes: usize,
    /// All bytes that were ever added and written.
    added: u64,
    written: u64,
    /// Charges, and how many bytes must be written before they are given back.
    charges: VecDeque<(u64, Charges)>,
}

impl Unsent {
    /// Adds a response.
    pub fn push(&mut self, segments: Segments) {
        self.bytes += segments.len();
        self.added += segments.len() as u64;
        self.buffers.extend(segments.iter().cloned());
    }

    /// Keeps what the last response costs until it is sent.
    pub fn charge(&mut self, charges: Charges) {
        if !charges.is_empty() {
            self.charges.push_back((self.added, charges));
        }
    }

    pub fn len(&self) -> usize {
        self.bytes
    }

    /// All bytes that were ever written.
    pub fn written(&self) -> u64 {
        self.written
    }

    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Writes some of it.
    pub fn poll_write(
        &mut self,
        socket: &mut TcpStream,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let mut slices = [IoSlice::new(&[]); WRITE_BUFFERS_MAX];
        let mut count = 0;
        for (slice, buffer) in slices.iter_mut().zip(&self.buffers) {
            *slice = IoSlice::new(buffer);
            count += 1;
        }
        let slices = slices.get(..count).unwrap_or_default();
        let written = match Pin::new(socket).poll_write_vectored(context, slices) {
            Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(written)) => written,
            other => return other,
        };
        self.advance(written);
        Poll::Ready(Ok(written))
    }

    fn advance(&mut self, mut count: usize) {
        self.bytes = self.bytes.saturating_sub(count);
        self.written += count as u64;
        while self.charges.front().is_some_and(|(until, _)| *until <= self.written) {
            self.charges.pop_front();
        }
        while let Some(front) = self.buffers.front_mut() {
            if count < front.len() {
                front.advance(count);
                return;
            }
            count -= front.len();
            self.buffers.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_forgotten_across_buffers() {
        let mut unsent = Unsent::default();
        for part in ["abc", "de", "fghi"] {
            unsent.push(Segments::from(Bytes::from(part)));
        }
        unsent.advance(4);
        assert_eq!(unsent.len(), 5);
        assert_eq!(unsent.buffers, ["e", "fghi"]);
        unsent.advance(5);
        assert!(unsent.is_empty() && unsent.buffers.is_empty());
    }
}
