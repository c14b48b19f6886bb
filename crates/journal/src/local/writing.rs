//! The threads that write in `fsync`: the first sleeps until something was submitted and writes block after block until
//! nothing waits; the second helps while writes are slow, so that two wait for the device at once.
//!
//! Always: the first is woken only when it sleeps; who submits alone may write in its place. Never here: what a write is.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, JoinHandle, Thread};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::store::{Store, Turn};
use crate::limits::PAGE_BYTES;

/// A block that waits for space is tried again after this time.
const STUCK_INTERVAL: Duration = Duration::from_millis(50);

/// A write on a caller's thread that takes longer is a slow one.
const HERE_MAX: Duration = Duration::from_millis(1);

/// After slow writes so many are left to the thread: twice as many each time, within these bounds.
const SLOW_TURNS: (u32, u32) = (8, 1_024);

/// With more that waits, the thread writes while the caller goes on.
const HERE_BYTES_MAX: u64 = 256 << 10;

/// While a block is on its way, it is looked after this time whether enough waits for another one.
const LOOK_INTERVAL: Duration = Duration::from_micros(200);

/// The writing threads.
#[derive(Debug)]
pub struct WriteThreads {
    signal: Arc<Signal>,
    joins: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Signal {
    first: OnceLock<Thread>,
    second: OnceLock<Thread>,
    sleeps: AtomicBool,
    stops: AtomicBool,
    /// So many writes are left to the thread, because one was slow.
    left: AtomicU32,
    /// How many that are after the next slow one.
    turns: AtomicU32,
}

impl Signal {
    /// Wakes the first if it sleeps.
    fn wake(&self) {
        if self.sleeps.load(Ordering::SeqCst) && self.sleeps.swap(false, Ordering::SeqCst) {
            self.first.get().into_iter().for_each(Thread::unpark);
        }
    }

    fn wake_second(&self) {
        self.second.get().into_iter().for_each(Thread::unpark);
    }

    /// Whether a caller may write; each time one asks it comes nearer, after a slow write.
    fn may_try(&self) -> bool {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        left == 0
    }

    fn took(&self, time: Duration) {
        let turns = self.turns.load(Ordering::Relaxed);
        if time <= HERE_MAX {
            self.turns.store(turns / 2, Ordering::Relaxed);
        } else {
            let turns = turns.clamp(SLOW_TURNS.0, SLOW_TURNS.1);
            self.left.store(turns, Ordering::Relaxed);
            self.turns.store(turns * 2, Ordering::Relaxed);
        }
    }
}

impl WriteThreads {
    /// Starts them.
    pub fn start(store: &Arc<Store>) -> io::Result<Self> {
        let threads = Self { signal: Arc::default(), joins: Mutex::default() };
        let spawn = |name: &str, run: fn(&Store, &Signal)| {
            let (store, signal) = (Arc::clone(store), Arc::clone(&threads.signal));
            let join = Builder::new().name(name.to_owned()).spawn(move || run(&store, &signal))?;
            let thread = join.thread().clone();
            threads.joins.lock().push(join);
            io::Result::Ok(thread)
        };
        let (first, second) = (spawn("journal-write", run_first)?, spawn("journal-write-2", run_second)?);
        // Nothing was submitted yet, so that neither is missed by the other.
        let _ = (threads.signal.first.set(first), threads.signal.second.set(second));
        Ok(threads)
    }

    /// Wakes the first if it sleeps.
    pub fn wake(&self) {
        self.signal.wake();
    }

    /// Writes one block on the caller's thread if that is short and writes have been fast; else wakes the first.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a write took decides who does the next ones, nothing else"
    )]
    pub fn write_or_wake(&self, store: &Store) {
        let is_short = {
            let taking = store.taking.lock();
            let bytes = taking.intake.pending_bytes() + 2 * PAGE_BYTES as u64;
            // Where the log would go on in another segment, there is more to do than to write.
            taking.intake.waits() && bytes <= taking.here_bytes.min(HERE_BYTES_MAX)
        };
        let may = self.signal.sleeps.load(Ordering::SeqCst)
            && is_short
            && store.options.commit_interval_min_us == 0
            && self.signal.may_try();
        if !may {
            return self.wake();
        }
        let Some(mut writer) = store.log_end.try_quiet() else { return self.wake() };
        let begun = Instant::now();
        store.write_next(&mut writer);
        drop(writer);
        self.signal.took(begun.elapsed());
        if store.has_work() {
            self.wake();
        }
    }

    /// Whether the caller runs on one of them.
    pub fn is_current(&self) -> bool {
        let own = std::thread::current().id();
        self.joins.lock().iter().any(|join| join.thread().id() == own)
    }

    /// Lets them write what waits and ends them; waits for that if asked.
    pub fn stop(&self, wait: bool) {
        self.signal.stops.store(true, Ordering::SeqCst);
        self.signal.sleeps.store(false, Ordering::SeqCst);
        let joins = std::mem::take(&mut *self.joins.lock());
        joins.iter().for_each(|join| join.thread().unpark());
        for join in joins.into_iter().filter(|_| wait) {
            let _ = join.join();
        }
    }
}

impl Drop for WriteThreads {
    /// They hold the store, and its lock on the directory.
    fn drop(&mut self) {
        self.stop(!self.is_current());
    }
}

fn run_first(store: &Store, signal: &Signal) {
    let interval = Duration::from_micros(store.options.commit_interval_min_us);
    loop {
        let turn = store.write_beside(|| signal.wake_second());
        if signal.stops.load(Ordering::SeqCst) && !matches!(turn, Turn::Wrote | Turn::Later) {
            return;
        }
        match turn {
            Turn::Later => std::thread::park_timeout(LOOK_INTERVAL),
            Turn::Wrote if interval.is_zero() => {}
            Turn::Wrote => std::thread::park_timeout(interval),
            // Space comes from others: from a trim that is durable already, or from the disk.
            Turn::Stuck => std::thread::park_timeout(STUCK_INTERVAL),
            Turn::Idle => sleep(store, signal),
        }
    }
}

/// Writes while that is slow; whatever it leaves is seen by the first.
fn run_second(store: &Store, signal: &Signal) {
    while !signal.stops.load(Ordering::SeqCst) {
        let slow = store.slow.load(Ordering::Relaxed);
        match if slow { store.write_beside(|| ()) } else { Turn::Idle } {
            Turn::Wrote => {}
            Turn::Later => std::thread::park_timeout(LOOK_INTERVAL),
            Turn::Stuck => {
                signal.wake();
                std::thread::park();
            }
            Turn::Idle => std::thread::park(),
        }
    }
}

/// Sleeps until something was submitted.
fn sleep(store: &Store, signal: &Signal) {
    signal.sleeps.store(true, Ordering::SeqCst);
    // What was submitted before the flag was seen is seen here: both sides pass through the intake's lock.
    if store.has_work() {
        signal.sleeps.store(false, Ordering::SeqCst);
    }
    while signal.sleeps.load(Ordering::SeqCst) && !signal.stops.load(Ordering::SeqCst) {
        std::thread::park();
    }
}
