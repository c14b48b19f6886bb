//! Repairs: the cut that a start would make, or, told to accept the loss, a cut at the break of a damaged chain.
//!
//! Always: files that a cut changes are copied into `cut-N/` first; where something was lost, by this cut, one before or a
//! power cut in `os`, the next start is incomplete, so that leader epochs rise. Never here: anything that invents data.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::{Looked, Lost, Nobody, Report, inspect, lock, look, put_in_place};
use crate::format::Place;
use crate::limits::{FILL_BYTES, PAGE_BYTES};
use crate::local::{Io, LocalJournal, OpenError, Options};
use crate::log::chain::Chain;
use crate::log::recovery::Segments as _;
use crate::{Failure, Journal};

/// What a repair did.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// What the cut lost, as far as it is known.
    pub lost: Vec<Lost>,
    /// Where the copies of the changed files are.
    pub copy: Option<PathBuf>,
    /// The directory afterwards.
    pub after: Report,
}

/// Why nothing was repaired.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// A cut would lose what was acknowledged.
    #[error("a cut at {at} loses acknowledged data of {} streams\n  → restore a backup, or accept the loss: hence doctor DIR --repair --accept-loss", lost.len())]
    WouldLose {
        /// Where the chain breaks.
        at: String,
        /// What would be lost, as far as it is known.
        lost: Vec<Lost>,
    },
    /// There is no cut that would make it open.
    #[error("the directory cannot be repaired: {what}\n  → restore a backup")]
    Hopeless {
        /// What is wrong.
        what: String,
    },
    /// It cannot be looked at.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It was cut and opens, and its end could not be written; the next start looks again.
    #[error("the journal was not closed cleanly: {0}\n  → see to the disk, then examine the directory again")]
    NotClosed(Failure),
    /// A file could not be copied or changed.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

/// Makes `dir` open: by the cut that a start would do, or, with `accept_loss`, by a cut at the break of the chain.
pub fn repair(dir: &Path, accept_loss: bool) -> Result<Repaired, RepairError> {
    let (mut lost, mut copy) = (Vec::new(), None);
    {
        let _lock = lock(dir)?;
        put_in_place(dir)?;
        let looked = look(dir, &mut Nobody)?;
        if let Some(chain) = &looked.broken {
            lost.clone_from(&looked.report.lost);
            if !accept_loss {
                return Err(RepairError::WouldLose { at: chain.place.to_string(), lost });
            }
            copy = Some(cut(dir, chain, &looked)?);
        } else if looked.report.refuses_to_open() {
            let what = looked.report.damage.first().map_or_else(String::new, |damage| damage.what.clone());
            return Err(RepairError::Hopeless { what });
        }
    }
    // A start cuts a torn tail and begins an epoch; after a loss it is not trusted. Where something may be missing it is
    // not closed, so that the next start, the server's, knows it too.
    let options = Options { io: Io::Buffered, threads: false, distrust: copy.is_some(), ..Options::new(dir) };
    let (journal, opening) = LocalJournal::open(&options, &mut Nobody)?;
    if opening.complete {
        journal.close().map_err(RepairError::NotClosed)?;
    }
    drop(journal);
    Ok(Repaired { lost, copy, after: inspect(dir, &mut Nobody)? })
}

/// Copies the segments behind the break, then zeroes what is behind it.
fn cut(dir: &Path, chain: &Chain, looked: &Looked) -> Result<PathBuf, RepairError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| RepairError::Io { path, cause }
    };
    let copy = (1..)
        .map(|number| dir.join(format!("cut-{number}")))
        .find(|path| !path.exists())
        .ok_or_else(|| RepairError::Hopeless { what: "there is no name left for a copy".to_owned() })?;
    fs::create_dir(&copy).map_err(failed(&copy))?;
    let mut cuts = vec![chain.place];
    while let Some(next) = cuts.last().and_then(|place| looked.segments.after(place.segment)) {
        cuts.push(Place { segment: next, offset: 0 });
    }
    let files: Vec<_> = cuts
        .into_iter()
        .filter_map(|place| looked.segments.name(place.segment).map(|name| (name, place.offset)))
        .collect();
    // A start must not go by what reflects what the cut takes away.
    let checkpoints = looked.report.checkpoints.iter();
    let ahead = checkpoints.filter(|checkpoint| checkpoint.whole && checkpoint.reflects >= chain.next);
    let ahead: Vec<String> = ahead.map(|checkpoint| checkpoint.file.clone()).collect();
    for name in files.iter().map(|(name, _)| name).chain(&ahead) {
        let to = copy.join(name);
        fs::copy(dir.join(name), &to).map_err(failed(&to))?;
        fs::File::open(&to).and_then(|file| file.sync_all()).map_err(failed(&to))?;
    }
    fs::File::open(&copy).and_then(|names| names.sync_all()).map_err(failed(&copy))?;
    for name in &ahead {
        fs::remove_file(dir.join(name)).map_err(failed(&dir.join(name)))?;
    }
    fs::File::open(dir).and_then(|names| names.sync_all()).map_err(failed(dir))?;
    for (name, from) in files.iter().rev() {
        let path = dir.join(name);
        zero(&path, *from).map_err(failed(&path))?;
    }
    Ok(copy)
}

fn zero(path: &Path, from: u64) -> io::Result<()> {
    let file = fs::OpenOptions::new().write(true).open(path)?;
    let bytes = file.metadata()?.len();
    let zeros = vec![0; FILL_BYTES.max(PAGE_BYTES)];
    let mut at = from;
    while at < bytes {
        let len = (bytes - at).min(zeros.len() as u64) as usize;
        file.write_all_at(&zeros[..len], at)?;
        at += len as u64;
    }
    file.sync_all()
}
