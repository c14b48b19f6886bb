//! Checkpoints: written fuzzily beside the running log, valid once all that they reflect is durable, read at the start.
//!
//! Always: a new file, synced, renamed, its name synced; two are kept. Slices under a lock are short, so the state
//! that is written may be newer than the place from which the log is replayed: replaying is idempotent.
//! Never here: when one is due (`checkpointing`).

use std::io;
use std::sync::Arc;

use hence_base::{Offset, Position, StreamId};

use super::store::Store;
use crate::disk::{Access, Disk, DiskFile};
use crate::format::checkpoint::{self, FRAME_HEAD_BYTES, Header, Record};
use crate::format::checksum;
use crate::format::le::Reader;
use crate::limits::{CHECKPOINT_PACKS, CHECKPOINT_ROWS, FRAME_BYTES, FRAME_BYTES_MAX, PAGE_BYTES};
use crate::log::index::Index;

/// How the names of checkpoint files end.
pub const SUFFIX: &str = ".checkpoint";
/// How the names of unfinished ones end.
pub const NEW_SUFFIX: &str = ".checkpoint.new";

/// A checkpoint that is written and waits until what it reflects is durable.
#[derive(Debug)]
pub struct Written {
    pub header: Header,
    pub bytes: u64,
    new_name: String,
}

/// Writes the state as it is now, from `header.place`, which was the end of the log a moment ago.
pub fn write(store: &Store, mut header: Header) -> io::Result<Written> {
    header.made = header.made.max(derive_rows(store));
    let new_name = format!("{:08}{NEW_SUFFIX}", header.number);
    if store.disk.list()?.contains(&new_name) {
        store.disk.remove(&new_name)?;
    }
    let written = write_new(store, &mut header, &new_name);
    // What was begun may hold the very space that the next attempt needs.
    let bytes = written.inspect_err(|_| drop(store.disk.remove(&new_name)))?;
    Ok(Written { header, bytes, new_name })
}

fn write_new(store: &Store, header: &mut Header, new_name: &str) -> io::Result<u64> {
    let file = store.disk.create(new_name, Access::Cached)?;
    let mut frames = Frames { file, at: PAGE_BYTES as u64, frame: Vec::new() };
    write_rows(store, &mut frames)?;
    write_streams(store, &mut frames)?;
    frames.finish()?;
    header.made = header.made.max(store.submitted());
    header.body = frames.at - PAGE_BYTES as u64;
    frames.file.write(0, &checkpoint::encode(header))?;
    frames.file.sync()?;
    Ok(frames.at)
}

/// Gives a written checkpoint its name. What it reflects must be durable.
pub fn finish(store: &Store, written: &Written) -> io::Result<()> {
    let name = format!("{:08}{SUFFIX}", written.header.number);
    store.disk.rename(&written.new_name, &name)?;
    store.disk.sync_names()
}

/// Removes all checkpoints but the `kept` ones: older, damaged and unfinished ones.
pub fn remove_others(disk: &dyn Disk, kept: &[Option<u64>; 2]) -> io::Result<()> {
    for name in disk.list()? {
        let number = name.strip_suffix(SUFFIX).and_then(|text| text.parse::<u64>().ok());
        if (number.is_some() && !kept.contains(&number)) || name.ends_with(NEW_SUFFIX) {
            disk.remove(&name)?;
        }
    }
    Ok(())
}

/// Takes over the rows that the core derives from entries. Gives the newest position that they reflect.
fn derive_rows(store: &Store) -> Position {
    let Some(source) = store.source.0.get() else { return Position::ZERO };
    let mut made = Position::ZERO;
    loop {
        let dirty = source.dirty_rows(CHECKPOINT_ROWS);
        made = made.max(dirty.made);
        let mut rows = store.rows.write();
        for (table, key, value) in &dirty.rows {
            match value {
                Some(value) => rows.put(*table, key, value),
                None => rows.delete(*table, key),
            }
        }
        drop(rows);
        if !dirty.more {
            return made;
        }
    }
}

fn write_rows(store: &Store, frames: &mut Frames) -> io::Result<()> {
    let mut after = None;
    loop {
        let slice = store.rows.read().slice(after.as_ref(), CHECKPOINT_ROWS);
        for (table, key, value) in &slice {
            frames.push(&Record::Row { table: *table, key, value })?;
        }
        match slice.into_iter().last() {
            Some((table, key, _)) => after = Some((table, key)),
            None => return Ok(()),
        }
    }
}

