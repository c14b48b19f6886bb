//! The row of a topic. Persisted.
//!
//! ```text
//! key    namespace length u16 · namespace · kind u8 (1 topic) · name
//! value  version u8 · id 16 · created i64 · runs u32 × (first stream u64, count u32, lossy starts u32)
//!        · settings u32 × (name, value), each with its length u32
//! ```

use std::sync::Arc;

use hence_base::{StreamId, Timestamp};

use super::settings::TopicSettings;
use super::snapshot::{Run, Topic, TopicId};
use crate::error::RowError;
use crate::limits::PARTITIONS_PER_TOPIC_MAX;
use crate::row::{Reader, Writer};
use crate::tables::TOPICS;

const NAMESPACE: &str = "/";
const KIND_TOPIC: u8 = 1;

/// The key of a topic's row.
pub fn key_of(name: &str) -> Vec<u8> {
    let mut key = (NAMESPACE.len() as u16).to_be_bytes().to_vec();
    key.extend_from_slice(NAMESPACE.as_bytes());
    key.push(KIND_TOPIC);
    key.extend_from_slice(name.as_bytes());
    key
}

/// The topic's name in a row's key.
pub fn name_in(key: &[u8]) -> Result<&str, RowError> {
    let not_understood = |what| RowError { table: TOPICS, what };
    let prefix = key_of("");
    let name = key.strip_prefix(&prefix[..]).ok_or(not_understood("a namespace or kind is unknown"))?;
    std::str::from_utf8(name).map_err(|_| not_understood("a name is not UTF-8"))
}

/// The value of a topic's row.
pub fn encode(topic: &Topic) -> Vec<u8> {
    let settings: Vec<_> = topic.settings.overrides().collect();
    Writer::value()
        .id(topic.id.0)
        .i64(topic.created.0)
        .list(topic.runs.iter(), |row, run| row.u64(run.first.0).u32(run.count).u32(run.lossy_starts))
        .list(settings.iter(), |row, (name, value)| row.text(name).text(value))
        .done()
}

/// The topic of a row.
pub fn decode(name: &str, value: &[u8]) -> Result<Topic, RowError> {
    let mut row = Reader::value(TOPICS, value)?;
    let id = TopicId(row.id()?);
    let created = Timestamp(row.i64()?);
    let runs =
        row.list(|row| Ok(Run { first: StreamId(row.u64()?), count: row.u32()?, lossy_starts: row.u32()? }))?;
    let settings = row.list(|row| Ok((row.text()?, row.text()?)))?;
    row.end()?;
    let partitions: u64 = runs.iter().map(|run| u64::from(run.count)).sum();
    if partitions > PARTITIONS_PER_TOPIC_MAX as u64 {
        return Err(row.not_understood("a topic has too many partitions"));
    }
    Ok(Topic {
        name: Arc::from(name),
        id,
        partitions: streams_of(&runs).collect(),
        settings: TopicSettings::from_stored(settings),
        created,
        runs,
    })
}

/// The streams of runs, in order.
pub fn streams_of(runs: &[Run]) -> impl Iterator<Item = StreamId> {
    runs.iter().flat_map(|run| (0..u64::from(run.count)).map(|n| run.first.plus(n)))
}
