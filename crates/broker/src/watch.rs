//! Watches: who waits for entries of which streams, woken exactly when enough of them became readable.
//!
//! Always: a watch that is registered misses nothing, and one that is not satisfied is not woken. It is told of a stream's
//! new start or end as well. A watch of many streams comes and goes in steps, so that whoever tells of new bytes never
//! waits long. Never here: reading, or deadlines: a door puts its own around the future.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use hence_base::{Offset, StreamId};
use hence_journal::{Bounds, Touched};
use parking_lot::Mutex;
use smallvec::SmallVec;

use crate::limits::WATCHED_STREAMS_PER_STEP;

/// By stream, then by watch.
type ByStream = BTreeMap<(StreamId, u64), Arc<Waiter>>;

/// Every watch, by the streams that it waits for.
#[derive(Debug, Default)]
pub struct Watches {
    by_stream: Mutex<ByStream>,
    /// Counts watches.
    next: AtomicU64,
    /// How many are registered: the hot path looks at nothing else when there are none.
    registered: AtomicUsize,
}

#[derive(Debug)]
struct Waiter(Mutex<Wanted>);

#[derive(Debug)]
struct Wanted {
    /// Bytes that must still become readable; satisfied at 0.
    bytes: u64,
    waker: Option<Waker>,
}

/// Resolves when enough became readable, or when a stream's start moved past its offset or the stream ended.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Watch {
    watches: Arc<Watches>,
    number: u64,
    /// Each once.
    streams: SmallVec<[StreamId; 4]>,
    waiter: Arc<Waiter>,
}

impl Watches {
    /// Registers a watch for `bytes_min` (at least one) more bytes beyond the given offsets of `streams`. `bounds` says
    /// what is readable now, so that nothing is missed between the caller's read and the registration.
    pub fn watch(
        self: &Arc<Self>,
        streams: &[(StreamId, Offset)],
        bytes_min: u64,
        bounds: impl Fn(StreamId) -> Option<Bounds>,
    ) -> Watch {
        let waiter = Arc::new(Waiter(Mutex::new(Wanted { bytes: bytes_min.max(1), waker: None })));
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut ids: SmallVec<[StreamId; 4]> = streams.iter().map(|&(stream, _)| stream).collect();
        ids.sort_unstable();
        ids.dedup();
        self.registered.fetch_add(1, Ordering::SeqCst);
        for step in ids.chunks(WATCHED_STREAMS_PER_STEP) {
            let mut by_stream = self.by_stream.lock();
            by_stream.extend(step.iter().map(|&stream| ((stream, number), Arc::clone(&waiter))));
        }
        // Registered first, looked second. How many bytes came in between is not known, so any are enough.
        let moved = |&(stream, from): &(StreamId, Offset)| match bounds(stream) {
            Some(bounds) => bounds.end > from || bounds.start > from,
            None => from > Offset::ZERO,
        };
        if streams.iter().any(moved) {
            waiter.satisfy();
        }
        Watch { watches: Arc::clone(self), number, streams: ids, waiter }
    }

    /// These streams have more readable bytes, or another start.
    pub fn touched(&self, touched: &[Touched]) {
        if self.registered.load(Ordering::SeqCst) == 0 {
            return;
        }
        let mut woken: SmallVec<[Waker; 8]> = SmallVec::new();
        {
            let by_stream = self.by_stream.lock();
            for Touched { stream, bytes, .. } in touched {
                // Without new bytes it is the start that moved: rare, and whoever waits looks for himself.
                let bytes = if *bytes == 0 { u64::MAX } else { *bytes };
                count(&by_stream, *stream, bytes, &mut woken);
            }
        }
        woken.into_iter().for_each(Waker::wake);
    }

    /// These streams are gone.
    pub fn ended(&self, streams: &[StreamId]) {
        if streams.is_empty() || self.registered.load(Ordering::SeqCst) == 0 {
            return;
        }
        let mut woken: SmallVec<[Waker; 8]> = SmallVec::new();
        {
            let by_stream = self.by_stream.lock();
            for &stream in streams {
                count(&by_stream, stream, u64::MAX, &mut woken);
            }
        }
        woken.into_iter().for_each(Waker::wake);
    }

    /// Watches that are registered.
    pub fn registered(&self) -> usize {
        self.registered.load(Ordering::SeqCst)
    }
}

/// Counts `bytes` for whoever waits for `stream`, and takes the wakers of those who have enough.
fn count(by_stream: &ByStream, stream: StreamId, bytes: u64, woken: &mut SmallVec<[Waker; 8]>) {
    for (_, waiter) in by_stream.range((stream, 0)..=(stream, u64::MAX)) {
        let mut wanted = waiter.0.lock();
        wanted.bytes = wanted.bytes.saturating_sub(bytes);
        if wanted.bytes == 0 {
            woken.extend(wanted.waker.take());
        }
    }
}

impl Waiter {
    fn satisfy(&self) {
        self.0.lock().bytes = 0;
    }
}

impl Future for Watch {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut wanted = self.waiter.0.lock();
        if wanted.bytes == 0 {
            return Poll::Ready(());
        }
        match &wanted.waker {
            Some(known) if known.will_wake(context.waker()) => {}
            _ => wanted.waker = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for step in self.streams.chunks(WATCHED_STREAMS_PER_STEP) {
            let mut by_stream = self.watches.by_stream.lock();
            for stream in step {
                by_stream.remove(&(*stream, self.number));
            }
        }
        self.watches.registered.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests;
