//! State rows, per table in key order, as of the newest submitted commit.
//!
//! Always: what was added and what was freed is given back, so that the store can count. Never here: positions.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use hence_base::{Commit, Op, TableId};

use super::limits::OVERHEAD_BYTES;
use super::size::row_bytes;

#[derive(Debug, Default)]
pub struct Rows {
    tables: BTreeMap<TableId, BTreeMap<Bytes, Bytes>>,
}

impl Rows {
    /// Applies the commit's puts and deletes; gives the bytes that are kept and those that are freed by it.
    pub fn apply(&mut self, commit: &Commit<'_>) -> (u64, u64) {
        let (mut kept, mut freed) = (0, 0);
        for op in &commit.ops {
            let (key, before) = match op {
                Op::Put { table, key, value } => {
                    kept += row_bytes(key, value) + OVERHEAD_BYTES;
                    let rows = self.tables.entry(*table).or_default();
                    (key, rows.insert(Bytes::copy_from_slice(key), Bytes::copy_from_slice(value)))
                }
                Op::Delete { table, key } => {
                    (key, self.tables.get_mut(table).and_then(|rows| rows.remove(*key)))
                }
                Op::Append(_) | Op::Trim { .. } | Op::DropStream { .. } => continue,
            };
            freed += before.map_or(0, |value| row_bytes(key, &value) + OVERHEAD_BYTES);
        }
        (kept, freed)
    }

    pub fn row(&self, table: TableId, key: &[u8]) -> Option<Bytes> {
        self.tables.get(&table)?.get(key).cloned()
    }

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
