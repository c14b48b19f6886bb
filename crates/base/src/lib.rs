//! The words every crate shares: ids, offsets, positions, times, commits and their operations, kinds of error.
//!
//! Small on purpose (it has a line budget) and without behaviour: a type is here only if two crates that may not
//! import each other both speak of it. Nothing here knows a protocol, a file or a clock.

#![forbid(unsafe_code)]

mod commit;
mod error;
mod ids;

pub use commit::{Append, Commit, EntryHeader, EntryRef, Op, Target, Urgency};
pub use error::ErrorKind;
pub use ids::{Epoch, LeaderEpoch, Offset, Position, StreamId, TableId, Timestamp};

/// Every maximum that more than one crate must agree on.
pub mod limits;
