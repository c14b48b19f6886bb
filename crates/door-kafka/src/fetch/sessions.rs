//! The fetch sessions of the door: bounded in number and in partitions, with Kafka's rules of eviction.
//!
//! Always: a session that cannot be had costs a client nothing but longer requests (it gets id 0 and asks in full). The
//! lock is held for the change of one session and never across a read. Never here: what a session holds.

use std::collections::HashMap;

use hence_base::Timestamp;
use parking_lot::Mutex;

use super::session::{FetchSession, News, TopicKey, Wanted};
use crate::error_code::ErrorCode;
use crate::limits::{FETCH_SESSION_EVICTION_MS, FETCH_SESSION_PARTITIONS_MAX};

/// Epoch of a request that wants no session.
const FINAL_EPOCH: i32 = -1;
/// Epoch of a request that wants a new session.
const INITIAL_EPOCH: i32 = 0;
/// The id of no session.
pub const NO_SESSION: i32 = 0;

/// All sessions.
#[derive(Debug)]
pub struct Sessions {
    sessions_max: usize,
    cache: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    by_id: HashMap<i32, Slot>,
    partitions: usize,
}

#[derive(Debug)]
struct Slot {
    session: FetchSession,
    created_at: Timestamp,
    used_at: Timestamp,
}

/// What a request asks of the cache.
#[derive(Debug)]
pub struct Ask {
    /// The session's id; 0 is none.
    pub id: i32,
    /// The session's epoch as the client counts it.
    pub epoch: i32,
    /// Whether topics are named by id.
    pub uses_ids: bool,
    /// Partitions that are wanted, or wanted anew.
    pub wanted: Vec<Wanted>,
    /// Partitions that are no longer wanted.
    pub forgotten: Vec<(TopicKey, i32)>,
}

/// How a request is to be served.
#[derive(Debug)]
pub enum Plan {
    /// Without a session.
    Sessionless(Vec<Wanted>),
    /// In full; a session is made for the answer when there is room.
    Full(Vec<Wanted>),
    /// What changed of this session.
    Incremental {
        /// The session.
        id: i32,
        /// All of its partitions.
        wanted: Vec<Wanted>,
    },
}

impl Plan {
    /// How many partitions the broker holds for this request beyond the `named` ones that stand in it.
    pub fn unpaid(&self, named: usize) -> usize {
        let (Self::Sessionless(wanted) | Self::Full(wanted) | Self::Incremental { wanted, .. }) = self;
        wanted.len().saturating_sub(named)
    }
}

impl Sessions {
    /// A cache of at most `sessions_max` sessions.
    pub fn new(sessions_max: usize) -> Self {
        Self { sessions_max, cache: Mutex::default() }
    }

    /// How many sessions there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.cache.lock().by_id.len()
    }

    /// Finds or changes the session that a request names.
    pub fn plan(&self, ask: Ask, now: Timestamp) -> Result<Plan, ErrorCode> {
        let mut cache = self.cache.lock();
        if ask.epoch == FINAL_EPOCH || ask.epoch == INITIAL_EPOCH {
            if ask.id != NO_SESSION {
                cache.remove(ask.id);
            }
            let plan = if ask.epoch == FINAL_EPOCH { Plan::Sessionless } else { Plan::Full };
            return Ok(plan(ask.wanted));
        }
        cache.increment(ask, now)
    }

    /// Makes a session with `id` for a full request that was answered with `told`, partition by partition; answers 0
    /// when there is no room.
    pub fn open(&self, id: i32, uses_ids: bool, wanted: &[Wanted], told: &[News], now: Timestamp) -> i32 {
        let partitions = wanted.len();
        let mut cache = self.cache.lock();
        if partitions == 0 || id == NO_SESSION || cache.by_id.contains_key(&id) {
            return NO_SESSION;
        }
        if !cache.make_room(self.sessions_max, partitions, now) {
            return NO_SESSION;
        }
        let mut session = FetchSession::new(uses_ids, wanted.to_vec());
        for (each, news) in wanted.iter().zip(told) {
            session.tell(&each.topic, each.partition, news);
        }
        cache.partitions += session.len();
        cache.by_id.insert(id, Slot { session, created_at: now, used_at: now });
        id
    }

    /// Notes what is told of each partition of a session and keeps those that an incremental response must hold. A
    /// session that was evicted meanwhile keeps all: the client learns of it with its next request.
    pub fn tell<'a>(
        &self,
        id: i32,
        told: impl Iterator<Item = (&'a Wanted, News)>,
        mut keep: impl FnMut(usize, bool),
    ) {
        let mut cache = self.cache.lock();
        let mut slot = cache.by_id.get_mut(&id);
        for (at, (wanted, news)) in told.enumerate() {
            let changed =
                slot.as_mut().is_none_or(|slot| slot.session.tell(&wanted.topic, wanted.partition, &news));
            keep(at, changed);
        }
    }
}

impl Cache {
    fn remove(&mut self, id: i32) {
        if let Some(slot) = self.by_id.remove(&id) {
            self.partitions -= slot.session.len();
        }
    }

    fn increment(&mut self, ask: Ask, now: Timestamp) -> Result<Plan, ErrorCode> {
        let slot = self.by_id.get_mut(&ask.id).ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
        let session = &mut slot.session;
        if session.epoch != ask.epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        if session.uses_ids != ask.uses_ids {
            return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
        }
        let before = session.len();
        ask.wanted.into_iter().for_each(|each| session.want(each));
        ask.forgotten.iter().for_each(|(topic, partition)| session.forget(topic, *partition));
        let after = session.len();
        session.epoch = FetchSession::epoch_after(session.epoch);
        slot.used_at = now;
        let wanted = session.wanted();
        self.partitions = self.partitions - before + after;
        if after == 0 || self.partitions > FETCH_SESSION_PARTITIONS_MAX {
            self.remove(ask.id);
            return Ok(Plan::Sessionless(wanted));
        }
        Ok(Plan::Incremental { id: ask.id, wanted })
    }

    /// Room for one session more: a free slot, else one that was not used for long, else a smaller one that is old.
    fn make_room(&mut self, sessions_max: usize, partitions: usize, now: Timestamp) -> bool {
        if self.partitions + partitions > FETCH_SESSION_PARTITIONS_MAX {
            self.evict_unused(now);
        }
        if self.partitions + partitions > FETCH_SESSION_PARTITIONS_MAX {
            return false;
        }
        if self.by_id.len() < sessions_max {
            return true;
        }
        let old = |at: Timestamp| now.0.saturating_sub(at.0) > FETCH_SESSION_EVICTION_MS;
        let stale = self.by_id.iter().min_by_key(|(_, slot)| slot.used_at);
        if let Some((&id, _)) = stale.filter(|(_, slot)| old(slot.used_at)) {
            self.remove(id);
            return true;
        }
        let smallest = self.by_id.iter().filter(|(_, slot)| old(slot.created_at));
        let smallest = smallest.min_by_key(|(_, slot)| slot.session.len());
        match smallest.filter(|(_, slot)| slot.session.len() < partitions) {
            Some((&id, _)) => {
                self.remove(id);
                true
            }
            None => false,
        }
    }

    fn evict_unused(&mut self, now: Timestamp) {
        let old = |at: Timestamp| now.0.saturating_sub(at.0) > FETCH_SESSION_EVICTION_MS;
        let unused: Vec<i32> =
            self.by_id.iter().filter(|(_, slot)| old(slot.used_at)).map(|(&id, _)| id).collect();
        unused.into_iter().for_each(|id| self.remove(id));
    }
}

#[cfg(test)]
mod tests;
