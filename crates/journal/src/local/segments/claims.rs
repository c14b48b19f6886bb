//! How space is taken: in memory and at once, before any file is touched; and what the reserve gets of it.
//!
//! Always: who works behind the log leaves what is owed its space (`space` says what that is).
//! Never here: who holds the lock under which room is told (`claiming`).

use std::io;

use super::{Files, Segments, Spare, is_short, sizes};
use crate::format::segment::{self, Kind};
use crate::limits::PAGE_BYTES;
use crate::local::space::{self, Owed, Part, Pick, Wanted};

/// Space that was taken in memory, and by nobody else.
#[derive(Debug)]
pub enum Claim {
    /// A file that is there.
    File {
        /// Its name.
        name: String,
        /// Its length.
        bytes: u64,
    },
    /// One to be made.
    New {
        /// Its length.
        bytes: u64,
    },
}

/// Who claims space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimant {
    /// The log, for a segment that everything owed may go to.
    Log,
    /// Whoever works behind it and leaves what is owed its space.
    Behind,
}

impl Segments {
    /// Bytes for moved blocks in the reserve.
    pub fn moving_bytes(&self) -> u64 {
        self.files.lock().moving.iter().map(|spare| space::room(spare.bytes)).sum()
    }

    /// Says what the reserve is to have.
    pub fn want(&self, wanted: Wanted) {
        let mut files = self.files.lock();
        files.wanted = wanted;
        self.publish(&files);
    }

    /// At the opening: fills the reserve from the spare files.
    pub fn put_aside(&self) {
        let mut files = self.files.lock();
        files.put_aside(0);
        self.publish(&files);
    }

    /// Takes space for a segment: a spare file, or for a new one of up to `wanted_bytes`. The log's is large enough for
    /// what is owed if no space would be left for that; others leave it.
    pub fn claim(&self, who: Claimant, least: u64, wanted_bytes: u64, owed: &Owed) -> io::Result<Claim> {
        let page = PAGE_BYTES as u64;
        let wanted = wanted_bytes.max(least).next_multiple_of(page);
        let mut files = self.files.lock();
        let enough = |(index, spare): &(usize, &Spare)| {
            spare.bytes >= least
                && (spare.bytes >= wanted / 2 || files.creatable_bytes < wanted)
                && (who == Claimant::Log || files.leaves(owed, Some(*index), 0))
        };
        let spare = files.spare.iter().enumerate().find(enough).map(|(index, _)| index);
        if let Some(index) = spare {
            let claim = files.hide(index);
            self.publish(&files);
            return Ok(claim);
        }
        let creatable = files.creatable_bytes / page * page;
        let most = owed.normal_bytes.max(owed.relief_bytes);
        let all = (most + least).next_multiple_of(page);
        let bytes = match who {
            Claimant::Log if creatable < wanted + all => wanted.max(all).min(creatable),
            Claimant::Behind if !files.leaves(owed, None, wanted.min(creatable)) => {
                wanted.min(creatable.saturating_sub((most + segment::HEADER_BYTES).next_multiple_of(page)))
            }
            Claimant::Log | Claimant::Behind => wanted.min(creatable),
        };
        if bytes < least || who == Claimant::Behind && !files.leaves(owed, None, bytes) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(self.new_file(&mut files, bytes))
    }

    /// Takes a piece that the reserve lacks, if what is owed is left its space. `None`: it lacks nothing, or may take
    /// nothing.
    pub fn claim_for_reserve(&self, owed: &Owed) -> Option<(Part, Claim)> {
        let mut files = self.files.lock();
        let spare = sizes(&files.spare);
        for part in files.wanted.order() {
            let missing = files.missing_bytes(part);
            let picked =
                if missing == 0 { None } else { space::pick(missing, &spare, files.creatable_bytes) };
            let claim = match picked {
                Some(Pick::File(index)) if files.leaves(owed, Some(index), 0) => files.hide(index),
                Some(Pick::New(bytes)) if files.leaves(owed, None, bytes) => self.new_file(&mut files, bytes),
                _ => continue,
            };
            self.publish(&files);
            return Some((part, claim));
        }
        None
    }

    /// Puts what was claimed aside.
    pub fn add_to_reserve(&self, part: Part, claim: Claim) -> io::Result<()> {
        let (name, bytes) = self.make_file(claim, self.fills)?;
        let mut files = self.files.lock();
        files.hidden_bytes -= bytes;
        files.part(part).push(Spare { name, bytes, dirty: true });
        self.publish(&files);
        Ok(())
    }

