//! The pieces that wait: gathered in memory and in the staging file, then moved in one large write each.
//!
//! Always: pieces are moved in the order of their serial numbers; a slot is used again only when its piece is in its
//! place; after the first error every call fails. Never here: what was left by a process that is gone.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crc_fast::{CrcAlgorithm, Digest};
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::Shape;
use crate::clock::now;
use crate::disk::{Access, Disk, DiskFile};
use crate::format::staging::{self, FILE, Floor, NAME_BYTES_MAX, Slot, slot_at};
use crate::limits::{PAGE_BYTES, SYNC_BEHIND_INTERVAL_MIN, SYNC_BEHIND_SHARE};
use crate::planted::bug;
use crate::ring::{Pool, Space};

/// A piece that is not full is moved after this time or a little more.
const AGE_MAX: Duration = Duration::from_millis(200);

/// What waits, and the file that it waits in.
pub struct Behind {
    journal: [u8; 16],
    shape: Shape,
    threads: bool,
    pool: Arc<Pool>,
    /// The staging file through the cache.
    file: Arc<dyn DiskFile>,
    /// The same file past it, for the first page.
    first_page: Arc<dyn DiskFile>,
    state: Mutex<State>,
    /// What the first page says; held by whoever syncs, until it is written or the failure is known.
    floor: Mutex<u64>,
    /// There is something to move.
    came: Condvar,
    /// Something was moved, or failed.
    moved: Condvar,
}

#[derive(Default)]
struct State {
    /// Slots without a piece.
    free: Vec<usize>,
    filling: Option<Piece>,
    /// Pieces that nothing is added to, in order.
    sealed: VecDeque<Arc<Piece>>,
    /// The newest piece that was begun.
    serial: u64,
    /// Pieces up to here are in their place.
    settled: u64,
    /// Bytes that the thread moved since it last looked whether to sync, and when that was.
    unsynced_bytes: usize,
    counted_since: Option<Instant>,
    failed: Option<String>,
    stops: bool,
}

/// Bytes that lie side by side in one file.
struct Piece {
    slot: usize,
    serial: u64,
    name: Arc<str>,
    file: Arc<dyn DiskFile>,
    at: u64,
    length: usize,
    sum: Digest,
    space: Space,
}

impl Piece {
    fn takes(&self, name: &str, at: u64, slot_bytes: usize) -> bool {
        &*self.name == name && self.at + self.length as u64 == at && self.length < slot_bytes
    }

    fn bytes(&self) -> &[u8] {
        &self.space.bytes()[..self.length]
    }

    /// What it holds of `len` bytes of `name` at `at`: where in them, and the bytes.
    fn overlap(&self, name: &str, at: u64, len: usize) -> Option<(usize, Vec<u8>)> {
        let from = self.at.max(at);
        let to = (self.at + self.length as u64).min(at + len as u64);
        let held = &*self.name == name && from < to;
        held.then(|| {
            let range = (from - self.at) as usize..(to - self.at) as usize;
            ((from - at) as usize, self.bytes()[range].to_vec())
        })
    }
}

impl State {
    fn check(&self) -> io::Result<()> {
        match &self.failed {
            None if self.stops => Err(io::Error::other("the journal is closed")),
            None => Ok(()),
            // Never a full disk: the space is there, and whoever asks now asked for something else.
            Some(text) => Err(io::Error::other(format!("writing behind failed: {text}"))),
        }
    }

    fn fail(&mut self, error: &io::Error) {
        self.failed = Some(error.to_string());
    }

    fn seal(&mut self) {
        self.sealed.extend(self.filling.take().map(Arc::new));
    }
}

