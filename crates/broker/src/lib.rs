//! The async shell: hosts the core over a journal, parks replies until they are durable, and lends ports to the doors.
//!
//! Start at [`Broker`]. `host/` is the synchronous half (the core under its lock, parked replies), `watch` wakes exactly
//! who waits for entries, `upkeep/` has the tasks (flush, timers, retention), `net/` listens, `budget` bounds bytes,
//! `metrics/` counts. What a door needs of core and journal is passed on here, so that no door imports the journal.
//!
//! Never here: a protocol's words, how anything is stored, a decision that changes state.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::indexing_slicing))]

mod broker;
pub mod budget;
mod clock;
mod error;
mod host;
mod ids;
pub mod limits;
pub mod metrics;
pub mod net;
mod options;
mod plumbing;
mod recovery;
mod upkeep;
mod watch;

pub use broker::{BoundsDiffer, Broker, Health, StartError, settled};
pub use budget::Budget;
pub use clock::Clock;
pub use error::Unavailable;
pub use host::{Gather, Host, Pending};
pub use ids::{cluster_id, fresh_id, id_of_text, id_text};
pub use options::{Flush, Options};
pub use plumbing::Plumbing;
pub use recovery::Recovery;
pub use watch::Watch;

/// The core's words, as doors use them: commands, replies, errors, the catalog.
pub use hence_core as core;
pub use hence_core::Settings as CoreSettings;
/// The journal's words that doors read with.
pub use hence_journal::{Bounds, Entry, Failure, Find, Found, Opening, Outcome, ReadError, ReadLimits};
