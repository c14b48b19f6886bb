//! A disk that is slower than the one it stands on: every write or sync that reaches the device takes so much longer.
//!
//! It exists with the feature `slow-disk` only, for the benchmark that shows what a broker makes of a slow disk; no shipped
//! binary has it. Always: a write is delayed after it is done, where a slow device would be. Never here: reads.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::{Access, Disk, DiskFile};

/// Milliseconds that are added; nothing is when it is not set.
const VARIABLE: &str = "SLOW_DISK_MS";

/// `disk`, slower by what the environment says.
pub fn slowed(disk: Arc<dyn Disk>) -> io::Result<Arc<dyn Disk>> {
    let Ok(text) = std::env::var(VARIABLE) else { return Ok(disk) };
    let delay = text.parse().map(Duration::from_millis).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{VARIABLE}={text} is no number: {error}"))
    })?;
    Ok(Arc::new(SlowDisk { disk, delay }))
}

#[derive(Debug)]
struct SlowDisk {
    disk: Arc<dyn Disk>,
    delay: Duration,
}

impl SlowDisk {
    fn file(&self, how: Access, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        Arc::new(SlowFile { file, how, delay: self.delay })
    }
}

impl Disk for SlowDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn create(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.file(how, self.disk.create(name, how)?))
    }

    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.file(how, self.disk.open(name, how)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.disk.sync_names()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes()
    }
}

#[derive(Debug)]
struct SlowFile {
    file: Arc<dyn DiskFile>,
    how: Access,
    delay: Duration,
}

impl SlowFile {
    /// A direct write is durable and has no sync to wait for; any other costs nothing until it is synced.
    fn wait(&self) {
        #[expect(clippy::disallowed_methods, reason = "a device that is slow blocks who writes to it")]
        std::thread::sleep(self.delay);
    }
}

impl DiskFile for SlowFile {
    fn bytes(&self) -> io::Result<u64> {
        self.file.bytes()
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write(at, bytes)?;
        if self.how == Access::Direct {
            self.wait();
        }
        Ok(())
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(at, bytes)
    }

    fn forget(&self) -> io::Result<()> {
        self.file.forget()
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()?;
        if self.how != Access::Direct {
            self.wait();
        }
        Ok(())
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        self.file.allocate(bytes)
    }
}
