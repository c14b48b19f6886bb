//! Opening: fences the former owner, shows the rows and the operations behind them, finds each stream's ends.
//!
//! Always: the opening itself is written, and that write's sequence number is the first durable position.
//! Never here: what happens after it.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hence_base::{Epoch, Offset, Position, StreamId};
use hence_journal::{Failure, Journal, Opening, ReadError, Replay};
use object_store::ObjectStore;
use parking_lot::{Mutex, RwLock};
use slatedb::config::Settings;
use slatedb::{Db, WriteBatch};
use tokio::sync::Notify;

use crate::journal::{Live, Options, Shared, SlateJournal};
use crate::keys::{self, StreamRow};
use crate::reading;
use crate::record;
use crate::rows::Rows;
use crate::submitted::{Ahead, Submitted};
use crate::writer::Writer;

/// Why a journal did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SlateDB says why.
    #[error("SlateDB: {0}")]
    Slate(#[from] slatedb::Error),
    /// The store cannot be read.
    #[error("a stream: {0}")]
    Read(#[from] ReadError),
    /// Not what the spike writes.
    #[error("a row is damaged: {0:?}")]
    Damaged(Bytes),
    /// No threads.
    #[error("the runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

/// What an opening reads before the journal can be used.
struct Recovered {
    opening: Opening,
    position: Position,
    replay_after: Position,
    recorded: Vec<Position>,
    rows: Rows,
    streams: HashMap<StreamId, Live>,
}

/// Opens the journal at `path` of `store`, made if it is not there. Blocks; never from a task of a runtime.
pub fn open(
    store: Arc<dyn ObjectStore>,
    path: &str,
    options: Options,
    replay: &mut dyn Replay,
) -> Result<(Arc<dyn Journal>, Opening), OpenError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("slate")
        .enable_all()
        .build()?;
    let (db, recovered) = runtime.block_on(async {
        let settings = Settings {
            // The journal flushes by itself: at once when idle, and all that is queued together when not.
            flush_interval: None,
            l0_sst_size_bytes: options.memtable_bytes,
            ..Settings::default()
        };
        let db = Db::builder(path, store).with_settings(settings).build().await?;
        let recovered = recover(&db, replay).await?;
        Ok::<_, OpenError>((db, recovered))
    })?;
    let Recovered { opening, position, replay_after, recorded, rows, streams } = recovered;
    let ahead = streams.iter().map(|(id, live)| (*id, ahead(live))).collect();
    let shared = Arc::new(Shared {
        options,
        db,
        submitted: Mutex::new(Submitted { position, streams: ahead, ..Submitted::default() }),
        rows: RwLock::new(rows),
        streams: RwLock::new(streams),
        durable: AtomicU64::new(position.0),
        wake: Notify::new(),
        observer: OnceLock::new(),
        source: OnceLock::new(),
        closing: Mutex::new(None),
        telling: Mutex::new(()),
    });
    let writer = Writer { shared: shared.clone(), replay_after, recorded };
    runtime.spawn(writer.run());
    runtime.spawn(shared.clone().watch());
    Ok((Arc::new(SlateJournal { shared, runtime: Some(runtime) }), opening))
}

const fn ahead(live: &Live) -> Ahead {
    Ahead { start: live.start, end: live.end, bytes_ever: live.bytes_ever, newest: live.newest }
}

async fn recover(db: &Db, replay: &mut dyn Replay) -> Result<Recovered, OpenError> {
    let rows = load_rows(db, replay).await?;
    let (replay_after, recorded) = replay_commits(db, replay).await?;
    let streams = load_streams(db).await?;
    let known = db.get(keys::IDENTITY).await?;
    let identity = match known.as_deref().map(<[u8; 16]>::try_from) {
        Some(Ok(identity)) => identity,
        Some(Err(_)) => return Err(OpenError::Damaged(Bytes::from_static(keys::IDENTITY))),
        None => new_identity(),
    };
    let epoch = db.manifest().writer_epoch();
    // The first write of this epoch: should another owner be newer by now, it fails here and nothing is served.
    let mut batch = WriteBatch::new();
    batch.put(keys::IDENTITY, identity);
    let written = db.write(batch).await?;
    db.flush().await?;
    let position = Position(written.seqnum());
    // SlateDB acknowledges what is in the object store and replays it: nothing acknowledged is ever missing.
    let opening = Opening { identity, epoch: Epoch(epoch), complete: true };
    Ok(Recovered { opening, position, replay_after, recorded, rows, streams })
}

/// Sixteen bytes that no other journal has: of a hasher with random keys, as the standard library seeds them.
fn new_identity() -> [u8; 16] {
    use std::hash::{BuildHasher, RandomState};
    let half = || RandomState::new().hash_one(0_u8).to_le_bytes();
    let mut identity = [0; 16];
    identity[..8].copy_from_slice(&half());
    identity[8..].copy_from_slice(&half());
    identity
}

async fn load_rows(db: &Db, replay: &mut dyn Replay) -> Result<Rows, OpenError> {
    let mut rows = Rows::default();
    let mut scan = db.scan_prefix(keys::ALL_ROWS, ..).await?;
    while let Some(row) = scan.next().await? {
        let (table, key) = keys::parse_row(&row.key).ok_or_else(|| OpenError::Damaged(row.key.clone()))?;
        replay.row(table, key, &row.value);
        rows.put(table, key, row.value.clone());
    }
    Ok(rows)
}

async fn replay_commits(db: &Db, replay: &mut dyn Replay) -> Result<(Position, Vec<Position>), OpenError> {
    let after = db.get(keys::REPLAY_AFTER).await?;
    let after = after.as_deref().and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    let mut recorded = Vec::new();
    let mut scan = db.scan_prefix(keys::ALL_COMMITS, ..).await?;
    while let Some(row) = scan.next().await? {
        let damaged = || OpenError::Damaged(row.key.clone());
        let position = keys::parse_commit(&row.key).ok_or_else(damaged)?;
        if position.0 > after {
            record::replay(position, &row.value, replay).ok_or_else(damaged)?;
        }
        recorded.push(position);
    }
    Ok((Position(after), recorded))
}

/// Two seeks a stream: what it holds stands in its first and its last entry.
async fn load_streams(db: &Db) -> Result<HashMap<StreamId, Live>, OpenError> {
    let mut streams = HashMap::new();
    let mut scan = db.scan_prefix(keys::ALL_STREAMS, ..).await?;
    while let Some(row) = scan.next().await? {
        let damaged = || OpenError::Damaged(row.key.clone());
        let id = keys::parse_stream(&row.key).ok_or_else(damaged)?;
        let StreamRow { start, bytes_ever, newest } = StreamRow::decode(&row.value).ok_or_else(damaged)?;
        let last = reading::last_at_or_before(db, id, Offset(u64::MAX)).await?;
        let live = match last.filter(|last| last.end() > start) {
            None => Live { start, end: start, bytes_ever, bytes_gone: bytes_ever, newest },
            Some(last) => {
                let first = reading::first_behind(db, id, start).await?;
                Live {
                    start,
                    end: last.end(),
                    bytes_ever: last.bytes_after(),
                    bytes_gone: first.map_or(last.bytes_after(), |first| first.bytes_before),
                    newest: last.newest,
                }
            }
        };
        streams.insert(id, live);
    }
    Ok(streams)
}

/// What the face says when the journal cannot go on, for those who have only SlateDB's error.
pub fn failure_of(error: &OpenError) -> Option<Failure> {
    match error {
        OpenError::Slate(error) => Some(crate::writer::failure(error)),
        _ => None,
    }
}
