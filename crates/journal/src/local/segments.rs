//! The segment files of a directory: which file is which segment, and handles to read them.
//!
//! Always: a file is what its first page says, not what its name says; a segment is listed only when it is durable under
//! its number. Never here: what blocks say.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::disk::{Access, Disk, DiskFile};
use crate::format::Place;
use crate::format::block;
use crate::format::segment::{self, Header, Kind, Page};
use crate::limits::PAGE_BYTES;
use crate::log::recovery;
use crate::ring::Pool;

/// How the names of segment files end.
pub const SUFFIX: &str = ".segment";

/// The segment files of a directory.
#[derive(Debug)]
pub struct Segments {
    disk: Arc<dyn Disk>,
    journal: [u8; 16],
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    by_sequence: BTreeMap<u64, File>,
    /// Files that are no segment now.
    spare: Vec<(String, u64)>,
    next_number: u64,
    next_sequence: u64,
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    bytes: u64,
    kind: Kind,
    reader: Option<Arc<dyn DiskFile>>,
}

/// What a directory holds that this program must not touch.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A file of another version.
    #[error("{file} has format version {version}")]
    Version {
        /// The file.
        file: String,
        /// Its version.
        version: u16,
    },
    /// Two files say they are the same segment.
    #[error("{file} and {other} are both segment {sequence}")]
    Twice {
        /// One file.
        file: String,
        /// The other.
        other: String,
        /// The segment that both claim to be.
        sequence: u64,
    },
    /// The disk did not answer.
    #[error("{file}: {cause}")]
    Io {
        /// What was read.
        file: String,
        /// Why it failed.
        cause: io::Error,
    },
}

impl Segments {
    /// Reads the first page of every segment file.
    pub fn list(disk: &Arc<dyn Disk>, journal: [u8; 16]) -> Result<Self, ListError> {
        let mut files = Files { next_number: 1, next_sequence: 1, ..Files::default() };
        let names = disk.list().map_err(|cause| ListError::Io { file: ".".to_owned(), cause })?;
        for name in names {
            let Some(number) = name.strip_suffix(SUFFIX) else { continue };
            files.next_number = files.next_number.max(number.parse::<u64>().map_or(0, |number| number + 1));
            let (bytes, header) = first_pages(disk.as_ref(), &name, &journal)
                .map_err(|cause| ListError::Io { file: name.clone(), cause })?;
            match header {
                Page::Version(version) => return Err(ListError::Version { file: name, version }),
                Page::Segment(header) if header.kind != Kind::Spare && header.journal == journal => {
                    let sequence = header.sequence;
                    files.next_sequence = files.next_sequence.max(sequence + 1);
                    let file = File { name: name.clone(), bytes, kind: header.kind, reader: None };
                    if let Some(other) = files.by_sequence.insert(sequence, file) {
                        return Err(ListError::Twice { file: name, other: other.name, sequence });
                    }
                }
                Page::Segment(_) | Page::Nothing => files.spare.push((name, bytes)),
            }
        }
        Ok(Self { disk: Arc::clone(disk), journal, files: Mutex::new(files) })
    }

    /// The journal that they are of.
    pub const fn journal(&self) -> [u8; 16] {
        self.journal
    }

    /// Whether there is any segment.
    pub fn is_empty(&self) -> bool {
        self.files.lock().by_sequence.is_empty()
    }

    /// Makes a new segment of `bytes`, durable under the next number, and opens it to write.
    pub fn create(&self, bytes: u64, how: Access, pool: &Arc<Pool>) -> io::Result<(u64, Arc<dyn DiskFile>)> {
        let (name, sequence) = {
            let mut files = self.files.lock();
            let number = files.next_number;
            files.next_number += 1;
            files.next_sequence += 1;
            (format!("{number:08}{SUFFIX}"), files.next_sequence - 1)
        };
        let file = self.disk.create(&name, how)?;
        file.allocate(bytes)?;
        self.write_header(file.as_ref(), Kind::Log, sequence, bytes, pool)?;
        self.disk.sync_names()?;
        let entry = File { name, bytes, kind: Kind::Log, reader: None };
        self.files.lock().by_sequence.insert(sequence, entry);
        Ok((sequence, file))
    }

    fn write_header(
        &self,
        file: &dyn DiskFile,
        kind: Kind,
        sequence: u64,
        bytes: u64,
        pool: &Arc<Pool>,
    ) -> io::Result<()> {
        let mut page = pool.space(PAGE_BYTES).split_to(PAGE_BYTES);
        segment::encode(&Header { kind, journal: self.journal, sequence, bytes }, page.bytes_mut());
        file.write(0, page.bytes())?;
        file.sync()
    }

    /// Opens a segment to write.
    pub fn writer(&self, sequence: u64, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        let name = self.name(sequence).ok_or(io::ErrorKind::NotFound)?;
        self.disk.open(&name, how)
    }

    /// The file that a segment is in.
    pub fn name(&self, sequence: u64) -> Option<String> {
        self.files.lock().by_sequence.get(&sequence).map(|file| file.name.clone())
    }

    fn reader(&self, sequence: u64) -> io::Result<Arc<dyn DiskFile>> {
        let mut files = self.files.lock();
        let file = files.by_sequence.get_mut(&sequence).ok_or(io::ErrorKind::NotFound)?;
        if let Some(reader) = &file.reader {
            return Ok(Arc::clone(reader));
        }
        let reader = self.disk.open(&file.name, Access::Read)?;
        file.reader = Some(Arc::clone(&reader));
        Ok(reader)
    }

    /// Makes what the cache holds of a segment durable.
    pub fn sync(&self, sequence: u64) -> io::Result<()> {
        self.writer(sequence, Access::Cached)?.sync()
    }
}

/// A file's length and what it is: by its first page, or by the block that follows if that page is lost.
fn first_pages(disk: &dyn Disk, name: &str, journal: &[u8; 16]) -> io::Result<(u64, Page)> {
    let file = disk.open(name, Access::Read)?;
    let bytes = file.bytes()?;
    let mut pages = vec![0; 2 * PAGE_BYTES];
    let read = file.read(0, &mut pages)?;
    pages.truncate(read);
    let page = segment::decode(&pages);
    if page != Page::Nothing {
        return Ok((bytes, page));
    }
    let sequence = pages.get(PAGE_BYTES..).and_then(|first| block::claimed_segment(first, journal));
    let header = |sequence| Header { kind: Kind::Log, journal: *journal, sequence, bytes };
    Ok((bytes, sequence.map_or(Page::Nothing, |sequence| Page::Segment(header(sequence)))))
}

impl recovery::Segments for Segments {
    fn after(&self, sequence: u64) -> Option<u64> {
        let files = self.files.lock();
        let mut later = files.by_sequence.range(sequence + 1..);
        later.find(|(_, file)| file.kind == Kind::Log).map(|(&sequence, _)| sequence)
    }

    fn bytes(&self, sequence: u64) -> u64 {
        self.files.lock().by_sequence.get(&sequence).map_or(0, |file| file.bytes)
    }

    fn read(&self, place: Place, len: usize) -> io::Result<Vec<u8>> {
        if self.bytes(place.segment) == 0 {
            return Ok(Vec::new());
        }
        let mut bytes = vec![0; len];
        let read = self.reader(place.segment)?.read(place.offset, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}
