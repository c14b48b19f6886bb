//! What the fuzz target calls: what a peer sends, through the same HTTP/1.1 machine and router as a socket's bytes.
//!
//! Always: an exchange ends within a number of turns, not of seconds; the peer hangs up once nothing happens any more.
//! Never here: a socket, a runtime; the caller brings one with time, on the current thread.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use hence_broker::Broker;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::api;
use crate::door::{About, Door};
use crate::hosts::{AllowedHosts, Hosts};
use crate::serve::exchange;

/// Turns without a byte after which the peer hangs up: what the broker's tasks need to answer, many times over.
const QUIET_TURNS_MAX: usize = 100;
/// Turns after which an exchange counts as one that does not end.
const TURNS_MAX: usize = 1_000_000;

/// A door over a broker, without a listener.
#[derive(Clone, Debug)]
pub struct Unlistened(Router);

impl Unlistened {
    /// The door of `broker`.
    pub fn new(broker: Broker) -> Self {
        let started_at = broker.plumbing().clock.elapsed();
        let door = Door { broker, about: About::default(), started_at };
        // As on a loopback: a peer may call it localhost.
        let hosts = Hosts::of(&[], &AllowedHosts::default());
        Self(api::router(Arc::new(door), hosts))
    }

    /// What a peer is answered that sends `input`, at most `step` bytes at a time. `Err`: the connection does not end.
    pub async fn answer(&self, input: &[u8], step: usize) -> Result<Vec<u8>, String> {
        let state = Arc::new(Mutex::new(State::of(input, step)));
        let mut served = pin!(exchange(TokioIo::new(Peer(Arc::clone(&state))), self.0.clone()));
        for _ in 0..TURNS_MAX {
            // What the connection says at its end is about the peer, who may be anyone.
            if std::future::poll_fn(|context| Poll::Ready(served.as_mut().poll(context))).await.is_ready() {
                return Ok(std::mem::take(&mut state.lock().answer));
            }
            state.lock().turn();
            tokio::task::yield_now().await;
        }
        Err(format!("the connection is open after {TURNS_MAX} turns"))
    }
}

/// The two sides of a connection.
struct State {
    unsent: Vec<u8>,
    sent: usize,
    step: usize,
    answer: Vec<u8>,
    quiet_turns: usize,
    has_hung_up: bool,
}

impl State {
    fn of(input: &[u8], step: usize) -> Self {
        Self {
            unsent: input.to_vec(),
            sent: 0,
            step: step.max(1),
            answer: Vec::new(),
            quiet_turns: 0,
            has_hung_up: false,
        }
    }

    /// A turn in which nothing may happen; the peer does not wait for ever.
    fn turn(&mut self) {
        self.quiet_turns += 1;
        self.has_hung_up |= self.quiet_turns > QUIET_TURNS_MAX;
    }
}

/// A peer that sends what it has, waits for what it gets and hangs up. Nobody is woken: every turn asks again.
struct Peer(Arc<Mutex<State>>);

impl AsyncRead for Peer {
    fn poll_read(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.0.lock();
        let left = state.unsent.len() - state.sent;
        if left == 0 {
            return if state.has_hung_up { Poll::Ready(Ok(())) } else { Poll::Pending };
        }
        let (from, to) = (state.sent, state.sent + left.min(state.step).min(buffer.remaining()));
        buffer.put_slice(state.unsent.get(from..to).unwrap_or_default());
        state.sent = to;
        state.quiet_turns = 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Peer {
    fn poll_write(self: Pin<&mut Self>, _context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock();
        state.answer.extend_from_slice(bytes);
        state.quiet_turns = 0;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
