//! The byte budget: a pool for requests and parked commits and a pool for what is made of them (unsent responses, opened
//! batches), over all connections, with a share of each for every connection.
//!
//! Always: what is charged is given back when the charge is dropped; readers that take nothing use up the responses' pool
//! and never the requests'; one request beyond a share is admitted when it is the only such one, so none that the protocol
//! allows waits forever. Never here: what the bytes are.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

/// The budget of one process; clones share it.
#[derive(Clone, Debug)]
pub struct Budget {
    requests: Arc<Pool>,
    responses: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    bytes_max: u64,
    share_bytes_max: u64,
    used_bytes: AtomicU64,
    /// Whether a request beyond its share or beyond what was left is in.
    large: AtomicBool,
    waiting: AtomicUsize,
    wakers: Mutex<VecDeque<Waker>>,
}

/// One connection's share of a pool.
#[derive(Debug)]
pub struct Share {
    pool: Arc<Pool>,
    used_bytes: Arc<AtomicU64>,
}

/// Charged bytes: given back when dropped.
#[derive(Debug)]
#[must_use = "dropping a charge gives the bytes back"]
pub struct Charge {
    pool: Arc<Pool>,
    share_used_bytes: Arc<AtomicU64>,
    bytes: u64,
    large: bool,
}

/// Waits until bytes may be charged; see [`Share::take`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Take<'a> {
    share: &'a Share,
    bytes: u64,
    waiting: bool,
}

impl Budget {
    /// `bytes_max` for the requests of all connections and as much for their responses; of each, one connection takes at
    /// most `share_bytes_max` while others are in.
    pub fn new(bytes_max: u64, share_bytes_max: u64) -> Self {
        let pool = || Arc::new(Pool::new(bytes_max, share_bytes_max));
        Self { requests: pool(), responses: pool() }
    }

    /// A new connection's share of the requests.
    pub fn share(&self) -> Share {
        Share::of(&self.requests)
    }

    /// A new connection's share of the responses.
    pub fn response_share(&self) -> Share {
        Share::of(&self.responses)
    }

    /// Bytes that are charged now, of both pools.
    pub fn used_bytes(&self) -> u64 {
        self.requests.used_bytes.load(Ordering::Relaxed) + self.responses.used_bytes.load(Ordering::Relaxed)
    }
}

impl Share {
    fn of(pool: &Arc<Pool>) -> Self {
        Self { pool: Arc::clone(pool), used_bytes: Arc::new(AtomicU64::new(0)) }
    }

    /// Charges `bytes` when they fit now.
    pub fn try_take(&self, bytes: u64) -> Option<Charge> {
        if let Some(charge) = self.try_take_fitting(bytes) {
            return Some(charge);
        }
        // A connection that holds nothing else may bring in one large request, if no other large one is in.
        let alone = self.used_bytes.load(Ordering::Relaxed) == 0;
        if alone && !self.pool.large.swap(true, Ordering::SeqCst) {
            self.pool.used_bytes.fetch_add(bytes, Ordering::SeqCst);
            self.used_bytes.fetch_add(bytes, Ordering::Relaxed);
            return Some(self.charge(bytes, true));
        }
        None
    }

    /// Charges `bytes` when they fit now into the share and into what is left, and never as the one large request: for
    /// what can be done without, and is held for long.
    pub fn try_take_fitting(&self, bytes: u64) -> Option<Charge> {
        if !self.fits_share(bytes) || !self.pool.reserve(bytes) {
            return None;
        }
        self.used_bytes.fetch_add(bytes, Ordering::Relaxed);
        Some(self.charge(bytes, false))
    }

    /// Charges `bytes`, waiting until they fit. Cancel-safe: nothing is charged unless it resolves.
    pub fn take(&self, bytes: u64) -> Take<'_> {
        Take { share: self, bytes, waiting: false }
    }

    /// Whether anybody waits for bytes of this pool.
    pub fn is_wanted(&self) -> bool {
        self.pool.waiting.load(Ordering::SeqCst) > 0
    }

    /// Bytes that this connection holds.
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    fn fits_share(&self, bytes: u64) -> bool {
        self.used_bytes.load(Ordering::Relaxed).saturating_add(bytes) <= self.pool.share_bytes_max
    }

    fn charge(&self, bytes: u64, large: bool) -> Charge {
        Charge { pool: Arc::clone(&self.pool), share_used_bytes: Arc::clone(&self.used_bytes), bytes, large }
    }
}

impl Pool {
    fn new(bytes_max: u64, share_bytes_max: u64) -> Self {
        Self {
            bytes_max,
            share_bytes_max: share_bytes_max.min(bytes_max),
            used_bytes: AtomicU64::new(0),
            large: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            wakers: Mutex::new(VecDeque::new()),
        }
    }

    fn give_back(&self, bytes: u64) {
        self.used_bytes.fetch_sub(bytes, Ordering::SeqCst);
        self.wake_waiting();
    }

    fn reserve(&self, bytes: u64) -> bool {
        let fits = |used: u64| used.checked_add(bytes).filter(|&sum| sum <= self.bytes_max);
        self.used_bytes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fits).is_ok()
    }

    fn wake_waiting(&self) {
        if self.waiting.load(Ordering::SeqCst) == 0 {
            return;
        }
        let wakers = std::mem::take(&mut *self.wakers.lock());
        for waker in wakers {
            waker.wake();
        }
    }
}

impl Charge {
    /// How many bytes it holds.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Gives back what is beyond `bytes`.
    pub fn shrink_to(&mut self, bytes: u64) {
        let beyond = self.bytes.saturating_sub(bytes);
        if beyond > 0 {
            self.bytes = bytes;
            self.share_used_bytes.fetch_sub(beyond, Ordering::Relaxed);
            self.pool.give_back(beyond);
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.share_used_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        if self.large {
            self.pool.large.store(false, Ordering::SeqCst);
        }
        self.pool.give_back(self.bytes);
    }
}

impl Future for Take<'_> {
    type Output = Charge;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Charge> {
        if let Some(charge) = self.share.try_take(self.bytes) {
            return Poll::Ready(charge);
        }
        let pool = &self.share.pool;
        pool.wakers.lock().push_back(context.waker().clone());
        if !self.waiting {
            pool.waiting.fetch_add(1, Ordering::SeqCst);
            self.waiting = true;
        }
        // What was given back between the first look and the registration woke nobody: look again.
        match self.share.try_take(self.bytes) {
            Some(charge) => Poll::Ready(charge),
            None => Poll::Pending,
        }
    }
}

impl Drop for Take<'_> {
    fn drop(&mut self) {
        if self.waiting {
            self.share.pool.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests;
