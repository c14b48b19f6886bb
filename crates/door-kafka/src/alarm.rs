//! A connection's alarm: one timer for its requests that wait, one after the other.
//!
//! A long poll is mostly answered long before its time is up. The next one sets the same timer later, which touches nothing
//! that connections share. Always: who stopped waiting is woken for nothing once at most. Never here: what waits.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, Sleep, sleep_until};

/// The timer, once something has waited.
#[derive(Debug, Default)]
pub struct Alarm(Mutex<Option<Pin<Box<Sleep>>>>);

impl Alarm {
    /// Resolves `wait` from now. One at a time: who comes later takes the timer over.
    pub fn after(&self, wait: Duration) -> impl Future<Output = ()> {
        let due = Instant::now() + wait;
        self.0.lock().get_or_insert_with(|| Box::pin(sleep_until(due))).as_mut().reset(due);
        poll_fn(|context| match &mut *self.0.lock() {
            Some(timer) => timer.as_mut().poll(context),
            None => Poll::Ready(()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn each_wait_has_its_own_time_whatever_became_of_the_one_before() {
        let (alarm, begun) = (Alarm::default(), Instant::now());
        let given_up = alarm.after(Duration::from_secs(60));
        assert!(Box::pin(given_up).as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        for wait in [20, 40, 10].map(Duration::from_millis) {
            let begun = Instant::now();
            alarm.after(wait).await;
            assert!(begun.elapsed() >= wait);
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "an earlier time replaces a later one");
    }
}
