//! Record timestamps one by one: for topics that bound the past, and to say which records of a refused batch are wrong.
//!
//! A batch's head has its first and its largest timestamp; what lies between is read only where a topic asks for it, or to
//! say more. Always: what is opened and what is found follows from the bytes that were sent, however well they are
//! compressed, and no more is looked at than was allowed at this place. A body that cannot be read has no wrong timestamps, it harms only its readers; one that opens to more than
//! may be looked at is refused where a topic asks for a look.

use hence_base::Timestamp;
use hence_message::kafka::{
    Batch, BatchError, BatchHeader, BatchTooLarge, Codec, DecompressError, Limits, TimestampOutOfBounds,
    TooMuchDecompressed,
};

use crate::limits::{
    CHECKED_TIMES_MAX, EXPLAINED_TIMES_MAX, OPENED_BYTES_MIN, RECORD_ERROR_BYTES, RECORD_ERRORS_MAX,
};
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

/// How much of records may be looked at: each byte takes time.
#[derive(Debug)]
pub struct Allowance {
    bytes_left: usize,
}

impl Allowance {
    /// So many bytes, in the form to which they may open.
    pub const fn of(bytes_max: usize) -> Self {
        Self { bytes_left: bytes_max }
    }

    /// Whatever there is: beside the event loop.
    pub const fn everything() -> Self {
        Self::of(usize::MAX)
    }

    fn take(&mut self, records: &[u8], times_max: usize) -> Result<(), Refused> {
        let bytes =
            if is_compressed(records) { opened_bytes_max(records.len(), times_max) } else { records.len() };
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => self.bytes_left = left,
            None => return Err(Refused::Unlooked),
        }
        Ok(())
    }
}

/// Bytes that a look at these records may take in memory.
pub fn room_bytes(records: &[u8], settings: &TopicSettings) -> usize {
    let times_max = if bounds_the_past(settings) { CHECKED_TIMES_MAX } else { EXPLAINED_TIMES_MAX };
    // What is larger is refused unopened.
    let bytes = records.len().min(settings.max_message_bytes as usize);
    if is_compressed(records) { opened_bytes_max(bytes, times_max) } else { 0 }
}

fn is_compressed(records: &[u8]) -> bool {
    BatchHeader::parse(records).is_ok_and(|header| header.codec() != Some(Codec::None))
}

const fn opened_bytes_max(bytes: usize, times_max: usize) -> usize {
    bytes.saturating_mul(times_max).saturating_add(OPENED_BYTES_MIN)
}

/// Looks at each record of a batch that was refused for its timestamps; the head's word stands where none is found.
pub fn explain(
    records: &[u8],
    limits: &Limits,
    refused: TimestampOutOfBounds,
    allowance: &mut Allowance,
) -> Refused {
    if let Err(unlooked) = allowance.take(records, EXPLAINED_TIMES_MAX) {
        return unlooked;
    }
    let found = find(records, limits, EXPLAINED_TIMES_MAX).unwrap_or_default();
    let records = if found.is_empty() { vec![(0, refused.timestamp)] } else { found };
    Wrong { records, bounds: refused }.into()
}

/// Looks at each record of a batch whose head is right.
pub fn check(records: &[u8], limits: &Limits, allowance: &mut Allowance) -> Result<(), Refused> {
    allowance.take(records, CHECKED_TIMES_MAX)?;
    let found = find(records, limits, CHECKED_TIMES_MAX).map_err(|TooMuchDecompressed { bytes_max }| {
        // A producer splits a batch that is too large, and half of it may be looked at.
        BatchError::from(BatchTooLarge { bytes: bytes_max + 1, max: bytes_max })
    })?;
    let &Limits { earliest, latest, .. } = limits;
    match found.first() {
        None => Ok(()),
        Some(&(_, timestamp)) => {
            let bounds = TimestampOutOfBounds { timestamp, earliest, latest };
            Err(Wrong { records: found, bounds }.into())
        }
    }
}

