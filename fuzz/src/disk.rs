//! A directory in memory, with the journal's face: what an input describes is opened here.
//!
//! Always: every call succeeds as long as there is space. Never here: faults; the simulator has those.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use hence_journal::disk::{Access, Disk, DiskFile};
use parking_lot::Mutex;

/// Space of the disk: a few segments of the size that the target opens with.
const BYTES_MAX: u64 = 8 << 20;

/// A directory.
#[derive(Debug, Default)]
pub struct MemoryDisk(Mutex<BTreeMap<String, Arc<MemoryFile>>>);

/// A file.
#[derive(Debug, Default)]
struct MemoryFile(Mutex<Vec<u8>>);

impl MemoryDisk {
    /// A directory with these files.
    pub fn of(files: Vec<(String, Vec<u8>)>) -> Arc<Self> {
        let files = files.into_iter().map(|(name, bytes)| (name, Arc::new(MemoryFile(Mutex::new(bytes)))));
        Arc::new(Self(Mutex::new(files.collect())))
    }

    /// Its files.
    #[cfg(test)]
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        self.0.lock().iter().map(|(name, file)| (name.clone(), file.0.lock().clone())).collect()
    }

    fn file(&self, name: &str) -> io::Result<Arc<MemoryFile>> {
        self.0.lock().get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for MemoryDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().keys().cloned().collect())
    }

    fn create(&self, name: &str, _how: Access) -> io::Result<Arc<dyn DiskFile>> {
        if self.file(name).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = Arc::<MemoryFile>::default();
        self.0.lock().insert(name.to_owned(), Arc::clone(&file));
        Ok(file)
    }

    fn open(&self, name: &str, _how: Access) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.file(name)?)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let file = self.file(from)?;
        let mut files = self.0.lock();
        files.remove(from);
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.lock().remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_names(&self) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let used: u64 = self.0.lock().values().map(|file| file.0.lock().len() as u64).sum();
        Ok(BYTES_MAX.saturating_sub(used))
    }
}

impl DiskFile for MemoryFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.lock().len() as u64)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let at = usize::try_from(at).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let end = at.checked_add(bytes.len()).filter(|&end| end as u64 <= BYTES_MAX);
        let end = end.ok_or(io::ErrorKind::StorageFull)?;
        let mut held = self.0.lock();
        if held.len() < end {
            held.resize(end, 0);
        }
        held[at..end].copy_from_slice(bytes);
        Ok(())
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let held = self.0.lock();
        let from = usize::try_from(at).ok().and_then(|at| held.get(at..)).unwrap_or_default();
        let len = from.len().min(bytes.len());
        bytes[..len].copy_from_slice(&from[..len]);
        Ok(len)
    }

    fn forget(&self) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        let mut held = self.0.lock();
        if bytes > BYTES_MAX {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if (held.len() as u64) < bytes {
            held.resize(bytes as usize, 0);
        }
        Ok(())
    }
}
