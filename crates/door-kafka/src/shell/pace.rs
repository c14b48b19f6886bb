//! How long a peer may take to send or to take what is awaited of it.
//!
//! Always: a patience that brings less than an eighth of it ends the wait, so that however large it is all of it has
//! moved after sixteen; one timer is set per patience, however often bytes move. Never here: what happens then.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::time::Sleep;

use crate::limits::PACE_PARTS;

/// The pace of one direction of a connection.
#[derive(Debug, Default)]
pub struct Pace {
    timer: Option<Pin<Box<Sleep>>>,
    /// Bytes that one patience must bring; 0 while nothing is awaited.
    step: u64,
    /// Where they have come.
    goal: u64,
    /// Whether they came since the timer was set.
    met: bool,
}

impl Pace {
    /// Whether too little moved for too long. `moved` bytes did so far and `awaited` are to move; called whenever the
    /// socket does not.
    pub fn is_over(
        &mut self,
        moved: u64,
        awaited: u64,
        patience: Duration,
        context: &mut Context<'_>,
    ) -> bool {
        if moved >= self.goal {
            self.step = self.step.max(awaited.div_ceil(PACE_PARTS));
            self.goal = moved + self.step;
            self.met = true;
        }
        loop {
            let timer = self.timer.get_or_insert_with(|| {
                self.met = false;
                Box::pin(tokio::time::sleep(patience))
            });
            if timer.as_mut().poll(context).is_pending() {
                return false;
            }
            self.timer = None;
            if !self.met {
                return true;
            }
        }
    }

    /// Nothing is awaited any more.
    pub fn stop(&mut self) {
        (self.step, self.goal) = (0, 0);
    }

    /// Gives the timer back.
    pub fn rest(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    /// Whether the peer may go on after another patience.
    async fn goes_on(pace: &mut Pace, moved: u64, awaited: u64) -> bool {
        let over = pace.is_over(moved, awaited, PATIENCE, &mut Context::from_waker(Waker::noop()));
        tokio::time::sleep(PATIENCE * 2).await;
        !over
    }

    #[tokio::test]
    async fn an_eighth_in_each_patience_is_enough_and_less_is_not() {
        let mut pace = Pace::default();
        for part in 0..8 {
            assert!(goes_on(&mut pace, part * 100, 800).await, "part {part}");
        }
        let mut pace = Pace::default();
        assert!(goes_on(&mut pace, 0, 800).await);
        assert!(goes_on(&mut pace, 100, 800).await);
        assert!(!goes_on(&mut pace, 199, 800).await, "a byte now and then is too little");
    }

    #[tokio::test]
    async fn what_is_awaited_next_has_its_own_patience() {
        let mut pace = Pace::default();
        assert!(goes_on(&mut pace, 0, 8).await);
        pace.stop();
        assert!(goes_on(&mut pace, 0, 8).await, "the old timer fired and is set anew");
        assert!(!goes_on(&mut pace, 0, 8).await);
    }
}
