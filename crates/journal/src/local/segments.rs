//! The segment files of a directory: which file is which segment, what is ready for the log to go on, what is spare.
//!
//! Always: a file is what its first page says, not what its name says; a segment is used only once its page and its name
//! are durable; what is kept as reserve is used only when nothing else is left. Space is claimed in memory, under one lock,
//! and made use of afterwards.
//! Never here: what blocks say, whether a segment may be used again, what is owed to whom (`space`).

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rustix::io::Errno;

use super::space::{self, Wanted};
use crate::disk::{Access, Disk, DiskFile};
use crate::format::Place;
use crate::format::block;
use crate::format::segment::{self, Header, Kind, Page};
use crate::limits::{CREATE_MARGIN_BYTES, FILL_BYTES, PAGE_BYTES, READERS_MAX, SLACK_BYTES_MAX, SPARES_MAX};
use crate::log::recovery;
use crate::planted::bug;
use crate::ring::Pool;

mod claims;

pub use claims::{Claim, Claimant};

/// How the names of segment files end.
pub const SUFFIX: &str = ".segment";

/// The segment files of a directory.
#[derive(Debug)]
pub struct Segments {
    disk: Arc<dyn Disk>,
    journal: [u8; 16],
    /// How files are opened to write.
    access: Access,
    /// Whether new files are filled with zeros, so that writes into them change no metadata.
    fills: bool,
    space_bytes_max: Option<u64>,
    pool: Arc<Pool>,
    files: Mutex<Files>,
    /// Bytes for blocks beyond the segment that is written: ready, spare and yet to be created.
    ahead_bytes: AtomicU64,
    /// The largest piece of them: what a block may take at most.
    largest_bytes: AtomicU64,
    /// Bytes for blocks of the log in the reserve, and the largest piece of them.
    reserve_bytes: AtomicU64,
    largest_reserve_bytes: AtomicU64,
    /// What the log's part of the reserve lacks beyond what can be had.
    log_lacks_bytes: AtomicU64,
}

#[derive(Debug, Default)]
struct Files {
    by_sequence: BTreeMap<u64, File>,
    /// Segments that the log may go on in, in order.
    ready: VecDeque<u64>,
    spare: Vec<Spare>,
    /// The reserve's part for the log.
    reserve: Vec<Spare>,
    /// The reserve's part for moved entries.
    moving: Vec<Spare>,
    wanted: Wanted,
    /// The newest segment that the log went on in.
    entered: u64,
    readers: usize,
    next_number: u64,
    next_sequence: u64,
    /// Bytes that new files may take.
    creatable_bytes: u64,
    /// Bytes of files that are being made.
    creating_bytes: u64,
    /// Bytes of files that were taken and are not listed again yet.
    hidden_bytes: u64,
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    bytes: u64,
    kind: Kind,
    reader: Option<Arc<dyn DiskFile>>,
}

/// A file that is no segment now.
#[derive(Clone, Debug)]
struct Spare {
    name: String,
    bytes: u64,
    /// Whether it may hold what was deleted.
    dirty: bool,
}

/// A segment that is written.
#[derive(Debug)]
pub struct Entered {
    /// Its number.
    pub sequence: u64,
    /// The file, opened to write.
    pub file: Arc<dyn DiskFile>,
    /// Bytes of the file.
    pub bytes: u64,
}

/// What a directory holds that this program must not touch.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A file of another version.
    #[error("{file} has format version {version}")]
    Version {
        /// The file.
        file: String,
        /// Its version.
        version: u16,
    },
    /// Two files say they are the same segment.
    #[error("{file} and {other} are both segment {sequence}")]
    Twice {
        /// One file.
        file: String,
        /// The other.
        other: String,
        /// The segment that both claim to be.
        sequence: u64,
    },
    /// The disk did not answer.
    #[error("{file}: {cause}")]
    Io {
        /// What was read.
        file: String,
        /// Why it failed.
        cause: io::Error,
    },
}

