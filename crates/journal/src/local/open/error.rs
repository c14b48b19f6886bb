//! Why a directory does not open, and what whoever reads that can do.
//!
//! Always: what it is, where, and what to do next. Never here: what leads to it.

use std::io;
use std::path::{Path, PathBuf};

use super::Opener;
use crate::format::{Place, block, identity, segment, staging};
use crate::local::segments::{ListError, Segments};
use crate::log::recovery::RecoverError;
use crate::staging::left;

/// Why a directory does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{} is in use by another process{}", dir.display(), pid.map_or(String::new(), |pid| format!(" (pid {pid})")))]
    Locked {
        /// The directory.
        dir: PathBuf,
        /// The process, if it could be read.
        pid: Option<u32>,
    },
    /// It holds something else.
    #[error("{} is not a Hence directory: {what}", dir.display())]
    NotAJournal {
        /// The directory.
        dir: PathBuf,
        /// What it holds.
        what: NotAJournal,
    },
    /// It was written by another version of the program.
    #[error("{} has format version {version}, this program reads version {known}\n  → open it with the version of hence that wrote it", file.display())]
    Version {
        /// The file.
        file: PathBuf,
        /// Its version.
        version: u16,
        /// The version that this program reads.
        known: u16,
    },
    /// Stored bytes are gone or wrong.
    #[error("the journal in {} is damaged: {file}: {what}\n  → run: hence doctor {}", dir.display(), dir.display())]
    Damaged {
        /// The directory.
        dir: PathBuf,
        /// The file.
        file: String,
        /// What is wrong, and where.
        what: String,
    },
    /// Too little memory for recent blocks.
    #[error("recent blocks need {least} bytes of memory, {bytes} are given")]
    Ring {
        /// `ring_bytes` of the options.
        bytes: usize,
        /// The least that works.
        least: usize,
    },
    /// The options contradict each other.
    #[error("segments grow, they do not shrink")]
    Segments,
    /// The disk did not answer.
    #[error("{}: {cause}\n  → check that the directory exists and is readable and writable by this user, and that its disk is well and not full", path.display())]
    Io {
        /// What was asked for.
        path: PathBuf,
        /// Why it failed.
        cause: io::Error,
    },
}

impl OpenError {
    /// Of the staging file in `dir`.
    pub(crate) fn of_staging(dir: &Path, cause: io::Error) -> Self {
        let file = dir.join(staging::FILE);
        match cause.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(&left::UnknownVersion(version)) => Self::Version { file, version, known: staging::VERSION },
            None => Self::Io { path: file, cause },
        }
    }
}

/// What a directory holds instead of a journal.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAJournal {
    /// Files of somebody else.
    #[error("it holds {0:?} and no {file}", file = identity::FILE)]
    OtherFiles(String),
    /// Nothing that says it is one.
    #[error("it holds no {file}", file = identity::FILE)]
    Absent,
    /// An identity that cannot be read.
    #[error("{file} cannot be read\n  → what is beside it may be whole: restore that file from a backup", file = identity::FILE)]
    Identity,
}

impl Opener<'_> {
    /// An error of the disk, about a file.
    pub fn io(&self, file: &str, cause: io::Error) -> OpenError {
        OpenError::Io { path: self.options.dir.join(file), cause }
    }

    /// Stored bytes are gone or wrong.
    pub fn damaged(&self, file: String, what: String) -> OpenError {
        OpenError::Damaged { dir: self.options.dir.clone(), file, what }
    }

    /// Why the segment files cannot be listed.
    pub fn list_error(&self, error: ListError) -> OpenError {
        match error {
            ListError::Version { file, version } => {
                OpenError::Version { file: self.options.dir.join(file), version, known: segment::VERSION }
            }
            ListError::Twice { ref file, .. } => self.damaged(file.clone(), error.to_string()),
            ListError::Io { file, cause } => self.io(&file, cause),
        }
    }

    /// Why recovery stopped, with the file.
    pub fn recover_error(&self, error: RecoverError, segments: &Segments) -> OpenError {
        let file = |at: Place| segments.name(at.segment).unwrap_or_else(|| format!("segment {}", at.segment));
        match error {
            RecoverError::Damage { at, .. } | RecoverError::Malformed { at, .. } => {
                self.damaged(file(at), error.to_string())
            }
            RecoverError::Version { at, version } => {
                OpenError::Version { file: self.options.dir.join(file(at)), version, known: block::VERSION }
            }
            RecoverError::Io { at, cause } => self.io(&file(at), cause),
        }
    }
}
