//! Which topic and partition each stream is: read from the catalog's rows while the doctor replays the journal.
//!
//! Always: goes through the core's one `apply`, and never stops the examination: a row that cannot be read is noted and
//! left out, the names of the others stay. Never here: anything of the catalog but names.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hence_base::{Op, Position, StreamId, TableId};
use hence_core::{Core, Settings, tables};
use hence_journal::Replay;

/// A partition as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its topic.
    pub topic: Arc<str>,
    /// Its number.
    pub number: usize,
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} partition {}", self.topic, self.number)
    }
}

/// Takes the catalog's rows of a replay.
#[derive(Debug)]
pub struct Catalog {
    core: Core,
    failure: Option<String>,
}

/// The partition of every stream that belongs to one.
#[derive(Debug, Default)]
pub struct Names {
    partitions: BTreeMap<StreamId, Partition>,
    /// Why names may be missing, if some row could not be read.
    pub failure: Option<String>,
}

impl Catalog {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { core: Core::new(Settings::default()), failure: None }
    }

    /// The names as of the end of the replay.
    pub fn names(self) -> Names {
        let catalog = self.core.catalog();
        let mut partitions = BTreeMap::new();
        for topic in catalog.topics() {
            for (number, stream) in topic.partitions.iter().enumerate() {
                partitions.insert(*stream, Partition { topic: Arc::clone(&topic.name), number });
            }
        }
        Names { partitions, failure: self.failure }
    }

    fn note(&mut self, done: Result<(), hence_core::RowError>) {
        if let Err(error) = done {
            self.failure.get_or_insert_with(|| error.to_string());
        }
    }
}

impl Replay for Catalog {
    fn row(&mut self, table: TableId, key: &[u8], value: &[u8]) {
        if table == tables::TOPICS {
            let done = self.core.restore_row(table, key, value);
            self.note(done);
        }
    }

    fn op(&mut self, _position: Position, op: &Op<'_>) {
        if matches!(op, Op::Put { table, .. } | Op::Delete { table, .. } if *table == tables::TOPICS) {
            let done = self.core.apply(op);
            self.note(done);
        }
    }
}

impl Names {
    /// The partition that `stream` is; none of a topic that is deleted or cannot be read.
    pub fn of(&self, stream: StreamId) -> Option<&Partition> {
        self.partitions.get(&stream)
    }
}