/// How segment files are made.
#[derive(Clone, Debug)]
pub struct Making {
    /// How files are opened to write.
    pub access: Access,
    /// Whether new files are filled with zeros.
    pub fills: bool,
    /// Bytes that all files may take; the disk's own space when not given.
    pub space_bytes_max: Option<u64>,
    /// Aligned memory.
    pub pool: Arc<Pool>,
}

impl Segments {
    /// Reads the first page of every segment file.
    pub fn list(disk: &Arc<dyn Disk>, journal: [u8; 16], making: Making) -> Result<Self, ListError> {
        let mut files = Files { next_number: 1, next_sequence: 1, ..Files::default() };
        let names = disk.list().map_err(|cause| ListError::Io { file: ".".to_owned(), cause })?;
        for name in names {
            let Some(number) = name.strip_suffix(SUFFIX) else { continue };
            files.next_number = files.next_number.max(number.parse::<u64>().map_or(0, |number| number + 1));
            let (bytes, header) = first_pages(disk.as_ref(), &name, &journal)
                .map_err(|cause| ListError::Io { file: name.clone(), cause })?;
            match header {
                Page::Version(version) => return Err(ListError::Version { file: name, version }),
                Page::Segment(header) if header.kind != Kind::Spare && header.journal == journal => {
                    let sequence = header.sequence;
                    files.next_sequence = files.next_sequence.max(sequence + 1);
                    let file = File { name: name.clone(), bytes, kind: header.kind, reader: None };
                    if let Some(other) = files.by_sequence.insert(sequence, file) {
                        return Err(ListError::Twice { file: name, other: other.name, sequence });
                    }
                }
                Page::Segment(_) | Page::Nothing => files.spare.push(Spare { name, bytes, dirty: true }),
            }
        }
        let Making { access, fills, space_bytes_max, pool } = making;
        let segments = Self {
            disk: Arc::clone(disk),
            journal,
            access,
            fills,
            space_bytes_max,
            pool,
            files: Mutex::new(files),
            ahead_bytes: AtomicU64::new(0),
            largest_bytes: AtomicU64::new(0),
            reserve_bytes: AtomicU64::new(0),
            largest_reserve_bytes: AtomicU64::new(0),
            log_lacks_bytes: AtomicU64::new(0),
        };
        segments.look_at_space();
        Ok(segments)
    }

    /// The journal that they are of.
    pub const fn journal(&self) -> [u8; 16] {
        self.journal
    }

    /// Whether new files are filled with zeros.
    pub const fn fills(&self) -> bool {
        self.fills
    }

    /// Whether there is any segment.
    pub fn is_empty(&self) -> bool {
        self.files.lock().by_sequence.is_empty()
    }

    /// Bytes for blocks beyond the segment that is written, the reserve apart.
    pub fn ahead_bytes(&self) -> u64 {
        self.ahead_bytes.load(Ordering::Relaxed)
    }

    /// Bytes for blocks of the log in the reserve.
    pub fn reserve_bytes(&self) -> u64 {
        self.reserve_bytes.load(Ordering::Relaxed)
    }

    /// What `pending` bytes of blocks leave for one more commit, and for those after it: the segment being written has
    /// `here_bytes` left. A block goes whole into one file, so that the largest piece counts until it takes any commit.
    pub fn room_bytes(&self, here_bytes: u64, pending: u64, commit_bytes_max: u64, relief: bool) -> u64 {
        let of = |bytes: &AtomicU64| if relief { bytes.load(Ordering::Relaxed) } else { 0 };
        let lacks = if relief { 0 } else { self.log_lacks_bytes.load(Ordering::Relaxed) };
        let here_bytes = here_bytes.saturating_sub(lacks);
        let ahead = self.ahead_bytes() + of(&self.reserve_bytes);
        let largest = self.largest_bytes.load(Ordering::Relaxed).max(of(&self.largest_reserve_bytes));
        let fits = here_bytes.max(largest).saturating_sub(pending);
        if fits < commit_bytes_max { fits } else { fits.max((here_bytes + ahead).saturating_sub(pending)) }
    }

