//! What an opening journal is shown to: a core that takes rows and operations until it is as it was.
//!
//! Always: goes through the core's one `apply`. A row that cannot be read fails the start instead of being left out.

use hence_base::{Op, Position, TableId};
use hence_core::{Core, RowError, Settings};
use hence_journal::Replay;

/// A core that is being rebuilt; give it to the store's `open`, then to [`crate::Broker::start`].
#[derive(Debug)]
pub struct Recovery {
    core: Core,
    failure: Option<RowError>,
}

impl Recovery {
    /// Starts from nothing.
    pub fn new(settings: Settings) -> Self {
        Self { core: Core::new(settings), failure: None }
    }

    pub(crate) fn into_core(self) -> Result<Core, RowError> {
        match self.failure {
            None => Ok(self.core),
            Some(failure) => Err(failure),
        }
    }

    fn note(&mut self, done: Result<(), RowError>) {
        if let Err(failure) = done {
            self.failure.get_or_insert(failure);
        }
    }
}

impl Replay for Recovery {
    fn row(&mut self, table: TableId, key: &[u8], value: &[u8]) {
        let done = self.core.restore_row(table, key, value);
        self.note(done);
    }

    fn op(&mut self, _position: Position, op: &Op<'_>) {
        let done = self.core.apply(op);
        self.note(done);
    }
}
