//! A spike, not product code: the journal's face on SlateDB, over local files and over S3.
//!
//! It shows that the face can be kept on a store that is remote and shared, and what that costs; `docs/adr/0006` has the
//! figures. Never here: what a product would need beside that (bounded memory of rows, limits of space, tracing).

#![forbid(unsafe_code)]

mod journal;
mod keys;
mod open;
mod reading;
mod record;
mod rows;
pub mod stores;
mod submitted;
mod writer;

pub use journal::Options;
pub use open::{OpenError, failure_of, open};
