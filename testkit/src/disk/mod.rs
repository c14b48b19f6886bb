//! Disks for tests: one that is simulated, with everything that a power cut or a failing device may do.
//!
//! [`image`] is what a directory is and what is left of it; [`simulated`] gives it the journal's face and breaks it on
//! demand. Never here: what a journal writes.

pub mod image;
pub mod simulated;

#[cfg(test)]
mod tests;
