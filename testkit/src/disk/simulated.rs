//! A disk that only exists in memory, with the journal's face: it counts what it does and breaks when it is told to.
//!
//! Always: the same calls with the same seed do the same, faults included; after the power is off every call of that
//! life fails, and what was in flight is torn by the cut. Never here: when to break what (the simulator decides).

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::Arc;

use hence_journal::disk::{Access, Disk, DiskFile};
use parking_lot::Mutex;

use super::image::{Image, Inode, Loss, Mercy, SECTOR_BYTES};
use crate::dice::Dice;

/// What happens to one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The power fails while it is done; nothing is done after it.
    PowerOff,
    /// The device says no; part of a write may be there.
    Error,
}

/// What happened to a disk over all its lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskCounts {
    /// Operations that change something.
    pub changes: u64,
    /// Bytes written.
    pub written_bytes: u64,
    /// Syncs of files.
    pub syncs: u64,
    /// Writes and syncs that were made to fail.
    pub errors: u64,
    /// Operations that found the disk full.
    pub full: u64,
}

#[derive(Debug)]
struct State {
    image: Image,
    dice: Dice,
    life: u64,
    off: bool,
    capacity_bytes: u64,
    /// Changes until the fault.
    fault: Option<(u64, Fault)>,
    handles: BTreeMap<Inode, u64>,
    counts: DiskCounts,
    trace: u64,
    /// What happened last, for who looks for the cause of a failure.
    diary: VecDeque<String>,
}

/// Entries of the diary.
const DIARY_MAX: usize = 120;

/// The disk as one process sees it.
#[derive(Clone)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
    life: u64,
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimDisk").field("life", &self.life).finish_non_exhaustive()
    }
}

enum Act<'a> {
    Write { inode: Inode, at: u64, bytes: &'a [u8], through: bool },
    Sync(Inode),
    Allocate(Inode, u64),
    SyncNames,
    Name,
}

impl SimDisk {
    /// An empty disk.
    pub fn new(dice: Dice, capacity_bytes: u64) -> Self {
        Self::over(Image::default(), dice, capacity_bytes)
    }

    /// A disk that holds `image`.
    pub fn over(image: Image, dice: Dice, capacity_bytes: u64) -> Self {
        let state = State {
            image,
            dice,
            life: 0,
            off: false,
            capacity_bytes,
            fault: None,
            handles: BTreeMap::new(),
            counts: DiskCounts::default(),
            trace: 0xCBF2_9CE4_8422_2325,
            diary: VecDeque::new(),
        };
        Self { state: Arc::new(Mutex::new(state)), life: 0 }
    }

    /// Breaks the change that comes after `changes` others.
    pub fn break_after(&self, changes: u64, fault: Fault) {
        self.state.lock().fault = Some((changes, fault));
    }

    /// Nothing is broken on purpose any more.
    pub fn mend(&self) {
        self.state.lock().fault = None;
    }

    /// How much fits from now on.
    pub fn resize(&self, capacity_bytes: u64) {
        self.state.lock().capacity_bytes = capacity_bytes;
    }

    /// Bytes of all files.
    pub fn used_bytes(&self) -> u64 {
        self.state.lock().image.used_bytes()
    }

    /// Whether the power is off.
    pub fn is_off(&self) -> bool {
        self.state.lock().off
    }

    /// The process is gone and the next one begins; what it wrote stays in the cache. What a sync of failed stays too, and
    /// is only shown: the cache may let go of it at any time, here or later.
    pub fn killed(&self) -> Self {
        let mut state = self.state.lock();
        let mut dice = state.dice.fork();
        state.image.evict_limbo(&mut dice);
        self.next_life(&mut state)
    }

    /// The power was cut and is there again.
    pub fn power_cut(&self, mercy: Mercy) -> (Self, Loss) {
        let mut state = self.state.lock();
        let mut dice = state.dice.fork();
        let loss = state.image.power_cut(&mut dice, mercy);
        (self.next_life(&mut state), loss)
    }

    fn next_life(&self, state: &mut State) -> Self {
        state.life += 1;
        state.note(format!("life {} begins", self.life + 1));
        state.off = false;
        state.fault = None;
        state.handles.clear();
        Self { state: Arc::clone(&self.state), life: state.life }
    }

