//! A connection's requests on their way in: the next whole one, what is paid for it, and how fast the one behind it comes.
//!
//! Never here: the socket, and when a request may begin.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hence_broker::budget::Share;
use hence_kafka_proto::connection::RequestFrame;

use super::pace::Pace;
use super::toll::Toll;
use crate::call::Charges;
use crate::limits::UNCHARGED_BYTES_MAX;

/// What has come and is not begun.
#[derive(Default)]
pub struct Incoming {
    /// The next request: whole, and not begun yet.
    pub next: Option<RequestFrame>,
    /// Paid for the next request, also while it comes: nothing, or all of it.
    charges: Charges,
    /// Waits for the budget to take it.
    admission: Toll,
    /// Bytes read since a frame was last whole.
    read_bytes: u64,
    /// How fast a request comes that is in the middle.
    pace: Pace,
}

impl Incoming {
    /// Whether the next request, of so many bytes, is paid for. A small one is let in free where it is alone.
    pub fn is_paid(
        &mut self,
        share: &Arc<Share>,
        bytes: usize,
        is_alone: bool,
        context: &mut Context<'_>,
    ) -> bool {
        if !self.charges.is_empty() || (bytes <= UNCHARGED_BYTES_MAX && is_alone) {
            self.admission.clear();
            return true;
        }
        let Poll::Ready(charge) = self.admission.poll(share, bytes as u64, context) else { return false };
        self.charges.push(charge);
        true
    }

    /// What was paid for the request that begins now.
    pub fn take_charges(&mut self) -> Charges {
        std::mem::take(&mut self.charges)
    }

    /// Bytes were read; `is_partial` when a request is in the middle now.
    pub fn came(&mut self, bytes: usize, is_partial: bool) {
        if is_partial {
            self.read_bytes += bytes as u64;
        } else {
            self.read_bytes = 0;
            self.pace.stop();
        }
    }

    /// Whether the request in the middle, of so many bytes, came too slowly for too long.
    pub fn is_stalled(&mut self, whole: usize, patience: Duration, context: &mut Context<'_>) -> bool {
        self.pace.is_over(self.read_bytes, whole as u64, patience, context)
    }

    /// Gives the timer back.
    pub fn rest(&mut self) {
        self.pace.rest();
    }
}