impl Behind {
    /// Creates the staging file.
    pub fn create(disk: &dyn Disk, journal: &[u8; 16], shape: Shape, threads: bool) -> io::Result<Self> {
        let file = disk.create(FILE, Access::Cached)?;
        let created = file.allocate(slot_at(shape.slots as u64, shape.slot_bytes as u64));
        let opened = created.and_then(|()| disk.open(FILE, Access::Direct));
        let first_page = opened.inspect_err(|_| drop(disk.remove(FILE)))?;
        let state = State { free: (0..shape.slots).rev().collect(), ..State::default() };
        let behind = Self {
            journal: *journal,
            shape,
            threads,
            pool: Pool::new(shape.slot_bytes, shape.slots * shape.slot_bytes),
            file,
            first_page,
            state: Mutex::new(state),
            floor: Mutex::new(0),
            came: Condvar::new(),
            moved: Condvar::new(),
        };
        behind.write_floor(0)?;
        disk.sync_names()?;
        Ok(behind)
    }

    /// Takes `bytes` for `at` in a file.
    pub fn write(
        &self,
        name: &Arc<str>,
        file: &Arc<dyn DiskFile>,
        mut at: u64,
        mut bytes: &[u8],
    ) -> io::Result<()> {
        let mut state = self.state.lock();
        while !bytes.is_empty() {
            state.check()?;
            let slot_bytes = self.shape.slot_bytes;
            let goes_on = |piece: &&mut Piece| piece.takes(name, at, slot_bytes);
            let Some(piece) = state.filling.as_mut().filter(goes_on) else {
                self.begin(&mut state, name, file, at)?;
                continue;
            };
            let (now, later) = bytes.split_at(bytes.len().min(slot_bytes - piece.length));
            let appended = self.append(piece, now);
            let full = piece.length == slot_bytes;
            appended.inspect_err(|error| {
                state.fail(error);
                self.moved.notify_all();
            })?;
            if full {
                state.seal();
                self.came.notify_one();
            }
            (at, bytes) = (at + now.len() as u64, later);
        }
        Ok(())
    }

    /// Adds to a piece, in memory and in its slot: first the bytes, then the page that counts them.
    fn append(&self, piece: &mut Piece, bytes: &[u8]) -> io::Result<()> {
        let end = piece.length + bytes.len();
        piece.space.bytes_mut()[piece.length..end].copy_from_slice(bytes);
        piece.sum.update(bytes);
        let slot = slot_at(piece.slot as u64, self.shape.slot_bytes as u64);
        self.file.write(slot + (PAGE_BYTES + piece.length) as u64, bytes)?;
        piece.length = end;
        let page = staging::encode_slot(&Slot {
            serial: piece.serial,
            name: &piece.name,
            at: piece.at,
            length: end as u32,
            sum: piece.sum.finalize() as u32,
        });
        self.file.write(slot, &page)
    }

