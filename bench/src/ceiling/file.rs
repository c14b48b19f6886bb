//! A pre-written file and the aligned buffer that is written to it, durably or not.
//!
//! Nothing can be read back: it measures writing.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, ensure};
use rustix::fs::OFlags;

const ALIGN: usize = 4096;
const FILE_BYTES: u64 = 1 << 30;
const CHUNK_BYTES: usize = 1 << 20;

/// How a commit becomes durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// O_DIRECT and O_DSYNC: one system call
    Direct,
    /// Through the page cache, then fdatasync
    Buffered,
    /// Not at all
    None,
}

/// A buffer whose start is aligned for direct I/O.
pub struct Aligned {
    bytes: Vec<u8>,
    from: usize,
}

impl Aligned {
    /// `bytes` zeros.
    pub fn new(bytes: usize) -> Self {
        let buffer = vec![0; bytes + ALIGN];
        let from = buffer.as_ptr().align_offset(ALIGN);
        Self { bytes: buffer, from }
    }

    /// The aligned part.
    pub fn slice(&mut self) -> &mut [u8] {
        let end = self.bytes.len() - ALIGN + self.from;
        &mut self.bytes[self.from..end]
    }
}

/// The file, written over and over.
pub struct Ring {
    file: Option<File>,
    mode: Mode,
    at: u64,
    /// How many writes were made.
    pub writes: u64,
}

impl Ring {
    /// Writes the whole file once and syncs it, so that later writes touch no metadata.
    pub fn create(path: &Path, mode: Mode) -> anyhow::Result<Self> {
        if mode == Mode::None {
            return Ok(Self { file: None, mode, at: 0, writes: 0 });
        }
        let name = || path.display().to_string();
        let plain =
            OpenOptions::new().write(true).create(true).truncate(true).open(path).with_context(name)?;
        let zeros = vec![0; CHUNK_BYTES];
        for chunk in 0..FILE_BYTES / CHUNK_BYTES as u64 {
            plain.write_all_at(&zeros, chunk * CHUNK_BYTES as u64)?;
        }
        plain.sync_all()?;
        let mut options = OpenOptions::new();
        options.write(true);
        if mode == Mode::Direct {
            options.custom_flags((OFlags::DIRECT | OFlags::DSYNC).bits() as i32);
        }
        Ok(Self { file: Some(options.open(path).with_context(name)?), mode, at: 0, writes: 0 })
    }

    /// Writes the first `bytes` of the buffer, rounded up to whole blocks, and returns when they are durable.
    pub fn write(&mut self, buffer: &mut Aligned, bytes: usize) -> anyhow::Result<()> {
        self.writes += 1;
        let Some(file) = &self.file else { return Ok(()) };
        let rounded = bytes.next_multiple_of(ALIGN);
        let slice = buffer.slice();
        ensure!(rounded <= slice.len(), "a commit of {bytes} bytes is larger than the buffer");
        if self.at + rounded as u64 > FILE_BYTES {
            self.at = 0;
        }
        file.write_all_at(&slice[..rounded], self.at)?;
        if self.mode == Mode::Buffered {
            file.sync_data()?;
        }
        self.at += rounded as u64;
        Ok(())
    }
}
