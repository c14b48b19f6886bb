//! The one durable thing: an ordered sequence of atomic commits, on files or in memory.
//!
//! [`Journal`] is the small face that the broker sees, in journal terms only: no topic, group or protocol words.
//! Behind it: `format/` turns structs into bytes and back, `log/` decides without I/O what is written next and what is
//! durable, `local/` opens files and owns threads, `staging/` writes behind in `os`, `memory/` keeps everything in memory for tests and `--durability memory`.
//! What is never here: an async runtime, a wall clock, the meaning of a payload.

#![deny(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used))]

mod api;
mod clock;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod disk;
pub mod doctor;
mod format;
pub mod fuzz;
mod limits;
pub mod local;
mod log;
pub mod memory;
#[cfg_attr(feature = "planted", doc(hidden))]
pub mod planted;
mod ring;
mod staging;

pub use api::{
    Bounds, DirtyRows, Entry, Failure, Find, Found, Journal, Observer, Opening, Outcome, ReadError,
    ReadLimits, Refusal, Replay, Room, RowSource, State, StoreFuture, SubmitError, Touched,
};
