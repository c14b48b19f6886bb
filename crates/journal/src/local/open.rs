//! Opening: lock, identity, segments, recovery, and the block that begins an epoch.
//!
//! Always: nothing is served before that block is durable; what is not understood is refused with what to do about it.
//! Never here: what recovery decides (`log::recovery`).

mod error;
mod identity;
mod way;

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hence_base::{Epoch, Position, StreamId};
use parking_lot::{Mutex, RwLock};

use super::LocalJournal;
use super::checkpoint::{self, Unusable};
use super::checkpointing::Checkpoints;
use super::cold::Cold;
use super::counters::Counters;
use super::keeping::Keeper;
use super::lock::{self, Lock, LockError};
use super::log_end::{LogEnd, Writer};
use super::options::{Io, Mode, Options};
use super::recovered::Recovered;
use super::rolling::Roller;
use super::scrubbing::Scrub;
use super::segments::{Claimant, Making, SUFFIX, Segments, is_full};
use super::space::{Owed, Wanted};
use super::store::{Rewriting, Source, Store, Taking, Timing, Told};
use super::tending::Bell;
use crate::disk::native::NativeDisk;
use crate::disk::{Access, Disk};
use crate::format::block::{self, FLAG_INCOMPLETE, FLAG_LOSSY_MODE};
use crate::format::checkpoint::Header;
use crate::format::segment::Kind;
use crate::format::{self, Place};
use crate::limits::{
    BLOCK_BYTES_MAX, BLOCK_BYTES_MAX_OS, CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, PAGE_BYTES, RING_BYTES_MIN,
};
use crate::log::chain::Chain;
use crate::log::intake::Intake;
use crate::log::recovery::{End, Last, Segments as _, recover};
use crate::planted::bug;
use crate::ring::Pool;
use crate::staging::{StagedDisk, left};
use crate::{Opening, Replay, Room};

pub use error::{NotAJournal, OpenError};
pub use way::Way;

/// No process raises it by more than one.
const NO_EPOCH: &str = "a block shows the largest epoch that there is";

impl LocalJournal {
    /// Opens the journal in `options.dir`, or creates it, and shows what it holds to `replay`.
    pub fn open(options: &Options, replay: &mut dyn Replay) -> Result<(Arc<Self>, Opening), OpenError> {
        let dir = &options.dir;
        let failed = |cause| OpenError::Io { path: dir.clone(), cause };
        std::fs::create_dir_all(dir).map_err(failed)?;
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            // The directory's own name must last as long as what is in it.
            let _ = std::fs::File::open(parent).and_then(|parent| parent.sync_all());
        }
        identity::check_names(dir, std::fs::read_dir(dir).map_err(failed)?)?;
        let lock = take_lock(dir)?;
        let disk = NativeDisk::open(dir).map_err(failed)?;
        let way = Way::on(&disk, options);
        let disk: Arc<dyn Disk> = Arc::new(disk);
        #[cfg(feature = "slow-disk")]
        let disk = crate::disk::slow::slowed(disk).map_err(failed)?;
        open(options, disk, way, Some(lock), replay)
    }

    /// Opens a journal on a disk of the caller's: a simulator's. Nothing locks it.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        options: &Options,
        replay: &mut dyn Replay,
    ) -> Result<(Arc<Self>, Opening), OpenError> {
        open(options, disk, Way::of(options.mode, options.io == Io::Direct), None, replay)
    }
}

/// Takes the directory's lock.
pub fn take_lock(dir: &Path) -> Result<Lock, OpenError> {
    Lock::take(dir).map_err(|error| match error {
        LockError::Held(pid) => OpenError::Locked { dir: dir.to_owned(), pid },
        LockError::Io(cause) => OpenError::Io { path: dir.join(lock::FILE), cause },
    })
}

/// What an opening needs besides its options.
pub struct Opener<'a> {
    pub options: &'a Options,
    pub disk: Arc<dyn Disk>,
    /// Checkpoints that reflect this commit are passed over.
    pub before: Option<Position>,
    access: Access,
    pool: Arc<Pool>,
}

