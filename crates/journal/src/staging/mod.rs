//! A disk that writes segment files behind: what is written goes into one small file whose pages stay in the cache, and
//! a thread moves it past the cache to where it belongs, and now and then has the device store it.
//!
//! Fresh pages of the cache cost more than everything else that a broker does with a byte; the pages of the staging file
//! are used again and again. Always: when a write returns, the kernel has the bytes, so they survive the end of the
//! process; when a sync returns, they are on the device, in their place; a read shows what was written. What was written
//! once may be written over only after a sync: then no leftover in the staging file can undo it ([`left`]).
//! Never here: what the bytes mean.

mod behind;
pub mod left;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use behind::Behind;

use crate::disk::{Access, Disk, DiskFile};

/// How much is staged.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Bytes of a piece, the unit of the writes that follow: a multiple of a page.
    pub slot_bytes: usize,
    /// Pieces that may wait.
    pub slots: usize,
}

/// A disk whose files with `suffix` are written behind.
pub struct StagedDisk {
    inner: Arc<dyn Disk>,
    suffix: &'static str,
    behind: Arc<Behind>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for StagedDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StagedDisk").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl StagedDisk {
    /// Stages on `inner`, which has no staging file any more (see [`left::put_in_place`]). Without a thread, a piece is
    /// moved when room is needed or a sync asks for it.
    pub fn start(
        inner: Arc<dyn Disk>,
        suffix: &'static str,
        journal: &[u8; 16],
        shape: Shape,
        threads: bool,
    ) -> io::Result<Self> {
        let behind = Arc::new(Behind::create(inner.as_ref(), journal, shape, threads)?);
        let run = Arc::clone(&behind);
        let spawn = || std::thread::Builder::new().name("journal-behind".to_owned()).spawn(move || run.run());
        let thread = threads.then(spawn).transpose()?;
        Ok(Self { inner, suffix, behind, thread })
    }

    fn file(&self, name: &str, how: Access, inner: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        Arc::new(StagedFile { name: name.into(), how, inner, behind: Arc::clone(&self.behind) })
    }

    /// Whoever changes what a staged file is called first has everything in its place: pieces name their file.
    fn settle_if_staged(&self, name: &str) -> io::Result<()> {
        if name.ends_with(self.suffix) { self.behind.settle() } else { Ok(()) }
    }

    fn is_staged(&self, name: &str, how: Access) -> bool {
        name.ends_with(self.suffix) && how != Access::Direct
    }
}

impl Drop for StagedDisk {
    /// What waits stays in the staging file: a journal that is closed has synced.
    fn drop(&mut self) {
        self.behind.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How the disk below is to open what is opened `how` above.
const fn below(how: Access) -> Access {
    match how {
        Access::Cached => Access::Uncached,
        other => other,
    }
}

impl Disk for StagedDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn create(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        if !self.is_staged(name, how) {
            return self.inner.create(name, how);
        }
        Ok(self.file(name, how, self.inner.create(name, below(how))?))
    }

    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        if !self.is_staged(name, how) {
            return self.inner.open(name, how);
        }
        Ok(self.file(name, how, self.inner.open(name, below(how))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.settle_if_staged(from)?;
        self.settle_if_staged(to)?;
        self.inner.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.settle_if_staged(name)?;
        self.inner.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.inner.sync_names()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.inner.free_bytes()
    }
}

struct StagedFile {
    name: Arc<str>,
    how: Access,
    inner: Arc<dyn DiskFile>,
    behind: Arc<Behind>,
}

impl fmt::Debug for StagedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StagedFile({}, {:?})", self.name, self.how)
    }
}

impl DiskFile for StagedFile {
    fn bytes(&self) -> io::Result<u64> {
        self.inner.bytes()
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        if self.how == Access::Read {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "opened to read"));
        }
        self.behind.write(&self.name, &self.inner, at, bytes)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        // Looked at first: what is moved meanwhile is then both here and below.
        let waiting = self.behind.waiting(&self.name, at, bytes.len());
        let mut read = self.inner.read(at, bytes)?;
        for (from, piece) in waiting {
            bytes[from..from + piece.len()].copy_from_slice(&piece);
            read = read.max(from + piece.len());
        }
        Ok(read)
    }

    fn forget(&self) -> io::Result<()> {
        self.inner.forget()
    }

    fn sync(&self) -> io::Result<()> {
        self.behind.sync(self.inner.as_ref())
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        self.inner.allocate(bytes)
    }
}

#[cfg(test)]
mod tests;
