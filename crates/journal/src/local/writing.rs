//! The thread that writes in `fsync`: sleeps until something was submitted, writes block after block until nothing waits.
//!
//! Always: it is woken only when it sleeps; who submits alone may write in its place. Never here: what a write is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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

/// The writing thread.
#[derive(Debug)]
pub struct WriteThread {
    signal: Arc<Signal>,
    thread: Thread,
    join: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Signal {
    sleeps: AtomicBool,
    stops: AtomicBool,
    /// So many writes are left to the thread, because one was slow.
    left: AtomicU32,
    /// How many that are after the next slow one.
    turns: AtomicU32,
}

impl Signal {
    fn is_fast(&self) -> bool {
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

impl WriteThread {
    /// Starts it.
    pub fn start(store: Arc<Store>) -> io::Result<Self> {
        let signal = Arc::new(Signal::default());
        let seen = Arc::clone(&signal);
        let join = Builder::new().name("journal-write".to_owned()).spawn(move || run(&store, &seen))?;
        Ok(Self { signal, thread: join.thread().clone(), join: Mutex::new(Some(join)) })
    }

    /// Wakes it if it sleeps.
    pub fn wake(&self) {
        if self.signal.sleeps.load(Ordering::SeqCst) && self.signal.sleeps.swap(false, Ordering::SeqCst) {
            self.thread.unpark();
        }
    }

    /// Writes one block on the caller's thread if that is short and writes have been fast; else wakes this one.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a write took decides who does the next ones, nothing else"
    )]
    pub fn write_here(&self, store: &Store) {
        let is_short = {
            let taking = store.taking.lock();
            let bytes = taking.intake.pending_bytes() + 2 * PAGE_BYTES as u64;
            // Where the log would go on in another segment, there is more to do than to write.
            taking.intake.waits() && bytes <= taking.here_bytes.min(HERE_BYTES_MAX)
        };
        let may = self.signal.sleeps.load(Ordering::SeqCst)
            && is_short
            && store.options.commit_interval_min_us == 0
            && self.signal.is_fast();
        if !may {
            return self.wake();
        }
        let Some(mut writer) = store.writer.try_lock() else { return self.wake() };
        let begun = Instant::now();
        store.write_next(&mut writer);
        drop(writer);
        self.signal.took(begun.elapsed());
        if store.waits() || store.stuck.load(Ordering::Acquire) {
            self.wake();
        }
    }

    /// Whether the caller runs on it.
    pub fn is_current(&self) -> bool {
        std::thread::current().id() == self.thread.id()
    }

    /// Lets it write what waits and ends it; waits for that if asked.
    pub fn stop(&self, wait: bool) {
        self.signal.stops.store(true, Ordering::SeqCst);
        self.signal.sleeps.store(false, Ordering::SeqCst);
        self.thread.unpark();
        if wait && let Some(join) = self.join.lock().take() {
            let _ = join.join();
        }
    }
}

fn run(store: &Store, signal: &Signal) {
    let interval = Duration::from_micros(store.options.commit_interval_min_us);
    loop {
        let turn = store.write_next(&mut store.writer.lock());
        if signal.stops.load(Ordering::SeqCst) && turn != Turn::Wrote {
            return;
        }
        match turn {
            Turn::Wrote if interval.is_zero() => {}
            Turn::Wrote => std::thread::park_timeout(interval),
            // Space comes from others: from a trim that is durable already, or from the disk.
            Turn::Stuck => std::thread::park_timeout(STUCK_INTERVAL),
            Turn::Idle => sleep(store, signal),
        }
    }
}

/// Sleeps until something was submitted.
fn sleep(store: &Store, signal: &Signal) {
    signal.sleeps.store(true, Ordering::SeqCst);
    // What was submitted before the flag was seen is seen here: both sides pass through the intake's lock.
    if store.waits() && store.state_failure().is_none() {
        signal.sleeps.store(false, Ordering::SeqCst);
    }
    while signal.sleeps.load(Ordering::SeqCst) && !signal.stops.load(Ordering::SeqCst) {
        std::thread::park();
    }
}
