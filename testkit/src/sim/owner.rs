//! Who owns the simulated journal: notes what it is told, lends derived rows, rebuilds its state when it opens again.
//!
//! Always: what is told after the power went off is not heard. Derived rows are the streams' ends, as a core keeps them.
//! Never here: what the truth is (the ledger), when things break (the run).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use hence_base::{Offset, Op, Position, StreamId, TableId};
use hence_journal::{DirtyRows, Failure, Journal, Observer, Replay, RowSource, SubmitError, Touched};
use parking_lot::Mutex;

use crate::disk::simulated::SimDisk;
use crate::hold;
use crate::model::{Planned, PlannedHeader, PlannedOp, Violation, World};

/// The table of derived rows: a stream's id to its end.
pub const ENDS: TableId = TableId(9);

/// Hears of durability.
#[derive(Debug)]
pub struct Ear {
    disk: SimDisk,
    heard: Mutex<Heard>,
}

/// What was heard and not yet looked at.
#[derive(Debug, Default)]
pub struct Heard {
    /// Advances in order.
    pub advances: Vec<(Position, Vec<Touched>)>,
    /// The failure, if one was told.
    pub failure: Option<Failure>,
}

impl Ear {
    /// Hears nothing once `disk` is off.
    pub fn new(disk: SimDisk) -> Arc<Self> {
        Arc::new(Self { disk, heard: Mutex::default() })
    }

    /// What was heard since the last time.
    pub fn take(&self) -> Heard {
        std::mem::take(&mut self.heard.lock())
    }
}

impl Observer for Ear {
    fn advanced(&self, durable: Position, touched: &[Touched]) {
        if !self.disk.is_off() {
            self.heard.lock().advances.push((durable, touched.to_vec()));
        }
    }

    fn failed(&self, failure: Failure) {
        if !self.disk.is_off() {
            self.heard.lock().failure = Some(failure);
        }
    }
}

/// Derived rows as of the newest submitted commit.
#[derive(Debug, Default)]
pub struct Ends {
    state: Mutex<EndsState>,
}

#[derive(Debug, Default)]
struct EndsState {
    made: Position,
    dirty: BTreeMap<StreamId, Option<Offset>>,
}

impl Ends {
    /// Submits a commit: whoever asks for rows meanwhile waits, as for a core's lock, so that none is missed.
    pub fn submit(&self, journal: &dyn Journal, commit: &Planned) -> Result<Position, SubmitError> {
        let mut state = self.state.lock();
        let position = journal.submit(&commit.commit())?;
        state.taken(position, commit);
        Ok(position)
    }

    /// A commit was taken.
    pub fn taken(&self, position: Position, commit: &Planned) {
        self.state.lock().taken(position, commit);
    }

    /// Everything is dirty after an opening, as of `made`, streams that are gone too.
    pub fn reopened(&self, made: Position, world: &World, ever: &BTreeSet<StreamId>) {
        let mut state = self.state.lock();
        state.made = made;
        state.dirty = ever.iter().map(|id| (*id, world.streams.get(id).map(|stream| stream.end))).collect();
    }
}

impl EndsState {
    fn taken(&mut self, position: Position, commit: &Planned) {
        self.made = position;
        for op in &commit.ops {
            match op {
                PlannedOp::Append(targets, _) => {
                    for (stream, header) in targets {
                        self.dirty.insert(*stream, Some(end(header)));
                    }
                }
                PlannedOp::Drop(stream) => {
                    self.dirty.insert(*stream, None);
                }
                PlannedOp::Put(..) | PlannedOp::Delete(..) | PlannedOp::Trim(..) => {}
            }
        }
    }
}

fn end(header: &PlannedHeader) -> Offset {
    header.base.plus(u64::from(header.count))
}

