//! What remains to be removed of deleted topics: their streams, and offsets that groups committed for them.
//!
//! Always: a deletion is one small row; the rest follows in steps, the streams before the offsets, and goes on after a
//! restart. A row without runs is a topic of which only offsets remain.
//!
//! ```text
//! key    topic id 16
//! value  version u8 · runs u32 × (first stream u64, count u32)
//! ```

use std::collections::BTreeMap;

use hence_base::StreamId;

use crate::catalog::{Run, TopicId};
use crate::error::RowError;
use crate::row::{Reader, Writer};
use crate::tables::REMOVALS;
use crate::turn::Op;

/// What remains of one topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Streams to drop: the first of each run and how many.
    runs: Vec<(StreamId, u32)>,
}

impl Removal {
    /// Whether streams are left to drop.
    pub const fn has_streams(&self) -> bool {
        !self.runs.is_empty()
    }

    /// All of a topic's streams.
    pub fn of(runs: &[Run]) -> Self {
        Self { runs: runs.iter().map(|run| (run.first, run.count)).collect() }
    }

    /// Takes up to `count` streams out; what is left is the removal then.
    pub fn split(&self, count: usize) -> (Vec<StreamId>, Self) {
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        for &(first, streams) in &self.runs {
            let take = (count - taken.len()).min(streams as usize) as u32;
            taken.extend((0..u64::from(take)).map(|n| first.plus(n)));
            if take < streams {
                left.push((first.plus(u64::from(take)), streams - take));
            }
        }
        (taken, Self { runs: left })
    }

    /// The operation that stores it.
    pub fn put(&self, topic: TopicId) -> Op {
        let value =
            Writer::value().list(self.runs.iter(), |row, (first, count)| row.u64(first.0).u32(*count)).done();
        Op::Put { table: REMOVALS, key: topic.0.to_vec(), value }
    }
}

/// Deleted topics of which something remains.
pub type Removals = BTreeMap<TopicId, Removal>;

/// A row was set or removed.
pub fn apply(removals: &mut Removals, key: &[u8], value: Option<&[u8]>) -> Result<(), RowError> {
    let mut key = Reader::key(REMOVALS, key);
    let topic = TopicId(key.id()?);
    key.end()?;
    let Some(value) = value else {
        removals.remove(&topic);
        return Ok(());
    };
    let mut row = Reader::value(REMOVALS, value)?;
    let runs = row.list(|row| Ok((StreamId(row.u64()?), row.u32()?)))?;
    row.end()?;
    removals.insert(topic, Removal { runs });
    Ok(())
}
