//! The one ordered timer: what is due when, each key at most once.
//!
//! Always: keys that are due at the same time come in the order of the keys. Moving a key later is the owner's to avoid:
//! let it fire early, look, and set it again; so a heartbeat costs nothing here.

use std::collections::{BTreeMap, BTreeSet};

use hence_base::Timestamp;

#[cfg(test)]
mod tests;

/// Keys with the time at which each is due.
#[derive(Debug)]
pub struct Schedule<K> {
    due: BTreeSet<(Timestamp, K)>,
    at: BTreeMap<K, Timestamp>,
}

impl<K> Default for Schedule<K> {
    fn default() -> Self {
        Self { due: BTreeSet::new(), at: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Schedule<K> {
    /// Makes `key` due at `at`, whenever it was due before.
    pub fn set(&mut self, key: K, at: Timestamp) {
        if let Some(before) = self.at.insert(key.clone(), at) {
            if before == at {
                return;
            }
            self.due.remove(&(before, key.clone()));
        }
        self.due.insert((at, key));
    }

    /// Makes `key` due at `at` at the latest.
    pub fn set_by(&mut self, key: K, at: Timestamp) {
        if self.at.get(&key).is_none_or(|before| at < *before) {
            self.set(key, at);
        }
    }

    /// Takes the first key that is due at `now`.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<K> {
        if self.due.first().is_none_or(|(at, _)| *at > now) {
            return None;
        }
        let (_, key) = self.due.pop_first()?;
        self.at.remove(&key);
        Some(key)
    }

    /// When the first key is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }
}
