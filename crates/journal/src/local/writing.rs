//! The thread that writes in `fsync`: sleeps until something was submitted, writes block after block until nothing waits.
//!
//! Always: it is woken only when it sleeps. Never here: what a write is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle, Thread};
use std::time::Duration;

use parking_lot::Mutex;

use super::store::Store;

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

    /// Lets it write what waits and ends it.
    pub fn stop(&self) {
        self.signal.stops.store(true, Ordering::SeqCst);
        self.signal.sleeps.store(false, Ordering::SeqCst);
        self.thread.unpark();
        // The last holder of a journal may be its own thread, in a call of the observer.
        if std::thread::current().id() != self.thread.id()
            && let Some(join) = self.join.lock().take()
        {
            let _ = join.join();
        }
    }
}

fn run(store: &Store, signal: &Signal) {
    let interval = Duration::from_micros(store.options.commit_interval_min_us);
    loop {
        while store.write_next(&mut store.writer.lock()) {
            if !interval.is_zero() {
                pause(interval, signal);
            }
        }
        if signal.stops.load(Ordering::SeqCst) {
            return;
        }
        signal.sleeps.store(true, Ordering::SeqCst);
        // What was submitted before the flag was seen is seen here: both sides pass through the intake's lock.
        if store.waits() && store.state_failure().is_none() {
            signal.sleeps.store(false, Ordering::SeqCst);
            continue;
        }
        while signal.sleeps.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }
}

/// Lets the least time between two group commits pass.
fn pause(interval: Duration, signal: &Signal) {
    if !signal.stops.load(Ordering::SeqCst) {
        std::thread::park_timeout(interval);
    }
}