    /// What happened so far.
    pub fn counts(&self) -> DiskCounts {
        self.state.lock().counts
    }

    /// A number that stands for every change so far, in order, byte for byte.
    pub fn trace(&self) -> u64 {
        self.state.lock().trace
    }

    /// Writes into the diary.
    pub fn note(&self, what: String) {
        self.state.lock().note(what);
    }

    /// What happened last.
    pub fn diary(&self) -> Vec<String> {
        self.state.lock().diary.iter().cloned().collect()
    }

    /// A copy of what the directory is now.
    pub fn image(&self) -> Image {
        self.state.lock().image.clone()
    }

    /// Turns over bits of one byte that is not zero, in any file but the smallest; says which.
    pub fn rot(&self, dice: &mut Dice) -> Option<String> {
        let mut state = self.state.lock();
        let files: Vec<(String, Vec<u64>)> =
            state.image.contents().map(|(name, bytes)| (name.to_owned(), written(bytes))).collect();
        let files: Vec<&(String, Vec<u64>)> =
            files.iter().filter(|(_, written)| written.len() > 4096).collect();
        let (name, written) = dice.pick(&files)?;
        let at = *dice.pick(written)?;
        let inode = state.image.lookup(name)?;
        state.image.rot(inode, at, 1 << dice.below(8));
        Some(format!("{name} byte {at}"))
    }

    fn file(&self, state: &mut State, inode: Inode, access: Access) -> Arc<dyn DiskFile> {
        *state.handles.entry(inode).or_default() += 1;
        Arc::new(SimFile { disk: self.clone(), inode, access })
    }

    fn alive(&self) -> io::Result<parking_lot::MutexGuard<'_, State>> {
        let state = self.state.lock();
        if state.off || state.life != self.life {
            return Err(io::Error::other("the power is off"));
        }
        Ok(state)
    }
}

