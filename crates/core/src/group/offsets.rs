//! Committed offsets: a row each, kept under the group's serial and the topic's id.
//!
//! Always: a deleted group or topic takes its offsets out of sight at once, since neither serial nor id is ever used
//! again; the rows themselves are removed in steps.
//!
//! ```text
//! key    group serial u64 · topic id 16 · partition u32
//! value  version u8 · offset i64 · leader epoch i32 · committed i64 · expires i64 (−1 none) · metadata
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use hence_base::Timestamp;

use crate::catalog::TopicId;
use crate::error::RowError;
use crate::reply::Committed;
use crate::row::{Reader, Writer};
use crate::tables::OFFSETS;
use crate::turn::Op;

/// A topic and a partition.
pub type Place = (TopicId, i32);

/// One committed offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What was committed.
    pub committed: Committed,
    /// When.
    pub at: Timestamp,
    /// When it expires, where the client said so.
    pub expires: Option<Timestamp>,
}

impl Kept {
    /// Bytes of its note.
    pub fn note_bytes(&self) -> usize {
        self.committed.metadata.len()
    }
}

/// All committed offsets.
#[derive(Debug, Default)]
pub struct Offsets {
    by_group: BTreeMap<u64, BTreeMap<Place, Kept>>,
    count: usize,
    /// Bytes of the notes of all of them.
    notes_bytes: usize,
    /// Groups that are gone, of which rows remain.
    orphans: BTreeSet<u64>,
}

impl Offsets {
    /// All of them, by group.
    #[cfg(test)]
    pub fn groups(&self) -> impl Iterator<Item = (&u64, &BTreeMap<Place, Kept>)> {
        self.by_group.iter()
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Bytes of the notes of all of them.
    pub const fn notes_bytes(&self) -> usize {
        self.notes_bytes
    }

    /// One offset of a group.
    pub fn find(&self, group: u64, place: Place) -> Option<&Kept> {
        self.by_group.get(&group)?.get(&place)
    }

    /// The offsets of a group from a place on, by topic id and partition.
    pub fn of(&self, group: u64, after: Option<Place>) -> impl Iterator<Item = (&Place, &Kept)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let own = self.by_group.get(&group);
        own.into_iter().flat_map(move |own| own.range((from, Bound::Unbounded)))
    }

    /// Whether a group has none.
    pub fn is_empty(&self, group: u64) -> bool {
        !self.by_group.contains_key(&group)
    }

    /// The group is gone: what it left is removed in steps.
    pub fn orphan(&mut self, group: u64) {
        if self.by_group.contains_key(&group) {
            self.orphans.insert(group);
        }
    }

    /// After recovery: groups of which only offsets are left.
    pub fn orphan_all_but(&mut self, groups: &BTreeSet<u64>) {
        self.orphans = self.by_group.keys().filter(|group| !groups.contains(group)).copied().collect();
    }

    /// The group of which rows are to be removed next, with up to `max` of them.
    pub fn orphaned(&self, max: usize) -> Option<(u64, Vec<Place>)> {
        let group = *self.orphans.first()?;
        Some((group, self.of(group, None).map(|(place, _)| *place).take(max).collect()))
    }

    /// Up to `max` offsets of a deleted topic: looks at up to `looks` groups after `after`; gives what it found and the last
    /// group of which it found all, nothing when it saw all groups. Once what it found is removed, it goes on from there.
    pub fn of_topic(
        &self,
        topic: TopicId,
        after: u64,
        looks: usize,
        max: usize,
    ) -> (Vec<(u64, Place)>, Option<u64>) {
        let (mut found, mut seen) = (Vec::new(), after);
        let groups = self.by_group.range((Bound::Excluded(after), Bound::Unbounded));
        for (looked, (&group, own)) in groups.enumerate() {
            if looked == looks {
                return (found, Some(seen));
            }
            let places = own.range((topic, i32::MIN)..=(topic, i32::MAX)).map(|(place, _)| (group, *place));
            found.extend(places.take(max - found.len()));
            if found.len() == max {
                return (found, Some(seen));
            }
            seen = group;
        }
        (found, None)
    }

    /// A row was set or removed.
    pub fn apply(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), RowError> {
        let mut key = Reader::key(OFFSETS, key);
        let (group, topic, partition) = (key.key_u64()?, TopicId(key.id()?), key.key_u32()? as i32);
        key.end()?;
        match value {
            Some(value) => {
                let kept = decode(value)?;
                self.notes_bytes += kept.note_bytes();
                let own = self.by_group.entry(group).or_default();
                match own.insert((topic, partition), kept) {
                    None => self.count += 1,
                    Some(before) => self.notes_bytes -= before.note_bytes(),
                }
            }
            None => {
                let Some(own) = self.by_group.get_mut(&group) else { return Ok(()) };
                if let Some(gone) = own.remove(&(topic, partition)) {
                    self.count -= 1;
                    self.notes_bytes -= gone.note_bytes();
                }
                if own.is_empty() {
                    self.by_group.remove(&group);
                    self.orphans.remove(&group);
                }
            }
        }
        Ok(())
    }
}

/// The operation that stores an offset.
pub fn put(group: u64, place: Place, kept: &Kept) -> Op {
    let value = Writer::value()
        .i64(kept.committed.offset)
        .i32(kept.committed.leader_epoch)
        .i64(kept.at.0)
        .i64(kept.expires.unwrap_or(Timestamp::NONE).0)
        .text(&kept.committed.metadata)
        .done();
    Op::Put { table: OFFSETS, key: key_of(group, place), value }
}

/// The operation that removes one.
pub fn delete(group: u64, place: Place) -> Op {
    Op::Delete { table: OFFSETS, key: key_of(group, place) }
}

fn key_of(group: u64, (topic, partition): Place) -> Vec<u8> {
    let mut key = Vec::with_capacity(28);
    key.extend_from_slice(&group.to_be_bytes());
    key.extend_from_slice(&topic.0);
    key.extend_from_slice(&(partition as u32).to_be_bytes());
    key
}

fn decode(value: &[u8]) -> Result<Kept, RowError> {
    let mut row = Reader::value(OFFSETS, value)?;
    let (offset, leader_epoch) = (row.i64()?, row.i32()?);
    let at = Timestamp(row.i64()?);
    let expires = Some(Timestamp(row.i64()?)).filter(|at| *at != Timestamp::NONE);
    let metadata = Arc::from(row.text()?);
    row.end()?;
    Ok(Kept { committed: Committed { offset, leader_epoch, metadata }, at, expires })
}