    /// Bytes of the segments that hold something.
    pub fn used_bytes(&self) -> u64 {
        let files = self.files.lock();
        let ready: u64 = files
            .ready
            .iter()
            .filter_map(|sequence| files.by_sequence.get(sequence))
            .map(|file| file.bytes)
            .sum();
        files.by_sequence.values().map(|file| file.bytes).sum::<u64>() - ready
    }

    /// Asks the disk how much new files may take.
    pub fn look_at_space(&self) {
        let free = self.disk.free_bytes().unwrap_or(0);
        let mut files = self.files.lock();
        let total = files.total_bytes();
        let own = self.space_bytes_max.map_or(u64::MAX, |most| most.saturating_sub(total));
        // A share of the disk, not of what is free: that would shrink with each file until no checkpoint fits.
        let margin = CREATE_MARGIN_BYTES.min((free + total) / 8);
        files.creatable_bytes = free.saturating_sub(margin + files.creating_bytes).min(own);
        self.publish(&files);
    }

    /// Bytes that all segment files may take.
    pub fn capacity_bytes(&self) -> u64 {
        let files = self.files.lock();
        files.total_bytes() + files.creatable_bytes
    }

    /// Dead bytes that may stay: a quarter of the disk, as far as it is ours to use, at most two gibibytes.
    pub fn slack_bytes(&self) -> u64 {
        let files = self.files.lock();
        ((files.total_bytes() + files.creatable_bytes) / 4).min(SLACK_BYTES_MAX)
    }

    fn publish(&self, files: &Files) {
        let ready = files.ready.iter().filter_map(|sequence| files.by_sequence.get(sequence));
        let spread = space::spread(
            &files.wanted,
            ready.map(|file| file.bytes),
            sizes(&files.spare),
            files.creatable_bytes,
            sizes(&files.reserve),
            sizes(&files.moving),
        );
        self.ahead_bytes.store(spread.ahead_bytes, Ordering::Relaxed);
        self.largest_bytes.store(spread.largest_bytes, Ordering::Relaxed);
        self.reserve_bytes.store(spread.reserve_bytes, Ordering::Relaxed);
        self.largest_reserve_bytes.store(spread.largest_reserve_bytes, Ordering::Relaxed);
        self.log_lacks_bytes.store(spread.log_lacks_bytes, Ordering::Relaxed);
    }

    /// A segment, opened to write.
    pub fn entered(&self, sequence: u64) -> io::Result<Entered> {
        let bytes = recovery::Segments::bytes(self, sequence);
        Ok(Entered { sequence, file: self.writer(sequence)?, bytes })
    }

    /// The log goes on in it: later ones have higher numbers. When it cannot be opened, it is ready for another time.
    pub fn enter(&self, sequence: u64) -> io::Result<Entered> {
        match self.entered(sequence) {
            Ok(entered) => {
                self.files.lock().entered = sequence;
                Ok(entered)
            }
            Err(error) => {
                self.ready(sequence);
                Err(error)
            }
        }
    }

    /// A ready segment of at least `least` bytes. What is passed over is spare again: the numbers of the log's segments
    /// rise, and one that was named while the log entered a later one comes too late.
    pub fn take_ready(&self, least: u64) -> Option<u64> {
        let mut files = self.files.lock();
        let mut taken = None;
        while let (None, Some(&sequence)) = (taken, files.ready.front()) {
            let fits = files.by_sequence.get(&sequence).is_some_and(|file| file.bytes >= least);
            if !fits && bug!(SegmentNumbersFall) {
                break;
            }
            if fits && (sequence > files.entered || bug!(SegmentNumbersFall)) {
                taken = files.ready.pop_front();
            } else {
                files.retire(sequence);
            }
        }
        self.publish(&files);
        taken
    }

    /// Whether a segment is ready for the log to go on in.
    pub fn is_ready(&self) -> bool {
        !self.files.lock().ready.is_empty()
    }

    /// A segment is ready for the log to go on in.
    pub fn ready(&self, sequence: u64) {
        let mut files = self.files.lock();
        if sequence > files.entered {
            files.ready.push_back(sequence);
        } else {
            files.retire(sequence);
        }
        self.publish(&files);
    }

