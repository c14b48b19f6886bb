//! Opens the journal that the settings ask for and says what the ready line tells about it.
//! Where it is written and how, the store decides; nothing is read from it here.

use std::sync::Arc;

use hence_broker::{Flush, Opening, Recovery};
use hence_journal::local::{self, LocalJournal, NotAJournal, OpenError};
use hence_journal::memory::{self, MemoryJournal};
use hence_journal::{Journal, Replay};

use super::limits::COMMIT_BYTES_LEAST;
use super::settings::{Durability, Io, Settings};

/// An opened journal.
#[derive(Debug)]
pub struct Opened {
    /// The journal.
    pub journal: Arc<dyn Journal>,
    /// What the opening found.
    pub opening: Opening,
    /// Who writes, and when.
    pub flush: Flush,
    /// `direct`, `staged`, `buffered` or `none`.
    pub io: &'static str,
    /// The directory, or `none`.
    pub data: String,
    /// The journal again, where it has files to measure.
    pub local: Option<Arc<LocalJournal>>,
}

/// Why the journal cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory cannot be used; what can be done about it is in the text, so the cause is not told twice.
    #[error("{0}{advice}", advice = advice(.0))]
    Local(OpenError),
    /// Commits would be too small to do anything with.
    #[error(
        "the largest commit would have {bytes} bytes\n  → set journal.commit_bytes_max to {COMMIT_BYTES_LEAST} or more, and \
         journal.cache_bytes to twice that"
    )]
    CommitBytes {
        /// What they could have.
        bytes: usize,
    },
}

/// What whoever starts a broker can do; the others say it themselves.
fn advice(error: &OpenError) -> &'static str {
    match error {
        OpenError::Locked { .. } => "\n  → stop that process, or choose another directory with --data",
        OpenError::NotAJournal { what: NotAJournal::OtherFiles(_) | NotAJournal::Absent, .. } => {
            "\n  → choose an empty directory with --data"
        }
        _ => "",
    }
}

/// Opens the files of a journal and shows what they hold.
pub type OpenLocal<'a> = dyn Fn(&local::Options, &mut dyn Replay) -> Result<(Arc<LocalJournal>, Opening), OpenError>
    + Send
    + Sync
    + 'a;

/// Opens the journal, its files with `local`, and shows what it holds to `recovery`.
pub fn open(
    settings: &Settings,
    recovery: &mut Recovery,
    local: &OpenLocal<'_>,
) -> Result<Opened, StoreError> {
    let bytes = settings.journal.commit_bytes_max.min(settings.journal.cache_bytes / 2);
    if bytes < COMMIT_BYTES_LEAST {
        return Err(StoreError::CommitBytes { bytes });
    }
    let mode = match settings.durability {
        Durability::Memory => return Ok(in_memory(settings)),
        Durability::Os => local::Mode::Os,
        Durability::Fsync => local::Mode::Fsync,
    };
    let io = match settings.journal.io {
        Io::Auto => local::Io::Auto,
        Io::Direct => local::Io::Direct,
        Io::Buffered => local::Io::Buffered,
    };
    let options = local::Options {
        mode,
        io,
        ring_bytes: settings.journal.cache_bytes,
        commit_bytes_max: settings.journal.commit_bytes_max,
        commit_interval_min_us: settings.journal.commit_interval_min_us.into(),
        ..local::Options::new(&settings.data)
    };
    let (journal, opening) = local(&options, recovery).map_err(StoreError::Local)?;
    let flush = match mode {
        local::Mode::Fsync => Flush::AtOnce,
        local::Mode::Os => Flush::EndOfTurn,
    };
    let data = settings.data.display().to_string();
    Ok(Opened { io: journal.io(), opening, flush, data, local: Some(Arc::clone(&journal)), journal })
}

fn in_memory(settings: &Settings) -> Opened {
    let options = memory::Options {
        identity: hence_broker::fresh_id(),
        commit_bytes_max: settings.journal.commit_bytes_max,
        ..memory::Options::default()
    };
    let opening = options.opening();
    let journal = MemoryJournal::new(options);
    Opened { journal, opening, flush: Flush::EndOfTurn, io: "none", data: "none".to_owned(), local: None }
}
