//! A disk that does what it is asked through another one and writes down what was asked, when it began and when it ended.
//!
//! Always: names change in the order of the tape; a write or sync that had not ended may have happened or not.
//! Never here: what a power cut would have left of it (`tape`).

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use hence_base::Position;
use hence_journal::disk::{Access, Disk, DiskFile};
use parking_lot::Mutex;

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
    events: Vec<Event>,
    names: BTreeMap<String, FileId>,
    next: u64,
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }
}

/// Records everything that goes to a disk.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<dyn Disk>,
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
        Self { inner, state: Arc::default() }
    }

    /// Notes that everything up to `position` was acknowledged.
    pub fn acknowledged(&self, position: Position) {
        self.state.lock().events.push(Event::Acknowledged(position));
    }

    /// What happened so far.
    pub fn events(&self) -> Vec<Event> {
        self.state.lock().events.clone()
    }

    fn span(&self, begin: impl FnOnce(Span) -> Event) -> Span {
        let mut state = self.state.lock();
        let span = Span(state.number());
        let event = begin(span);
        state.events.push(event);
        span
    }

    fn note(&self, event: Event) {
        self.state.lock().events.push(event);
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
        state.events.push(Event::Create(name.to_owned(), file));
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
        state.events.push(Event::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        self.inner.remove(name)?;
        state.names.remove(name);
        state.events.push(Event::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let span = self.span(Event::NamesBegin);
        self.inner.sync_names()?;
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
        self.recorder.note(Event::WriteEnd(span));
        Ok(())
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.inner.read(at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        if self.how == Access::Direct {
            return self.inner.sync();
        }
        let span = self.recorder.span(|span| Event::SyncBegin(span, self.file));
        self.inner.sync()?;
        self.recorder.note(Event::SyncEnd(span));
        Ok(())
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        self.inner.allocate(bytes)?;
        self.recorder.note(Event::Allocate(self.file, bytes));
        Ok(())
    }
}
