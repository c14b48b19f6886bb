//! Judges changes of the catalog and applies their rows.
//!
//! Always: judging changes nothing; `apply_topic` is the only way in which the catalog changes; a name, an id and a
//! stream belong to one topic at most.

use std::collections::BTreeMap;
use std::sync::Arc;

use hence_base::{StreamId, Timestamp};

use super::snapshot::{Catalog, Run, Topic, TopicId};
use super::{names, row};
use crate::command::{NewTopic, TopicChanges, TopicRef};
use crate::error::{
    AlterSettingsError, CreatePartitionsError, CreateTopicError, DeleteTopicError, InvalidPartitions,
    OverLimit, PartitionsNotMore, RowError, TopicExists, TopicIdExists, TopicNameCollides, UnknownTopic,
    UnknownTopicId,
};
use crate::limits::PARTITIONS_PER_TOPIC_MAX;
use crate::settings::Settings;

/// The catalog with what only its owner needs.
#[derive(Debug, Default)]
pub struct Machine {
    /// What is published.
    pub catalog: Catalog,
    /// Names that read alike, by how they read.
    collisions: BTreeMap<String, Arc<str>>,
    /// Whether it changed since it was published.
    pub changed: bool,
}

/// What a topic was and is, once its row was applied.
#[derive(Debug)]
pub struct Changed {
    /// The topic before.
    pub before: Option<Arc<Topic>>,
    /// The topic now.
    pub now: Option<Arc<Topic>>,
}

impl Machine {
    /// Judges a new topic whose first stream would be `first`.
    pub fn judge_create(
        &self,
        settings: &Settings,
        now: Timestamp,
        new: &NewTopic,
        first: StreamId,
    ) -> Result<Topic, CreateTopicError> {
        names::check(&new.name)?;
        let name = new.name.clone();
        if self.catalog.topic(&name).is_some() {
            return Err(TopicExists { name }.into());
        }
        if let Some(with) = names::collision_key(&name).and_then(|key| self.collisions.get(&key)) {
            return Err(TopicNameCollides { name, with: with.to_string() }.into());
        }
        if self.catalog.topic_by_id(new.id).is_some() || new.id == TopicId::NONE {
            return Err(TopicIdExists { id: new.id }.into());
        }
        let asked = new.partitions;
        let count =
            u32::try_from(asked).ok().filter(|count| *count > 0).ok_or(InvalidPartitions { asked })?;
        self.room_for(settings, 0, count as usize)?;
        if self.catalog.len() >= settings.topics_max {
            return Err(OverLimit { what: "topics", max: settings.topics_max }.into());
        }
        let pairs = new.settings.iter().map(|(name, value)| (name.as_str(), value.as_deref()));
        let topic_settings = super::TopicSettings::from_pairs(pairs)?;
        let runs = vec![Run { first, count, lossy_starts: self.catalog.lossy_starts }];
        Ok(Topic {
            name: Arc::from(name),
            id: new.id,
            partitions: row::streams_of(&runs).collect(),
            settings: topic_settings,
            created: now,
            runs,
        })
    }

    /// Judges a deletion: the topic.
    pub fn judge_delete(&self, topic: &TopicRef) -> Result<Arc<Topic>, DeleteTopicError> {
        self.catalog.find(topic).cloned().ok_or_else(|| match topic {
            TopicRef::Name(name) => UnknownTopic { name: name.clone() }.into(),
            TopicRef::Id(id) => UnknownTopicId { id: *id }.into(),
        })
    }

    /// Judges an increase of partitions to `asked`, the first new stream being `first`: the topic then.
    pub fn judge_grow(
        &self,
        settings: &Settings,
        name: &str,
        asked: i32,
        first: StreamId,
    ) -> Result<Topic, CreatePartitionsError> {
        let topic = self.existing(name)?;
        let has = topic.partitions.len();
        if asked <= 0 {
            return Err(InvalidPartitions { asked }.into());
        }
        let more = (asked as usize).checked_sub(has).filter(|more| *more > 0);
        let more = more.ok_or_else(|| PartitionsNotMore { name: name.to_owned(), has, asked })?;
        self.room_for(settings, has, more)?;
        let mut topic = Topic::clone(topic);
        topic.runs.push(Run { first, count: more as u32, lossy_starts: self.catalog.lossy_starts });
        topic.partitions = row::streams_of(&topic.runs).collect();
        Ok(topic)
    }

    /// Judges changes of settings: the topic then.
    pub fn judge_alter(&self, changes: &TopicChanges) -> Result<Topic, AlterSettingsError> {
        let mut topic = Topic::clone(self.existing(&changes.name)?);
        topic.settings = topic.settings.changed(changes.replace, &changes.changes)?;
        Ok(topic)
    }

    /// A row of the table of topics was set or removed.
    pub fn apply_topic(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<Changed, RowError> {
        let name = row::name_in(key)?;
        let now = value.map(|value| row::decode(name, value)).transpose()?.map(Arc::new);
        self.changed = true;
        let before = match &now {
            Some(topic) => self.catalog.by_name.insert(topic.name.clone(), topic.clone()),
            None => self.catalog.by_name.remove(name),
        };
        if let Some(topic) = &before {
            self.catalog.partitions -= topic.partitions.len();
            if now.as_ref().is_none_or(|now| now.id != topic.id) {
                self.catalog.by_id.remove(&topic.id);
            }
        }
        if let Some(topic) = &now {
            self.catalog.partitions += topic.partitions.len();
            self.catalog.by_id.insert(topic.id, topic.clone());
        }
        if let Some(key) = names::collision_key(name) {
            match &now {
                Some(topic) => drop(self.collisions.insert(key, topic.name.clone())),
                None => drop(self.collisions.remove(&key)),
            }
        }
        Ok(Changed { before, now })
    }

    /// Another lossy start happened.
    pub fn apply_lossy_starts(&mut self, starts: u32) {
        self.catalog.lossy_starts = self.catalog.lossy_starts.max(starts);
        self.changed = true;
    }

    /// The catalog, if it changed since this was asked last.
    pub fn publish(&mut self) -> Option<Arc<Catalog>> {
        std::mem::take(&mut self.changed).then(|| Arc::new(self.catalog.clone()))
    }

    fn existing(&self, name: &str) -> Result<&Arc<Topic>, UnknownTopic> {
        self.catalog.topic(name).ok_or_else(|| UnknownTopic { name: name.to_owned() })
    }

    fn room_for(&self, settings: &Settings, has: usize, more: usize) -> Result<(), OverLimit> {
        if has + more > PARTITIONS_PER_TOPIC_MAX {
            return Err(OverLimit { what: "partitions of one topic", max: PARTITIONS_PER_TOPIC_MAX });
        }
        if self.catalog.partitions() + more > settings.partitions_max {
            return Err(OverLimit { what: "partitions", max: settings.partitions_max });
        }
        Ok(())
    }
}
