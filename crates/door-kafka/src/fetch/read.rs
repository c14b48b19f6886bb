//! Reads the partitions of one fetch, in order, within its bytes and the connection's budget.
//!
//! Always: the first batch of the first partition that has one is read however large it is (KIP-74); bytes are paid for
//! before they are read; a batch's offset and epoch are written into a copy of its first 16 bytes, the rest is shared.

use bytes::{Bytes, BytesMut};
use hence_base::{LeaderEpoch, Offset, StreamId};
use hence_broker::settled;
use hence_message::kafka::{HEAD_PATCH_BYTES, stamp_head};

use super::session::{TopicKey, Wanted};
use crate::call::{Broken, Call, Charges};
use crate::epoch;
use crate::error_code::{Coded, ErrorCode};
use crate::limits::{FETCH_PARTITION_BYTES_MAX, FETCH_SCARCE_BYTES};
use crate::ports::{Bounds, Catalog, Entry, EpochEnd, EpochEnds, ReadError, ReadLimits, TopicId};

/// What was read.
#[derive(Debug, Default)]
pub struct Reading {
    /// One part for each partition, in their order.
    pub parts: Vec<Part>,
    /// Bytes of records in all parts.
    pub bytes: usize,
    /// Whether the client must have it at once: a part holds an error or a truncation, or there is more than fits.
    pub urgent: bool,
    /// Streams and offsets behind which more may come.
    pub ends: Vec<(StreamId, Offset)>,
    /// What the records cost until they are sent.
    pub charges: Charges,
}

/// One partition of it.
#[derive(Debug)]
pub struct Part {
    /// Its code.
    pub error: ErrorCode,
    /// Its range; absent with an error.
    pub bounds: Option<Bounds>,
    /// Where the client's history parts from this broker's (KIP-595).
    pub diverging: Option<EpochEnd>,
    /// Whether the topic or partition is not there.
    pub unknown: bool,
    /// Heads and bodies of batches, in turn.
    pub records: Vec<Bytes>,
    /// Their bytes.
    pub record_bytes: usize,
}

impl Part {
    fn of(bounds: Bounds) -> Self {
        Self { bounds: Some(bounds), ..Self::failed(ErrorCode::NONE) }
    }

    fn failed(error: ErrorCode) -> Self {
        Self { error, bounds: None, diverging: None, unknown: false, records: Vec::new(), record_bytes: 0 }
    }
}

/// Reads every partition.
pub async fn read_all(call: &Call, wanted: &[Wanted], bytes_max: usize) -> Result<Reading, Broken> {
    let catalog = call.door.broker.catalog();
    let mut reader = Reader { call, catalog: &catalog, bytes_left: bytes_max, reading: Reading::default() };
    reader.reading.parts.reserve(wanted.len());
    for each in wanted {
        let part = reader.partition(each).await?;
        reader.reading.urgent |= !part.error.is_none() || part.diverging.is_some();
        reader.reading.bytes += part.record_bytes;
        reader.reading.parts.push(part);
    }
    Ok(reader.reading)
}

struct Reader<'c> {
    call: &'c Call,
    catalog: &'c Catalog,
    bytes_left: usize,
    reading: Reading,
}

