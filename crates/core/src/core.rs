//! The core: owns the machines, gives them commands in order, gathers one commit and the replies.
//!
//! Always: one turn makes at most one commit, and it fits into the room that the turn was given. What is left over stays
//! in the queue, or is work that `Turn::more` tells of.

use std::collections::VecDeque;
use std::sync::Arc;

use hence_base::{Offset, StreamId, TableId, Timestamp};

use crate::catalog::Catalog;
use crate::command::{Command, RequestId};
use crate::error::RowError;
use crate::settings::Settings;
use crate::turn::{Room, Turn};

/// A derived row that changed: table, key, value; no value deletes.
pub type DirtyRow = (TableId, Vec<u8>, Option<Vec<u8>>);

/// A slice of changed derived rows.
#[derive(Debug, Default)]
pub struct DirtyRows {
    /// The rows.
    pub rows: Vec<DirtyRow>,
    /// Whether more rows are dirty.
    pub more: bool,
}

/// All broker state and the machines that change it.
#[derive(Debug)]
pub struct Core {
    settings: Settings,
    catalog: Catalog,
}

impl Core {
    /// A core without state. Restore rows, apply operations, then send [`Start`](crate::Start).
    pub fn new(settings: Settings) -> Self {
        Self { settings, catalog: Catalog::default() }
    }

    /// Takes a row of a checkpoint. The order of rows does not matter.
    pub fn restore_row(&mut self, table: TableId, key: &[u8], value: &[u8]) -> Result<(), RowError> {
        let _ = (key, value);
        Err(RowError { table, what: "the table is unknown" })
    }

    /// Applies an operation: the one place where facts change, live and in recovery. Idempotent: rows of a checkpoint may
    /// reflect some of the operations that follow it.
    pub fn apply(&mut self, op: &hence_base::Op<'_>) -> Result<(), RowError> {
        let _ = op;
        Ok(())
    }

    /// Runs a bounded batch of commands at `now` and fills `turn`, which the caller cleared. Commands that do not fit into
    /// `room` beside what the turn made stay in the queue; one that would never fit is answered with a full disk.
    pub fn turn(
        &mut self,
        now: Timestamp,
        room: Room,
        commands: &mut VecDeque<(RequestId, Command)>,
        turn: &mut Turn,
    ) {
        let _ = (now, room, &self.settings);
        commands.clear();
        turn.more = false;
    }

    /// The present catalog: what the next published snapshot would hold.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::new(self.catalog.clone())
    }

    /// The start and the end of a stream, with what this core has decided so far, durable or not.
    pub fn bounds(&self, stream: StreamId) -> Option<(Offset, Offset)> {
        let _ = stream;
        None
    }

    /// Up to `rows_max` derived rows that changed since they were last asked for.
    pub fn dirty_rows(&mut self, rows_max: usize) -> DirtyRows {
        let _ = rows_max;
        DirtyRows::default()
    }
}
