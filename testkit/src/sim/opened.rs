//! One opening of the simulated journal, with whoever listens to it.
//!
//! Always: opened without threads, so that everything happens when the run says so. Never here: what must be there.

use std::sync::Arc;

use hence_journal::local::{Io, LocalJournal, Mode, Options};
use hence_journal::{Journal, Opening};

use super::counts::Counts;
use super::owner::{Ear, Ends, Rebuilt};
use super::setup::{Durability, Setup};
use crate::disk::simulated::SimDisk;
use crate::model::Violation;

/// An open journal.
pub struct Opened {
    journal: Arc<LocalJournal>,
    /// Hears of durability.
    pub ear: Arc<Ear>,
    /// What the opening found.
    pub opening: Opening,
    /// What the opening replayed.
    pub rebuilt: Rebuilt,
}

impl Opened {
    /// Opens what is on `disk`.
    pub fn open(disk: &SimDisk, setup: &Setup, durability: Durability) -> Result<Self, Violation> {
        let mut rebuilt = Rebuilt::default();
        let opened = LocalJournal::open_on(Arc::new(disk.clone()), &options(setup, durability), &mut rebuilt);
        let (journal, opening) = opened.map_err(|error| Violation(format!("it does not open: {error}")))?;
        let ear = Ear::new(disk.clone());
        journal.observe(Arc::clone(&ear) as Arc<_>);
        Ok(Self { journal, ear, opening, rebuilt })
    }

    /// The journal's face.
    pub fn journal(&self) -> &dyn Journal {
        &*self.journal
    }

    /// Does what is done behind, one step.
    pub fn tend(&self) {
        self.journal.tend();
    }

    /// Adds what the journal did.
    pub fn count(&self, counts: &mut Counts) {
        count(&self.journal, counts);
    }

    /// Names who has the derived rows.
    pub fn lend(&self, ends: Arc<Ends>) {
        self.journal.derive_rows_from(ends);
    }
}

/// Adds what a journal did.
pub fn count(journal: &LocalJournal, counts: &mut Counts) {
    let done = journal.counts();
    counts.torn_blocks += done.torn;
    counts.checkpoints += done.checkpoints;
    counts.rolls += done.rolled;
    counts.recycles += done.recycled;
}

/// How a simulated journal is opened.
pub fn options(setup: &Setup, durability: Durability) -> Options {
    let (mode, io) = match durability {
        Durability::Direct => (Mode::Fsync, Io::Direct),
        Durability::Buffered => (Mode::Fsync, Io::Buffered),
        Durability::Os => (Mode::Os, Io::Buffered),
        Durability::Staged => (Mode::Os, Io::Direct),
    };
    Options {
        mode,
        io,
        ring_bytes: setup.ring_bytes,
        segment_bytes_min: setup.segment_bytes.0,
        segment_bytes_max: setup.segment_bytes.1,
        checkpoint_bytes: setup.checkpoint_bytes,
        index_rows_max: setup.index_rows_max,
        identity: Some(*b"simulated disk 1"),
        threads: false,
        ..Options::new("simulated")
    }
}
