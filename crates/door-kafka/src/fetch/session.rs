//! One fetch session (KIP-227): the partitions a client follows, and what it was last told of each.
//!
//! Always: an incremental response holds a partition only when something about it changed, and a partition that gave
//! records goes to the end of the order, so that the others get their turn. Never here: reading, or which session is
//! evicted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hence_kafka_proto::Uuid;

use crate::error_code::ErrorCode;

/// How a client names a topic: by name up to version 12 of Fetch, by id afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TopicKey {
    /// By name.
    Name(Arc<str>),
    /// By id.
    Id(Uuid),
}

/// A partition that a client wants records of.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The topic.
    pub topic: TopicKey,
    /// The partition's index.
    pub partition: i32,
    /// The first offset wanted, as sent.
    pub offset: i64,
    /// Bytes wanted of this partition.
    pub bytes_max: i32,
    /// The leader epoch that the client believes in; −1 when it does not say.
    pub leader_epoch: i32,
    /// The epoch of the last record that it read; −1 when it does not say.
    pub last_epoch: i32,
}

/// What a client was last told of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The end of the partition.
    pub high_watermark: i64,
    /// Its start.
    pub log_start: i64,
}

impl Told {
    /// Nothing, or an error: the next response says it again.
    const NOTHING: Self = Self { high_watermark: -1, log_start: -1 };
}

/// What is to be told now.
#[derive(Clone, Copy, Debug)]
pub struct News {
    /// The code of this partition.
    pub error: ErrorCode,
    /// Start and end.
    pub bounds: Told,
    /// Bytes of records.
    pub record_bytes: usize,
    /// Whether it must be told whatever was told before.
    pub urgent: bool,
}

#[derive(Debug)]
struct Cached {
    wanted: Wanted,
    told: Told,
}

/// A session.
#[derive(Debug)]
pub struct FetchSession {
    /// Whether it was made with topic ids; a session never changes that.
    pub uses_ids: bool,
    /// The epoch that the next request must have.
    pub epoch: i32,
    next_place: u64,
    by_place: BTreeMap<u64, Cached>,
    places: HashMap<(TopicKey, i32), u64>,
}

impl FetchSession {
    /// A session for what a full request wants. Its first incremental request has epoch 1.
    pub fn new(uses_ids: bool, wanted: Vec<Wanted>) -> Self {
        let mut session = Self {
            uses_ids,
            epoch: 1,
            next_place: 0,
            by_place: BTreeMap::new(),
            places: HashMap::with_capacity(wanted.len()),
        };
        wanted.into_iter().for_each(|each| session.want(each));
        session
    }

    /// Adds a partition, or changes what is wanted of it; its place stays.
    pub fn want(&mut self, wanted: Wanted) {
        let key = (wanted.topic.clone(), wanted.partition);
        if let Some(cached) = self.places.get(&key).and_then(|place| self.by_place.get_mut(place)) {
            cached.wanted = wanted;
            return;
        }
        self.places.insert(key, self.next_place);
        self.by_place.insert(self.next_place, Cached { wanted, told: Told::NOTHING });
        self.next_place += 1;
    }

    /// Removes a partition.
    pub fn forget(&mut self, topic: &TopicKey, partition: i32) {
        if let Some(place) = self.places.remove(&(topic.clone(), partition)) {
            self.by_place.remove(&place);
        }
    }

    /// How many partitions it has.
    pub fn len(&self) -> usize {
        self.by_place.len()
    }

    /// Everything wanted, in order.
    pub fn wanted(&self) -> Vec<Wanted> {
        self.by_place.values().map(|cached| cached.wanted.clone()).collect()
    }

    /// The epoch after `epoch`: 1 follows the largest, since 0 asks for a new session.
    pub const fn epoch_after(epoch: i32) -> i32 {
        if epoch == i32::MAX { 1 } else { epoch + 1 }
    }

    /// Notes what is told of a partition. Answers whether an incremental response must hold it.
    pub fn tell(&mut self, topic: &TopicKey, partition: i32, news: &News) -> bool {
        let key = (topic.clone(), partition);
        let Some(&place) = self.places.get(&key) else { return true };
        let Some(cached) = self.by_place.get_mut(&place) else { return true };
        if !news.error.is_none() {
            cached.told = Told::NOTHING;
            return true;
        }
        let changed = news.urgent || cached.told != news.bounds;
        cached.told = news.bounds;
        if news.record_bytes == 0 {
            return changed;
        }
        if let Some(cached) = self.by_place.remove(&place) {
            self.by_place.insert(self.next_place, cached);
            self.places.insert(key, self.next_place);
            self.next_place += 1;
        }
        true
    }
}
