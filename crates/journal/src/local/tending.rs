//! The thread that tends the journal: step after step while there is something to do, then it sleeps.
//!
//! Always: it looks again at least every second, and at once when a segment was entered, a block freed something or one
//! found no space. Never here: the steps.

use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle, ThreadId};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::store::Store;

/// It looks again after this time also when nobody wakes it: for space that others freed.
const INTERVAL: Duration = Duration::from_secs(1);

/// The tending thread.
#[derive(Debug)]
pub struct TendThread {
    thread: ThreadId,
    join: Mutex<Option<JoinHandle<()>>>,
    store: Arc<Store>,
}

/// How it is woken.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<Rung>,
    came: Condvar,
}

#[derive(Debug, Default)]
struct Rung {
    work: bool,
    stop: bool,
}

impl Bell {
    /// There may be something to do.
    pub fn ring(&self) {
        self.rung.lock().work = true;
        self.came.notify_one();
    }

    fn stop(&self) {
        self.rung.lock().stop = true;
        self.came.notify_one();
    }

    fn stopped(&self) -> bool {
        self.rung.lock().stop
    }

    fn wait(&self) {
        let mut rung = self.rung.lock();
        if !rung.work && !rung.stop {
            self.came.wait_for(&mut rung, INTERVAL);
        }
        rung.work = false;
    }
}

impl Drop for TendThread {
    /// It holds the store, and its lock on the directory.
    fn drop(&mut self) {
        self.stop(!self.is_current());
    }
}

impl TendThread {
    /// Starts it.
    pub fn start(store: Arc<Store>) -> io::Result<Self> {
        let seen = Arc::clone(&store);
        let join = Builder::new().name("journal-tend".to_owned()).spawn(move || {
            while !seen.bell.stopped() {
                if !seen.tend() {
                    seen.bell.wait();
                }
            }
        })?;
        Ok(Self { thread: join.thread().id(), join: Mutex::new(Some(join)), store })
    }

    /// Whether the caller runs on it.
    pub fn is_current(&self) -> bool {
        std::thread::current().id() == self.thread
    }

    /// Ends it after the step that it is in; waits for that if asked.
    pub fn stop(&self, wait: bool) {
        self.store.bell.stop();
        let join = self.join.lock().take();
        if wait && let Some(join) = join {
            let _ = join.join();
        }
    }
}
