//! Work that would hold the event loop for too long: done beside it, a few pieces at a time.
//!
//! Always: who waits for a place holds no thread; what is begun goes to its end, also when nobody waits for it any more,
//! and has its place until then. Never here: which work is worth it, or what it costs in memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places for such work: half of the processors, so that the event loop keeps the others.
#[derive(Debug)]
pub struct Beside(Arc<Semaphore>);

/// A place for one piece of work.
#[derive(Debug)]
pub struct Place(OwnedSemaphorePermit);

/// The work did not come to its end: the process ends, or, where a panic does not end the process itself, it panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("work on a request did not end")]
pub struct Unfinished;

impl Beside {
    /// All places are free.
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new((processors / 2).max(1))))
    }

    /// Waits for a place. May be cancelled.
    pub async fn place(&self) -> Result<Place, Unfinished> {
        Arc::clone(&self.0).acquire_owned().await.map(Place).map_err(|_| Unfinished)
    }
}

impl Place {
    /// Does the work on a thread of its own.
    pub async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unfinished> {
        let Self(permit) = self;
        let span = tracing::Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let _until_the_end = (permit, span.entered());
            work()
        });
        done.await.map_err(|_| Unfinished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_on_another_thread_and_has_its_place_until_it_ends() {
        let beside = Beside(Arc::new(Semaphore::new(1)));
        let here = std::thread::current().id();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let place = beside.place().await.unwrap();
        let work = place.run(move || (wait.recv().is_ok(), std::thread::current().id()));
        let mut work = Box::pin(work);
        assert!(
            std::future::poll_fn(|context| std::task::Poll::Ready(work.as_mut().poll(context)))
                .await
                .is_pending()
        );
        assert!(beside.0.try_acquire().is_err());
        go.send(()).unwrap();
        let (went, there) = work.await.unwrap();
        assert!(went && there != here);
        assert!(beside.0.try_acquire().is_ok());
    }

    #[tokio::test]
    async fn work_that_panics_ends_as_an_error_and_gives_its_place_back() {
        let beside = Beside(Arc::new(Semaphore::new(1)));
        let place = beside.place().await.unwrap();
        assert_eq!(place.run(|| assert_eq!(1, 2)).await, Err(Unfinished));
        assert!(beside.0.try_acquire().is_ok());
    }
}
