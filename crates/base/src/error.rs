//! Coarse kinds of error. Each door maps a kind once to its own codes.
//! The precise cause stays in the typed error of the operation; no text is made from a kind.

/// What sort of failure it is, for whoever must answer in another vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is wrong: the same request fails again.
    Invalid,
    /// What it names does not exist.
    NotFound,
    /// What it would create exists.
    Exists,
    /// It conflicts with the present state (a sequence, a generation, an epoch).
    Conflict,
    /// Not allowed for this caller.
    Denied,
    /// Over a limit: of size, of count, of space. Trying later or smaller may help.
    Limit,
    /// Known and not offered.
    Unsupported,
    /// Nothing was stored; the same request may succeed now.
    Unavailable,
    /// It may or may not have been stored: never answered with a code that claims "not stored".
    Unknown,
    /// Stored bytes do not match their checksum.
    Corrupt,
}
