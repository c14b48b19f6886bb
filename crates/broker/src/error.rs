//! Why the broker gave no answer. What a command itself was refused for is in its reply.
//!
//! Always: [`Unavailable::Unknown`] claims nothing: the command may or may not be stored, and a door answers it by closing
//! or with a code that claims nothing either.

use hence_base::ErrorKind;
use hence_journal::Failure;

/// No reply will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// A write failed: what was asked may or may not be stored, and so may what is asked from now on have been before.
    #[error(
        "a write to the journal failed; whether the request was stored is not known, and nothing is until restart"
    )]
    Unknown,
    /// Another process owns the journal now; whether the request was stored is not known either.
    #[error("another process owns the journal now")]
    Fenced,
    /// The broker is stopping: nothing of the request was or will be stored.
    #[error("the broker is stopping")]
    Stopping,
    /// Too many commands wait for the core: nothing of the request was or will be stored.
    #[error("the broker is overloaded")]
    Overloaded,
}

impl Unavailable {
    /// Its coarse kind.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::Unknown | Self::Fenced => ErrorKind::Unknown,
            Self::Stopping | Self::Overloaded => ErrorKind::Unavailable,
        }
    }
}

impl From<Failure> for Unavailable {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Fenced => Self::Fenced,
            // A commit that was parked when the journal was closed may be stored.
            Failure::Unknown | Failure::Closed => Self::Unknown,
        }
    }
}
