//! The lock that keeps a second process out of a directory.
//!
//! Always: held for as long as the journal is open, gone with the process. Never here: fencing between machines.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use rustix::fs::FlockOperation;

/// The file's name.
pub const FILE: &str = "lock";

/// A held lock.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

/// Why there is no lock.
#[derive(Debug)]
pub enum LockError {
    /// Another process has it; its id if it could be read.
    Held(Option<u32>),
    /// The file cannot be opened or locked.
    Io(io::Error),
}

impl Lock {
    /// Takes the lock of `dir` or says who has it.
    pub fn take(dir: &Path) -> Result<Self, LockError> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(dir.join(FILE));
        let mut file = file.map_err(LockError::Io)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut text = String::new();
                let _ = file.take(32).read_to_string(&mut text);
                return Err(LockError::Held(text.trim().parse().ok()));
            }
            Err(error) => return Err(LockError::Io(error.into())),
        }
        file.set_len(0).map_err(LockError::Io)?;
        file.rewind().map_err(LockError::Io)?;
        writeln!(file, "{}", std::process::id()).map_err(LockError::Io)?;
        Ok(Self(file))
    }
}
