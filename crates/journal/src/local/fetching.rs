//! Threads that answer cold reads, and the futures that they complete.
//!
//! Always: a question is answered once, also when its asker is gone. Never here: what is asked.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::{Builder, JoinHandle};

use parking_lot::{Condvar, Mutex};

/// Threads for blocking reads: two keep a disk busy while one's answer is taken.
const THREADS: usize = 2;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that run jobs in order.
#[derive(Default)]
pub struct Fetchers {
    queue: Arc<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Fetchers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fetchers({})", self.threads.lock().len())
    }
}

#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    came: Condvar,
}

#[derive(Default)]
struct Jobs {
    jobs: VecDeque<Job>,
    stopped: bool,
}

impl Fetchers {
    /// Starts the threads.
    pub fn start() -> io::Result<Self> {
        let fetchers = Self::default();
        for number in 0..THREADS {
            let queue = Arc::clone(&fetchers.queue);
            let thread = Builder::new().name(format!("journal-read-{number}")).spawn(move || queue.run())?;
            fetchers.threads.lock().push(thread);
        }
        Ok(fetchers)
    }

    /// Asks; the answer comes by the future.
    pub fn ask<T: Send + 'static>(&self, question: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
        let slot = Arc::new(Mutex::new(Slot { value: None, waker: None }));
        let answer = Answer(Arc::clone(&slot));
        let job = Box::new(move || {
            let value = question();
            let mut slot = slot.lock();
            slot.value = Some(value);
            let waker = slot.waker.take();
            drop(slot);
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        self.queue.jobs.lock().jobs.push_back(job);
        self.queue.came.notify_one();
        answer
    }

    /// Answers what was asked and ends the threads.
    pub fn stop(&self) {
        self.queue.jobs.lock().stopped = true;
        self.queue.came.notify_all();
        for thread in self.threads.lock().drain(..) {
            let _ = thread.join();
        }
    }
}

impl Queue {
    fn run(&self) {
        loop {
            let job = {
                let mut jobs = self.jobs.lock();
                loop {
                    if let Some(job) = jobs.jobs.pop_front() {
                        break job;
                    }
                    if jobs.stopped {
                        return;
                    }
                    self.came.wait(&mut jobs);
                }
            };
            job();
        }
    }
}

struct Slot<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

/// An answer that comes later.
pub struct Answer<T>(Arc<Mutex<Slot<T>>>);

impl<T> Future for Answer<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.0.lock();
        if let Some(value) = slot.value.take() {
            return Poll::Ready(value);
        }
        slot.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
