//! State rows in memory, as of the newest submitted commit.
//!
//! The journal's face shows a row from submit on, and SlateDB shows it from its own write on; so the spike keeps them.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use hence_base::{Commit, Op, TableId};

#[derive(Debug, Default)]
pub struct Rows {
    rows: BTreeMap<(TableId, Bytes), Bytes>,
}

impl Rows {
    pub fn apply(&mut self, commit: &Commit<'_>) {
        for op in &commit.ops {
            match op {
                Op::Put { table, key, value } => self.put(*table, key, Bytes::copy_from_slice(value)),
                Op::Delete { table, key } => self.delete(*table, key),
                Op::Append(_) | Op::Trim { .. } | Op::DropStream { .. } => {}
            }
        }
    }

    pub fn put(&mut self, table: TableId, key: &[u8], value: Bytes) {
        self.rows.insert((table, Bytes::copy_from_slice(key)), value);
    }

    pub fn delete(&mut self, table: TableId, key: &[u8]) {
        self.rows.remove(&(table, Bytes::copy_from_slice(key)));
    }

    pub fn row(&self, table: TableId, key: &[u8]) -> Option<Bytes> {
        self.rows.get(&(table, Bytes::copy_from_slice(key))).cloned()
    }

    pub fn scan(
        &self,
        table: TableId,
        prefix: &[u8],
        after: Option<&[u8]>,
        rows_max: usize,
    ) -> Vec<(Bytes, Bytes)> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded((table, Bytes::copy_from_slice(after))),
            Some(_) | None => Bound::Included((table, Bytes::copy_from_slice(prefix))),
        };
        self.rows
            .range((from, Bound::Unbounded))
            .take_while(|((of, key), _)| *of == table && key.starts_with(prefix))
            .take(rows_max)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect()
    }
}
