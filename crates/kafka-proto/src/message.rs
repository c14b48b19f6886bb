//! What every generated message can do.
//!
//! A message is decoded from and encoded into one version of its schema. A field outside the version has its default;
//! encoding refuses a set field that the version cannot carry, unless the schema says it may be dropped.

use std::ops::RangeInclusive;

use crate::error::{DecodeError, EncodeError};
use crate::generated::ApiKey;
use crate::reader::Reader;
use crate::writer::Writer;

/// A request, a response, a header, or data inside them.
pub trait Message<'a>: Sized {
    /// Its name in Kafka's schemas.
    const NAME: &'static str;
    /// The versions of the schema, unstable ones included.
    const VERSIONS: RangeInclusive<i16>;
    /// The first flexible version; beyond every version when there is none.
    const FLEXIBLE_SINCE: i16;

    /// Reads one message; what follows it is left in `reader` (`Reader::finish` reports it).
    fn decode(version: i16, reader: &mut Reader<'a>) -> Result<Self, DecodeError>;

    /// Writes one message. After an error the writer is empty.
    fn encode(&self, version: i16, writer: &mut Writer) -> Result<(), EncodeError>;
}

/// A request and what answers it.
pub trait Request<'a>: Message<'a> {
    /// The API.
    const KEY: ApiKey;
    /// What answers it, in the same version.
    type Response<'r>: Message<'r>;
}

/// How a sample is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Every field has its default.
    Default,
    /// Lowest numbers, empty strings and arrays, null where the version has it.
    Low,
    /// Highest numbers, long strings, two elements in every array, every tagged field present.
    High,
}

/// Messages for tests: what a version can carry at least and at most.
#[cfg(any(test, feature = "samples"))]
pub trait Sample: Sized {
    /// A message that this version carries whole.
    fn sample(version: i16, fill: Fill) -> Self;
}

/// A string of more than 127 bytes with characters of one to four bytes.
#[cfg(any(test, feature = "samples"))]
pub(crate) const SAMPLE_TEXT: &str = "a-long-name.with_every-kind.of.character-ä-€-🦀-and-enough-of-them-that-the-length-of-a-compact-string-takes-two-bytes-on-the-wire";