impl RowSource for Ends {
    fn dirty_rows(&self, rows_max: usize) -> DirtyRows {
        let mut state = self.state.lock();
        let mut rows = Vec::new();
        while rows.len() < rows_max
            && let Some((stream, end)) = state.dirty.pop_first()
        {
            let value = end.map(|end| end.0.to_be_bytes().to_vec());
            rows.push((ENDS, stream.0.to_be_bytes().to_vec(), value));
        }
        DirtyRows { rows, made: state.made, more: !state.dirty.is_empty() }
    }
}

/// What an owner rebuilds from an opening.
#[derive(Clone, Debug, Default)]
pub struct Rebuilt {
    rows: BTreeMap<(TableId, Bytes), Bytes>,
    ends: BTreeMap<StreamId, Offset>,
    ops: Vec<(Position, String)>,
    misplaced: Option<String>,
}

impl Replay for Rebuilt {
    fn row(&mut self, table: TableId, key: &[u8], value: &[u8]) {
        if !self.ops.is_empty() {
            self.misplaced =
                Some(format!("a row of the checkpoint came after {} operations", self.ops.len()));
        }
        match (table, <[u8; 8]>::try_from(key), <[u8; 8]>::try_from(value)) {
            (ENDS, Ok(stream), Ok(end)) => {
                self.ends.insert(StreamId(u64::from_be_bytes(stream)), Offset(u64::from_be_bytes(end)));
            }
            _ => {
                self.rows.insert((table, Bytes::copy_from_slice(key)), Bytes::copy_from_slice(value));
            }
        }
    }

    fn op(&mut self, position: Position, op: &Op<'_>) {
        self.ops.push((position, digest(op)));
        match op {
            Op::Append(append) => {
                for target in &append.targets {
                    let end = self.ends.entry(target.stream).or_default();
                    *end = target.header.end().max(*end);
                }
            }
            Op::Put { table, key, value } => {
                self.rows.insert((*table, Bytes::copy_from_slice(key)), Bytes::copy_from_slice(value));
            }
            Op::Delete { table, key } => {
                self.rows.remove(&(*table, Bytes::copy_from_slice(key)));
            }
            Op::DropStream { stream } => {
                self.ends.remove(stream);
            }
            Op::Trim { .. } => {}
        }
    }
}

/// What an operation says, payloads apart: they are read back and compared elsewhere.
fn digest(op: &Op<'_>) -> String {
    match op {
        Op::Append(append) => format!("append {:?}", append.targets),
        Op::Put { table, key, value } => format!("put {table} {key:?} {value:?}"),
        Op::Delete { table, key } => format!("delete {table} {key:?}"),
        Op::Trim { stream, to } => format!("trim {stream} {to}"),
        Op::DropStream { stream } => format!("drop {stream}"),
    }
}

impl Rebuilt {
    /// Compares with what must be there; `taken` are the commits since the opening before, the kept ones first.
    pub fn verify(&self, world: &World, taken: &[(Position, Planned)]) -> Result<(), Violation> {
        hold!(self.misplaced.is_none(), "{:?}", self.misplaced);
        hold!(self.ops.is_sorted_by_key(|(position, _)| *position), "operations were replayed out of order");
        hold!(self.rows == world.rows, "the replayed rows differ from what must be there");
        let ends: BTreeMap<StreamId, Offset> =
            world.streams.iter().map(|(id, stream)| (*id, stream.end)).collect();
        hold!(self.ends == ends, "replayed ends are {:?}, must be {ends:?}", self.ends);
        for (position, commit) in taken {
            let replayed = self.ops.iter().filter(|(of, _)| of == position).map(|(_, op)| op);
            let planned: Vec<String> = commit.commit().ops.iter().map(digest).collect();
            let (mut count, mut differs) = (0, false);
            for op in replayed {
                differs |= planned.get(count) != Some(op);
                count += 1;
            }
            let whole = count == 0 || (!differs && count == planned.len());
            hold!(whole, "position {position} was replayed as something else than what was submitted");
        }
        Ok(())
    }
}
