//! Reads of durable rows: the entry that contains an offset, the entries from there, the entry that answers a question.
//!
//! Always: only what is durable is looked at, and only below the end that the caller saw. A lookup costs a seek per
//! halving of the offsets, whatever is kept. Never here: bounds, or what is not yet durable.

use bytes::Bytes;
use hence_base::{Offset, StreamId, Timestamp};
use hence_journal::{Bounds, Entry, Find, Found, ReadError, ReadLimits};
use slatedb::config::{DurabilityLevel, ScanOptions};
use slatedb::{Db, IterationOrder};

use crate::keys::{self, EntryRow};

/// Rows of entries are small: a fetch takes this much of them at once.
const ENTRY_ROWS_BYTES: usize = 16 << 10;

/// How much of the payloads one fetch takes, and how many fetches run beside each other.
const PAYLOADS_BYTES: usize = 1 << 20;
const PAYLOADS_FETCHES: usize = 4;

fn failed(_error: slatedb::Error) -> ReadError {
    ReadError::Io
}

fn durable(order: IterationOrder, read_ahead_bytes: usize) -> ScanOptions {
    ScanOptions {
        durability_filter: DurabilityLevel::Remote,
        cache_blocks: true,
        read_ahead_bytes,
        order,
        ..ScanOptions::default()
    }
}

/// The entry that contains `offset`, or else the last one before it.
pub async fn last_at_or_before(
    db: &Db,
    stream: StreamId,
    offset: Offset,
) -> Result<Option<EntryRow>, ReadError> {
    let range = keys::entry(stream, Offset::ZERO)..=keys::entry(stream, offset);
    let options = durable(IterationOrder::Descending, 1);
    let mut rows = db.scan_with_options(range, &options).await.map_err(failed)?;
    let Some(row) = rows.next().await.map_err(failed)? else { return Ok(None) };
    EntryRow::decode(&row.key, row.value).map(Some).ok_or(ReadError::Corrupt { at: offset })
}

/// The first entry that ends behind `offset`.
pub async fn first_behind(db: &Db, stream: StreamId, offset: Offset) -> Result<Option<EntryRow>, ReadError> {
    let before = last_at_or_before(db, stream, offset).await?;
    if let Some(row) = before.filter(|row| row.end() > offset) {
        return Ok(Some(row));
    }
    let mut rows = Rows::from(db, stream, offset, Offset(u64::MAX)).await?;
    rows.next().await
}

/// Rows of entries in order, whose bases lie below an end.
struct Rows {
    rows: slatedb::DbIterator,
    at: Offset,
    end: Offset,
}

impl Rows {
    async fn from(db: &Db, stream: StreamId, base: Offset, end: Offset) -> Result<Self, ReadError> {
        let range = keys::entry(stream, base)..keys::entry(stream, end);
        let options = durable(IterationOrder::Ascending, ENTRY_ROWS_BYTES);
        let rows = db.scan_with_options(range, &options).await.map_err(failed)?;
        Ok(Self { rows, at: base, end })
    }

    async fn next(&mut self) -> Result<Option<EntryRow>, ReadError> {
        let Some(row) = self.rows.next().await.map_err(failed)? else { return Ok(None) };
        let row = EntryRow::decode(&row.key, row.value).ok_or(ReadError::Corrupt { at: self.at })?;
        self.at = row.end();
        Ok((row.base < self.end).then_some(row))
    }
}

/// Whole entries from the one that contains `from`, up to `end`.
pub async fn entries(
    db: &Db,
    stream: StreamId,
    from: Offset,
    limits: ReadLimits,
    end: Offset,
) -> Result<Vec<Entry>, ReadError> {
    let first = last_at_or_before(db, stream, from).await?.filter(|row| row.end() > from);
    let first = first.ok_or(ReadError::Corrupt { at: from })?;
    let mut rows = Rows::from(db, stream, first.base, end).await?;
    let (mut wanted, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next().await? {
        bytes += row.payload_bytes as usize;
        let beyond = limits.before.is_some_and(|before| row.base >= before);
        if beyond || (!wanted.is_empty() && bytes > limits.bytes_max) {
            break;
        }
        wanted.push(row);
    }
    with_payloads(db, stream, wanted).await
}

async fn with_payloads(db: &Db, stream: StreamId, rows: Vec<EntryRow>) -> Result<Vec<Entry>, ReadError> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let range = keys::payload(stream, first.base)..=keys::payload(stream, last.base);
    let bytes = (last.bytes_after() - first.bytes_before) as usize;
    let options = ScanOptions {
        max_fetch_tasks: PAYLOADS_FETCHES,
        ..durable(IterationOrder::Ascending, bytes.clamp(1, PAYLOADS_BYTES))
    };
    let mut payloads = db.scan_with_options(range, &options).await.map_err(failed)?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let payload = payloads.next().await.map_err(failed)?;
        let payload = payload.filter(|payload| {
            keys::parse_base(&payload.key) == Some(row.base)
                && payload.value.len() == row.payload_bytes as usize
        });
        let payload = payload.ok_or(ReadError::Corrupt { at: row.base })?;
        entries.push(entry(row, payload.value));
    }
    Ok(entries)
}

