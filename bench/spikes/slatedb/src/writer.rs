//! The one task that gives commits to SlateDB: all that is queued, one flush of its log, then it is told.
//!
//! Always: commits are written in submit order with their position as sequence number; nothing is told before the flush
//! that holds it has returned. After an error nothing is written any more. Never here: what a commit's rows are.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use bytes::Bytes;
use hence_base::{Offset, Position, TableId};
use hence_journal::{Failure, Touched};
use slatedb::config::{FlushOptions, FlushType, WriteOptions};
use slatedb::{CloseReason, ErrorKind, WriteBatch};

use crate::journal::Shared;
use crate::keys;
use crate::reading;
use crate::submitted::{Change, Pending};

/// After so many commits the derived rows are asked for, and an opening has no more than these to replay.
const CHECKPOINT_COMMITS: u64 = 10_000;

/// Rows that are asked for at once.
const DERIVED_ROWS: usize = 1_000;

pub struct Writer {
    pub shared: Arc<Shared>,
    /// Commits up to here are covered by derived rows.
    pub replay_after: Position,
    /// Positions whose operations are kept for a replay.
    pub recorded: Vec<Position>,
}

/// Derived rows on their way into a commit that lies behind everything that they reflect.
struct Derived {
    rows: Vec<(TableId, Vec<u8>, Option<Vec<u8>>)>,
    made: Position,
    covers: Position,
}

/// What an error of SlateDB means to the face.
pub fn failure(error: &slatedb::Error) -> Failure {
    match error.kind() {
        ErrorKind::Closed(CloseReason::Fenced) => Failure::Fenced,
        _ => Failure::Unknown,
    }
}

impl Writer {
    pub async fn run(mut self) {
        let mut derived = None;
        loop {
            self.shared.wake.notified().await;
            let started = tokio::time::Instant::now();
            let closing = self.shared.closing.lock().take();
            let group = std::mem::take(&mut self.shared.submitted.lock().queue);
            let written = self.write_group(group, &mut derived).await;
            if let Err(error) = &written {
                self.shared.fail(failure(error));
            }
            if let Some(answer) = closing {
                self.close(written, &answer).await;
                return;
            }
            tokio::time::sleep_until(started + self.shared.options.flush_interval_min).await;
        }
    }

    async fn write_group(
        &mut self,
        mut group: Vec<Pending>,
        derived: &mut Option<Derived>,
    ) -> Result<(), slatedb::Error> {
        let Some(last) = group.last().map(|pending| pending.position) else { return Ok(()) };
        if derived.is_none() && self.recorded.len() as u64 >= CHECKPOINT_COMMITS {
            *derived = self.derive();
        }
        let db = self.shared.db.clone();
        for pending in &mut group {
            let mut batch = std::mem::take(&mut pending.batch);
            self.sweep(&pending.changes, &mut batch).await?;
            if let Some(rows) = derived.take_if(|rows| pending.position >= rows.made) {
                self.checkpoint(rows, &mut batch);
            }
            if pending.recorded {
                self.recorded.push(pending.position);
            }
            db.write_with_options(batch, &WriteOptions { seqnum: pending.position.0 }).await?;
        }
        db.flush_with_options(FlushOptions { flush_type: FlushType::Wal }).await?;
        self.publish(&group, last).await
    }

    /// Deletes what the commit's trims and drops leave unreadable. There is no delete of a range: one tombstone a row.
    async fn sweep(&self, changes: &[Change], batch: &mut WriteBatch) -> Result<(), slatedb::Error> {
        for change in changes {
            let (stream, from, to) = match *change {
                Change::Append { .. } => continue,
                Change::Trim { stream, to } => {
                    let start = self.shared.bounds(stream).map_or(Offset::ZERO, |bounds| bounds.start);
                    (stream, start, to)
                }
                Change::Drop { stream } => (stream, Offset::ZERO, Offset(u64::MAX)),
            };
            for key in reading::keys_before(&self.shared.db, stream, from, to).await? {
                batch.delete(key);
            }
        }
        Ok(())
    }

