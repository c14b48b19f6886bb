//! The file of probes 1 and 2 and the aligned buffer that is written to it, durably or not.
//!
//! Its blocks were written before, or only allocated, or are not there yet; a file whose blocks change their state by being
//! written is begun anew at its end. Nothing can be read back: it measures writing.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, ensure};
use rustix::fs::{FallocateFlags, OFlags, fallocate};

const ALIGN: usize = 4096;
/// Of a file that is written over and over.
const WRITTEN_BYTES: u64 = 1 << 30;
/// Of one that is begun anew: more than most runs write.
const FRESH_BYTES: u64 = 8 << 30;
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

/// How the blocks of the file are there before they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Blocks {
    /// Written once: a write touches no metadata
    #[default]
    Written,
    /// Allocated and never written: a write marks them
    Allocated,
    /// Not there: a write allocates them and moves the end of the file
    Growing,
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

/// The file, written from its start to its end, again and again.
pub struct Ring {
    file: Option<File>,
    mode: Mode,
    blocks: Blocks,
    at: u64,
    /// How many writes were made.
    pub writes: u64,
}

impl Ring {
    /// Makes the file as its blocks should be. One that was written whole is taken as it is.
    pub fn create(path: &Path, mode: Mode, blocks: Blocks) -> anyhow::Result<Self> {
        if mode == Mode::None {
            return Ok(Self { file: None, mode, blocks, at: 0, writes: 0 });
        }
        let name = || path.display().to_string();
        if blocks == Blocks::Written && std::fs::metadata(path).is_ok_and(|file| file.len() == WRITTEN_BYTES)
        {
            let file = Some(open(path, mode).with_context(name)?);
            return Ok(Self { file, mode, blocks, at: 0, writes: 0 });
        }
        let plain =
            OpenOptions::new().write(true).create(true).truncate(true).open(path).with_context(name)?;
        if blocks == Blocks::Written {
            let zeros = vec![0; CHUNK_BYTES];
            for chunk in 0..WRITTEN_BYTES / CHUNK_BYTES as u64 {
                plain.write_all_at(&zeros, chunk * CHUNK_BYTES as u64).with_context(name)?;
            }
        }
        let file = open(path, mode).with_context(name)?;
        begin(&file, blocks).with_context(name)?;
        file.sync_all().with_context(name)?;
        Ok(Self { file: Some(file), mode, blocks, at: 0, writes: 0 })
    }

    /// Writes the first `bytes` of the buffer, rounded up to whole blocks, and returns when they are durable.
    pub fn write(&mut self, buffer: &mut Aligned, bytes: usize) -> anyhow::Result<()> {
        self.writes += 1;
        let Some(file) = &self.file else { return Ok(()) };
        let rounded = bytes.next_multiple_of(ALIGN);
        let slice = buffer.slice();
        ensure!(rounded <= slice.len(), "a commit of {bytes} bytes is larger than the buffer");
        if self.at + rounded as u64 > self.blocks.file_bytes() {
            begin(file, self.blocks)?;
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

impl Blocks {
    const fn file_bytes(self) -> u64 {
        match self {
            Self::Written => WRITTEN_BYTES,
            Self::Allocated | Self::Growing => FRESH_BYTES,
        }
    }
}

fn open(path: &Path, mode: Mode) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    if mode == Mode::Direct {
        options.custom_flags((OFlags::DIRECT | OFlags::DSYNC).bits() as i32);
    }
    options.open(path)
}

/// Before the first write and after the last one of the file.
fn begin(file: &File, blocks: Blocks) -> anyhow::Result<()> {
    if blocks != Blocks::Written {
        file.set_len(0)?;
    }
    if blocks == Blocks::Allocated {
        let allocated = fallocate(file, FallocateFlags::empty(), 0, FRESH_BYTES);
        allocated.with_context(|| format!("{FRESH_BYTES} bytes cannot be allocated"))?;
    }
    Ok(())
}
