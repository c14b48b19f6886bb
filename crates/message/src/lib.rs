//! What an event looks like in each format, read without copying it.
//!
//! One module per format; today [`kafka`]: record batches of magic 2. The bytes are stored and sent as they came, so
//! everything here borrows; what the machines need to know of a payload travels beside it as small annotations.
//!
//! Always: a length or a count is checked against the bytes that are there before anything is allocated.
//! Never here: where bytes are stored, who may write them, which offset they get, the clock.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used))]

pub mod kafka;
pub mod limits;