    /// Writes a segment's page into a file and lists it.
    fn name_segment(&self, kind: Kind, name: String, bytes: u64) -> io::Result<u64> {
        let sequence = {
            let mut files = self.files.lock();
            files.next_sequence += 1;
            files.next_sequence - 1
        };
        if let Err(error) = self.write_page(&name, &Header { kind, journal: self.journal, sequence, bytes }) {
            self.give_back(name, bytes, &error);
            return Err(error);
        }
        let mut files = self.files.lock();
        files.hidden_bytes -= bytes;
        files.by_sequence.insert(sequence, File { name, bytes, kind, reader: None });
        self.publish(&files);
        Ok(sequence)
    }

    /// After an error, a file that was taken out is spare again; one that cannot be written is removed.
    fn give_back(&self, name: String, bytes: u64, error: &io::Error) {
        let keeps = is_short(error);
        if !keeps {
            tracing::warn!(%error, file = name, "a spare file cannot be written: it is removed");
            if let Err(error) = self.disk.remove(&name).and_then(|()| self.disk.sync_names()) {
                // Its bytes stay counted.
                tracing::warn!(%error, file = name, "it cannot be removed either: it is left to the next start");
                return;
            }
        }
        let mut files = self.files.lock();
        files.hidden_bytes -= bytes;
        if keeps {
            files.spare.push(Spare { name, bytes, dirty: true });
        }
        self.publish(&files);
    }

    fn write_page(&self, name: &str, header: &Header) -> io::Result<()> {
        let file = self.disk.open(name, self.access)?;
        let mut page = self.pool.space(PAGE_BYTES).split_to(PAGE_BYTES);
        segment::encode(header, page.bytes_mut());
        file.write(0, page.bytes())?;
        file.sync()
    }

    /// The file that was claimed: one that is there, or a new one with space of its own, its name durable.
    fn make_file(&self, claim: Claim, fills: bool) -> io::Result<(String, u64)> {
        let bytes = match claim {
            Claim::File { name, bytes } => return Ok((name, bytes)),
            Claim::New { bytes } => bytes,
        };
        let name = {
            let mut files = self.files.lock();
            files.next_number += 1;
            format!("{:08}{SUFFIX}", files.next_number - 1)
        };
        let created = self
            .fill_file(&name, bytes, fills)
            .and_then(|()| if bug!(NamesNotSynced) { Ok(()) } else { self.disk.sync_names() });
        let mut files = self.files.lock();
        files.creating_bytes -= bytes;
        if let Err(error) = created {
            drop(files);
            let _ = self.disk.remove(&name);
            let mut files = self.files.lock();
            if is_full(&error) {
                files.creatable_bytes = 0;
            }
            self.publish(&files);
            return Err(error);
        }
        files.hidden_bytes += bytes;
        Ok((name, bytes))
    }

    fn fill_file(&self, name: &str, bytes: u64, fills: bool) -> io::Result<()> {
        let file = self.disk.create(name, self.access)?;
        file.allocate(bytes)?;
        if fills { self.zero(file.as_ref(), bytes) } else { Ok(()) }
    }

    fn zero(&self, file: &dyn DiskFile, bytes: u64) -> io::Result<()> {
        let mut zeros = self.pool.space(FILL_BYTES);
        zeros.bytes_mut().fill(0);
        let mut at = 0;
        while at < bytes {
            let len = (bytes - at).min(FILL_BYTES as u64) as usize;
            file.write(at, &zeros.bytes()[..len])?;
            at += len as u64;
        }
        file.sync()
    }

