//! The one place where facts change: the same for a turn that is being made and for a journal that is replayed.
//!
//! Always: applying an operation that a restored row reflects already leads to the same state in the end, so a checkpoint
//! may be fuzzy. Nothing is judged here.

use hence_base::{Op, TableId};

use super::counters::Counter;
use super::{Core, removals};
use crate::catalog::{Changed, streams_of};
use crate::error::RowError;
use crate::tables;

impl Core {
    /// Takes a row of a checkpoint. The order of rows does not matter.
    pub fn restore_row(&mut self, table: TableId, key: &[u8], value: &[u8]) -> Result<(), RowError> {
        match table {
            tables::PARTITIONS | tables::PRODUCERS => self.partitions.restore(table, key, value),
            _ => self.apply_row(table, key, Some(value)),
        }
    }

    /// Applies an operation: the one place where facts change, live and in recovery. Idempotent: rows of a checkpoint may
    /// reflect some of the operations that follow it.
    pub fn apply(&mut self, op: &Op<'_>) -> Result<(), RowError> {
        match op {
            Op::Append(append) => append
                .targets
                .iter()
                .try_for_each(|target| self.partitions.apply_append(self.now, target.stream, &target.header)),
            Op::Put { table, key, value } => self.apply_row(*table, key, Some(value)),
            Op::Delete { table, key } => self.apply_row(*table, key, None),
            Op::Trim { stream, to } => {
                self.partitions.apply_trim(*stream, *to);
                Ok(())
            }
            Op::DropStream { stream } => {
                self.partitions.apply_drop(*stream);
                Ok(())
            }
        }
    }

    fn apply_row(&mut self, table: TableId, key: &[u8], value: Option<&[u8]>) -> Result<(), RowError> {
        match (table, value) {
            (tables::COUNTERS, Some(value)) => self.apply_counter(key, value),
            (tables::TOPICS, _) => {
                let changed = self.catalog.apply_topic(key, value)?;
                self.apply_partitions_of(&changed);
                Ok(())
            }
            (tables::GROUPS | tables::OFFSETS, _) => self.groups.apply(table, key, value),
            (tables::REMOVALS, _) => removals::apply(&mut self.removals, key, value),
            // A journal may replay rows that were derived at an older checkpoint: the entries tell the same.
            (tables::PARTITIONS | tables::PRODUCERS, _) => Ok(()),
            _ => Err(RowError { table, what: "the table is unknown" }),
        }
    }

    fn apply_counter(&mut self, key: &[u8], value: &[u8]) -> Result<(), RowError> {
        if self.counters.apply(key, value)? == Counter::LossyStarts {
            self.catalog.apply_lossy_starts(self.counters.lossy_starts());
        }
        Ok(())
    }

    /// A topic's partitions are open as long as the topic lives.
    fn apply_partitions_of(&mut self, changed: &Changed) {
        let id = changed.now.as_ref().map(|topic| topic.id);
        let same = changed.before.as_ref().filter(|before| Some(before.id) == id);
        if let Some(before) = changed.before.as_ref().filter(|_| same.is_none()) {
            before.partitions.iter().for_each(|stream| self.partitions.close(*stream));
        }
        let known = same.map_or(0, |before| before.partitions.len());
        if let Some(topic) = &changed.now {
            let lossy_starts = topic.runs.iter().flat_map(|run| (0..run.count).map(|_| run.lossy_starts));
            for (stream, lossy_starts) in streams_of(&topic.runs).zip(lossy_starts).skip(known) {
                self.partitions.open(stream, lossy_starts);
            }
        }
    }
}
