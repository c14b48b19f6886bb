//! A directory of the operating system.
//!
//! Always: direct files are opened for synchronous writes; others need a sync. Never here: threads.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Advice, AtFlags, FallocateFlags, OFlags, StatxFlags};

use super::{Access, Disk, DiskFile};
use crate::limits::PAGE_BYTES;

/// `TMPFS_MAGIC`: accepts direct opens and gains nothing by them.
const TMPFS: u64 = 0x0102_1994;
/// `EXT4_SUPER_MAGIC`, shared by ext2 and ext3.
const EXT4: u64 = 0xef53;
/// `XFS_SUPER_MAGIC`.
const XFS: u64 = 0x5846_5342;

/// A directory.
#[derive(Debug)]
pub struct NativeDisk {
    path: PathBuf,
    directory: File,
}

impl NativeDisk {
    /// Opens a directory that exists.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), directory: File::open(path)? })
    }

    /// Whether direct writes pay on this file system: known to do them well, with an alignment that a page satisfies.
    pub fn direct_pays(&self, name: &str) -> bool {
        let kind = rustix::fs::fstatfs(&self.directory).map_or(TMPFS, |stat| stat.f_type as u64);
        if !matches!(kind, EXT4 | XFS) {
            return false;
        }
        let stat = rustix::fs::statx(&self.directory, name, AtFlags::empty(), StatxFlags::DIOALIGN);
        stat.is_ok_and(|stat| {
            let told = stat.stx_mask & StatxFlags::DIOALIGN.bits() != 0;
            let fits = |align: u32| align != 0 && PAGE_BYTES.is_multiple_of(align as usize);
            !told || (fits(stat.stx_dio_mem_align) && fits(stat.stx_dio_offset_align))
        })
    }

    fn open_with(&self, name: &str, how: Access, options: &mut OpenOptions) -> io::Result<Arc<dyn DiskFile>> {
        options.read(true);
        if how != Access::Read {
            options.write(true);
        }
        let flags = match how {
            Access::Direct => OFlags::DIRECT | OFlags::DSYNC,
            Access::Uncached => OFlags::DIRECT,
            Access::Read | Access::Cached => OFlags::empty(),
        };
        options.custom_flags(flags.bits() as i32);
        let file = options.open(self.path.join(name))?;
        Ok(Arc::new(NativeFile { file, synchronous: how == Access::Direct }))
    }
}

impl Disk for NativeDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn create(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        self.open_with(name, how, OpenOptions::new().create_new(true))
    }

    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        self.open_with(name, how, &mut OpenOptions::new())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        self.directory.sync_all()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::fstatvfs(&self.directory)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

#[derive(Debug)]
struct NativeFile {
    file: File,
    synchronous: bool,
}

impl DiskFile for NativeFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, at)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            match self.file.read_at(&mut bytes[done..], at + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn forget(&self) -> io::Result<()> {
        match rustix::fs::fadvise(&self.file, 0, None, Advice::DontNeed) {
            // A file system without such a cache.
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL) => Ok(()),
            other => Ok(other?),
        }
    }

    fn sync(&self) -> io::Result<()> {
        if self.synchronous { Ok(()) } else { self.file.sync_data() }
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        match rustix::fs::fallocate(&self.file, FallocateFlags::empty(), 0, bytes) {
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => self.file.set_len(bytes),
            other => Ok(other?),
        }
    }
}
