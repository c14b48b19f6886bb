//! A connection's responses on their way out: those that wait for the socket, what is paid for them, and how fast they leave.
//!
//! Never here: the socket's errors, and what a response is.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hence_broker::budget::Share;

use super::pace::Pace;
use super::toll::Toll;
use super::unsent::Unsent;
use crate::call::Answer;
use crate::limits::UNCHARGED_RESPONSE_BYTES_MAX;

/// What is answered and not sent.
#[derive(Default)]
pub struct Outgoing {
    /// What waits for the socket.
    pub unsent: Unsent,
    /// Waits for the budget to take the next response.
    postage: Toll,
    /// How fast responses leave.
    pace: Pace,
}

impl Outgoing {
    /// Has an answer paid that has not, where more waits with it than is free. Nobody pays for what is not sent.
    pub fn poll_paid(
        &mut self,
        answer: &mut Answer,
        is_sent: bool,
        share: &Arc<Share>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let bytes = answer.segments.len();
        let is_free = self.unsent.len() + bytes <= UNCHARGED_RESPONSE_BYTES_MAX;
        if !answer.charges.is_empty() || is_free || !is_sent {
            self.postage.clear();
            return Poll::Ready(());
        }
        self.postage.poll(share, bytes as u64, context).map(|charge| answer.charges.push(charge))
    }

    /// Everything that could leave has left.
    pub fn stop(&mut self) {
        self.pace.stop();
    }

    /// Whether the socket, which takes nothing now, took too little for too long.
    pub fn is_stalled(&mut self, patience: Duration, context: &mut Context<'_>) -> bool {
        self.pace.is_over(self.unsent.written(), self.unsent.len() as u64, patience, context)
    }

    /// Gives the timer back, when nothing waits.
    pub fn rest(&mut self) {
        if self.unsent.is_empty() {
            self.pace.rest();
        }
    }
}
