//! What waits for durability: the replies, the catalog and the ended streams of each turn, ordered by position.
//!
//! Always: a batch is released only when its position is durable, and failed only when it never will be. A batch that is
//! parked after its position became durable is released by who parks it. Never here: the core, or waking anyone.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hence_base::{Position, StreamId};
use hence_core::{Catalog, Reply};

use super::slot::Slot;
use crate::error::Unavailable;

/// What one turn made, waiting for the position that it made or saw.
#[derive(Debug)]
pub struct Batch {
    pub position: Position,
    /// When it was submitted, on the clock's monotonic scale.
    pub submitted_at: Duration,
    /// Whether the turn made a commit (else it only saw one).
    pub committed: bool,
    pub replies: Vec<(Arc<Slot>, Reply)>,
    pub catalog: Option<Arc<Catalog>>,
    pub ended: Vec<StreamId>,
}

/// What became of a batch that was to be parked.
#[derive(Debug)]
pub enum Fate {
    Parked,
    /// Its position is durable already.
    Released(Batch),
    /// Its position will never be durable.
    Failed(Batch, Unavailable),
}

/// The batches that wait.
#[derive(Debug)]
pub struct Parked {
    durable: Position,
    failure: Option<Unavailable>,
    batches: VecDeque<Batch>,
}

impl Parked {
    pub fn new(durable: Position) -> Self {
        Self { durable, failure: None, batches: VecDeque::new() }
    }

    /// Parks `batch`, unless its fate is known.
    pub fn park(&mut self, batch: Batch) -> Fate {
        if batch.position <= self.durable {
            return Fate::Released(batch);
        }
        if let Some(unavailable) = self.failure {
            return Fate::Failed(batch, unavailable);
        }
        // Nearly always the last place: two tasks may come out of the core in order and park out of order.
        let place = self.batches.iter().rposition(|other| other.position <= batch.position);
        self.batches.insert(place.map_or(0, |place| place + 1), batch);
        Fate::Parked
    }

    /// Everything up to `durable` is durable: moves what waited for it into `released`, in order.
    pub fn advance(&mut self, durable: Position, released: &mut Vec<Batch>) {
        self.durable = self.durable.max(durable);
        while self.batches.front().is_some_and(|batch| batch.position <= self.durable) {
            released.extend(self.batches.pop_front());
        }
    }

    /// Nothing further will be durable: gives back what waits.
    pub fn fail(&mut self, unavailable: Unavailable) -> VecDeque<Batch> {
        self.failure.get_or_insert(unavailable);
        std::mem::take(&mut self.batches)
    }

    pub fn durable(&self) -> Position {
        self.durable
    }

    pub fn len(&self) -> usize {
        self.batches.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(position: u64) -> Batch {
        Batch {
            position: Position(position),
            submitted_at: Duration::ZERO,
            committed: true,
            replies: Vec::new(),
            catalog: None,
            ended: Vec::new(),
        }
    }

    fn released(parked: &mut Parked, durable: u64) -> Vec<u64> {
        let mut released = Vec::new();
        parked.advance(Position(durable), &mut released);
        released.iter().map(|batch| batch.position.0).collect()
    }

    #[test]
    fn batches_leave_in_order_of_position_however_they_came() {
        let mut parked = Parked::new(Position::ZERO);
        for position in [2, 1, 5, 3, 3, 4] {
            assert!(matches!(parked.park(batch(position)), Fate::Parked));
        }
        assert_eq!(released(&mut parked, 3), [1, 2, 3, 3]);
        assert_eq!(released(&mut parked, 2), [0; 0], "durability never goes back");
        assert_eq!(released(&mut parked, 9), [4, 5]);
    }

    #[test]
    fn a_batch_that_comes_after_its_position_is_durable_is_released_at_once() {
        let mut parked = Parked::new(Position(4));
        assert!(matches!(parked.park(batch(4)), Fate::Released(_)));
        assert!(matches!(parked.park(batch(5)), Fate::Parked));
    }

    #[test]
    fn after_a_failure_only_what_is_durable_is_released() {
        let mut parked = Parked::new(Position(1));
        assert!(matches!(parked.park(batch(2)), Fate::Parked));
        assert_eq!(parked.fail(Unavailable::Unknown).len(), 1);
        assert!(matches!(parked.park(batch(3)), Fate::Failed(_, Unavailable::Unknown)));
        assert!(matches!(parked.park(batch(1)), Fate::Released(_)));
    }
}