    /// Overwrites a spare file that may hold what was deleted, or removes one of too many. `false`: nothing to do.
    pub fn clean_spare(&self) -> io::Result<bool> {
        let (name, bytes) = {
            let mut files = self.files.lock();
            let index = if files.spare.len() > SPARES_MAX {
                files.spare.iter().enumerate().min_by_key(|(_, spare)| spare.bytes).map(|(index, _)| index)
            } else {
                files.spare.iter().position(|spare| spare.dirty)
            };
            let Some(index) = index else { return Ok(false) };
            let Spare { name, bytes, .. } = files.take_spare(index);
            self.publish(&files);
            (name, bytes)
        };
        let zeroed = self.disk.open(&name, self.access).and_then(|file| self.zero(file.as_ref(), bytes));
        if let Err(error) = zeroed {
            self.give_back(name, bytes, &error);
            return if is_short(&error) { Err(error) } else { Ok(true) };
        }
        let is_wanted = self.files.lock().spare.len() < SPARES_MAX;
        if !is_wanted && let Err(error) = self.disk.remove(&name) {
            // Its bytes stay counted.
            tracing::warn!(%error, file = name, "a spare file cannot be removed: it is left to the next start");
            return Ok(true);
        }
        let mut files = self.files.lock();
        files.hidden_bytes -= bytes;
        if is_wanted {
            files.spare.push(Spare { name, bytes, dirty: false });
        }
        self.publish(&files);
        drop(files);
        self.look_at_space();
        if is_wanted { Ok(true) } else { self.disk.sync_names().map(|()| true) }
    }

    /// Segments are used no more: their files fill what the reserve lacks; the rest are spare.
    pub fn retire(&self, sequences: impl Iterator<Item = u64>) {
        let mut files = self.files.lock();
        let before = files.spare.len();
        sequences.for_each(|sequence| files.retire(sequence));
        files.put_aside(before);
        self.publish(&files);
    }

    /// Retires the log segments behind `sequence`: prepared and never written, or cut by recovery.
    pub fn retire_behind(&self, sequence: u64) {
        let mut files = self.files.lock();
        let behind: Vec<u64> = files
            .by_sequence
            .range(sequence + 1..)
            .filter(|(_, file)| file.kind == Kind::Log)
            .map(|(&sequence, _)| sequence)
            .collect();
        behind.into_iter().for_each(|sequence| files.retire(sequence));
        files.entered = if files.by_sequence.contains_key(&sequence) { sequence } else { 0 };
        self.publish(&files);
    }

    /// Segments that hold something, in order, with their bytes.
    pub fn used(&self) -> Vec<(u64, Kind, u64)> {
        let files = self.files.lock();
        let used = files.by_sequence.iter().filter(|(sequence, _)| !files.ready.contains(sequence));
        used.map(|(&sequence, file)| (sequence, file.kind, file.bytes)).collect()
    }

    /// Every file but the reserve's: its name, number, kind and length.
    pub fn all(&self) -> Vec<(String, u64, Kind, u64)> {
        let files = self.files.lock();
        let segments = files.by_sequence.iter();
        let segments = segments.map(|(&sequence, file)| (file.name.clone(), sequence, file.kind, file.bytes));
        let spare = files.spare.iter().map(|spare| (spare.name.clone(), 0, Kind::Spare, spare.bytes));
        let mut all: Vec<_> = segments.chain(spare).collect();
        all.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        all
    }

    /// Opens a segment to write.
    pub fn writer(&self, sequence: u64) -> io::Result<Arc<dyn DiskFile>> {
        let name = self.name(sequence).ok_or(io::ErrorKind::NotFound)?;
        self.disk.open(&name, self.access)
    }

    /// The file that a segment is in.
    pub fn name(&self, sequence: u64) -> Option<String> {
        self.files.lock().by_sequence.get(&sequence).map(|file| file.name.clone())
    }

    fn reader(&self, sequence: u64) -> io::Result<Arc<dyn DiskFile>> {
        let mut files = self.files.lock();
        let file = files.by_sequence.get_mut(&sequence).ok_or(io::ErrorKind::NotFound)?;
        if let Some(reader) = &file.reader {
            return Ok(Arc::clone(reader));
        }
        let reader = self.disk.open(&file.name, Access::Read)?;
        file.reader = Some(Arc::clone(&reader));
        files.readers += 1;
        if files.readers > READERS_MAX {
            files.by_sequence.values_mut().for_each(|file| file.reader = None);
            files.readers = 0;
        }
        Ok(reader)
    }