impl State {
    fn traced(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.trace = (self.trace ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    fn note(&mut self, what: String) {
        if self.diary.len() == DIARY_MAX {
            self.diary.pop_front();
        }
        self.diary.push_back(what);
    }

    fn traced_call(&mut self, call: &str, name: &str, numbers: [u64; 3]) {
        let fault = self.fault.filter(|(left, _)| *left == 0).map_or("", |_| " broken");
        self.note(format!("{call} {name} {numbers:?}{fault}"));
        self.traced(call.as_bytes());
        self.traced(name.as_bytes());
        numbers.iter().for_each(|number| self.traced(&number.to_le_bytes()));
    }

    /// The fault that is due for this change.
    fn due(&mut self) -> Option<Fault> {
        self.counts.changes += 1;
        let (left, fault) = self.fault?;
        if left > 0 {
            self.fault = Some((left - 1, fault));
            return None;
        }
        self.fault = None;
        if fault == Fault::PowerOff {
            self.off = true;
        } else {
            self.counts.errors += 1;
        }
        Some(fault)
    }

    fn act(&mut self, act: Act<'_>) -> io::Result<()> {
        let due = self.due();
        if let Act::Write { inode, at, bytes, .. } = act {
            let grown = (at + bytes.len() as u64).saturating_sub(self.image.len(inode));
            self.take_space(grown)?;
        }
        if let Act::Allocate(inode, len) = act {
            self.take_space(len.saturating_sub(self.image.len(inode)))?;
        }
        match (act, due) {
            (Act::Write { inode, at, bytes, .. }, Some(Fault::Error)) => {
                let whole = self.dice.below(bytes.len() as u64 + 1) as usize / SECTOR_BYTES * SECTOR_BYTES;
                self.image.write(inode, at, &bytes[..whole]);
            }
            (Act::Write { inode, at, bytes, through: true }, None) => {
                self.image.write_through(inode, at, bytes)
            }
            (Act::Write { inode, at, bytes, .. }, _) => self.image.write(inode, at, bytes),
            (Act::Sync(inode), Some(Fault::Error)) => self.image.sync_failed(inode),
            (Act::Sync(inode), None) => self.image.sync(inode),
            (Act::Allocate(inode, len), None | Some(Fault::PowerOff)) => {
                if len > self.image.len(inode) {
                    self.image.resize(inode, len);
                }
            }
            (Act::SyncNames, None) => {
                self.image.sync_names();
                let handles = &self.handles;
                self.image.collect(|inode| handles.contains_key(&inode));
            }
            (Act::Sync(_) | Act::SyncNames | Act::Allocate(..), Some(_)) | (Act::Name, _) => {}
        }
        match due {
            None => Ok(()),
            Some(Fault::PowerOff) => Err(io::Error::other("the power is off")),
            Some(Fault::Error) => Err(io::Error::other("the device failed")),
        }
    }

    fn take_space(&mut self, grown: u64) -> io::Result<()> {
        if grown > 0 && self.image.used_bytes() + grown > self.capacity_bytes {
            self.counts.full += 1;
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the simulated disk is full"));
        }
        Ok(())
    }
}

/// Where a file is not zero.
fn written(bytes: &[u8]) -> Vec<u64> {
    (0..).zip(bytes).filter(|(_, byte)| **byte != 0).map(|(at, _)| at).collect()
}

fn absent(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("there is no {name}"))
}

impl Disk for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.alive()?.image.names().map(str::to_owned).collect())
    }

    fn create(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.alive()?;
        if state.image.lookup(name).is_some() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{name} is there already")));
        }
        state.traced_call("create", name, [0; 3]);
        state.act(Act::Name)?;
        let inode = state.image.create(name);
        Ok(self.file(&mut state, inode, how))
    }

    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.alive()?;
        let inode = state.image.lookup(name).ok_or_else(|| absent(name))?;
        Ok(self.file(&mut state, inode, how))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.alive()?;
        state.traced_call("rename", from, [0; 3]);
        state.traced(to.as_bytes());
        state.act(Act::Name)?;
        if state.image.rename(from, to) { Ok(()) } else { Err(absent(from)) }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.alive()?;
        state.traced_call("remove", name, [0; 3]);
        state.act(Act::Name)?;
        if state.image.remove(name) { Ok(()) } else { Err(absent(name)) }
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.alive()?;
        state.traced_call("sync names", "", [0; 3]);
        state.act(Act::SyncNames)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let state = self.alive()?;
        Ok(state.capacity_bytes.saturating_sub(state.image.used_bytes()))
    }
}

struct SimFile {
    disk: SimDisk,
    inode: Inode,
    access: Access,
}

impl fmt::Debug for SimFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimFile({:?}, {:?})", self.inode, self.access)
    }
}

impl Drop for SimFile {
    fn drop(&mut self) {
        let mut state = self.disk.state.lock();
        if state.life == self.disk.life
            && let Some(handles) = state.handles.get_mut(&self.inode)
        {
            *handles -= 1;
            if *handles == 0 {
                state.handles.remove(&self.inode);
            }
        }
    }
}

impl DiskFile for SimFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.disk.alive()?.image.len(self.inode))
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.alive()?;
        if self.access == Access::Read {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "opened to read"));
        }
        let through = self.access == Access::Direct;
        let page = 4096;
        let aligned = through || self.access == Access::Uncached;
        if aligned && !(at.is_multiple_of(page) && (bytes.len() as u64).is_multiple_of(page)) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a direct write that is not aligned"));
        }
        state.counts.written_bytes += bytes.len() as u64;
        state.traced_call("write", "", [self.inode.0, at, bytes.len() as u64]);
        state.traced(bytes);
        state.act(Act::Write { inode: self.inode, at, bytes, through })
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        Ok(self.disk.alive()?.image.read(self.inode, at, bytes))
    }

    fn forget(&self) -> io::Result<()> {
        let mut state = self.disk.alive()?;
        let mut dice = state.dice.fork();
        state.image.forget_limbo(self.inode, &mut dice);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.alive()?;
        if self.access == Access::Direct {
            return Ok(());
        }
        state.counts.syncs += 1;
        state.traced_call("sync", "", [self.inode.0, 0, 0]);
        state.act(Act::Sync(self.inode))
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.disk.alive()?;
        state.traced_call("allocate", "", [self.inode.0, bytes, 0]);
        state.act(Act::Allocate(self.inode, bytes))
    }
}
