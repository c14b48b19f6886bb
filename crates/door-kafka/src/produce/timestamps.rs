//! Record timestamps one by one: for topics that bound the past, and to say which records of a refused batch are wrong.
//!
//! A batch's head has its first and its largest timestamp; what lies between is read only where a topic asks for it.
//! A body that cannot be read has no wrong timestamps: it harms only its readers.

use hence_base::Timestamp;
use hence_message::kafka::{Batch, BatchError, Limits, TimestampOutOfBounds};

use crate::limits::{RECORD_ERRORS_MAX, RECORD_SEARCH_BYTES_MAX};
use crate::ports::TopicSettings;

/// Records whose timestamps the topic does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Their places in the batch, and their timestamps.
    pub records: Vec<(i32, Timestamp)>,
    /// What the topic allows.
    pub bounds: TimestampOutOfBounds,
}

/// Whether the topic bounds how old a record may be.
pub const fn bounds_the_past(settings: &TopicSettings) -> bool {
    settings.timestamp_before_max_ms < i64::MAX
}

/// Looks at each record of a batch that was refused for its timestamps; the head's word stands where none is found.
pub fn explain(records: &[u8], limits: &Limits, refused: TimestampOutOfBounds) -> Wrong {
    let found = find(records, limits);
    Wrong { records: if found.is_empty() { vec![(0, refused.timestamp)] } else { found }, bounds: refused }
}

/// Looks at each record of a batch whose head is right.
pub fn check(records: &[u8], limits: &Limits) -> Result<(), Wrong> {
    let found = find(records, limits);
    let &Limits { earliest, latest, .. } = limits;
    match found.first() {
        None => Ok(()),
        Some(&(_, timestamp)) => {
            let bounds = TimestampOutOfBounds { timestamp, earliest, latest };
            Err(Wrong { records: found, bounds })
        }
    }
}

fn find(records: &[u8], limits: &Limits) -> Vec<(i32, Timestamp)> {
    let Ok(batch) = Batch::parse(records) else { return Vec::new() };
    let Ok(body) = batch.body(RECORD_SEARCH_BYTES_MAX) else { return Vec::new() };
    let allowed = limits.earliest..=limits.latest;
    let wrong = |timestamp: Timestamp| timestamp != Timestamp::NONE && !allowed.contains(&timestamp);
    let timestamps = body.records().map_while(Result::ok).map(|record| record.timestamp);
    (0..).zip(timestamps).filter(|(_, timestamp)| wrong(*timestamp)).take(RECORD_ERRORS_MAX).collect()
}

/// Why records are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The batch is not one that may be stored.
    Batch(BatchError),
    /// Timestamps of records are out of bounds.
    Timestamps(Wrong),
}

impl From<BatchError> for Refused {
    fn from(error: BatchError) -> Self {
        Self::Batch(error)
    }
}

impl From<Wrong> for Refused {
    fn from(wrong: Wrong) -> Self {
        Self::Timestamps(wrong)
    }
}
