//! A directory in which calls fail as a test says.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use hence_journal::disk::native::NativeDisk;
use hence_journal::disk::{Access, Disk, DiskFile};

/// What is asked of the disk and may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    List,
    Create,
    Open,
    Write,
    Sync,
}

/// The number of the error with which a call, on a file of this name, fails.
type Fails = dyn Fn(Call, &str) -> Option<i32> + Send + Sync;

/// A directory.
pub struct Failing {
    inner: NativeDisk,
    fails: Arc<Fails>,
}

/// A file in it.
struct FailingFile {
    name: String,
    inner: Arc<dyn DiskFile>,
    fails: Arc<Fails>,
}

impl Failing {
    pub fn over(
        dir: &Path,
        fails: impl Fn(Call, &str) -> Option<i32> + Send + Sync + 'static,
    ) -> Arc<dyn Disk> {
        let inner = NativeDisk::open(dir).expect("the directory is there");
        Arc::new(Self { inner, fails: Arc::new(fails) })
    }

    fn file(&self, name: &str, inner: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        Arc::new(FailingFile { name: name.to_owned(), inner, fails: Arc::clone(&self.fails) })
    }
}

fn asked(fails: &Fails, call: Call, name: &str) -> io::Result<()> {
    fails(call, name).map_or(Ok(()), |error| Err(io::Error::from_raw_os_error(error)))
}

impl fmt::Debug for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Failing({:?})", self.inner)
    }
}

impl fmt::Debug for FailingFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FailingFile({})", self.name)
    }
}

impl Disk for Failing {
    fn list(&self) -> io::Result<Vec<String>> {
        asked(&*self.fails, Call::List, "")?;
        self.inner.list()
    }

    fn create(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        asked(&*self.fails, Call::Create, name)?;
        Ok(self.file(name, self.inner.create(name, how)?))
    }

    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        asked(&*self.fails, Call::Open, name)?;
        Ok(self.file(name, self.inner.open(name, how)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.inner.sync_names()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.inner.free_bytes()
    }
}

impl DiskFile for FailingFile {
    fn bytes(&self) -> io::Result<u64> {
        self.inner.bytes()
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        asked(&*self.fails, Call::Write, &self.name)?;
        self.inner.write(at, bytes)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.inner.read(at, bytes)
    }

    fn forget(&self) -> io::Result<()> {
        self.inner.forget()
    }

    fn sync(&self) -> io::Result<()> {
        asked(&*self.fails, Call::Sync, &self.name)?;
        self.inner.sync()
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        self.inner.allocate(bytes)
    }
}
