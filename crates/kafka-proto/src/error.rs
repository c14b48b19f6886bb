//! Why bytes are not a message, and why a message cannot be bytes.
//!
//! A decode error says where in the frame it happened, in bytes from the frame's first byte. Nothing of the peer's input
//! is repeated in a message, lengths and numbers apart.

/// Why bytes could not be read as a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause} (byte {at} of the frame)")]
pub struct DecodeError {
    /// Where the reader stood, counted from the first byte it was given.
    pub at: usize,
    /// What was wrong there.
    pub cause: DecodeCause,
}

/// What was wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeCause {
    /// The message ends in the middle of a field.
    #[error("the message ends {missing} bytes too early")]
    Truncated {
        /// How many bytes are missing at least.
        missing: usize,
    },
    /// A length below -1.
    #[error("a length of {length}")]
    NegativeLength {
        /// What was sent.
        length: i64,
    },
    /// More elements than the bytes that are left can hold.
    #[error("an array of {count} elements, which the {left} bytes that are left cannot hold")]
    CountBeyondEnd {
        /// What was sent.
        count: usize,
        /// Bytes that were left.
        left: usize,
    },
    /// More elements or tagged fields than one structure may have.
    #[error("{count} elements, at most {max} are accepted")]
    TooManyElements {
        /// What was sent.
        count: usize,
        /// The most accepted.
        max: usize,
    },
    /// Null where the version at hand has no null.
    #[error("null in a field that has no null in this version")]
    UnexpectedNull,
    /// A string that is not UTF-8.
    #[error("a string that is not UTF-8")]
    NotUtf8,
    /// A variable-length number of more than five bytes.
    #[error("a variable-length number that does not end")]
    EndlessVarint,
    /// A version outside the schema.
    #[error("version {version} of {message} does not exist")]
    UnsupportedVersion {
        /// The message.
        message: &'static str,
        /// What was asked for.
        version: i16,
    },
    /// An API that is not served.
    #[error("API key {key} is not known")]
    UnknownApi {
        /// What was asked for.
        key: i16,
    },
    /// Bytes after the message's end.
    #[error("{left} bytes after the end of the message")]
    TrailingBytes {
        /// How many.
        left: usize,
    },
}

/// Why a message could not be written in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A version outside the schema.
    #[error("version {version} of {message} does not exist")]
    UnsupportedVersion {
        /// The message.
        message: &'static str,
        /// What was asked for.
        version: i16,
    },
    /// A field is set that this version cannot carry and that the receiver may not miss.
    #[error("version {version} has no field `{field}`, and it is set")]
    FieldNotInVersion {
        /// The field.
        field: &'static str,
        /// The version.
        version: i16,
    },
    /// Null where this version has no null.
    #[error("`{field}` is null, which this version cannot say")]
    NullField {
        /// The field.
        field: &'static str,
    },
    /// A string, an array or a frame longer than its length field can say.
    #[error("{length} bytes or elements, at most {max} fit the length field")]
    TooLong {
        /// How long.
        length: usize,
        /// The most that fits.
        max: usize,
    },
}
