//! Consumer groups: members share the partitions of topics, the group keeps offsets. The classic protocol as Kafka 4 has it.
//!
//! The way through: [`Groups`] has all of them; `state` is one group, `join`, `rebalance` and `session` what happens to it,
//! `record` its row, `offsets` what was committed. `commands` judges what concerns offsets, `asked` answers what only asks.
//! Always: a generation never goes back, and a restart within the session timeout causes no rebalance.

mod asked;
mod commands;
mod effects;
mod join;
mod offsets;
mod rebalance;
mod record;
mod session;
mod state;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hence_base::{TableId, Timestamp};

pub(crate) use asked::Reached;
pub(crate) use commands::Later;
pub(crate) use effects::Effects;
pub(crate) use join::Answer;
use offsets::Offsets;
use state::Group;

use crate::catalog::{Catalog, TopicId};
use crate::core::NoFit;
use crate::error::RowError;
use crate::limits::{DROPS_PER_STEP_MAX, OFFSETS_PER_STEP_MAX};
use crate::tables::{GROUPS, OFFSETS};
use crate::turn::Op;

/// All groups and their offsets.
#[derive(Debug, Default)]
pub struct Groups {
    by_name: BTreeMap<Arc<str>, Group>,
    offsets: Offsets,
}

impl Groups {
    /// A row of a group or of an offset was set or removed.
    pub fn apply(&mut self, table: TableId, key: &[u8], value: Option<&[u8]>) -> Result<(), RowError> {
        if table == OFFSETS {
            return self.offsets.apply(key, value);
        }
        let name = std::str::from_utf8(key).map_err(|_| RowError { table, what: "a name is not UTF-8" })?;
        match value {
            Some(value) => self.group(name).apply(value),
            None => {
                if let Some(gone) = self.by_name.remove(name) {
                    self.offsets.orphan(gone.record.serial);
                }
                Ok(())
            }
        }
    }

    /// After recovery: sessions start anew; offsets of groups that are gone are to be removed.
    pub fn start(&mut self, now: Timestamp, check_ms: i64) -> Vec<(Arc<str>, Timestamp)> {
        let serials: BTreeSet<u64> = self.by_name.values().map(|group| group.record.serial).collect();
        self.offsets.orphan_all_but(&serials);
        let groups = self.by_name.values_mut();
        groups
            .map(|group| {
                group.sweep_at = now.plus_ms(check_ms);
                group.resume(now);
                (group.name.clone(), group.next_deadline())
            })
            .collect()
    }

    /// Bytes that the members of all groups hold.
    pub fn held(&self) -> usize {
        self.by_name.values().map(Group::held).sum()
    }

    /// Time passed for a group: gives when it is to be looked at next, nothing when it is gone.
    pub fn pass(&mut self, fx: &mut Effects<'_, '_>, catalog: &Catalog, name: &str) -> Option<Timestamp> {
        let group = self.by_name.get_mut(name)?;
        group.pass(fx);
        if group.sweep_at <= fx.lived() {
            self.sweep(fx, catalog, name);
        }
        let group = self.by_name.get(name)?;
        let next = group.next_deadline();
        Some(fx.wake_by.map_or(next, |by| by.min(next)))
    }

    /// Removes some offsets of groups that are gone; says whether more are left.
    pub fn remove_some(&mut self, fx: &mut Effects<'_, '_>) -> Result<bool, NoFit> {
        let Some((group, places)) = self.offsets.orphaned(DROPS_PER_STEP_MAX) else { return Ok(false) };
        let ops: Vec<Op> = places.into_iter().map(|place| offsets::delete(group, place)).collect();
        fx.fits(ops.iter().map(Op::bytes).sum())?;
        for op in ops {
            self.emit(fx, op);
        }
        Ok(self.offsets.orphaned(1).is_some())
    }

    /// Removes some offsets of a topic that is gone, looking at groups after `after`; gives where to go on, nothing when
    /// none are left.
    pub fn remove_topic(
        &mut self,
        fx: &mut Effects<'_, '_>,
        topic: TopicId,
        after: u64,
    ) -> Result<Option<u64>, NoFit> {
        let (found, next) = self.offsets.of_topic(topic, after, OFFSETS_PER_STEP_MAX, DROPS_PER_STEP_MAX);
        let ops: Vec<Op> = found.into_iter().map(|(group, place)| offsets::delete(group, place)).collect();
        fx.fits(ops.iter().map(Op::bytes).sum())?;
        for op in ops {
            self.emit(fx, op);
        }
        Ok(next)
    }

    /// Makes an operation on an offset, or the deletion of a group, part of the turn and applies it.
    fn emit(&mut self, fx: &mut Effects<'_, '_>, op: Op) {
        let applied = match &op {
            Op::Put { table, key, value } => self.apply(*table, key, Some(value)),
            Op::Delete { table, key } => self.apply(*table, key, None),
            Op::Append { .. } | Op::Trim { .. } | Op::DropStream { .. } => Ok(()),
        };
        applied.expect("an operation that was made here is one that is understood");
        fx.push(op);
    }

    /// The group, made if need be.
    fn group(&mut self, name: &str) -> &mut Group {
        if !self.by_name.contains_key(name) {
            let name: Arc<str> = Arc::from(name);
            self.by_name.insert(name.clone(), Group::new(name));
        }
        self.by_name.get_mut(name).expect("it was inserted just now if it was not there")
    }

    /// The operation that deletes a group.
    fn delete_op(name: &str) -> Op {
        Op::Delete { table: GROUPS, key: name.as_bytes().to_vec() }
    }
}
