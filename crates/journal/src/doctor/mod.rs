//! Looks at the files of a stopped journal and says what is there and what is wrong; repairs what can be repaired.
//!
//! Always: [`inspect`] changes nothing; [`repair`] copies what it cuts before it cuts it, and never cuts acknowledged
//! bytes unless told to. Never here: how a report is printed.

mod repair;
mod report;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hence_base::{Epoch, Offset, Op, Position, StreamId, TableId};

pub use repair::{RepairError, Repaired, repair};
pub use report::{
    ChainEnd, ChainReport, CheckpointReport, Damage, FileReport, Lost, Report, SegmentKind, StreamReport,
    Unreadable,
};

use crate::Replay;
use crate::disk::native::NativeDisk;
use crate::disk::{Access, Disk};
use crate::format::block::{self, Kind, verify};
use crate::format::{Place, commit, identity, segment};
use crate::limits::PAGE_BYTES;
use crate::local::checkpoint;
use crate::local::lock::Lock;
use crate::local::open::{From, Opener, take_lock};
use crate::local::recovered::Recovered;
use crate::local::segments::Segments;
use crate::local::{NotAJournal, OpenError, Options};
use crate::log::chain::Chain;
use crate::log::recovery::{RecoverError, Segments as _, recover};
use crate::log::track::Row;
use crate::staging::left;

/// Takes a replay and keeps nothing of it.
#[derive(Debug)]
pub struct Nobody;

impl Replay for Nobody {
    fn row(&mut self, _table: TableId, _key: &[u8], _value: &[u8]) {}