fn open(
    options: &Options,
    disk: Arc<dyn Disk>,
    way: Way,
    lock: Option<Lock>,
    replay: &mut dyn Replay,
) -> Result<(Arc<LocalJournal>, Opening), OpenError> {
    if options.ring_bytes < RING_BYTES_MIN {
        return Err(OpenError::Ring { bytes: options.ring_bytes, least: RING_BYTES_MIN });
    }
    if options.segment_bytes_min > options.segment_bytes_max {
        return Err(OpenError::Segments);
    }
    let mut opener = Opener::new(options, disk, way.access());
    let journal = opener.identity()?;
    let way = opener.stage(way, &journal).map_err(|cause| OpenError::of_staging(&options.dir, cause))?;
    let segments = opener.segments(journal)?;
    let mut state = Recovered::new(options, replay);
    let mut from = opener.load(journal, &segments, &mut state)?;
    let end = opener.recover(&mut from, &segments, &mut state)?;
    let (replayed_bytes, torn, is_new) = (from.checkpoints.replayed_bytes, end.torn, end.last.is_none());
    let complete = !options.distrust && (end.last.is_none_or(Last::complete) || bug!(LossyCalledComplete));
    let (store, epoch) = opener.begin(end, from.checkpoints, segments, state, complete)?;
    tell(epoch, replayed_bytes, torn, complete, is_new);
    let store = Store { lock, way, ..store };
    let opened = LocalJournal::new(store);
    let opened = opened.map_err(|cause| OpenError::Io { path: options.dir.clone(), cause })?;
    Ok((Arc::new(opened), Opening { identity: journal, epoch, complete }))
}

/// Says in the log what was found: whoever runs this learns here that something may be missing.
fn tell(epoch: Epoch, replayed_bytes: u64, torn: Option<Place>, complete: bool, is_new: bool) {
    if is_new {
        tracing::info!("a new journal");
        return;
    }
    tracing::info!(epoch = epoch.0, replayed_bytes, "journal recovered");
    if let Some(at) = torn {
        tracing::info!(%at, "the log ended in a block that was not written whole: it is cut");
    }
    if !complete {
        tracing::warn!(
            "the last run was not stopped cleanly and acknowledged before the disk had it: records may be missing; \
             leader epochs rise, so that consumers notice"
        );
    }
}

impl<'a> Opener<'a> {
    /// What is needed to look at a directory.
    pub fn new(options: &'a Options, disk: Arc<dyn Disk>, access: Access) -> Self {
        let chunk_bytes = (options.ring_bytes / 16).clamp(CHUNK_BYTES_MIN, CHUNK_BYTES_MAX);
        let pool = Pool::new(chunk_bytes, options.ring_bytes);
        Self { options, disk, before: None, access, pool }
    }

    /// Puts what the last run left in its staging file where it belongs, and begins a staging file for this one. Gives
    /// the way that segments are written.
    fn stage(&mut self, way: Way, journal: &[u8; 16]) -> io::Result<Way> {
        let bytes = left::put_in_place(self.disk.as_ref(), journal)?;
        if bytes > 0 {
            tracing::info!(
                bytes,
                "the process that wrote last was gone before it had moved everything; moved now"
            );
        }
        if way != Way::Staged {
            return Ok(way);
        }
        let Options { threads, .. } = *self.options;
        let shape = self.options.staging();
        match StagedDisk::start(Arc::clone(&self.disk), SUFFIX, journal, shape, threads) {
            Ok(disk) => {
                self.disk = Arc::new(disk);
                Ok(way)
            }
            // A full disk must open, to be emptied.
            Err(error) if is_full(&error) => Ok(Way::Buffered),
            Err(error) => Err(error),
        }
    }

    /// The segment files.
    pub fn segments(&self, journal: [u8; 16]) -> Result<Segments, OpenError> {
        Segments::list(&self.disk, journal, self.making()).map_err(|error| self.list_error(error))
    }

    fn making(&self) -> Making {
        Making {
            access: self.access,
            fills: self.options.mode == Mode::Fsync,
            space_bytes_max: self.options.space_bytes_max,
            pool: Arc::clone(&self.pool),
        }
    }

