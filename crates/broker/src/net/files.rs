//! The limit of open files: raised at start, because each connection is one.
//!
//! Never fails: where it cannot be raised, what is there is what there is, and accepting copes with running out.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits::OPEN_FILES_WANTED;

/// Raises the soft limit of open files as far as the hard limit allows and says what it is now.
pub fn raise_open_files_limit() -> u64 {
    let now = getrlimit(Resource::Nofile);
    let soft = now.current.unwrap_or(u64::MAX);
    let wanted = now.maximum.unwrap_or(u64::MAX).min(OPEN_FILES_WANTED);
    if soft >= wanted {
        return soft;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: now.maximum }) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(%error, soft, wanted, "open files limit not raised");
            soft
        }
    }
}