    fn op(&mut self, _position: Position, _op: &Op<'_>) {}
}

/// Reads everything in `dir`, which no process may have open, shows `replay` what a start would, as far as it is whole,
/// and reports.
pub fn inspect(dir: &Path, replay: &mut dyn Replay) -> Result<Report, OpenError> {
    inspect_watched(dir, replay, &mut |_| {})
}

/// The same, telling `watch` of each block how many were read so far: of a large directory, that takes long.
pub fn inspect_watched(
    dir: &Path,
    replay: &mut dyn Replay,
    watch: &mut dyn FnMut(u64),
) -> Result<Report, OpenError> {
    let _lock = lock(dir)?;
    look_watched(dir, replay, watch).map(|looked| looked.report)
}

/// Locks a directory that is a journal; touches no other.
fn lock(dir: &Path) -> Result<Lock, OpenError> {
    if dir.join(identity::FILE).exists() {
        return take_lock(dir);
    }
    Err(OpenError::NotAJournal { dir: dir.to_owned(), what: NotAJournal::Absent })
}

/// Puts what was left in the staging file in its place, as a start would.
fn put_in_place(dir: &Path) -> Result<(), OpenError> {
    let options = Options::new(dir);
    let failed = |cause| OpenError::Io { path: dir.to_owned(), cause };
    let disk: Arc<dyn Disk> = Arc::new(NativeDisk::open(dir).map_err(failed)?);
    let journal = Opener::new(&options, Arc::clone(&disk), Access::Cached).read_identity()?;
    left::put_in_place(disk.as_ref(), &journal).map(drop).map_err(|cause| OpenError::of_staging(dir, cause))
}

/// A report and what a repair needs beside it.
struct Looked {
    report: Report,
    segments: Segments,
    /// Where the chain fails, if something proves that it went on.
    broken: Option<Chain>,
}

fn look(dir: &Path, replay: &mut dyn Replay) -> Result<Looked, OpenError> {
    look_watched(dir, replay, &mut |_| {})
}

fn look_watched(
    dir: &Path,
    replay: &mut dyn Replay,
    watch: &mut dyn FnMut(u64),
) -> Result<Looked, OpenError> {
    let mut read = 0;
    let mut block_read = || {
        read += 1;
        watch(read);
    };
    let mut looked = look_from(dir, None, replay, &mut block_read)?;
    let mut before = None;
    while let Some(chain) = &looked.broken {
        let is_used = |checkpoint: &&CheckpointReport| {
            checkpoint.whole && before.is_none_or(|before| checkpoint.reflects < before)
        };
        let used = looked.report.checkpoints.iter().find(is_used);
        if used.is_none_or(|used| used.reflects < chain.next) {
            break;
        }
        // It reflects what stands behind the break: what a cut there leaves is known by an older one alone.
        before = Some(chain.next);
        let older = look_from(dir, before, &mut Nobody, &mut block_read)?;
        if older.broken.is_some() {
            looked = older;
            continue;
        }
        let what = "no checkpoint is older than the damage, and the log does not reach back far enough";
        looked.report.damage.insert(0, Damage { file: ".".to_owned(), at: None, what: what.to_owned() });
        (looked.broken, looked.report.chain.end) = (None, ChainEnd::Unknown);
    }
    Ok(looked)
}

/// Looks with the newest checkpoint that is whole and reflects nothing from `before` on.
fn look_from(
    dir: &Path,
    before: Option<Position>,
    replay: &mut dyn Replay,
    block_read: &mut dyn FnMut(),
) -> Result<Looked, OpenError> {
    let options = Options::new(dir);
    let failed = |cause| OpenError::Io { path: dir.to_owned(), cause };
    let disk: Arc<dyn Disk> = Arc::new(NativeDisk::open(dir).map_err(failed)?);
    let mut opener = Opener::new(&options, Arc::clone(&disk), Access::Cached);
    let journal = opener.read_identity()?;
    let disk = left::shown(disk, &journal).map_err(|cause| OpenError::of_staging(dir, cause))?;
    opener.disk = Arc::clone(&disk);
    opener.before = before;
    let segments = opener.segments(journal)?;
    let mut state = Recovered::new(&options, replay);
    let mut damage = Vec::new();
    let checkpoints = checkpoints(disk.as_ref(), &journal, &mut damage).map_err(failed)?;
    let (chain, broken) = match start(&opener, &journal, &segments, &mut state) {
        Ok(from) => follow(&opener, &from, &segments, &mut state, &mut damage, block_read)?,
        Err(OpenError::Damaged { file, what, .. }) => {
            damage.push(Damage { file, at: None, what });
            (ChainReport::default(), None)
        }
        Err(other) => return Err(other),
    };
    let lost = broken.as_ref().map_or_else(Vec::new, |chain| lost_beyond(chain, &segments, &state));
    let streams = streams(&state, &segments, &mut damage, block_read);
    let rows = state.rows.count();
    let report = Report {
        dir: dir.to_owned(),
        identity: journal,
        format_version: identity::VERSION,
        files: files(&segments),
        checkpoints,
        chain,
        streams,
        rows,
        damage,
        lost,
    };
    Ok(Looked { report, segments, broken })
}

fn start(
    opener: &Opener<'_>,
    journal: &[u8; 16],
    segments: &Segments,
    state: &mut Recovered<'_>,
) -> Result<From, OpenError> {
    let from = opener.load(*journal, segments, state)?;
    opener.check_start(&from, segments)?;
    // What is sealed is verified too: as the device has it.
    segments.forget_from(0).map_err(|cause| opener.io(".", cause))?;
    Ok(from)
}

fn files(segments: &Segments) -> Vec<FileReport> {
    let used = segments.all();
    used.into_iter()
        .map(|(file, sequence, kind, bytes)| {
            let kind = match kind {
                segment::Kind::Spare => SegmentKind::Spare,
                segment::Kind::Log => SegmentKind::Log,
                segment::Kind::Moved => SegmentKind::Moved,
            };
            FileReport { file, sequence, kind, bytes }
        })
        .collect()
}

fn checkpoints(
    disk: &dyn Disk,
    journal: &[u8; 16],
    damage: &mut Vec<Damage>,
) -> std::io::Result<Vec<CheckpointReport>> {
    let mut found = Vec::new();
    for (number, file) in checkpoint::names(disk)? {
        let header = checkpoint::verify(disk, &file, journal);
        if let Err(error) = &header {
            damage.push(Damage { file: file.clone(), at: None, what: error.to_string() });
        }
        let header = header.ok();
        found.push(CheckpointReport {
            file,
            number,
            replays_from: header.as_ref().map(|header| header.place.to_string()),
            reflects: header.as_ref().map_or(Position::ZERO, |header| header.made),
            whole: header.is_some(),
        });
    }
    Ok(found)
}

/// Follows the chain as a start would. What another version of the program wrote is not for this one to judge.
fn follow(
    opener: &Opener<'_>,
    from: &From,
    segments: &Segments,
    state: &mut Recovered<'_>,
    damage: &mut Vec<Damage>,
    block_read: &mut dyn FnMut(),
) -> Result<(ChainReport, Option<Chain>), OpenError> {
    let mut blocks = 0;
    let mut reached = from.chain.clone();
    let recovered = recover(from.chain.clone(), from.last, segments, &mut |header, bytes| {
        blocks += 1;
        block_read();
        state.block(header, &bytes)?;
        reached.place = header.end();
        reached.next = header.last.next();
        reached.epoch = header.epoch;
        Ok(())
    });
    let (end, chain, broken) = match recovered {
        Ok(end) => match end.torn {
            Some(at) => (ChainEnd::Torn { at: at.to_string() }, end.chain, None),
            None => (ChainEnd::Whole, end.chain, None),
        },
        Err(error @ RecoverError::Version { .. }) => return Err(opener.recover_error(error, segments)),
        Err(error) => {
            let (RecoverError::Damage { at, .. }
            | RecoverError::Malformed { at, .. }
            | RecoverError::Version { at, .. }
            | RecoverError::Io { at, .. }) = error;
            let file = segments.name(at.segment).unwrap_or_default();
            damage.push(Damage { file, at: Some(at.offset), what: error.to_string() });
            (ChainEnd::Damaged { at: at.to_string() }, reached.clone(), Some(reached))
        }
    };
    let report = ChainReport {
        from: from.chain.place.to_string(),
        to: chain.place.to_string(),
        blocks,
        last: Position(chain.next.0 - 1),
        epoch: chain.epoch,
        end,
    };
    Ok((report, broken))
}

/// Verifies every block that holds readable entries and lists the streams.
fn streams(
    state: &Recovered<'_>,
    segments: &Segments,
    damage: &mut Vec<Damage>,
    block_read: &mut dyn FnMut(),
) -> Vec<StreamReport> {
    let mut ids = state.index.stream_ids();
    ids.sort_unstable();
    let mut verified: BTreeMap<Place, bool> = BTreeMap::new();
    let mut found = Vec::new();
    for id in ids {
        let Some((stream, rows)) = state.index.stream(id) else { continue };
        let mut unreadable = Vec::new();
        for row in rows {
            let whole = *verified.entry(row.place).or_insert_with(|| {
                block_read();
                check_block(&row, segments, damage)
            });
            if !whole {
                unreadable.push(Unreadable { from: row.first.max(stream.start), to: row.end });
            }
        }
        let bytes = state.index.bounds(id).map_or(0, |bounds| bounds.bytes);
        found.push(StreamReport { stream: id, start: stream.start, end: stream.end, bytes, unreadable });
    }
    found
}

fn check_block(row: &Row, segments: &Segments, damage: &mut Vec<Damage>) -> bool {
    let place = row.place;
    let what = match segments.read(place, row.length as usize) {
        Ok(bytes) => match verify(&bytes, &segments.journal(), place) {
            Ok(_) => return true,
            Err(bad) => bad.to_string(),
        },
        Err(error) => error.to_string(),
    };
    let file = segments.name(place.segment).unwrap_or_else(|| format!("segment {} (missing)", place.segment));
    damage.push(Damage { file, at: Some(place.offset), what });
    false
}

/// What whole blocks behind a break hold: it would be lost by a cut there. What the broken blocks held is known only as
/// far as it leaves a gap.
fn lost_beyond(chain: &Chain, segments: &Segments, state: &Recovered<'_>) -> Vec<Lost> {
    let mut ends: BTreeMap<StreamId, Offset> = BTreeMap::new();
    for (header, bytes) in blocks_beyond(chain, segments) {
        let _ = commit::visit(&bytes, &header, &mut |_, op, _| {
            if let Op::Append(append) = op {
                for target in &append.targets {
                    let end = ends.entry(target.stream).or_default();
                    *end = (*end).max(target.header.end());
                }
            }
        });
    }
    let known = |id| state.index.bounds(id).map_or(Offset::ZERO, |bounds| bounds.end);
    let lost = ends.into_iter().map(|(stream, to)| Lost { stream, from: known(stream), to });
    lost.filter(|lost| lost.from < lost.to).collect()
}

/// Whole blocks behind `chain` that were written after it.
fn blocks_beyond(chain: &Chain, segments: &Segments) -> Vec<(block::Header, Vec<u8>)> {
    let mut found = Vec::new();
    let mut place = chain.place;
    loop {
        if place.offset >= segments.bytes(place.segment) {
            let Some(next) = segments.after(place.segment) else { return found };
            place = Place { segment: next, offset: segment::HEADER_BYTES };
        }
        place.offset += later_block(chain, segments, place, &mut found);
    }
}

fn later_block(
    chain: &Chain,
    segments: &Segments,
    place: Place,
    found: &mut Vec<(block::Header, Vec<u8>)>,
) -> u64 {
    let page = PAGE_BYTES as u64;
    let Ok(first) = segments.read(place, PAGE_BYTES) else { return page };
    let Ok((header, _)) = block::header(&first, &chain.journal, place) else { return page };
    let Ok(bytes) = segments.read(place, header.length as usize) else { return page };
    let later = header.epoch >= chain.epoch && header.epoch > Epoch(0) && header.first >= chain.next;
    if verify(&bytes, &chain.journal, place).is_err() || !later || header.kind == Kind::Moved {
        return page;
    }
    found.push((header, bytes));
    u64::from(header.length)
}
