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
}

impl Toll {
    /// Charges `bytes` of `share`. Until it did, each call asks for the same.
    pub fn poll(&mut self, share: &Arc<Share>, bytes: u64, context: &mut Context<'_>) -> Poll<Charge> {
        if self.waiting.is_none()
            && let Some(charge) = share.try_take(bytes)
        {
            return Poll::Ready(charge);
        }
        let waiting = self.waiting.get_or_insert_with(|| {
            let share = Arc::clone(share);
            Box::pin(async move { share.take(bytes).await })
        });
        let charge = std::task::ready!(waiting.as_mut().poll(context));
        self.waiting = None;
        Poll::Ready(charge)
    }
}
