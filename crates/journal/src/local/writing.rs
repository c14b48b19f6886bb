//! The thread that writes in `fsync`: sleeps until something was submitted, writes block after block until nothing waits.
//!
//! Always: it is woken only when it sleeps. Never here: what a write is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle, Thread};
use std::time::Duration;

use parking_lot::Mutex;

use super::store::{Store, Turn};

/// A block that waits for space is tried again after this time.
const STUCK_INTERVAL: Duration = Duration::from_millis(50);

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
