//! What a process that is gone left in the staging file.
//!
//! Always: pieces that may not be in their place are put there, older ones first, before anything else reads the files.
//! After a power cut the file may hold anything: what its first page does not vouch for is not believed, and what it
//! says is in its place is not put there again, because that place may have been written over since.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::sync::Arc;

use crate::disk::{Access, Disk, DiskFile};
use crate::format::checksum;
use crate::format::staging::{self, FILE, First, slot_at};
use crate::limits::PAGE_BYTES;
use crate::planted::bug;

/// Bytes that belong into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    serial: u64,
    /// The file.
    pub name: String,
    /// Where in it.
    pub at: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Puts what was left in its place, durably, and removes the staging file. Gives how many bytes that were.
pub fn put_in_place(disk: &dyn Disk, journal: &[u8; 16]) -> io::Result<u64> {
    let names = disk.list()?;
    if !names.iter().any(|name| name == FILE) {
        return Ok(0);
    }
    let mut bytes = 0;
    let mut files = BTreeSet::new();
    for left in find(disk, journal)?.into_iter().filter(|_| !bug!(StagedForgotten)) {
        let file = disk.open(&left.name, Access::Cached)?;
        if left.at + left.bytes.len() as u64 <= file.bytes()? {
            file.write(left.at, &left.bytes)?;
            bytes += left.bytes.len() as u64;
            files.insert(left.name);
        }
    }
    for name in &files {
        disk.open(name, Access::Cached)?.sync()?;
    }
    disk.remove(FILE)?;
    disk.sync_names()?;
    Ok(bytes)
}

/// What may not be in its place, older pieces first; files that are gone are left out.
pub fn find(disk: &dyn Disk, journal: &[u8; 16]) -> io::Result<Vec<Left>> {
    let names = disk.list()?;
    if !names.iter().any(|name| name == FILE) {
        return Ok(Vec::new());
    }
    let file = disk.open(FILE, Access::Read)?;
    let mut page = vec![0; PAGE_BYTES];
    let read = file.read(0, &mut page)?;
    let floor = match staging::decode_floor(&page[..read]) {
        First::Floor(floor) if floor.journal == *journal => floor,
        First::Floor(_) | First::Nothing => return Ok(Vec::new()),
        First::Version(version) => return Err(io::Error::other(UnknownVersion(version))),
    };
    let file_bytes = file.bytes()?;
    let mut found = Vec::new();
    // What a page says is bounded by the file before anything is reserved for it.
    if !(1..=file_bytes).contains(&floor.slot_bytes) {
        return Ok(found);
    }
    let slots = (0..).map(|number| slot_at(number, floor.slot_bytes));
    for slot in slots.take_while(|slot| *slot < file_bytes) {
        let read = file.read(slot, &mut page)?;
        let Some(said) = staging::decode_slot(&page[..read]) else { continue };
        let there = names.iter().any(|name| name == said.name);
        let length = u64::from(said.length);
        let fits = length <= floor.slot_bytes && said.at.checked_add(length).is_some();
        if said.serial <= floor.serial || !fits || !there {
            continue;
        }
        let mut bytes = vec![0; said.length as usize];
        let read = file.read(slot + PAGE_BYTES as u64, &mut bytes)?;
        if read == bytes.len() && checksum(&bytes) == said.sum {
            found.push(Left { serial: said.serial, name: said.name.to_owned(), at: said.at, bytes });
        }
    }
    found.sort_by_key(|left| left.serial);
    Ok(found)
}

/// The staging file is of a version that this program does not know: acknowledged bytes may be in it, so nobody may go
/// over it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{FILE} has format version {0}")]
pub struct UnknownVersion(pub u16);

/// A disk that shows files as if what was left were in its place, to look at a directory without changing it.
pub fn shown(inner: Arc<dyn Disk>, journal: &[u8; 16]) -> io::Result<Arc<dyn Disk>> {
    let left: Arc<[Left]> = find(inner.as_ref(), journal)?.into();
    if left.is_empty() {
        return Ok(inner);
    }
    Ok(Arc::new(Shown { inner, left }))
}

#[derive(Debug)]
struct Shown {
    inner: Arc<dyn Disk>,
    left: Arc<[Left]>,
}

struct ShownFile {
    name: String,
    inner: Arc<dyn DiskFile>,
    left: Arc<[Left]>,
}

impl fmt::Debug for ShownFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShownFile({})", self.name)
    }
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "the directory is only looked at")
}

impl Disk for Shown {
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn create(&self, _name: &str, _how: Access) -> io::Result<Arc<dyn DiskFile>> {
        Err(refused())
    }

    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        let inner = self.inner.open(name, how)?;
        Ok(Arc::new(ShownFile { name: name.to_owned(), inner, left: Arc::clone(&self.left) }))
    }

    fn rename(&self, _from: &str, _to: &str) -> io::Result<()> {
        Err(refused())
    }

    fn remove(&self, _name: &str) -> io::Result<()> {
        Err(refused())
    }

    fn sync_names(&self) -> io::Result<()> {
        Err(refused())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.inner.free_bytes()
    }
}

impl DiskFile for ShownFile {
    fn bytes(&self) -> io::Result<u64> {
        self.inner.bytes()
    }

    fn write(&self, _at: u64, _bytes: &[u8]) -> io::Result<()> {
        Err(refused())
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(at, bytes)?;
        for left in self.left.iter().filter(|left| left.name == self.name) {
            let from = left.at.max(at);
            let to = (left.at + left.bytes.len() as u64).min(at + read as u64);
            if from < to {
                let piece = &left.bytes[(from - left.at) as usize..(to - left.at) as usize];
                bytes[(from - at) as usize..(to - at) as usize].copy_from_slice(piece);
            }
        }
        Ok(read)
    }

    fn forget(&self) -> io::Result<()> {
        self.inner.forget()
    }

    fn sync(&self) -> io::Result<()> {
        Err(refused())
    }

    fn allocate(&self, _bytes: u64) -> io::Result<()> {
        Err(refused())
    }
}
