//! Looks at records that would hold the event loop for too long: beside it, some batches at a time.
//!
//! Always: what is opened is paid for before a place is taken, so that who has a place never waits; a request with many
//! batches gives its place to others in between; batches are opened one after the other. Never here: what is wrong with a
//! record.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hence_base::StreamId;

use super::timestamps::{Allowance, Look, Refused};
use crate::beside::Unfinished;
use crate::call::Call;
use crate::limits::{LOOKED_AT_BESIDE_BYTES_MAX, LOOKED_AT_INLINE_BYTES_MAX};

/// Records that are to be looked at.
#[derive(Debug)]
pub struct Unlooked {
    /// What for.
    pub look: Look,
    /// All of the batch.
    pub records: Bytes,
    /// Where it is in the request.
    pub place: Place,
}

/// One partition of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// Its topic's place in the plan.
    pub topic: usize,
    /// Its slot's place in the topic's plan.
    pub slot: usize,
    /// Its batch's place among those for the core, where it is one.
    pub batch: Option<usize>,
    /// The partition.
    pub index: i32,
    /// Its stream.
    pub stream: StreamId,
}

/// What one connection may still have looked at on the event loop in this turn.
#[derive(Debug)]
pub struct Inline {
    bytes_left: AtomicUsize,
}

impl Default for Inline {
    fn default() -> Self {
        Self { bytes_left: AtomicUsize::new(LOOKED_AT_INLINE_BYTES_MAX) }
    }
}

impl Inline {
    /// Another turn begins.
    pub fn refill(&self) {
        self.bytes_left.store(LOOKED_AT_INLINE_BYTES_MAX, Ordering::Relaxed);
    }

    /// What is left.
    pub fn allowance(&self) -> Allowance {
        Allowance::of(self.bytes_left.load(Ordering::Relaxed))
    }

    /// So much is left now.
    pub fn keep(&self, left: &Allowance) {
        self.bytes_left.store(left.bytes_left(), Ordering::Relaxed);
    }
}

/// Looks at all of them; answers those that are refused, and why.
pub async fn beside(call: &Call, unlooked: Vec<Unlooked>) -> Result<Vec<(Place, Refused)>, Unfinished> {
    let mut paid = match unlooked.iter().map(room_bytes).max().unwrap_or(0) {
        0 => None,
        bytes => Some(call.client.response_share.take(bytes as u64).await),
    };
    let mut found = Vec::new();
    let mut left = unlooked.into_iter().peekable();
    while left.peek().is_some() {
        let some = some_of(&mut left);
        let place = call.door.beside.place().await?;
        // The work goes to its end although nobody may wait for it any more, and is paid for until then.
        let (seen, given_back) = place.run(move || (look(&some), paid)).await?;
        paid = given_back;
        found.extend(seen);
    }
    Ok(found)
}

fn look(some: &[Unlooked]) -> Vec<(Place, Refused)> {
    let refused = |each: &Unlooked| {
        let found = each.look.at(&each.records, &mut Allowance::everything());
        // Everything is allowed.
        Some((each.place, found.ok().flatten()?))
    };
    some.iter().filter_map(refused).collect()
}

/// What is looked at in one go: one batch at least.
fn some_of(left: &mut std::iter::Peekable<impl Iterator<Item = Unlooked>>) -> Vec<Unlooked> {
    let mut bytes_left = LOOKED_AT_BESIDE_BYTES_MAX;
    let mut some: Vec<Unlooked> = left.next().into_iter().collect();
    bytes_left = bytes_left.saturating_sub(some.iter().map(cost_bytes).sum());
    while let Some(next) = left.next_if(|next| cost_bytes(next) <= bytes_left) {
        bytes_left -= cost_bytes(&next);
        some.push(next);
    }
    some
}

/// Bytes that it takes in memory.
fn room_bytes(unlooked: &Unlooked) -> usize {
    unlooked.look.room_bytes(&unlooked.records)
}

/// Bytes that may have to be looked at.
fn cost_bytes(unlooked: &Unlooked) -> usize {
    room_bytes(unlooked).max(unlooked.records.len())
}

#[cfg(test)]
mod tests {
    use hence_message::kafka::Limits;

    use super::*;

    fn unlooked(bytes: usize) -> Unlooked {
        let look = Look { limits: Limits::of_size(bytes), refused: None };
        Unlooked { look, records: Bytes::from(vec![0; bytes]), place: Place::default() }
    }

    #[test]
    fn a_request_with_many_batches_is_looked_at_in_parts() {
        let sizes = [1, LOOKED_AT_BESIDE_BYTES_MAX / 2, LOOKED_AT_BESIDE_BYTES_MAX / 2, 70 << 20, 5, 5];
        let mut left = sizes.into_iter().map(unlooked).peekable();
        let parts = std::iter::from_fn(|| left.peek().is_some().then(|| some_of(&mut left).len()));
        assert_eq!(parts.take(10).collect::<Vec<_>>(), [2, 1, 1, 2]);
    }

    #[test]
    fn what_is_looked_at_inline_is_bounded_over_all_requests_of_a_turn() {
        let inline = Inline::default();
        assert_eq!(inline.allowance().bytes_left(), LOOKED_AT_INLINE_BYTES_MAX);
        inline.keep(&Allowance::of(7));
        assert_eq!(inline.allowance().bytes_left(), 7);
        inline.refill();
        assert_eq!(inline.allowance().bytes_left(), LOOKED_AT_INLINE_BYTES_MAX);
    }
}
