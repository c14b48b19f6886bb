//! One partition's records: checked, stamped where the topic wants the broker's time, ready for the core.
//!
//! Always: what goes to the core is exactly the bytes that were checked. They are a slice of the frame, except where a
//! stamp changes them.

use bytes::{Bytes, BytesMut};
use hence_base::{StreamId, Timestamp};
use hence_message::kafka::{BatchError, BatchHeader, HeadError, Limits, check, stamp_log_append_time};

use super::timestamps::{self, Look, Refused};
use crate::ports::{ProduceBatch, TimestampType, Topic};

/// "The producer's time stays", as responses write it.
pub const NO_APPEND_TIME: i64 = -1;

/// The batch and the response's append time, or why it is refused.
pub type Read = Result<(ProduceBatch, i64), Refused>;

/// Reads the records that `frame` holds for a partition of `topic`. With a look there is more to say of them: that they
/// are refused, or which of them are wrong.
pub fn read(
    frame: &Bytes,
    records: &[u8],
    topic: &Topic,
    stream: StreamId,
    now: Timestamp,
) -> (Read, Option<Look>) {
    let settings = &topic.settings;
    let limits = Limits::of_size(settings.max_message_bytes as usize);
    if settings.timestamp_type == TimestampType::LogAppendTime {
        return (stamped(records, &limits, stream, now), None);
    }
    let before_ms = u64::try_from(settings.timestamp_before_max_ms).unwrap_or(0);
    let after_ms = u64::try_from(settings.timestamp_after_max_ms).unwrap_or(0);
    let limits = limits.around(now, before_ms, after_ms);
    match check(records, &limits) {
        Ok(header) => {
            let payload = frame.slice_ref(records);
            let max_timestamp = header.newest();
            let batch = ProduceBatch { stream, header, max_timestamp, payload };
            let look = timestamps::bounds_the_past(settings).then_some(Look { limits, refused: None });
            (Ok((batch, NO_APPEND_TIME)), look)
        }
        Err(BatchError::TimestampOutOfBounds(bounds)) => {
            (Err(Look::unexplained(bounds)), Some(Look { limits, refused: Some(bounds) }))
        }
        Err(error) => (Err(error.into()), None),
    }
}

fn stamped(records: &[u8], limits: &Limits, stream: StreamId, now: Timestamp) -> Read {
    check(records, limits)?;
    let mut stamped = BytesMut::from(records);
    let head = |error: HeadError| Refused::Batch(error.into());
    stamp_log_append_time(&mut stamped, now).map_err(head)?;
    let payload = stamped.freeze();
    let header = BatchHeader::parse(&payload).map_err(head)?;
    Ok((ProduceBatch { stream, header, max_timestamp: now, payload }, now.0))
}
