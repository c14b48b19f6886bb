//! State rows, per table in key order, as of the newest submitted commit.
//!
//! Always: what is given out shares memory and never changes. Never here: positions, what is durable.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use hence_base::{Op, TableId};

/// All tables.
#[derive(Debug, Default)]
pub struct Rows {
    tables: BTreeMap<TableId, BTreeMap<Bytes, Bytes>>,
}

impl Rows {
    /// Applies a put or delete; other operations do nothing here.
    pub fn apply(&mut self, op: &Op<'_>) {
        match *op {
            Op::Put { table, key, value } => self.put(table, key, value),
            Op::Delete { table, key } => self.delete(table, key),
            Op::Append(_) | Op::Trim { .. } | Op::DropStream { .. } => {}
        }
    }

    /// Sets a row.
    pub fn put(&mut self, table: TableId, key: &[u8], value: &[u8]) {
        let rows = self.tables.entry(table).or_default();
        rows.insert(Bytes::copy_from_slice(key), Bytes::copy_from_slice(value));
    }

    /// Removes a row.
    pub fn delete(&mut self, table: TableId, key: &[u8]) {
        if let Some(rows) = self.tables.get_mut(&table) {
            rows.remove(key);
        }
    }

    /// Up to `rows_max` rows of all tables after `after`, for a checkpoint.
    pub fn slice(&self, after: Option<&(TableId, Bytes)>, rows_max: usize) -> Vec<(TableId, Bytes, Bytes)> {
        let mut found = Vec::new();
        let from = after.map_or(TableId(0), |(table, _)| *table);
        for (&table, rows) in self.tables.range(from..) {
            let start = match after {
                Some((last, key)) if *last == table => Bound::Excluded(&key[..]),
                Some(_) | None => Bound::Unbounded,
            };
            let left = rows_max - found.len();
            let rows = rows.range::<[u8], _>((start, Bound::Unbounded)).take(left);
            found.extend(rows.map(|(key, value)| (table, key.clone(), value.clone())));
            if found.len() == rows_max {
                break;
            }
        }
        found
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.tables.values().map(|rows| rows.len() as u64).sum()
    }

    /// A row's value.
    pub fn row(&self, table: TableId, key: &[u8]) -> Option<Bytes> {
        self.tables.get(&table)?.get(key).cloned()
    }

    /// Rows whose keys start with `prefix`, after `after` if given.
    pub fn scan(
        &self,
        table: TableId,
        prefix: &[u8],
        after: Option<&[u8]>,
        rows_max: usize,
    ) -> Vec<(Bytes, Bytes)> {
        let Some(rows) = self.tables.get(&table) else { return Vec::new() };
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            Some(_) | None => Bound::Included(prefix),
        };
        rows.range::<[u8], _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(rows_max)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}
