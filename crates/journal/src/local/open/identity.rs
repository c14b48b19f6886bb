//! The journal's name: read, or given to an empty directory.
//!
//! Always: a directory that holds something else is left as it is. Never here: the bytes (`format::identity`).

use std::io;
use std::path::Path;

use super::{NotAJournal, OpenError, Opener};
use crate::disk::Access;
use crate::format::identity::{self, Identity};
use crate::local::lock;
use crate::local::segments::SUFFIX;

/// What the file is called until it is whole.
const NEW: &str = "journal.hence.new";

/// A directory without an identity must be empty, or be the beginning of one.
pub fn check_names(dir: &Path, entries: std::fs::ReadDir) -> Result<(), OpenError> {
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let ours = |name: &String| [lock::FILE, NEW, "lost+found"].contains(&name.as_str());
    if names.iter().any(|name| name == identity::FILE) {
        return Ok(());
    }
    match names.into_iter().find(|name| !ours(name)) {
        Some(name) => {
            Err(OpenError::NotAJournal { dir: dir.to_owned(), what: NotAJournal::OtherFiles(name) })
        }
        None => Ok(()),
    }
}

impl Opener<'_> {
    /// Reads the journal's name, or gives it one.
    pub fn identity(&self) -> Result<[u8; 16], OpenError> {
        let names = self.disk.list().map_err(|cause| self.io(".", cause))?;
        if !names.iter().any(|name| name == identity::FILE) {
            if let Some(segment) = names.iter().find(|name| name.ends_with(SUFFIX)) {
                let what = NotAJournal::OtherFiles(segment.clone());
                return Err(OpenError::NotAJournal { dir: self.options.dir.clone(), what });
            }
            return self.create_identity(&names).map_err(|cause| self.io(identity::FILE, cause));
        }
        self.read_identity()
    }

    /// Reads the journal's name.
    pub fn read_identity(&self) -> Result<[u8; 16], OpenError> {
        let mut bytes = [0; identity::BYTES];
        let file = self.disk.open(identity::FILE, Access::Read);
        let read = file.and_then(|file| file.read(0, &mut bytes));
        let read = read.map_err(|cause| self.io(identity::FILE, cause))?;
        match identity::decode(&bytes[..read]) {
            Identity::Journal(journal) => Ok(journal),
            Identity::Version(version) => Err(OpenError::Version {
                file: self.options.dir.join(identity::FILE),
                version,
                known: identity::VERSION,
            }),
            Identity::Nothing => {
                Err(OpenError::NotAJournal { dir: self.options.dir.clone(), what: NotAJournal::Identity })
            }
        }
    }

    fn create_identity(&self, names: &[String]) -> io::Result<[u8; 16]> {
        let journal = self.options.identity.map_or_else(random_identity, Ok)?;
        if names.iter().any(|name| name == NEW) {
            self.disk.remove(NEW)?;
        }
        let file = self.disk.create(NEW, Access::Cached)?;
        file.write(0, &identity::encode(&journal))?;
        file.sync()?;
        self.disk.rename(NEW, identity::FILE)?;
        self.disk.sync_names()?;
        Ok(journal)
    }
}

fn random_identity() -> io::Result<[u8; 16]> {
    use std::io::Read;
    let mut identity = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut identity)?;
    Ok(identity)
}
