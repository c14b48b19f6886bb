//! The suite over the local store, in both modes and both kinds of I/O.

use parking_lot::Mutex;
use tempfile::TempDir;

use super::{Io, LocalJournal, Mode, OpenError, Options};
use crate::conformance::{Opened, Replayed, Shape, Store};

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

mod os {
    crate::conformance!(super::InFiles::new(super::Mode::Os, super::Io::Auto));
}
