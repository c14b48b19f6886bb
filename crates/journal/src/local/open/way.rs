//! How segments are written: through the page cache or past it.
//!
//! Always: what the mode asks for and the disk gives. Never here: writing.

use crate::disk::native::NativeDisk;
use crate::disk::{Access, Disk as _};
use crate::limits::STAGING_SHARE_MIN;
use crate::local::lock;
use crate::local::options::{Io, Mode, Options};

/// How segments are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Through the page cache.
    Buffered,
    /// Past it, each write synchronous.
    Direct,
    /// Into a small file whose pages stay in the cache, and past the cache behind that.
    Staged,
}

impl Way {
    /// On a disk of the machine's: past the cache where that is asked for, or left to the disk and pays there.
    pub fn on(disk: &NativeDisk, options: &Options) -> Self {
        let past_cache = match options.io {
            Io::Buffered => false,
            Io::Direct => true,
            Io::Auto => disk.direct_pays(lock::FILE) && has_room_to_stage(disk, options),
        };
        Self::of(options.mode, past_cache)
    }

    /// In a mode, past the cache or through it.
    pub const fn of(mode: Mode, past_cache: bool) -> Self {
        match (mode, past_cache) {
            (_, false) => Self::Buffered,
            (Mode::Fsync, true) => Self::Direct,
            (Mode::Os, true) => Self::Staged,
        }
    }

    /// As the line that says "ready" names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buffered => "buffered",
            Self::Direct => "direct",
            Self::Staged => "staged",
        }
    }

    /// How segment files are opened to write.
    pub const fn access(self) -> Access {
        match self {
            Self::Direct => Access::Direct,
            Self::Buffered | Self::Staged => Access::Cached,
        }
    }
}

/// On a small disk, the staging file of `os` is not worth its space.
fn has_room_to_stage(disk: &NativeDisk, options: &Options) -> bool {
    let shape = options.staging();
    let least = STAGING_SHARE_MIN * (shape.slots * shape.slot_bytes) as u64;
    options.mode == Mode::Fsync || disk.free_bytes().is_ok_and(|free| free >= least)
}
