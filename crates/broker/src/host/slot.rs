//! Where one reply arrives: filled by whoever learns of durability, awaited by whoever asked.
//!
//! Always: answered once. Dropping the waiting side changes nothing for the command, which may be stored already.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use hence_core::{Reply, Request};
use parking_lot::Mutex;

use crate::error::Unavailable;

/// The place of one reply, shared by who asked and who answers.
#[derive(Debug)]
pub struct Slot(Mutex<State>);

#[derive(Debug)]
enum State {
    Waiting(Option<Waker>),
    Answered(Result<Reply, Unavailable>),
    Taken,
}

impl Slot {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State::Waiting(None))))
    }

    /// Answers and wakes who waits.
    pub fn answer(&self, answer: Result<Reply, Unavailable>) {
        let before = std::mem::replace(&mut *self.0.lock(), State::Answered(answer));
        if let State::Waiting(Some(waker)) = before {
            waker.wake();
        }
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Reply, Unavailable>> {
        let mut state = self.0.lock();
        match &mut *state {
            State::Waiting(waker) => {
                match waker {
                    Some(known) if known.will_wake(context.waker()) => {}
                    _ => *waker = Some(context.waker().clone()),
                }
                return Poll::Pending;
            }
            State::Answered(_) => {}
            // Polled after it was ready: there is nothing more to say.
            State::Taken => return Poll::Pending,
        }
        match std::mem::replace(&mut *state, State::Taken) {
            State::Answered(answer) => Poll::Ready(answer),
            State::Waiting(_) | State::Taken => Poll::Pending,
        }
    }
}

/// The reply to a command, once what it made or saw is durable.
///
/// Dropping it gives up the reply, not the command.
#[must_use = "the reply is lost when this is dropped; the command is not"]
pub struct Pending<T> {
    slot: Arc<Slot>,
    take: fn(Reply) -> Option<T>,
}

impl<T> Pending<T> {
    pub(super) fn new<R: Request<Reply = T>>(slot: Arc<Slot>) -> Self {
        Self { slot, take: R::reply }
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, Unavailable>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let take = self.take;
        self.slot.poll(context).map(|answer| match answer.map(take) {
            Ok(Some(reply)) => Ok(reply),
            Ok(None) => {
                tracing::error!("a reply of another command");
                Err(Unavailable::Unknown)
            }
            Err(unavailable) => Err(unavailable),
        })
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("slot", &self.slot).finish_non_exhaustive()
    }
}