    /// Looks up where trimmed streams start now, makes the group readable in one step and tells the observer.
    async fn publish(&self, group: &[Pending], durable: Position) -> Result<(), slatedb::Error> {
        let mut starts = Vec::new();
        for change in group.iter().flat_map(|pending| &pending.changes) {
            if let Change::Trim { stream, to } = change {
                let first = reading::first_behind(&self.shared.db, *stream, *to).await;
                starts.push(first.ok().flatten().map(|row| row.bytes_before));
            }
        }
        let _telling = self.shared.telling.lock();
        if self.shared.has_failed() {
            return Ok(());
        }
        let mut starts = starts.into_iter();
        let mut touched: Vec<Touched> = Vec::new();
        let mut streams = self.shared.streams.write();
        for change in group.iter().flat_map(|pending| &pending.changes) {
            let (id, bytes) = match *change {
                Change::Append { stream, end, bytes, newest } => {
                    streams.entry(stream).or_default().append(end, bytes, newest);
                    (stream, bytes)
                }
                Change::Trim { stream, to } => {
                    let bytes_before = starts.next().flatten();
                    if let Some(live) = streams.get_mut(&stream) {
                        live.trim(to, bytes_before);
                    }
                    (stream, 0)
                }
                Change::Drop { stream } => {
                    streams.remove(&stream);
                    continue;
                }
            };
            match touched.iter_mut().find(|touch| touch.stream == id) {
                Some(touch) => touch.bytes += bytes,
                None => touched.push(Touched { stream: id, bounds: Default::default(), bytes }),
            }
        }
        touched.retain_mut(|touch| {
            let bounds = streams.get(&touch.stream).map(|live| live.bounds());
            touch.bounds = bounds.unwrap_or_default();
            bounds.is_some()
        });
        self.shared.set_durable(durable);
        drop(streams);
        if let Some(observer) = self.shared.observer.get() {
            observer.advanced(durable, &touched);
        }
        Ok(())
    }

    /// Asks for the derived rows; they reflect at least what is durable now.
    fn derive(&self) -> Option<Derived> {
        let source = self.shared.source.get()?;
        let covers = self.shared.durable();
        let (mut rows, mut made) = (Vec::new(), Position::ZERO);
        loop {
            let dirty = source.dirty_rows(DERIVED_ROWS);
            rows.extend(dirty.rows);
            made = made.max(dirty.made);
            if !dirty.more {
                return Some(Derived { rows, made, covers });
            }
        }
    }

    /// Puts derived rows into a batch and deletes the operations that need no replay with them.
    fn checkpoint(&mut self, derived: Derived, batch: &mut WriteBatch) {
        let mut rows = self.shared.rows.write();
        for (table, key, value) in derived.rows {
            match value {
                Some(value) => {
                    let value = Bytes::from(value);
                    batch.put_bytes(keys::row(table, &key), value.clone());
                    rows.put(table, &key, value);
                }
                None => {
                    batch.delete(keys::row(table, &key));
                    rows.delete(table, &key);
                }
            }
        }
        drop(rows);
        batch.put(keys::REPLAY_AFTER, derived.covers.0.to_le_bytes());
        self.replay_after = derived.covers;
        let covered = self.recorded.partition_point(|position| *position <= derived.covers);
        self.recorded.drain(..covered).for_each(|position| batch.delete(keys::commit(position)));
    }

    /// Writes a last checkpoint behind everything and closes SlateDB.
    async fn close(&mut self, written: Result<(), slatedb::Error>, answer: &SyncSender<Result<(), Failure>>) {
        let closed = match written {
            Ok(()) => self.close_database().await,
            Err(error) => Err(error),
        };
        let _gone = answer.send(closed.map_err(|error| failure(&error)));
    }

    async fn close_database(&mut self) -> Result<(), slatedb::Error> {
        if let Some(derived) = self.derive() {
            let mut batch = WriteBatch::new();
            let seqnum = self.shared.durable().0 + 1;
            self.checkpoint(derived, &mut batch);
            self.shared.db.write_with_options(batch, &WriteOptions { seqnum }).await?;
        }
        self.shared.db.close().await
    }
}
