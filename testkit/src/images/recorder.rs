//! A disk that does what it is asked through another one and writes down what was asked, when it began and when it ended.
//!
//! Always: names change in the order of the tape; a write or sync that had not ended may have happened or not; times never
//! fall, and whoever asked goes on only after the end is written down.
//! Never here: what a power cut would have left of it (`tape`).

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hence_base::Position;
use hence_journal::disk::{Access, Disk, DiskFile};
use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of CLOCK_MONOTONIC, which every process of a machine sees alike: clients can say when they were answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockNs(pub u64);

impl ClockNs {
    fn now() -> Self {
        let now = clock_gettime(ClockId::Monotonic);
        Self(now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64)
    }
}

/// Names one file of a recording, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub u64);

/// Names what begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub u64);

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A file was created.
    Create(String, FileId),
    /// A file was renamed.
    Rename(String, String),
    /// A name was removed.
    Remove(String),
    /// Names began to be made durable.
    NamesBegin(Span),
    /// Names are durable as they were when that began.
    NamesEnd(Span),
    /// A write began.
    WriteBegin {
        /// This write.
        span: Span,
        /// The file.
        file: FileId,
        /// Byte offset.
        at: u64,
        /// What is written.
        bytes: Arc<[u8]>,
        /// Whether it is on the device when it ends.
        through: bool,
    },
    /// It returned.
    WriteEnd(Span),
    /// A sync began.
    SyncBegin(Span, FileId),
    /// It returned: what had been written when it began is on the device.
    SyncEnd(Span),
    /// Space was reserved.
    Allocate(FileId, u64),
    /// Everything up to here was acknowledged.
    Acknowledged(Position),
}

#[derive(Debug, Default)]
struct State {
    events: Vec<(ClockNs, Event)>,
    names: BTreeMap<String, FileId>,
    next: u64,
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    fn push(&mut self, event: Event) {
        self.events.push((ClockNs::now(), event));
    }
}

/// Records everything that goes to a disk.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<dyn Disk>,
    lag: Duration,
    state: Arc<Mutex<State>>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl Recorder {
    /// Records what goes to `inner`, which is empty.
    pub fn new(inner: Arc<dyn Disk>) -> Self {
        Self::slow(inner, Duration::ZERO)
    }

    /// The same on a device that takes longer for everything that is on it when it ends: what is said before such an end
    /// is heard before it.
    pub fn slow(inner: Arc<dyn Disk>, lag: Duration) -> Self {
        Self { inner, lag, state: Arc::default() }
    }

    /// Notes that everything up to `position` was acknowledged.
    pub fn acknowledged(&self, position: Position) {
        self.state.lock().push(Event::Acknowledged(position));
    }

    /// What happened so far, and when.
    pub fn events(&self) -> Vec<(ClockNs, Event)> {
        self.state.lock().events.clone()
    }

    fn span(&self, begin: impl FnOnce(Span) -> Event) -> Span {
        let mut state = self.state.lock();
        let span = Span(state.number());
        let event = begin(span);
        state.push(event);
        span
    }

    fn lag(&self) {
        if !self.lag.is_zero() {
            #[expect(clippy::disallowed_methods, reason = "a device that is slow blocks who writes to it")]
            std::thread::sleep(self.lag);
        }
    }

    fn note(&self, event: Event) {
        self.state.lock().push(event);
    }
}

impl Disk for Recorder {
    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn create(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state.lock();
        let inner = self.inner.create(name, how)?;
        let file = FileId(state.number());
        state.names.insert(name.to_owned(), file);
        state.push(Event::Create(name.to_owned(), file));
        drop(state);
        Ok(Arc::new(Recorded { recorder: self.clone(), inner, file, how }))
    }

    fn open(&self, name: &str, how: Access) -> io::Result<Arc<dyn DiskFile>> {
        let inner = self.inner.open(name, how)?;
        let file = self.state.lock().names.get(name).copied();
        let file = file.ok_or_else(|| io::Error::other(format!("{name} was there before the recording")))?;
        Ok(Arc::new(Recorded { recorder: self.clone(), inner, file, how }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        self.inner.rename(from, to)?;
        if let Some(file) = state.names.remove(from) {
            state.names.insert(to.to_owned(), file);
        }
        state.push(Event::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        self.inner.remove(name)?;
        state.names.remove(name);
        state.push(Event::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let span = self.span(Event::NamesBegin);
        self.inner.sync_names()?;
        self.lag();
        self.note(Event::NamesEnd(span));
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.inner.free_bytes()
    }
}

#[derive(Debug)]
struct Recorded {
    recorder: Recorder,
    inner: Arc<dyn DiskFile>,
    file: FileId,
    how: Access,
}

impl DiskFile for Recorded {
    fn bytes(&self) -> io::Result<u64> {
        self.inner.bytes()
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let copy: Arc<[u8]> = bytes.into();
        let (file, through) = (self.file, self.how == Access::Direct);
        let span = self.recorder.span(|span| Event::WriteBegin { span, file, at, bytes: copy, through });
        self.inner.write(at, bytes)?;
        if through {
            self.recorder.lag();
        }
        self.recorder.note(Event::WriteEnd(span));
        Ok(())
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.inner.read(at, bytes)
    }

    fn forget(&self) -> io::Result<()> {
        self.inner.forget()
    }

    fn sync(&self) -> io::Result<()> {
        if self.how == Access::Direct {
            return self.inner.sync();
        }
        let span = self.recorder.span(|span| Event::SyncBegin(span, self.file));
        self.inner.sync()?;
        self.recorder.lag();
        self.recorder.note(Event::SyncEnd(span));
        Ok(())
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        self.inner.allocate(bytes)?;
        self.recorder.note(Event::Allocate(self.file, bytes));
        Ok(())
    }
}
