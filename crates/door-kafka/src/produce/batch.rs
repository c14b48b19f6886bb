//! One partition's records: checked, stamped where the topic wants the broker's time, ready for the core.
//!
//! Always: what goes to the core is exactly the bytes that were checked. They are a slice of the frame, except where a
//! stamp changes them.

use bytes::{Bytes, BytesMut};
use hence_base::{StreamId, Timestamp};
use hence_message::kafka::{BatchError, BatchHeader, HeadError, Limits, check, stamp_log_append_time};

use super::timestamps::{self, Allowance, Refused};
use crate::ports::{ProduceBatch, TimestampType, Topic};

/// "The producer's time stays", as responses write it.
pub const NO_APPEND_TIME: i64 = -1;

/// Reads the records that `frame` holds for a partition of `topic`, and looks at them one by one as far as `allowance`
/// goes. Answers the batch and the response's append time.
pub fn read(
    frame: &Bytes,
    records: &[u8],
    topic: &Topic,
    stream: StreamId,
    now: Timestamp,
    allowance: &mut Allowance,
) -> Result<(ProduceBatch, i64), Refused> {
    let settings = &topic.settings;
    let limits = Limits::of_size(settings.max_message_bytes as usize);
    match settings.timestamp_type {
        TimestampType::CreateTime => {
            let before_ms = u64::try_from(settings.timestamp_before_max_ms).unwrap_or(0);
            let after_ms = u64::try_from(settings.timestamp_after_max_ms).unwrap_or(0);
            let limits = limits.around(now, before_ms, after_ms);
            let header = match check(records, &limits) {
                Ok(header) => header,
                Err(BatchError::TimestampOutOfBounds(refused)) => {
                    return Err(timestamps::explain(records, &limits, refused, allowance));
                }
                Err(error) => return Err(error.into()),
            };
            if timestamps::bounds_the_past(settings) {
                timestamps::check(records, &limits, allowance)?;
            }
            let payload = frame.slice_ref(records);
            let max_timestamp = header.newest();
            Ok((ProduceBatch { stream, header, max_timestamp, payload }, NO_APPEND_TIME))
        }
        TimestampType::LogAppendTime => {
            check(records, &limits)?;
            let mut stamped = BytesMut::from(records);
            let head = |error: HeadError| Refused::Batch(error.into());
            stamp_log_append_time(&mut stamped, now).map_err(head)?;
            let payload = stamped.freeze();
            let header = BatchHeader::parse(&payload).map_err(head)?;
            Ok((ProduceBatch { stream, header, max_timestamp: now, payload }, now.0))
        }
    }
}
