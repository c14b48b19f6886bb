//! Record timestamps one by one: for topics that bound the past, and to say which records of a refused batch are wrong.
//!
//! A batch's head has its first and its largest timestamp; what lies between is read only where a topic asks for it, or to
//! say more. Always: what is opened and what is found follows from the bytes that were sent, however well they are
//! compressed, and no more is looked at than was allowed at this place. A body that cannot be read has no wrong timestamps,
//! it harms only its readers; one that opens to more than may be looked at is refused where a topic asks for a look.

use hence_base::Timestamp;
use hence_message::kafka::{
    Batch, BatchError, BatchHeader, BatchTooLarge, Codec, DecompressError, Limits, TimestampOutOfBounds,
    TooMuchDecompressed,
};

use crate::limits::{
    CHECKED_TIMES_MAX, EXPLAINED_TIMES_MAX, OPENED_BYTES_MAX, OPENED_BYTES_MIN, RECORD_ERROR_BYTES,
    RECORD_ERRORS_MAX,
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
    /// So many bytes, in the form to which they open.
    pub const fn of(bytes_max: usize) -> Self {
        Self { bytes_left: bytes_max }
    }

    /// Whatever there is: beside the event loop.
    pub const fn everything() -> Self {
        Self::of(usize::MAX)
    }

    /// What is left of it.
    pub const fn bytes_left(&self) -> usize {
        self.bytes_left
    }

    fn spend(&mut self, bytes: usize) {
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
    }
}

/// A look at the records of one batch.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// What the topic allows.
    pub limits: Limits,
    /// What its head says that is wrong, where the look is to say more of a refusal; where not, it decides.
    pub refused: Option<TimestampOutOfBounds>,
}

/// More would have to be looked at than is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unlooked;

impl Look {
    /// Looks at `records`, whose head was checked: why they are refused, if they are.
    pub fn at(&self, records: &[u8], allowance: &mut Allowance) -> Result<Option<Refused>, Unlooked> {
        let found = match find(records, &self.limits, self.times_max(), allowance) {
            Ok(found) => found,
            Err(Unread::Unlooked) => return Err(Unlooked),
            Err(Unread::TooMuch(_)) if self.refused.is_some() => Vec::new(),
            // A producer splits a batch that is too large, and half of it may be looked at.
            Err(Unread::TooMuch(TooMuchDecompressed { bytes_max })) => {
                let too_large = BatchTooLarge { bytes: bytes_max.saturating_add(1), max: bytes_max };
                return Ok(Some(Refused::Batch(too_large.into())));
            }
        };
        if let Some(bounds) = self.refused {
            return Ok(Some(if found.is_empty() {
                Self::unexplained(bounds)
            } else {
                Self::wrong(found, bounds)
            }));
        }
        let Limits { earliest, latest, .. } = self.limits;
        let first = found.first().map(|&(_, timestamp)| TimestampOutOfBounds { timestamp, earliest, latest });
        Ok(first.map(|bounds| Self::wrong(found, bounds)))
    }

    /// What the head alone says.
    pub fn unexplained(bounds: TimestampOutOfBounds) -> Refused {
        Self::wrong(vec![(0, bounds.timestamp)], bounds)
    }

    /// Bytes that it takes in memory.
    pub fn room_bytes(&self, records: &[u8]) -> usize {
        if is_compressed(records) { opened_bytes_max(records.len(), self.times_max()) } else { 0 }
    }

    const fn times_max(&self) -> usize {
        if self.refused.is_some() { EXPLAINED_TIMES_MAX } else { CHECKED_TIMES_MAX }
    }

    const fn wrong(records: Vec<(i32, Timestamp)>, bounds: TimestampOutOfBounds) -> Refused {
        Refused::Timestamps(Wrong { records, bounds })
    }
}

fn is_compressed(records: &[u8]) -> bool {
    BatchHeader::parse(records).is_ok_and(|header| header.codec() != Some(Codec::None))
}

fn opened_bytes_max(bytes: usize, times_max: usize) -> usize {
    bytes.saturating_mul(times_max).saturating_add(OPENED_BYTES_MIN).min(OPENED_BYTES_MAX)
}

/// Why there is nothing to look at.
enum Unread {
    Unlooked,
    TooMuch(TooMuchDecompressed),
}

