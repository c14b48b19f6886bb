//! One life of the simulated broker: the hosted core over an opened journal, without tasks.
//!
//! Always: nothing happens but what the run asks for. Never here: what clients know.

use std::sync::Arc;

use bytes::Bytes;
use hence_base::{Offset, Op, Position, StreamId, TableId, Timestamp};
use hence_broker::core::{Catalog, Core, Request, Start};
use hence_broker::metrics::Durability as Metrics;
use hence_broker::{Clock, CoreSettings, Flush, Host, Pending};
use hence_journal::local::LocalJournal;
use hence_journal::{Journal, Opening, ReadLimits, Replay};

use super::{Truth, answered};
use crate::dice::Dice;
use crate::disk::simulated::SimDisk;
use crate::hold;
use crate::model::{Violation, now};
use crate::sim::counts::Counts;
use crate::sim::opened::{count, options};
use crate::sim::setup::Setup;

/// A running broker without its shell.
pub struct Server {
    host: Arc<Host>,
    journal: Arc<LocalJournal>,
    clock: Clock,
    /// What the opening found.
    pub opening: Opening,
}

struct Restored {
    core: Core,
    failure: Option<String>,
}

impl Replay for Restored {
    fn row(&mut self, table: TableId, key: &[u8], value: &[u8]) {
        if let Err(error) = self.core.restore_row(table, key, value) {
            self.failure.get_or_insert(error.to_string());
        }
    }

    fn op(&mut self, _position: Position, op: &Op<'_>) {
        if let Err(error) = self.core.apply(op) {
            self.failure.get_or_insert(error.to_string());
        }
    }
}

impl Server {
    /// Opens the journal, restores the core and starts it.
    pub fn start(disk: &SimDisk, setup: &Setup, now_ms: i64) -> Result<Self, Violation> {
        let mut restored = Restored { core: Core::new(CoreSettings::default()), failure: None };
        let options = options(setup, setup.durability);
        let opened = LocalJournal::open_on(Arc::new(disk.clone()), &options, &mut restored);
        let (journal, opening) = opened.map_err(|error| Violation(format!("it does not open: {error}")))?;
        hold!(restored.failure.is_none(), "the core does not understand the journal: {:?}", restored.failure);
        let clock = Clock::manual(Timestamp(now_ms));
        let face: Arc<dyn Journal> = Arc::clone(&journal) as Arc<_>;
        let host = Host::new(restored.core, face, Flush::EndOfTurn, clock.clone(), Metrics::default());
        let server = Self { host, journal, clock, opening };
        let started = server.settle(Start { epoch: opening.epoch, complete: opening.complete })?;
        hold!(started.is_ok(), "there is no space to raise the epochs: {started:?}");
        Ok(server)
    }

    /// Asks and waits for the answer, with nothing else going on.
    pub fn settle<R: Request>(&self, request: R) -> Result<R::Reply, Violation> {
        let mut pending = self.host.call(request);
        for _ in 0..100 {
            self.host.drive();
            self.journal.flush();
            if let Some(answer) = answered(&mut pending) {
                return answer.map_err(|error| Violation(format!("no answer: {error:?}")));
            }
        }
        Err(Violation("a request is not answered although everything was flushed".to_owned()))
    }

    /// Asks.
    pub fn ask<R: Request>(&self, request: R) -> Pending<R::Reply> {
        self.host.call(request)
    }

    /// Moves the clock, lets timers act and unfinished work go on.
    pub fn set_time(&self, now_ms: i64) {
        self.clock.set(Timestamp(now_ms));
        if self.host.next_timer().is_some_and(|due| due.0 <= now_ms) {
            self.host.tick();
        }
        self.host.drive();
    }

    /// Writes what was submitted.
    pub fn flush(&self) {
        self.journal.flush();
    }

    /// Does what is done behind.
    pub fn tend(&self) {
        self.journal.tend();
    }

    /// Whether the journal gave up.
    pub fn has_failed(&self) -> bool {
        self.journal.state().failure.is_some() || self.host.stopped().is_some()
    }

    /// The newest durable catalog.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.host.catalog()
    }

    /// Readable range.
    pub fn bounds(&self, stream: StreamId) -> Option<(Offset, Offset)> {
        self.journal.bounds(stream).map(|bounds| (bounds.start, bounds.end))
    }

    /// All readable entries: base offset and payload.
    pub fn read_all(&self, stream: StreamId) -> Result<Vec<(Offset, Bytes)>, Violation> {
        let Some((mut from, end)) = self.bounds(stream) else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        while from < end {
            let read =
                now(self.journal.read(stream, from, ReadLimits { bytes_max: 64 * 1024, before: None }));
            let entries = read.map_err(|error| Violation(format!("stream {stream} from {from}: {error}")))?;
            hold!(!entries.is_empty(), "stream {stream} from {from}: nothing, must reach {end}");
            for entry in entries {
                from = entry.end();
                all.push((entry.base, entry.payload));
            }
        }
        Ok(all)
    }

    /// Reads from anywhere; what is read was shown to a client.
    pub fn read_some(&self, stream: StreamId, dice: &mut Dice, truth: &mut Truth) -> Result<(), Violation> {
        let Some((start, end)) = self.bounds(stream) else { return Ok(()) };
        let from = start.plus(dice.below(end.0 - start.0 + 1));
        let limits = ReadLimits { bytes_max: dice.skewed(20_000) as usize, before: None };
        let read = now(self.journal.read(stream, from, limits));
        let entries = read.map_err(|error| Violation(format!("stream {stream} from {from}: {error}")))?;
        for entry in entries {
            truth.show(stream, entry.base, &entry.payload)?;
        }
        Ok(())
    }

    /// Commits made durable in this life.
    pub fn commits(&self) -> u64 {
        self.journal.counts().commits
    }

    /// Adds what the journal did.
    pub fn count(&self, counts: &mut Counts) {
        counts.commits += self.commits();
        count(&self.journal, counts);
    }
}
