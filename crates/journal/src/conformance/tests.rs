//! The suite over the memory store.

use super::{Opened, Replayed, Shape, Store};
use crate::memory::{MemoryJournal, Options};

struct InMemory;

impl Store for InMemory {
    fn fresh(&self, shape: Shape) -> Option<Opened> {
        let default = Options::default();
        let options = Options {
            kept_bytes_max: shape.space_bytes.unwrap_or(default.kept_bytes_max),
            commit_bytes_max: shape.commit_bytes_max.unwrap_or(default.commit_bytes_max),
            ..default
        };
        let opening = options.opening();
        Some(Opened { journal: MemoryJournal::new(options), opening, replayed: Replayed::default() })
    }

    fn reopen(&self, _closed: Opened) -> Option<Opened> {
        None
    }

    fn crash(&self, _running: Opened) -> Option<Opened> {
        None
    }

    fn take_over(&self, _running: &Opened) -> Option<Opened> {
        None
    }
}

crate::conformance!(InMemory);
