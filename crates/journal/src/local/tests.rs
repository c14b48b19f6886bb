//! The suite over the local store, in both modes and both kinds of I/O; and what only bytes made by hand show.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use hence_base::{Epoch, Position};
use parking_lot::Mutex;
use tempfile::TempDir;

use super::{Io, LocalJournal, Mode, OpenError, Options};
use crate::Journal;
use crate::conformance::{Opened, Replayed, Shape, Store};
use crate::doctor::{Nobody, inspect, repair};
use crate::format::{Place, block, checksum, segment};
use crate::limits::PAGE_BYTES;

/// Journals in directories that go away with the test.
struct InFiles {
    mode: Mode,
    io: Io,
    last: Mutex<Option<(TempDir, Options)>>,
}

impl InFiles {
    fn new(mode: Mode, io: Io) -> Self {
        Self { mode, io, last: Mutex::new(None) }
    }

    fn open(options: &Options) -> Opened {
        let mut replayed = Replayed::default();
        loop {
            match LocalJournal::open(options, &mut replayed) {
                Ok((journal, opening)) => return Opened { journal, opening, replayed },
                // The watcher holds the journal while it is told of something.
                Err(OpenError::Locked { .. }) => std::thread::yield_now(),
                Err(error) => panic!("the directory opens: {error}"),
            }
        }
    }

    fn again(&self, before: Opened) -> Option<Opened> {
        drop(before);
        self.last.lock().as_ref().map(|(_, options)| Self::open(options))
    }
}

impl Store for InFiles {
    fn fresh(&self, shape: Shape) -> Option<Opened> {
        let dir = tempfile::tempdir().expect("a directory for the test");
        let mut options = Options { mode: self.mode, io: self.io, ..Options::new(dir.path()) };
        options.segment_bytes_min = 1 << 20;
        options.segment_bytes_max = 4 << 20;
        options.checkpoint_bytes = 4 << 20;
        if let Some(bytes) = shape.space_bytes {
            options.space_bytes_max = Some(bytes);
        }
        if let Some(bytes) = shape.commit_bytes_max {
            options.commit_bytes_max = bytes;
        }
        if shape.cold {
            options.ring_bytes = 1 << 20;
        }
        let opened = Self::open(&options);
        *self.last.lock() = Some((dir, options));
        Some(opened)
    }

    fn reopen(&self, closed: Opened) -> Option<Opened> {
        self.again(closed)
    }

    fn crash(&self, running: Opened) -> Option<Opened> {
        self.again(running)
    }

    fn take_over(&self, _running: &Opened) -> Option<Opened> {
        let last = self.last.lock();
        let (_, options) = last.as_ref()?;
        let refused =
            LocalJournal::open(options, &mut Replayed::default()).expect_err("the directory is locked");
        let text = refused.to_string();
        assert!(text.contains(&format!("(pid {})", std::process::id())), "{text}");
        None
    }
}

mod fsync_direct {
    crate::conformance!(super::InFiles::new(super::Mode::Fsync, super::Io::Direct));
}

mod fsync_buffered {
    crate::conformance!(super::InFiles::new(super::Mode::Fsync, super::Io::Buffered));
}

mod os_staged {
    crate::conformance!(super::InFiles::new(super::Mode::Os, super::Io::Direct));
}

mod os_buffered {
    crate::conformance!(super::InFiles::new(super::Mode::Os, super::Io::Buffered));
}

/// A directory with an empty log, and the file and the place at which its chain ends.
fn ended_log(dir: &Path) -> (PathBuf, [u8; 16], Place) {
    let options = Options { io: Io::Buffered, ..Options::new(dir) };
    let (journal, opening) = LocalJournal::open(&options, &mut Replayed::default()).expect("it opens");
    journal.close().expect("it closes");
    let mut place = Place { segment: 1, offset: segment::HEADER_BYTES };
    let segments = std::fs::read_dir(dir).expect("it is there").map(|entry| entry.expect("an entry").path());
    for path in segments.filter(|path| path.extension().is_some_and(|extension| extension == "segment")) {
        let bytes = std::fs::read(&path).expect("a file");
        while let Ok((header, _)) = block::header(&bytes[place.offset as usize..], &opening.identity, place) {
            place = header.end();
        }
        if place.offset > segment::HEADER_BYTES {
            return (path, opening.identity, place);
        }
    }
    panic!("the log is in no file");
}

#[test]
fn a_whole_block_of_another_version_is_refused_and_nothing_is_written_over_it() {
    for (pages_on, whole) in [(0, true), (3, true), (0, false)] {
        let dir = tempfile::tempdir().expect("a directory");
        let (path, journal, mut place) = ended_log(dir.path());
        place.offset += pages_on * PAGE_BYTES as u64;
        let header = block::Header {
            kind: block::Kind::Commits,
            flags: 0,
            length: PAGE_BYTES as u32,
            journal,
            epoch: Epoch(9),
            place,
            first: Position(1),
            last: Position(1),
            synced: place,
            previous: 0,
            body: 8,
        };
        let mut newer = vec![7; PAGE_BYTES];
        block::seal(&mut newer, &header);
        newer[8] = 9;
        let sum = checksum(&newer[8..]) ^ u32::from(!whole);
        newer[4..8].copy_from_slice(&sum.to_le_bytes());
        let file = OpenOptions::new().write(true).open(&path).expect("the file opens");
        file.write_all_at(&newer, place.offset).expect("it is written");
        let before = std::fs::read(&path).expect("a file");
        let options = Options { io: Io::Buffered, ..Options::new(dir.path()) };
        let opened = LocalJournal::open(&options, &mut Replayed::default());
        if !whole {
            opened.expect("it is torn, whoever wrote it");
            continue;
        }
        let error = opened.expect_err("it is not understood");
        assert!(matches!(error, OpenError::Version { version: 9, known: 1, .. }), "{error}");
        let error = inspect(dir.path(), &mut Nobody).expect_err("it is not understood");
        assert!(matches!(error, OpenError::Version { version: 9, .. }), "{error}");
        repair(dir.path(), true).expect_err("it is not this program's to cut");
        assert!(before == std::fs::read(&path).expect("a file"), "it was written to");
    }
}