fn entry(row: EntryRow, payload: Bytes) -> Entry {
    let EntryRow { base, count, max_timestamp, leader_epoch, format, flags, annotations, .. } = row;
    Entry { base, count, max_timestamp, leader_epoch, format, flags, annotations, payload }
}

/// What a stream held when it was asked about: its readable range, its running sums at the end.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub bounds: Bounds,
    pub bytes_ever: u64,
    pub newest: Timestamp,
}

/// The first entry that answers `what`.
pub async fn find(db: &Db, stream: StreamId, what: Find, seen: Seen) -> Result<Option<Found>, ReadError> {
    let row = match what {
        Find::LastBytes(bytes) => {
            first_that(db, stream, seen.bounds, |row| seen.bytes_ever - row.bytes_before <= bytes).await?
        }
        Find::AtOrAfter(time) => first_at_or_after(db, stream, seen.bounds, time).await?,
        Find::Newest => match first_at_or_after(db, stream, seen.bounds, seen.newest).await? {
            Some(row) => Some(row),
            None => newest_left(db, stream, seen.bounds).await?,
        },
    };
    let found = with_payloads(db, stream, row.into_iter().collect()).await?;
    Ok(found.into_iter().next().map(|entry| Found { entry }))
}

/// The running maximum leads close, unless an entry that was trimmed away had made it.
async fn first_at_or_after(
    db: &Db,
    stream: StreamId,
    bounds: Bounds,
    time: Timestamp,
) -> Result<Option<EntryRow>, ReadError> {
    let Some(first) = first_that(db, stream, bounds, |row| row.newest >= time).await? else {
        return Ok(None);
    };
    let mut rows = Rows::from(db, stream, first.base, bounds.end).await?;
    while let Some(row) = rows.next().await? {
        if row.max_timestamp >= time {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// What is newest after the newest of all was trimmed away.
async fn newest_left(db: &Db, stream: StreamId, bounds: Bounds) -> Result<Option<EntryRow>, ReadError> {
    let Some(first) = first_that(db, stream, bounds, |_| true).await? else { return Ok(None) };
    let mut rows = Rows::from(db, stream, first.base, bounds.end).await?;
    let mut newest: Option<EntryRow> = None;
    while let Some(row) = rows.next().await? {
        if newest.as_ref().is_none_or(|newest| row.max_timestamp > newest.max_timestamp) {
            newest = Some(row);
        }
    }
    Ok(newest)
}

/// The first entry for which `holds`, which once it holds goes on to hold: the offsets are halved.
async fn first_that(
    db: &Db,
    stream: StreamId,
    bounds: Bounds,
    holds: impl Fn(&EntryRow) -> bool,
) -> Result<Option<EntryRow>, ReadError> {
    let (mut low, mut high) = (bounds.start, bounds.end);
    let mut first = None;
    while low < high {
        let middle = Offset(low.0 + (high.0 - low.0) / 2);
        let row = last_at_or_before(db, stream, middle).await?.filter(|row| row.end() > middle);
        let row = row.ok_or(ReadError::Corrupt { at: middle })?;
        if holds(&row) {
            high = row.base;
            first = Some(row);
        } else {
            low = row.end();
        }
    }
    Ok(first)
}

/// Keys of the entries that end at or before `to`, and of their payloads, from the entry that contains `from`.
/// Also what is not yet durable: it goes with the commit that is being written.
pub async fn keys_before(
    db: &Db,
    stream: StreamId,
    from: Offset,
    to: Offset,
) -> Result<Vec<Bytes>, slatedb::Error> {
    let newest_first = ScanOptions { order: IterationOrder::Descending, ..ScanOptions::default() };
    let range = keys::entry(stream, Offset::ZERO)..=keys::entry(stream, from);
    let mut before = db.scan_with_options(range, &newest_first).await?;
    let base = before.next().await?.and_then(|row| keys::parse_base(&row.key)).unwrap_or(from);
    let options = ScanOptions { read_ahead_bytes: ENTRY_ROWS_BYTES, ..ScanOptions::default() };
    let mut rows = db.scan_with_options(keys::entry(stream, base)..keys::entry(stream, to), &options).await?;
    let mut gone = Vec::new();
    while let Some(row) = rows.next().await? {
        let Some(row) = EntryRow::decode(&row.key, row.value) else { continue };
        if row.end() <= to {
            gone.extend([keys::entry(stream, row.base), keys::payload(stream, row.base)]);
        }
    }
    Ok(gone)
}
