//! Reads the partitions of one fetch, in order, within its bytes and the connection's budget.
//!
//! Always: the first batch of the first partition that has one is read however large it is (KIP-74); bytes are paid for
//! before they are read, and who waits for the budget holds nothing of it; the core is asked at most once, for readers
//! whose last epoch is not the present one; a batch's offset and epoch are written into a copy of its first 16 bytes, the rest is shared.

use std::collections::HashMap;

use bytes::{Bytes, BytesMut};
use hence_base::{LeaderEpoch, Offset, StreamId};
use hence_broker::settled;
use hence_message::kafka::{HEAD_PATCH_BYTES, stamp_head};

use super::session::{TopicKey, Wanted};
use crate::call::{Call, Charges};
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

/// By their place among the wanted ones: parts of partitions whose reader must be told that what it read is gone.
pub type Diverged = HashMap<usize, Part>;

/// Asks the core about every reader that says which epoch it read last. One whose last epoch is the present one and that
/// is not beyond the end has read what is there.
pub async fn diverged(call: &Call, wanted: &[Wanted]) -> Diverged {
    let (mut asked, mut ends) = (Vec::new(), EpochEnds::default());
    let mut catalog = None;
    for (at, each) in wanted.iter().enumerate() {
        let Ok(last_epoch) = u32::try_from(each.last_epoch) else { continue };
        let catalog = catalog.get_or_insert_with(|| call.door.broker.catalog());
        let Ok((stream, epoch)) = locate(catalog, each) else { continue };
        let bounds = call.door.broker.bounds(stream).unwrap_or_default();
        if LeaderEpoch(last_epoch) != epoch || each.offset > bounds.end.0 as i64 {
            ends.of.push((stream, LeaderEpoch(last_epoch)));
            asked.push((at, each, LeaderEpoch(last_epoch), bounds));
        }
    }
    if asked.is_empty() {
        return Diverged::new();
    }
    // Readers go on where no command is taken any more: nothing is truncated then.
    let found = call.door.broker.call(ends).await.unwrap_or_default();
    let parts = asked.into_iter().zip(found).filter_map(|((at, wanted, last_epoch, bounds), end)| {
        let part = match end {
            Ok(Some(end)) if end.epoch < last_epoch || (end.end.0 as i64) < wanted.offset => {
                Part { diverging: Some(end), ..Part::of(bounds) }
            }
            Ok(Some(_)) => return None,
            Ok(None) => Part::failed(ErrorCode::OFFSET_OUT_OF_RANGE),
            Err(_) => Part::failed(wanted.unknown_topic()),
        };
        Some((at, part))
    });
    parts.collect()
}

/// Reads every partition, as far as there is room; `waits` for room for the first batch.
pub async fn read_all(
    call: &Call,
    wanted: &[Wanted],
    bytes_max: usize,
    mut diverged: Diverged,
    waits: bool,
) -> Reading {
    let catalog = call.door.broker.catalog();
    let reading = Reading::default();
    let mut reader = Reader { call, catalog: &catalog, bytes_left: bytes_max, waits, reading };
    reader.reading.parts.reserve(wanted.len());
    for (at, each) in wanted.iter().enumerate() {
        let part = match diverged.remove(&at) {
            Some(part) => part,
            None => reader.partition(each).await,
        };
        reader.reading.urgent |= !part.error.is_none() || part.diverging.is_some();
        reader.reading.bytes += part.record_bytes;
        reader.reading.parts.push(part);
    }
    reader.reading
}

/// Where a partition is, and its epoch.
fn locate(catalog: &Catalog, wanted: &Wanted) -> Result<(StreamId, LeaderEpoch), Part> {
    let topic = match &wanted.topic {
        TopicKey::Name(name) => catalog.topic(name),
        TopicKey::Id(id) => catalog.topic_by_id(TopicId(id.0)),
    };
    let unknown = |code| Part { unknown: true, ..Part::failed(code) };
    let topic = topic.ok_or_else(|| unknown(wanted.unknown_topic()))?;
    let Some((index, stream)) = usize::try_from(wanted.partition).ok().zip(topic.stream(wanted.partition))
    else {
        return Err(unknown(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    };
    let epoch = catalog.leader_epoch(topic, index);
    epoch::check(wanted.leader_epoch, epoch).map_err(Part::failed)?;
    Ok((stream, epoch))
}

struct Reader<'c> {
    call: &'c Call,
    catalog: &'c Catalog,
    bytes_left: usize,
    waits: bool,
    reading: Reading,
}

impl Reader<'_> {
    async fn partition(&mut self, wanted: &Wanted) -> Part {
        let stream = match locate(self.catalog, wanted) {
            Ok((stream, _)) => stream,
            Err(part) => return part,
        };
        let bounds = self.call.door.broker.bounds(stream).unwrap_or_default();
        let from = match u64::try_from(wanted.offset) {
            Ok(offset) if (bounds.start.0..=bounds.end.0).contains(&offset) => Offset(offset),
            _ => return Part::failed(ErrorCode::OFFSET_OUT_OF_RANGE),
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
                Err(error) => return Part::failed(error.code()),
            }
        }
        self.bytes_left = self.bytes_left.saturating_sub(part.record_bytes);
        // What is there and did not fit is not waited for: more of it would not fit either.
        self.reading.urgent |= end < bounds.end;
        self.reading.ends.push((stream, end));
        part
    }

    /// Entries from `from` on, paid for: at most `limit` bytes, unless the first is larger and nothing was read before.
    /// None when the budget has nothing left for more than what was read already.
    async fn read(&mut self, stream: StreamId, from: Offset, limit: usize) -> Result<Vec<Entry>, ReadError> {
        let share = &self.call.client.response_share;
        let first = self.reading.bytes == 0;
        let mut reserved = match share.try_take(limit as u64) {
            Some(charge) => charge,
            None if first && self.waits => share.take(limit.min(FETCH_SCARCE_BYTES) as u64).await,
            None => return Ok(Vec::new()),
        };
        let limit = limit.min(usize::try_from(reserved.bytes()).unwrap_or(limit));
        let mut entries = self.entries(stream, from, limit).await?;
        let bytes = payload_bytes(&entries);
        if bytes > limit && !first {
            return Ok(Vec::new());
        }
        if bytes > limit {
            // The first batch of all, larger than what was paid: nothing else is held.
            drop(reserved);
            reserved = match share.try_take(bytes as u64) {
                Some(charge) => charge,
                None if self.waits => {
                    drop(entries);
                    let charge = share.take(bytes as u64).await;
                    entries = self.entries(stream, from, bytes).await?;
                    charge
                }
                None => return Ok(Vec::new()),
            };
        }
        let bytes = payload_bytes(&entries) as u64;
        if bytes > reserved.bytes() {
            // A batch never grows, so this is none that was seen before: the client asks again.
            return Ok(Vec::new());
        }
        reserved.shrink_to(bytes);
        if bytes > 0 {
            self.reading.charges.push(reserved);
        }
        Ok(entries)
    }

    async fn entries(
        &self,
        stream: StreamId,
        from: Offset,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        settled(self.call.door.broker.read(stream, from, ReadLimits { bytes_max, before: None })).await
    }
}

fn payload_bytes(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.payload.len()).sum()
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
