//! A charge that is taken at once, or waited for while nothing is held for it.
//!
//! Never here: how much, and of which pool.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hence_broker::budget::{Charge, Share};

/// A wait for a charge, when there is one.
#[derive(Default)]
pub struct Toll {
    waiting: Option<Pin<Box<dyn Future<Output = Charge> + Send>>>,
    /// How many bytes it is for.
    bytes: u64,
}

impl Toll {
    /// Charges `bytes` of `share`. A wait for another number of bytes was for something else, and is given up.
    pub fn poll(&mut self, share: &Arc<Share>, bytes: u64, context: &mut Context<'_>) -> Poll<Charge> {
        if self.bytes != bytes {
            self.clear();
        }
        if self.waiting.is_none()
            && let Some(charge) = share.try_take(bytes)
        {
            return Poll::Ready(charge);
        }
        self.bytes = bytes;
        let waiting = self.waiting.get_or_insert_with(|| {
            let share = Arc::clone(share);
            Box::pin(async move { share.take(bytes).await })
        });
        let charge = std::task::ready!(waiting.as_mut().poll(context));
        self.clear();
        Poll::Ready(charge)
    }

    /// What was waited for goes on without paying.
    pub fn clear(&mut self) {
        self.waiting = None;
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use hence_broker::Budget;

    use super::*;

    #[test]
    fn a_wait_is_for_the_bytes_that_are_asked_for_now() {
        let budget = Budget::new(100, 100);
        let (share, mut toll) = (Arc::new(budget.share()), Toll::default());
        let held = share.try_take(100).unwrap();
        let mut poll = |bytes| toll.poll(&share, bytes, &mut Context::from_waker(Waker::noop()));
        assert!(poll(1).is_pending());
        assert!(poll(90).is_pending());
        drop(held);
        assert!(matches!(poll(90), Poll::Ready(charge) if charge.bytes() == 90));
        assert_eq!(budget.used_bytes(), 0);
    }

    #[test]
    fn a_wait_that_is_cleared_is_none() {
        let budget = Budget::new(100, 100);
        let (share, mut toll) = (Arc::new(budget.share()), Toll::default());
        let (one, other) = (budget.share(), budget.share());
        // All there is, and the one that is let in beyond that.
        let _held = (one.try_take(100).unwrap(), other.try_take(1).unwrap());
        assert!(toll.poll(&share, 1, &mut Context::from_waker(Waker::noop())).is_pending());
        assert!(share.is_wanted());
        toll.clear();
        assert!(!share.is_wanted());
    }
}