    /// Loads the newest checkpoint that is whole, and says from where the log is replayed.
    pub fn load(
        &self,
        journal: [u8; 16],
        segments: &Segments,
        state: &mut Recovered<'_>,
    ) -> Result<From, OpenError> {
        let disk = self.disk.as_ref();
        let names = checkpoint::names(disk).map_err(|cause| self.io(".", cause))?;
        let mut whole = Vec::new();
        for (_, name) in &names {
            match checkpoint::verify(disk, name, &journal) {
                Ok(header) if self.before.is_some_and(|before| header.made >= before) => {}
                Ok(header) => whole.push((name, header)),
                Err(Unusable::Version(version)) => {
                    let file = self.options.dir.join(name);
                    return Err(OpenError::Version { file, version, known: format::checkpoint::VERSION });
                }
                Err(error) => tracing::warn!(file = name, %error, "a checkpoint cannot be used"),
            }
        }
        let chain = Chain::new(journal);
        let older = whole.get(1).map_or(chain.place, |(_, header)| header.place);
        let newest = whole.first().map_or(chain.place, |(_, header)| header.place);
        let number = names.first().map_or(1, |(number, _)| number + 1);
        let kept = [1, 0].map(|age| whole.get(age).map(|(_, header)| header.number));
        let checkpoints = Checkpoints::found([older, newest], kept, number);
        let Some((name, header)) = whole.first() else {
            if segments.name(chain.place.segment).is_none() && !segments.is_empty() {
                let what = "there is no whole checkpoint and the log's first segment is gone".to_owned();
                return Err(self.damaged(".".to_owned(), what));
            }
            return Ok(From { chain, last: None, checkpoints });
        };
        let mut stream = StreamId(0);
        let loaded = checkpoint::load(disk, name, header, &mut |record| state.record(&mut stream, record));
        loaded.map_err(|error| self.damaged((*name).clone(), error.to_string()))?;
        let Header { place, previous, next, epoch, last, .. } = *header;
        let chain = Chain { journal, epoch, place, previous, next, synced: place };
        Ok(From { chain, last, checkpoints })
    }

    fn recover(
        &self,
        from: &mut From,
        segments: &Segments,
        state: &mut Recovered<'_>,
    ) -> Result<End, OpenError> {
        self.check_start(from, segments)?;
        if !bug!(CacheBelieved) {
            segments.forget_from(from.chain.place.segment).map_err(|cause| self.io(".", cause))?;
        }
        let replayed_bytes = &mut from.checkpoints.replayed_bytes;
        let accept = &mut |header: &block::Header, block: Bytes| {
            *replayed_bytes += u64::from(header.length);
            state.block(header, &block)
        };
        let end = recover(from.chain.clone(), from.last, segments, accept);
        end.map_err(|error| self.recover_error(error, segments))
    }

    /// Whether the place is there from which the log is replayed: behind it may stand what was acknowledged.
    pub fn check_start(&self, from: &From, segments: &Segments) -> Result<(), OpenError> {
        let at = from.chain.place;
        let is_new = segments.is_empty() && from.checkpoints.kept[1].is_none();
        if is_new || segments.bytes(at.segment) >= at.offset {
            return Ok(());
        }
        match segments.name(at.segment) {
            Some(file) => Err(self.damaged(file, format!("it is cut before {at}"))),
            None => Err(self.damaged(".".to_owned(), format!("segment {} is missing", at.segment))),
        }
    }