/// Records with wrong timestamps in a batch, which may open to so many times its bytes.
fn find(
    records: &[u8],
    limits: &Limits,
    times_max: usize,
) -> Result<Vec<(i32, Timestamp)>, TooMuchDecompressed> {
    let Ok(batch) = Batch::parse(records) else { return Ok(Vec::new()) };
    let body = match batch.body(opened_bytes_max(records.len(), times_max)) {
        Ok(body) => body,
        Err(DecompressError::TooMuch(too_much)) => return Err(too_much),
        Err(_) => return Ok(Vec::new()),
    };
    let errors_max = RECORD_ERRORS_MAX.min(1 + records.len() / RECORD_ERROR_BYTES);
    let allowed = limits.earliest..=limits.latest;
    let wrong = |timestamp: Timestamp| timestamp != Timestamp::NONE && !allowed.contains(&timestamp);
    let timestamps = body.records().map_while(Result::ok).map(|record| record.timestamp);
    Ok((0..).zip(timestamps).filter(|(_, timestamp)| wrong(*timestamp)).take(errors_max).collect())
}

/// Why records are not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The batch is not one that may be stored.
    Batch(BatchError),
    /// Timestamps of records are out of bounds.
    Timestamps(Wrong),
    /// To look at them takes longer than is allowed here.
    Unlooked,
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

#[cfg(test)]
mod tests {
    use hence_message::kafka::{BatchBuilder, NewRecord};

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn batch(codec: Codec, records: usize, timestamp: Timestamp) -> Vec<u8> {
        let mut builder = BatchBuilder::new(codec);
        for _ in 0..records {
            builder.push(&NewRecord { timestamp, key: None, value: None, headers: &[] });
        }
        builder.build().expect("a batch")
    }

    fn limits() -> Limits {
        Limits::of_size(1 << 20).around(NOW, 1_000, 1_000)
    }

    fn explained(records: &[u8]) -> usize {
        let refused = TimestampOutOfBounds { timestamp: NOW, earliest: NOW, latest: NOW };
        match explain(records, &limits(), refused, &mut Allowance::everything()) {
            Refused::Timestamps(wrong) => wrong.records.len(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_found_follows_from_the_bytes_that_were_sent() {
        let wrong = NOW.plus_ms(5_000);
        let plain = batch(Codec::None, 500, wrong);
        assert!((200..=500).contains(&explained(&plain)), "{}", explained(&plain));
        let packed = batch(Codec::Zstd, 500, wrong);
        assert_eq!(explained(&packed), 1 + packed.len() / RECORD_ERROR_BYTES);
        assert!(explained(&packed) < 100, "{}", explained(&packed));
    }

    #[test]
    fn a_body_that_opens_to_too_much_is_not_opened() {
        let wrong = NOW.plus_ms(5_000);
        let bomb = |timestamp| {
            let mut builder = BatchBuilder::new(Codec::Zstd);
            let value = vec![0; 4 << 20];
            for _ in 0..2 {
                builder.push(&NewRecord { timestamp, key: None, value: Some(&value), headers: &[] });
            }
            builder.build().expect("a batch")
        };
        assert!(bomb(wrong).len() < 4_096);
        assert_eq!(explained(&bomb(wrong)), 1, "the head's word stands");
        let check = |records: &[u8]| check(records, &limits(), &mut Allowance::everything());
        let refused = check(&bomb(NOW));
        assert!(matches!(refused, Err(Refused::Batch(BatchError::BatchTooLarge(_)))), "{refused:?}");
        assert_eq!(check(&batch(Codec::Zstd, 500, NOW)), Ok(()));
    }

    #[test]
    fn no_more_is_looked_at_than_was_allowed_however_it_is_compressed() {
        let (plain, packed) = (batch(Codec::None, 500, NOW), batch(Codec::Zstd, 500, NOW));
        let opened = opened_bytes_max(packed.len(), CHECKED_TIMES_MAX);
        assert!(opened > packed.len() * CHECKED_TIMES_MAX);
        for (records, bytes) in [(&plain, plain.len()), (&packed, opened)] {
            let mut allowance = Allowance::of(2 * bytes);
            assert_eq!(check(records, &limits(), &mut allowance), Ok(()));
            assert_eq!(check(records, &limits(), &mut allowance), Ok(()));
            assert_eq!(check(records, &limits(), &mut allowance), Err(Refused::Unlooked));
            let refused = TimestampOutOfBounds { timestamp: NOW, earliest: NOW, latest: NOW };
            assert_eq!(explain(records, &limits(), refused, &mut allowance), Refused::Unlooked);
        }
    }
}