    /// What was claimed becomes a segment.
    pub fn make(&self, kind: Kind, claim: Claim, fills: bool) -> io::Result<u64> {
        let (name, bytes) = self.make_file(claim, fills)?;
        self.name_segment(kind, name, bytes)
    }

    /// A piece of the reserve becomes a segment. One that cannot be written is none any more: the next one may be well.
    pub fn take_reserve(&self, kind: Kind, least: u64) -> io::Result<u64> {
        let part = if kind == Kind::Moved { Part::Moving } else { Part::Log };
        loop {
            let taken = {
                let mut files = self.files.lock();
                let pieces = files.part(part);
                let index = pieces.iter().position(|spare| spare.bytes >= least);
                let taken = index.map(|index| pieces.swap_remove(index)).ok_or(io::ErrorKind::StorageFull)?;
                files.hidden_bytes += taken.bytes;
                self.publish(&files);
                taken
            };
            if part == Part::Log {
                tracing::warn!(bytes = taken.bytes, "the disk is full; the journal goes on in its reserve");
            }
            match self.name_segment(kind, taken.name, taken.bytes) {
                Err(error) if !is_short(&error) => {}
                named => return named,
            }
        }
    }

    /// Whether what is owed finds a piece.
    pub fn covers(&self, owed: &Owed) -> bool {
        self.files.lock().leaves(owed, None, 0)
    }

    /// Bytes of blocks that whoever works behind the log may take and leave what is owed its space.
    pub fn beyond_bytes(&self, owed: &Owed) -> u64 {
        let files = self.files.lock();
        let spare = || files.spare.iter().map(|spare| space::room(spare.bytes));
        let creatable = space::room(files.creatable_bytes);
        let all = spare().sum::<u64>() + creatable;
        let most = owed.beside(sizes(&files.reserve).into_iter());
        if most <= files.ready_bytes().map(space::room).max().unwrap_or(0) {
            all
        } else if most <= creatable {
            all.saturating_sub(most + segment::HEADER_BYTES)
        } else {
            all.saturating_sub(spare().filter(|room| most <= *room).min().unwrap_or(u64::MAX))
        }
    }

    /// Space for a new file of `bytes`, which there are.
    fn new_file(&self, files: &mut Files, bytes: u64) -> Claim {
        files.creatable_bytes -= bytes;
        files.creating_bytes += bytes;
        self.publish(files);
        Claim::New { bytes }
    }
}

impl Files {
    pub(super) const fn part(&mut self, part: Part) -> &mut Vec<Spare> {
        match part {
            Part::Log => &mut self.reserve,
            Part::Moving => &mut self.moving,
        }
    }

    fn missing_bytes(&mut self, part: Part) -> u64 {
        let wanted = self.wanted;
        wanted.missing_bytes(part, self.part(part).iter().map(|spare| spare.bytes))
    }

    /// Takes a spare file for whoever claimed it.
    fn hide(&mut self, index: usize) -> Claim {
        let Spare { name, bytes, .. } = self.take_spare(index);
        Claim::File { name, bytes }
    }

    /// Takes a spare file out of the list, for a moment.
    pub(super) fn take_spare(&mut self, index: usize) -> Spare {
        let spare = self.spare.swap_remove(index);
        self.hidden_bytes += spare.bytes;
        spare
    }

    /// Whether what is owed finds a piece without a spare file and some bytes of new files.
    fn leaves(&self, owed: &Owed, without: Option<usize>, taken_bytes: u64) -> bool {
        let spare = self.spare.iter().enumerate().filter(|(index, _)| Some(*index) != without);
        let pieces = self.ready_bytes().chain(spare.map(|(_, spare)| spare.bytes));
        let pieces = pieces.chain([self.creatable_bytes.saturating_sub(taken_bytes)]);
        owed.beside(self.reserve.iter().map(|spare| spare.bytes))
            <= pieces.map(space::room).max().unwrap_or(0)
    }

    /// Gives the reserve of the spare files from `from` on what it lacks, where no new file is better.
    pub(super) fn put_aside(&mut self, from: usize) {
        for part in self.wanted.order() {
            loop {
                let missing = self.missing_bytes(part);
                let spare = sizes(self.spare.get(from..).unwrap_or_default());
                let picked = space::pick(missing, &spare, self.creatable_bytes);
                let Some(Pick::File(index)) = picked.filter(|_| missing > 0) else { break };
                let spare = self.spare.swap_remove(from + index);
                self.part(part).push(spare);
            }
        }
    }
}