    /// What is read next of the segments from `sequence` on is what the device has.
    pub fn forget_from(&self, sequence: u64) -> io::Result<()> {
        let later: Vec<u64> =
            self.files.lock().by_sequence.range(sequence..).map(|(&later, _)| later).collect();
        later.into_iter().try_for_each(|later| self.forget(later))
    }

    /// What is read next of a segment is what the device has, as far as the cache has nothing newer.
    pub fn forget(&self, sequence: u64) -> io::Result<()> {
        self.reader(sequence)?.forget()
    }

    /// Makes what the cache holds of a segment durable.
    pub fn sync(&self, sequence: u64) -> io::Result<()> {
        let Some(name) = self.name(sequence) else { return Ok(()) };
        self.disk.open(&name, Access::Cached)?.sync()
    }
}

impl Files {
    fn total_bytes(&self) -> u64 {
        let spare = self.spare.iter().chain(&self.reserve).chain(&self.moving);
        let spare: u64 = spare.map(|spare| spare.bytes).sum();
        let segments: u64 = self.by_sequence.values().map(|file| file.bytes).sum();
        spare + segments + self.hidden_bytes + self.creating_bytes
    }

    fn ready_bytes(&self) -> impl Iterator<Item = u64> {
        self.ready.iter().filter_map(|sequence| self.by_sequence.get(sequence)).map(|file| file.bytes)
    }

    fn retire(&mut self, sequence: u64) {
        if let Some(file) = self.by_sequence.remove(&sequence) {
            self.readers -= usize::from(file.reader.is_some()).min(self.readers);
            self.spare.push(Spare { name: file.name, bytes: file.bytes, dirty: true });
        }
        self.ready.retain(|ready| *ready != sequence);
    }
}

fn sizes(files: &[Spare]) -> Vec<u64> {
    files.iter().map(|spare| spare.bytes).collect()
}

/// Whether an error says that there is no space.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether an error says that something is short that may be there again: space, descriptors, memory. Nothing was written.
pub fn is_short(error: &io::Error) -> bool {
    const SHORT: [Errno; 3] = [Errno::MFILE, Errno::NFILE, Errno::NOMEM];
    is_full(error) || Errno::from_io_error(error).is_some_and(|errno| SHORT.contains(&errno))
}

/// A file's length and what it is: by its first page, or by the block that follows if that page is lost.
fn first_pages(disk: &dyn Disk, name: &str, journal: &[u8; 16]) -> io::Result<(u64, Page)> {
    let file = disk.open(name, Access::Read)?;
    let bytes = file.bytes()?;
    let mut pages = vec![0; 2 * PAGE_BYTES];
    let read = file.read(0, &mut pages)?;
    pages.truncate(read);
    let page = segment::decode(&pages);
    if page != Page::Nothing {
        return Ok((bytes, page));
    }
    let claimed = pages.get(PAGE_BYTES..).and_then(|first| block::claimed_segment(first, journal));
    let header = |(sequence, moved)| {
        let kind = if moved { Kind::Moved } else { Kind::Log };
        Header { kind, journal: *journal, sequence, bytes }
    };
    Ok((bytes, claimed.map_or(Page::Nothing, |claimed| Page::Segment(header(claimed)))))
}

impl recovery::Segments for Segments {
    fn after(&self, sequence: u64) -> Option<u64> {
        let files = self.files.lock();
        let mut later = files.by_sequence.range(sequence + 1..);
        later.find(|(_, file)| file.kind == Kind::Log).map(|(&sequence, _)| sequence)
    }

    fn bytes(&self, sequence: u64) -> u64 {
        self.files.lock().by_sequence.get(&sequence).map_or(0, |file| file.bytes)
    }

    fn read(&self, place: Place, len: usize) -> io::Result<Vec<u8>> {
        // A length that was read may say anything: no more is asked for than the file has.
        let left = self.bytes(place.segment).saturating_sub(place.offset);
        let len = usize::try_from(left).map_or(len, |left| left.min(len));
        if len == 0 {
            return Ok(Vec::new());
        }
        let mut bytes = vec![0; len];
        let read = self.reader(place.segment)?.read(place.offset, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}