    /// Begins a piece if a slot is free, else waits for one: others may have begun theirs meanwhile.
    fn begin(
        &self,
        state: &mut MutexGuard<'_, State>,
        name: &Arc<str>,
        file: &Arc<dyn DiskFile>,
        at: u64,
    ) -> io::Result<()> {
        if name.len() > NAME_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name is too long to be staged"));
        }
        state.seal();
        let Some(slot) = state.free.pop() else {
            self.wait_for_one(state);
            return Ok(());
        };
        state.serial += 1;
        state.filling = Some(Piece {
            slot,
            serial: state.serial,
            name: Arc::clone(name),
            file: Arc::clone(file),
            at,
            length: 0,
            sum: Digest::new(CrcAlgorithm::Crc32Iscsi),
            space: self.pool.space(self.shape.slot_bytes),
        });
        // The thread looks at it again when its time is over.
        self.came.notify_one();
        Ok(())
    }

    /// Returns when a sealed piece was moved, or something failed.
    fn wait_for_one(&self, state: &mut MutexGuard<'_, State>) {
        if self.threads {
            self.came.notify_one();
            self.moved.wait(state);
        } else {
            self.move_one(state);
        }
    }

    /// Moves the oldest sealed piece. The lock is not held meanwhile: pieces leave only here, and one caller does it.
    fn move_one(&self, state: &mut MutexGuard<'_, State>) {
        let Some(piece) = state.sealed.front().cloned() else { return };
        let written = MutexGuard::unlocked(state, || piece.file.write(piece.at, piece.bytes()));
        match written {
            Ok(()) => {
                state.sealed.pop_front();
                state.settled = piece.serial;
                state.free.push(piece.slot);
            }
            Err(error) => state.fail(&error),
        }
        self.moved.notify_all();
    }

    /// Moves the oldest sealed piece, and now and then has the device store what it was given. A device that is asked for
    /// all of it at once takes nothing else for as long as that takes, and what is staged overflows.
    fn move_and_sync(&self, state: &mut MutexGuard<'_, State>) {
        let Some(piece) = state.sealed.front() else { return };
        let (file, length) = (Arc::clone(&piece.file), piece.length);
        self.move_one(state);
        state.unsynced_bytes += length;
        let due = SYNC_BEHIND_SHARE * self.shape.slots * self.shape.slot_bytes;
        if state.unsynced_bytes < due || state.failed.is_some() {
            return;
        }
        state.unsynced_bytes = 0;
        let came_in = state.counted_since.replace(now()).map(|since| since.elapsed());
        // Under a load that is faster, what may wait does not cover a sync.
        if came_in.is_some_and(|time| time < SYNC_BEHIND_INTERVAL_MIN) {
            return;
        }
        // Two syncs at once would hold each other up, and one may be told of a failure that the other is not.
        let Some(_floor) = self.floor.try_lock() else { return };
        if let Err(error) = MutexGuard::unlocked(state, || file.sync()) {
            state.fail(&error);
            self.moved.notify_all();
        }
        // How fast the load is shows while nothing holds it up.
        state.counted_since = Some(now());
    }

    /// Returns when everything that was written is in its place.
    pub fn settle(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        state.seal();
        let serial = state.serial;
        while state.settled < serial {
            state.check()?;
            self.wait_for_one(&mut state);
        }
        state.check()
    }

    /// Returns when everything that was written is in its place and the device has what `file` has of it. From then on it may
    /// be written over: that is said on the device.
    pub fn sync(&self, file: &dyn DiskFile) -> io::Result<()> {
        self.settle()?;
        let mut floor = self.floor.lock();
        // The thread may have been told of a failure that this sync is not.
        self.state.lock().check()?;
        file.sync()?;
        let settled = self.state.lock().settled;
        if *floor < settled && !bug!(StagingFloorForgotten) {
            self.write_floor(settled)?;
            *floor = settled;
        }
        Ok(())
    }

    fn write_floor(&self, serial: u64) -> io::Result<()> {
        let mut page = self.pool.space(PAGE_BYTES).split_to(PAGE_BYTES);
        page.bytes_mut().fill(0);
        let floor = Floor { journal: self.journal, serial, slot_bytes: self.shape.slot_bytes as u64 };
        staging::encode_floor(&floor, page.bytes_mut());
        self.first_page.write(0, page.bytes())
    }

    /// What waits of `len` bytes at `at`: where in them, and the bytes, older ones first.
    pub fn waiting(&self, name: &str, at: u64, len: usize) -> Vec<(usize, Vec<u8>)> {
        let state = self.state.lock();
        let pieces = state.sealed.iter().map(Arc::as_ref).chain(&state.filling);
        pieces.filter_map(|piece| piece.overlap(name, at, len)).collect()
    }

    /// Moves pieces until it is stopped or something fails.
    pub fn run(&self) {
        let mut state = self.state.lock();
        // The piece that was being filled when it last went to sleep.
        let mut seen = 0;
        while !state.stops && state.failed.is_none() {
            let filling = state.filling.as_ref().map(|piece| piece.serial);
            if !state.sealed.is_empty() {
                self.move_and_sync(&mut state);
            } else if filling == Some(seen) {
                state.seal();
            } else if let Some(serial) = filling {
                seen = serial;
                self.came.wait_for(&mut state, AGE_MAX);
            } else {
                self.came.wait(&mut state);
            }
        }
        // Nobody moves anything any more.
        self.moved.notify_all();
    }

    /// Ends the thread; what waits stays where it is.
    pub fn stop(&self) {
        self.state.lock().stops = true;
        self.came.notify_all();
        self.moved.notify_all();
    }
}