/// Writes the streams. A long one is named again for each slice of its rows, with what is true of it by then: between two
/// slices entries are appended and trimmed, and none is moved, because whoever writes a checkpoint has the keeper's lock.
fn write_streams(store: &Store, frames: &mut Frames) -> io::Result<()> {
    let mut ids = store.index.read().stream_ids();
    ids.sort_unstable();
    for id in ids {
        let mut next = Some(Offset::ZERO);
        while let Some(from) = next {
            let Some(slice) = store.index.read().slice(id, from, CHECKPOINT_PACKS) else { break };
            next = slice.next;
            frames.push(&Record::Stream(id, slice.state))?;
            for pack in slice.packs {
                frames.push(&Record::Rows(pack))?;
            }
        }
    }
    Ok(())
}

/// Gathers records into frames.
struct Frames {
    file: Arc<dyn DiskFile>,
    at: u64,
    frame: Vec<u8>,
}

impl Frames {
    fn push(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.add(record);
        self.flush(FRAME_BYTES)
    }

    fn add(&mut self, record: &Record<'_>) {
        if self.frame.is_empty() {
            self.frame.resize(FRAME_HEAD_BYTES, 0);
        }
        checkpoint::push(&mut self.frame, record);
    }

    fn flush(&mut self, least: usize) -> io::Result<()> {
        if self.frame.len() <= FRAME_HEAD_BYTES || self.frame.len() < least {
            return Ok(());
        }
        let (head, records) = self.frame.split_at_mut(FRAME_HEAD_BYTES);
        head[..4].copy_from_slice(&(records.len() as u32).to_le_bytes());
        head[4..].copy_from_slice(&checksum(records).to_le_bytes());
        self.file.write(self.at, &self.frame)?;
        self.at += self.frame.len() as u64;
        self.frame.clear();
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.flush(0)
    }
}

/// Why a checkpoint file is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Of another version.
    #[error("it has format version {0}")]
    Version(u16),
    /// Not whole, or not of this journal.
    #[error("its checksums do not match")]
    Damaged,
    /// Whole, and no state of a journal.
    #[error("its records contradict each other")]
    Contradictory,
    /// The disk did not answer.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// The checkpoint files of a directory, newest first.
pub fn names(disk: &dyn Disk) -> io::Result<Vec<(u64, String)>> {
    let mut found = Vec::new();
    for name in disk.list()? {
        if let Some(number) = name.strip_suffix(SUFFIX).and_then(|number| number.parse().ok()) {
            found.push((number, name));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// Reads a checkpoint's first page and verifies all that follows: what is loaded is shown to others at once.
pub fn verify(disk: &dyn Disk, name: &str, journal: &[u8; 16]) -> Result<Header, Unusable> {
    let file = disk.open(name, Access::Read)?;
    let header = first_page(file.as_ref(), journal)?;
    let (mut index, mut stream) = (Index::new(0), StreamId(0));
    each_frame(file.as_ref(), &header, &mut |frame| {
        checkpoint::records(frame, &mut |record| index.load(&mut stream, record))
    })?;
    Ok(header)
}

fn first_page(file: &dyn DiskFile, journal: &[u8; 16]) -> Result<Header, Unusable> {
    let mut page = [0; PAGE_BYTES];
    let read = file.read(0, &mut page)?;
    let header = checkpoint::decode(&page[..read]).map_err(Unusable::Version)?;
    header.filter(|header| header.journal == *journal).ok_or(Unusable::Damaged)
}

fn each_frame(
    file: &dyn DiskFile,
    header: &Header,
    show: &mut dyn FnMut(&[u8]) -> Option<()>,
) -> Result<(), Unusable> {
    let (mut at, end) = (PAGE_BYTES as u64, PAGE_BYTES as u64 + header.body);
    if file.bytes()? < end {
        return Err(Unusable::Damaged);
    }
    let mut frame = Vec::new();
    while at < end {
        let mut head = [0; FRAME_HEAD_BYTES];
        file.read(at, &mut head)?;
        let mut from = Reader::new(&head);
        let (Some(length), Some(sum)) = (from.u32(), from.u32()) else { return Err(Unusable::Damaged) };
        let next = at + (FRAME_HEAD_BYTES + length as usize) as u64;
        if length as usize > FRAME_BYTES_MAX.max(header.body as usize) || next > end {
            return Err(Unusable::Damaged);
        }
        frame.resize(length as usize, 0);
        let read = file.read(at + FRAME_HEAD_BYTES as u64, &mut frame)?;
        let whole = read == frame.len() && checksum(&frame) == sum;
        whole.then_some(()).ok_or(Unusable::Damaged)?;
        show(&frame).ok_or(Unusable::Contradictory)?;
        at = next;
    }
    Ok(())
}

/// Shows the records of a verified checkpoint.
pub fn load(
    disk: &dyn Disk,
    name: &str,
    header: &Header,
    show: &mut dyn FnMut(Record<'_>) -> Option<()>,
) -> Result<(), Unusable> {
    let file = disk.open(name, Access::Read)?;
    each_frame(file.as_ref(), header, &mut |frame| checkpoint::records(frame, show))
}