/// Records with wrong timestamps in a batch, which may open to so many times its bytes.
fn find(
    records: &[u8],
    limits: &Limits,
    times_max: usize,
    allowance: &mut Allowance,
) -> Result<Vec<(i32, Timestamp)>, Unread> {
    let bytes_left = allowance.bytes_left;
    if records.len() > bytes_left {
        return Err(Unread::Unlooked);
    }
    let Ok(batch) = Batch::parse(records) else { return Ok(Vec::new()) };
    let opened_max = opened_bytes_max(records.len(), times_max);
    let body = match batch.body(opened_max.min(bytes_left)) {
        Ok(body) => body,
        Err(DecompressError::TooMuch(too_much)) => {
            allowance.spend(opened_max);
            let is_allowed = opened_max <= bytes_left;
            return Err(if is_allowed { Unread::TooMuch(too_much) } else { Unread::Unlooked });
        }
        Err(_) => {
            // As far as it could be opened.
            allowance.spend(opened_max);
            return Ok(Vec::new());
        }
    };
    allowance.spend(body.bytes().len().max(records.len()));
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
}

impl From<BatchError> for Refused {
    fn from(error: BatchError) -> Self {
        Self::Batch(error)
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

    const LOOKS: [Option<TimestampOutOfBounds>; 2] =
        [None, Some(TimestampOutOfBounds { timestamp: NOW, earliest: NOW, latest: NOW })];

    fn look(records: &[u8], allowance: &mut Allowance) -> Result<Option<Refused>, Unlooked> {
        Look { limits: limits(), refused: None }.at(records, allowance)
    }

    fn explained(records: &[u8]) -> usize {
        let look = Look { limits: limits(), refused: LOOKS[1] };
        match look.at(records, &mut Allowance::everything()) {
            Ok(Some(Refused::Timestamps(wrong))) => wrong.records.len(),
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
        let refused = look(&bomb(NOW), &mut Allowance::everything());
        assert!(matches!(refused, Ok(Some(Refused::Batch(BatchError::BatchTooLarge(_))))), "{refused:?}");
        assert_eq!(look(&batch(Codec::Zstd, 500, NOW), &mut Allowance::everything()), Ok(None));
    }

    #[test]
    fn however_large_a_batch_is_what_it_may_open_to_is_bounded() {
        assert_eq!(opened_bytes_max(1 << 20, CHECKED_TIMES_MAX), (64 << 20) + OPENED_BYTES_MIN);
        let large = vec![b'x'; 4 << 20];
        let mut builder = BatchBuilder::new(Codec::Gzip);
        builder.push(&NewRecord { timestamp: NOW, key: None, value: Some(&large), headers: &[] });
        let records = builder.build().expect("a batch");
        let look = Look { limits: limits(), refused: None };
        assert_eq!(look.room_bytes(&records), opened_bytes_max(records.len(), CHECKED_TIMES_MAX));
        for times_max in [EXPLAINED_TIMES_MAX, CHECKED_TIMES_MAX] {
            assert_eq!(opened_bytes_max(100 << 20, times_max), OPENED_BYTES_MAX);
        }
    }

    #[test]
    fn no_more_is_looked_at_than_was_allowed_however_it_is_compressed() {
        let (plain, packed) = (batch(Codec::None, 500, NOW), batch(Codec::Zstd, 500, NOW));
        let opened = Batch::parse(&packed).unwrap().body(1 << 20).unwrap().bytes().len();
        assert!(opened > 2 * packed.len());
        for (records, bytes) in [(&plain, plain.len()), (&packed, opened)] {
            let mut allowance = Allowance::of(2 * bytes);
            assert_eq!(look(records, &mut allowance), Ok(None));
            assert_eq!(look(records, &mut allowance), Ok(None));
            for refused in LOOKS {
                let look = Look { limits: limits(), refused };
                assert_eq!(look.at(records, &mut allowance), Err(Unlooked));
                assert_eq!(look.at(records, &mut Allowance::of(bytes - 1)), Err(Unlooked));
            }
        }
    }

    #[test]
    fn what_opens_to_nothing_is_not_looked_at_for_nothing() {
        let mut torn = batch(Codec::Gzip, 500, NOW);
        torn.truncate(torn.len() - 8);
        let mut head = (torn.len() as u32 - 12).to_be_bytes();
        torn[8..12].swap_with_slice(&mut head);
        let mut allowance = Allowance::of(OPENED_BYTES_MIN);
        assert_eq!(look(&torn, &mut allowance), Ok(None), "it harms only its readers");
        assert_eq!(look(&torn, &mut allowance), Err(Unlooked));
    }
}
