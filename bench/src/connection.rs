//! A non-blocking connection that sends encoded requests without copying them and hands out whole responses.
//!
//! Several requests leave in one system call; a response that arrives in pieces is put together, all others are read
//! where they were received.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use anyhow::{Context, bail};

/// Most requests given to one system call.
const SLICES_MAX: usize = 64;

/// See the module.
pub struct Connection {
    stream: TcpStream,
    unsent: VecDeque<Arc<[u8]>>,
    /// Bytes of the first unsent request that are sent.
    sent: usize,
    partial: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub fn open(broker: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(broker).with_context(|| format!("no broker at {broker}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, unsent: VecDeque::new(), sent: 0, partial: Vec::new() })
    }

    /// The socket.
    pub const fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Whether something waits to be sent.
    pub fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Puts a request in line; `flush` sends it.
    pub fn push(&mut self, request: &Arc<[u8]>) {
        self.unsent.push_back(Arc::clone(request));
    }

    /// Sends what the socket takes.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        while !self.unsent.is_empty() {
            let written = {
                let mut slices = [IoSlice::new(&[]); SLICES_MAX];
                let mut used = 0;
                for (slice, request) in slices.iter_mut().zip(&self.unsent) {
                    let from = if used == 0 { self.sent } else { 0 };
                    *slice = IoSlice::new(&request[from..]);
                    used += 1;
                }
                match self.stream.write_vectored(&slices[..used]) {
                    Ok(written) => written,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                    Err(error) => return Err(error).context("sending"),
                }
            };
            self.advance(written);
        }
        Ok(())
    }

    fn advance(&mut self, written: usize) {
        self.sent += written;
        while let Some(first) = self.unsent.front().filter(|first| first.len() <= self.sent) {
            self.sent -= first.len();
            self.unsent.pop_front();
        }
    }

    /// Reads once into `scratch`; 0 when there is nothing now.
    pub fn read(&mut self, scratch: &mut [u8]) -> anyhow::Result<usize> {
        match self.stream.read(scratch) {
            Ok(0) => bail!("the broker closed the connection"),
            Ok(read) => Ok(read),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(0),
            Err(error) => Err(error).context("receiving"),
        }
    }

    /// Reads once and gives each whole response, without its length, to `take`.
    pub fn responses(
        &mut self,
        scratch: &mut [u8],
        mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let read = self.read(scratch)?;
        let fresh = &scratch[..read];
        if self.partial.is_empty() {
            let rest = split(fresh, &mut take)?;
            self.partial.extend_from_slice(rest);
        } else {
            self.partial.extend_from_slice(fresh);
            let rest = split(&self.partial, &mut take)?.len();
            let taken = self.partial.len() - rest;
            self.partial.drain(..taken);
        }
        Ok(())
    }
}

/// Gives each whole length-prefixed piece to `take` and returns what is left.
fn split<'a>(
    mut bytes: &'a [u8],
    take: &mut impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<&'a [u8]> {
    while let Some((length, after)) = bytes.split_first_chunk() {
        let Some((response, rest)) = after.split_at_checked(u32::from_be_bytes(*length) as usize) else {
            break;
        };
        take(response)?;
        bytes = rest;
    }
    Ok(bytes)
}
