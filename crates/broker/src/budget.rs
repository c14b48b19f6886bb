//! The byte budget: a pool for requests and parked commits and a pool for what is made of them (unsent responses, opened
//! batches), over all connections, with a share of each for every connection.
//!
//! Always: what is charged is given back when the charge is dropped; readers that take nothing use up the responses' pool
//! and never the requests'; one request beyond a share is admitted when it is the only such one, so none that the protocol
//! allows waits forever; who waits is served in order of arrival, and nobody takes what it waits for (`line`). Never here:
//! what the bytes are.

mod line;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use line::{Line, Place};
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
    /// How many wait in the line.
    waiting: AtomicUsize,
    /// Whether somebody waits for room, so that nobody takes any past the line.
    room_is_wanted: AtomicBool,
    /// Whether somebody waits to be the large one.
    large_is_wanted: AtomicBool,
    line: Mutex<Line>,
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
    place: Option<Place>,
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

    /// Charges `bytes` when they fit now and nobody waits for them.
    pub fn try_take(&self, bytes: u64) -> Option<Charge> {
        if let Some(charge) = self.try_take_fitting(bytes) {
            return Some(charge);
        }
        if self.is_wanted() {
            return None;
        }
        self.pool.take_large(&self.used_bytes, bytes)
    }

    /// Charges `bytes` when they fit now into the share and into what is left, and never as the one large request: for
    /// what can be done without, and is held for long.
    pub fn try_take_fitting(&self, bytes: u64) -> Option<Charge> {
        if self.pool.room_is_wanted.load(Ordering::SeqCst) {
            return None;
        }
        self.pool.take_fitting(&self.used_bytes, bytes)
    }

    /// Charges `bytes`, waiting in line until they fit. Cancel-safe: what was charged meanwhile is given back.
    pub fn take(&self, bytes: u64) -> Take<'_> {
        Take { share: self, bytes, place: None }
    }

    /// Whether anybody waits for what others hold of this pool.
    pub fn is_wanted(&self) -> bool {
        let pool = &self.pool;
        pool.room_is_wanted.load(Ordering::SeqCst) || pool.large_is_wanted.load(Ordering::SeqCst)
    }

    /// Bytes that this connection holds.
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
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
            room_is_wanted: AtomicBool::new(false),
            large_is_wanted: AtomicBool::new(false),
            line: Mutex::default(),
        }
    }

    /// Whether a share that holds `share_used_bytes` may hold `bytes` more.
    const fn fits_share(&self, share_used_bytes: u64, bytes: u64) -> bool {
        share_used_bytes.saturating_add(bytes) <= self.share_bytes_max
    }

    fn take_fitting(self: &Arc<Self>, share_used_bytes: &Arc<AtomicU64>, bytes: u64) -> Option<Charge> {
        let fits = |used: u64| used.checked_add(bytes).filter(|&sum| sum <= self.bytes_max);
        if !self.fits_share(share_used_bytes.load(Ordering::SeqCst), bytes)
            || self.used_bytes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fits).is_err()
        {
            return None;
        }
        share_used_bytes.fetch_add(bytes, Ordering::SeqCst);
        Some(self.charge(share_used_bytes, bytes, false))
    }

    /// A connection that holds nothing else may bring in one large request, if no other large one is in.
    fn take_large(self: &Arc<Self>, share_used_bytes: &Arc<AtomicU64>, bytes: u64) -> Option<Charge> {
        if share_used_bytes.load(Ordering::SeqCst) != 0 || self.large.swap(true, Ordering::SeqCst) {
            return None;
        }
        self.used_bytes.fetch_add(bytes, Ordering::SeqCst);
        share_used_bytes.fetch_add(bytes, Ordering::SeqCst);
        Some(self.charge(share_used_bytes, bytes, true))
    }

    fn charge(self: &Arc<Self>, share_used_bytes: &Arc<AtomicU64>, bytes: u64, large: bool) -> Charge {
        Charge { pool: Arc::clone(self), share_used_bytes: Arc::clone(share_used_bytes), bytes, large }
    }

    /// Gives back bytes of a share, and serves who waits for them.
    fn give_back(self: &Arc<Self>, share_used_bytes: &Arc<AtomicU64>, bytes: u64) {
        share_used_bytes.fetch_sub(bytes, Ordering::SeqCst);
        self.used_bytes.fetch_sub(bytes, Ordering::SeqCst);
        // Who comes into the line after this was looked at looks at the bytes after that.
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.in_line(|line| line.share_moved(self, share_used_bytes));
        }
    }

    /// Changes the line, serves whom it can and wakes them.
    fn in_line<T>(self: &Arc<Self>, change: impl FnOnce(&mut Line) -> T) -> T {
        let mut line = self.line.lock();
        let changed = change(&mut line);
        let woken = line.serve(self);
        drop(line);
        woken.into_iter().for_each(std::task::Waker::wake);
        changed
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
            self.pool.give_back(&self.share_used_bytes, beyond);
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.large {
            self.pool.large.store(false, Ordering::SeqCst);
        }
        self.pool.give_back(&self.share_used_bytes, self.bytes);
    }
}

impl Future for Take<'_> {
    type Output = Charge;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Charge> {
        let share = self.share;
        let charge = match &self.place {
            Some(place) => place.poll(context),
            None => match share.try_take(self.bytes) {
                Some(charge) => return Poll::Ready(charge),
                None => {
                    let place =
                        share.pool.in_line(|line| line.join(&share.pool, &share.used_bytes, self.bytes));
                    self.place.insert(place).poll(context)
                }
            },
        };
        if charge.is_ready() {
            self.place = None;
        }
        charge
    }
}

impl Drop for Take<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.share.pool.in_line(|line| line.leave(&self.share.pool, &place));
            // Bytes that it was served with go to who is next.
            drop(place);
        }
    }
}

#[cfg(test)]
mod tests;
