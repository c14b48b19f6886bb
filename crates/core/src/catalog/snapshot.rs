//! What everyone else sees of the catalog: an immutable snapshot, published when it changed.
//!
//! Always: a topic's partitions keep their streams for as long as the topic lives, and stream ids are never used again.
//! A topic that is created anew under an old name has another id and other streams.

use std::fmt;
use std::sync::Arc;

use hence_base::{LeaderEpoch, StreamId, Timestamp};

use super::chunked::Chunked;
use super::settings::TopicSettings;
use crate::command::TopicRef;

/// The id of a topic: 16 random bytes, never all zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(pub [u8; 16]);

impl TopicId {
    /// "No topic": what a client sends when it names the topic otherwise.
    pub const NONE: Self = Self([0; 16]);
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// All topics at one moment. Cloning shares everything.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    pub(crate) by_name: Chunked<Arc<str>, Arc<Topic>>,
    pub(crate) by_id: Chunked<TopicId, Arc<Topic>>,
    pub(crate) partitions: usize,
    pub(crate) lossy_starts: u32,
}

/// A topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Its name.
    pub name: Arc<str>,
    /// Its id.
    pub id: TopicId,
    /// The stream of each partition, in the order of the partitions.
    pub partitions: Arc<[StreamId]>,
    /// Its settings.
    pub settings: TopicSettings,
    /// When it was created.
    pub created: Timestamp,
    /// Which streams were given together, for leader epochs.
    pub(crate) runs: Vec<Run>,
}

/// Streams that were given together, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub first: StreamId,
    pub count: u32,
    /// Lossy starts that had happened by then: such a partition's epochs count from here.
    pub lossy_starts: u32,
}

impl Catalog {
    /// A topic by name.
    pub fn topic(&self, name: &str) -> Option<&Arc<Topic>> {
        self.by_name.find(name)
    }

    /// A topic by id.
    pub fn topic_by_id(&self, id: TopicId) -> Option<&Arc<Topic>> {
        self.by_id.find(&id)
    }

    /// A topic by name or id.
    pub fn find(&self, topic: &TopicRef) -> Option<&Arc<Topic>> {
        match topic {
            TopicRef::Name(name) => self.topic(name),
            TopicRef::Id(id) => self.topic_by_id(*id),
        }
    }

    /// All topics, by name.
    pub fn topics(&self) -> impl Iterator<Item = &Arc<Topic>> {
        self.by_name.values()
    }

    /// The first topic whose name is `from` or follows it, for walking in pieces.
    pub fn topic_at_or_after(&self, from: &str) -> Option<&Arc<Topic>> {
        self.by_name.at_or_after(from)
    }

    /// How many topics there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is no topic.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many partitions all topics have.
    pub fn partitions(&self) -> usize {
        self.partitions
    }

    /// The leader epoch of a partition: lossy starts since it was created.
    pub fn leader_epoch(&self, topic: &Topic, partition: usize) -> LeaderEpoch {
        let mut before = 0;
        for run in &topic.runs {
            before += run.count as usize;
            if partition < before {
                return LeaderEpoch(self.lossy_starts.saturating_sub(run.lossy_starts));
            }
        }
        LeaderEpoch(0)
    }
}

impl Topic {
    /// The stream of a partition, if the topic has it.
    pub fn stream(&self, partition: i32) -> Option<StreamId> {
        self.partitions.get(usize::try_from(partition).ok()?).copied()
    }
}
