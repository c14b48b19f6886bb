//! The directory and files that a journal lives in, as a small face: the operating system's, or the simulator's.
//!
//! Always: a write is complete or an error; nothing counts as stored before a sync says so, neither bytes nor names.
//! Never here: what is written.

pub mod native;
#[cfg(feature = "slow-disk")]
pub mod slow;

use std::fmt;
use std::io;
use std::sync::Arc;

/// A directory of the journal's own.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Names of all files.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Creates a file that must not exist, to read and write.
    fn create(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file.
    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>>;

    /// Gives a file another name, over one that may exist.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes creations, renames and removals durable.
    fn sync_names(&self) -> io::Result<()>;

    /// Bytes that may still be allocated.
    fn free_bytes(&self) -> io::Result<u64>;
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read.
    Read,
    /// To write through the cache; durable after [`DiskFile::sync`].
    Cached,
    /// To write past the cache; durable after [`DiskFile::sync`]. Aligned as for [`Access::Direct`].
    Uncached,
    /// To write past the cache; durable when the write returns. Bytes, offsets and addresses are multiples of a page.
    Direct,
}

/// One file.
pub trait DiskFile: Send + Sync + fmt::Debug {
    /// Bytes in the file.
    fn bytes(&self) -> io::Result<u64>;

    /// Writes all of `bytes` at `at`.
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Reads at `at` until `bytes` is full or the file ends; gives how many bytes were read.
    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize>;

    /// Lets go of what is in memory of the file and is not waiting to be written: what is read next is what the device
    /// has. After a failed sync a cache may show bytes that the device never got, and a later sync says nothing of them.
    fn forget(&self) -> io::Result<()>;

    /// Makes what was written durable.
    fn sync(&self) -> io::Result<()>;

    /// Reserves the file's space up to `bytes`, so that later writes within it do not run out of it.
    fn allocate(&self, bytes: u64) -> io::Result<()>;
}
