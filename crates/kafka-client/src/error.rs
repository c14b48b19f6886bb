//! What can go wrong with a call, and with an operation that a broker refuses.
//!
//! A text says what happened, to what, and what to do. A broker's refusal keeps its error code.

use std::sync::Arc;

use hence_kafka_proto::{ApiKey, DecodeError, EncodeError, ErrorCode};

/// A request could not be sent, or no answer came that can be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// The address list is wrong.
    #[error(transparent)]
    BadBootstrap(#[from] BadBootstrap),
    /// No connection could be made.
    #[error(transparent)]
    Connect(#[from] ConnectFailed),
    /// The broker does not offer the API in a version that this client speaks.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// The request cannot be said in the version that the broker offers.
    #[error("the request cannot be sent: {0}")]
    Encode(#[from] EncodeError),
    /// The connection is gone.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// No answer within the time.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
    /// The answer cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// No `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no broker address: write HOST:PORT, several with commas between")]
pub struct BadBootstrap {
    /// What was given.
    pub text: String,
}

/// No broker could be reached.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot connect to {address}: {source}; is the broker running, and is the address right?")]
pub struct ConnectFailed {
    /// Whom it tried.
    pub address: String,
    /// Why not.
    #[source]
    pub source: Arc<std::io::Error>,
}

/// The broker and this client have no version of an API in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the broker does not offer {} in a version that this client speaks ({} to {})", key.name(), key.schema_versions().start(), key.latest_stable())]
pub struct NotOffered {
    /// Which.
    pub key: ApiKey,
}

/// The connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the connection to {address} ended: {why}; what was sent and not answered may or may not have been done"
)]
pub struct Closed {
    /// With whom.
    pub address: String,
    /// Why.
    pub why: String,
}

/// The answer did not come in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} did not answer {} within {after_ms} ms; what it asked for may or may not have been done", key.name())]
pub struct TimedOut {
    /// Who.
    pub address: String,
    /// What was asked.
    pub key: ApiKey,
    /// How long it took at least.
    pub after_ms: u64,
}

/// The answer is not what the schema says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer to {} version {version} cannot be read: {cause}", key.name())]
pub struct Unreadable {
    /// What was asked.
    pub key: ApiKey,
    /// In which version.
    pub version: i16,
    /// What is wrong.
    pub cause: DecodeError,
}

/// An operation did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OperationError {
    /// There is no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The broker said no.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// The broker's own error code, and what it was about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {what}: {code}{}", self.explanation())]
pub struct Refused {
    /// What was asked, such as `create topic "orders"`.
    pub what: String,
    /// Kafka's code.
    pub code: ErrorCode,
    /// What the broker said besides.
    pub message: Option<String>,
}

impl Refused {
    /// `Ok` when `code` is no error.
    pub(crate) fn unless_none(
        code: i16,
        message: Option<&str>,
        what: impl FnOnce() -> String,
    ) -> Result<(), Self> {
        let code = ErrorCode(code);
        if code.is_none() {
            return Ok(());
        }
        Err(Self { what: what(), code, message: message.map(str::to_owned) })
    }

    fn explanation(&self) -> String {
        let said = self.message.as_deref().filter(|text| !text.is_empty());
        [said, self.advice()].into_iter().flatten().map(|text| format!("; {text}")).collect()
    }

    /// What to do about it, where that is known.
    pub const fn advice(&self) -> Option<&'static str> {
        Some(match self.code {
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {
                "create the topic first, or check its name and partition"
            }
            ErrorCode::UNKNOWN_TOPIC_ID | ErrorCode::INCONSISTENT_TOPIC_ID => {
                "the topic was deleted or made again since it was looked up; look it up anew"
            }
            ErrorCode::OFFSET_OUT_OF_RANGE => {
                "the records at this offset are gone or not there yet; start at the earliest or latest offset"
            }
            ErrorCode::TOPIC_ALREADY_EXISTS => "choose another name, or delete the topic first",
            ErrorCode::MESSAGE_TOO_LARGE => "send smaller batches, or raise max.message.bytes of the topic",
            ErrorCode::INVALID_TOPIC_EXCEPTION => {
                "a name has 1 to 249 of the characters a-z, A-Z, 0-9, `.`, `_` and `-`"
            }
            ErrorCode::INVALID_REPLICATION_FACTOR => {
                "use replication factor 1, or -1 for the broker's default"
            }
            ErrorCode::REQUEST_TIMED_OUT => "it may have been done; look before trying again",
            ErrorCode::KAFKA_STORAGE_ERROR => "the broker cannot store; look at its disk and its log",
            ErrorCode::UNSUPPORTED_VERSION => "the broker is older or newer than what was asked for",
            _ => return None,
        })
    }
}