    /// Makes what recovery accepted durable and begins an epoch behind it.
    fn begin(
        &self,
        end: End,
        checkpoints: Checkpoints,
        segments: Segments,
        state: Recovered<'_>,
        complete: bool,
    ) -> Result<(Store, Epoch), OpenError> {
        let Recovered { index, rows, tails, .. } = state;
        let End { mut chain, epoch_max, accepted, torn, .. } = end;
        let failed = |cause| self.io(".", cause);
        for &sequence in accepted.iter().filter(|_| !bug!(AcceptedNotSynced)) {
            segments.sync(sequence).map_err(failed)?;
        }
        chain.synced = chain.place;
        chain.epoch = self.next_epoch(epoch_max)?;
        let (next, epoch) = (chain.next, chain.epoch);
        segments.retire_behind(chain.place.segment);
        let roller = Roller::resume(&segments, &index);
        // Nothing else may take what was the reserve before the stop.
        let next_bytes = self.options.next_segment_bytes(segments.used_bytes(), segments.capacity_bytes());
        segments.want(Wanted::of(self.options, next_bytes));
        segments.put_aside();
        let lossy = self.options.mode == Mode::Os || !complete;
        let writer = self.writer(chain, &segments, lossy).map_err(failed)?;
        let most = if self.options.mode == Mode::Os { BLOCK_BYTES_MAX_OS } else { BLOCK_BYTES_MAX };
        let block_bytes_max = most.min(self.pool.chunk_bytes());
        let mut intake = Intake::new(Arc::clone(&self.pool), block_bytes_max, next, tails);
        let draft = intake.empty();
        let slack_bytes = self.options.slack_bytes.unwrap_or_else(|| segments.slack_bytes());
        let store = Store {
            options: self.options.clone(),
            disk: Arc::clone(&self.disk),
            way: Way::Buffered,
            pool: Arc::clone(&self.pool),
            segments,
            taking: Mutex::new(Taking {
                intake,
                failure: None,
                here_bytes: writer.left_bytes(),
                taken_bytes: 0,
                promised: Room { commit_bytes_max: 0, normal_bytes: 0, relief_bytes: 0 },
            }),
            rows: RwLock::new(rows),
            index: RwLock::new(index),
            cold: Cold::default(),
            flushing: Mutex::new(()),
            log_end: LogEnd::new(writer),
            slow: AtomicBool::new(false),
            keeper: Mutex::new(Keeper { checkpoints, roller, scrub: Scrub::default(), cleaned_at: None }),
            damaged: Mutex::default(),
            bell: Bell::default(),
            counters: Counters::default(),
            stuck: AtomicBool::new(false),
            durable: AtomicU64::new(next.0 - 1),
            observer: Told(OnceLock::new()),
            source: Source(OnceLock::new()),
            rewriter: Rewriting(OnceLock::new()),
            timing: Timing::default(),
            slack_bytes,
            lock: None,
        };
        let lossy = if self.options.mode == Mode::Os { FLAG_LOSSY_MODE } else { 0 };
        let flags = lossy | if complete { 0 } else { FLAG_INCOMPLETE };
        store.counters.torn.store(u64::from(torn.is_some()), Ordering::Relaxed);
        store.begin_epoch(draft, flags).map_err(failed)?;
        Ok((store, epoch))
    }

    /// The epoch that begins.
    fn next_epoch(&self, newest: Epoch) -> Result<Epoch, OpenError> {
        let next = newest.0.checked_add(u64::from(!bug!(EpochNotRaised)));
        next.map(Epoch).ok_or_else(|| self.damaged(".".to_owned(), NO_EPOCH.to_owned()))
    }

    fn writer(&self, mut chain: Chain, segments: &Segments, lossy: bool) -> io::Result<Writer> {
        let sequence = chain.place.segment;
        let (file, segment_bytes) = if segments.name(sequence).is_some() {
            (segments.writer(sequence)?, segments.bytes(sequence))
        } else {
            let (least, owed) = (2 * PAGE_BYTES as u64, Owed::default());
            let claimed = segments.claim(Claimant::Log, least, self.options.segment_bytes_min, &owed);
            let made = claimed.and_then(|claim| segments.make(Kind::Log, claim, segments.fills()));
            let entered = segments.enter(match made {
                Err(error) if is_full(&error) => segments.take_reserve(Kind::Log, least)?,
                made => made?,
            })?;
            chain.enter(entered.sequence);
            (entered.file, entered.bytes)
        };
        Ok(Writer {
            chain,
            file,
            segment_bytes,
            unsynced: Vec::new(),
            flights: VecDeque::new(),
            broken: false,
            touched: Vec::new(),
            used_effects: None,
            held: None,
            last: Some(Last { closed: false, lossy }),
        })
    }
}

/// From where the log is replayed.
pub struct From {
    pub chain: Chain,
    pub last: Option<Last>,
    checkpoints: Checkpoints,
}