impl Reader<'_> {
    async fn partition(&mut self, wanted: &Wanted) -> Result<Part, Broken> {
        let stream = match self.locate(wanted) {
            Ok(found) => found,
            Err(part) => return Ok(part),
        };
        let bounds = self.call.door.broker.bounds(stream).unwrap_or_default();
        if wanted.last_epoch >= 0
            && let Some(part) = self.diverged(wanted, stream, bounds).await?
        {
            return Ok(part);
        }
        let from = match u64::try_from(wanted.offset) {
            Ok(offset) if (bounds.start.0..=bounds.end.0).contains(&offset) => Offset(offset),
            _ => return Ok(Part::failed(ErrorCode::OFFSET_OUT_OF_RANGE)),
        };
        let mut part = Part::of(bounds);
        let mut end = from;
        if from < bounds.end && self.bytes_left > 0 {
            let limit = usize::try_from(wanted.bytes_max).unwrap_or(0);
            let limit = limit.min(self.bytes_left).min(FETCH_PARTITION_BYTES_MAX);
            match self.read(stream, from, limit).await {
                Ok(entries) => {
                    end = entries.last().map_or(from, Entry::end);
                    (part.records, part.record_bytes) = outgoing(entries);
                }
                // The range moved since it was looked at.
                Err(error) => return Ok(Part::failed(error.code())),
            }
        }
        self.bytes_left = self.bytes_left.saturating_sub(part.record_bytes);
        // What is there and did not fit is not waited for: more of it would not fit either.
        self.reading.urgent |= end < bounds.end;
        self.reading.ends.push((stream, end));
        Ok(part)
    }

    fn locate(&self, wanted: &Wanted) -> Result<StreamId, Part> {
        let topic = match &wanted.topic {
            TopicKey::Name(name) => self.catalog.topic(name),
            TopicKey::Id(id) => self.catalog.topic_by_id(TopicId(id.0)),
        };
        let unknown = |code| Part { unknown: true, ..Part::failed(code) };
        let topic = topic.ok_or_else(|| unknown(wanted.unknown_topic()))?;
        let Some((index, stream)) =
            usize::try_from(wanted.partition).ok().zip(topic.stream(wanted.partition))
        else {
            return Err(unknown(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
        };
        let epoch = self.catalog.leader_epoch(topic, index);
        epoch::check(wanted.leader_epoch, epoch).map_err(Part::failed)?;
        Ok(stream)
    }

    /// Whether the client read records that are no longer part of the partition.
    async fn diverged(
        &self,
        wanted: &Wanted,
        stream: StreamId,
        bounds: Bounds,
    ) -> Result<Option<Part>, Broken> {
        let last_epoch = LeaderEpoch(u32::try_from(wanted.last_epoch).unwrap_or(0));
        let ends = self.call.door.broker.call(EpochEnds { of: vec![(stream, last_epoch)] }).await?;
        Ok(match ends.into_iter().next() {
            Some(Ok(Some(end))) if end.epoch < last_epoch || (end.end.0 as i64) < wanted.offset => {
                Some(Part { diverging: Some(end), ..Part::of(bounds) })
            }
            Some(Ok(Some(_))) => None,
            Some(Ok(None)) => Some(Part::failed(ErrorCode::OFFSET_OUT_OF_RANGE)),
            Some(Err(_)) | None => Some(Part::failed(wanted.unknown_topic())),
        })
    }

    /// Entries from `from` on, paid for: at most `limit` bytes, unless the first is larger and nothing was read before.
    /// None when the budget has nothing left for more than what was read already.
    async fn read(&mut self, stream: StreamId, from: Offset, limit: usize) -> Result<Vec<Entry>, ReadError> {
        let share = &self.call.client.response_share;
        let first = self.reading.bytes == 0;
        let reserved = match share.try_take(limit as u64) {
            Some(charge) => charge,
            None if first => share.take(limit.min(FETCH_SCARCE_BYTES) as u64).await,
            None => return Ok(Vec::new()),
        };
        let limit = limit.min(usize::try_from(reserved.bytes()).unwrap_or(limit));
        let limits = ReadLimits { bytes_max: limit, before: None };
        let entries = settled(self.call.door.broker.read(stream, from, limits)).await?;
        let bytes: usize = entries.iter().map(|entry| entry.payload.len()).sum();
        if bytes > limit && !first {
            return Ok(Vec::new());
        }
        if bytes == limit {
            self.reading.charges.push(reserved);
        } else if bytes > 0 {
            drop(reserved);
            self.reading.charges.push(share.take(bytes as u64).await);
        }
        Ok(entries)
    }
}

/// Batches as they are sent.
fn outgoing(entries: Vec<Entry>) -> (Vec<Bytes>, usize) {
    let mut heads = BytesMut::with_capacity(entries.len() * HEAD_PATCH_BYTES);
    let mut records = Vec::with_capacity(entries.len() * 2);
    let mut bytes = 0;
    for entry in entries {
        let Some(mut head) = entry.payload.first_chunk::<HEAD_PATCH_BYTES>().copied() else { continue };
        stamp_head(&mut head, entry.base, entry.leader_epoch);
        heads.extend_from_slice(&head);
        bytes += entry.payload.len();
        records.push(heads.split().freeze());
        records.push(entry.payload.slice(HEAD_PATCH_BYTES..));
    }
    (records, bytes)
}
