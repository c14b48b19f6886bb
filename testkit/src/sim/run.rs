//! One seed: commits, flushes, reads, faults, full disks, crashes and openings in the order that the dice say.
//!
//! Always: every choice comes from the seed, so a journal that does the same twice gives the same run twice.
//! Never here: what is owed (`model`), what a disk does (`disk`).

use std::sync::Arc;

use hence_base::{LeaderEpoch, Offset, Position, StreamId, Timestamp};
use hence_journal::{Find, Journal, ReadError, ReadLimits, Refusal, SubmitError};

use super::counts::Counts;
use super::opened::Opened;
use super::owner::{Ends, Heard};
use super::setup::{Durability, Setup};
use super::workload::Workload;
use crate::dice::Dice;
use crate::disk::image::Mercy;
use crate::disk::simulated::{Fault, SimDisk};
use crate::hold;
use crate::model::{Ledger, Violation};

/// What one seed did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// What it went through.
    pub counts: Counts,
    /// Stands for every change of the disk and every answer, byte for byte.
    pub trace: u64,
}

/// A promise that a seed saw broken.
#[derive(Clone, Debug, thiserror::Error)]
#[error("seed {seed}, step {step}: {violation}")]
pub struct Failed {
    /// Replays it.
    pub seed: u64,
    /// Where in the run.
    pub step: u64,
    /// What was broken.
    pub violation: Violation,
    /// What the disk was asked for last.
    pub diary: Vec<String>,
}

/// Runs one seed to its end.
pub fn run(seed: u64) -> Result<Ran, Failed> {
    let mut dice = Dice::new(seed);
    let setup = Setup::roll(&mut dice);
    let mut sim = Sim::new(setup, dice);
    sim.all().map_err(|violation| Failed { seed, step: sim.step, violation, diary: sim.disk.diary() })?;
    Ok(Ran { counts: sim.counted(), trace: sim.disk.trace() })
}

struct Sim {
    setup: Setup,
    dice: Dice,
    disk: SimDisk,
    durability: Durability,
    /// Whether a lossy run may have acknowledged what no close has made sure of since.
    lossy: bool,
    /// Whether an opening has reason to say that it is not complete: an attempt in a lossy mode is one.
    suspect: bool,
    ledger: Ledger,
    ends: Arc<Ends>,
    workload: Workload,
    opened: Option<Opened>,
    epoch: u64,
    /// Errors of the device before this opening.
    errors_before: u64,
    /// What was told since the list was last cleared: the ends of blocks.
    advances: Vec<Position>,
    full: bool,
    step: u64,
    counts: Counts,
}

impl Sim {
    fn new(setup: Setup, mut dice: Dice) -> Self {
        let disk = SimDisk::new(dice.fork(), setup.disk_bytes);
        let workload = Workload::new(dice.fork(), setup.payload_bytes_max);
        Self {
            durability: setup.durability,
            setup,
            dice,
            disk,
            lossy: false,
            suspect: false,
            ledger: Ledger::default(),
            ends: Arc::default(),
            workload,
            opened: None,
            epoch: 0,
            errors_before: 0,
            advances: Vec::new(),
            full: false,
            step: 0,
            counts: Counts::default(),
        }
    }

    fn all(&mut self) -> Result<(), Violation> {
        self.open()?;
        while self.counts.commits < self.setup.commits || self.counts.crashes == 0 {
            self.step += 1;
            self.step()?;
            if self.disk.is_off() {
                self.cut_power()?;
            } else if self.broken() {
                self.after_failure()?;
            }
        }
        self.restart()?;
        self.cut_power()?;
        self.rot()
    }

    /// One byte on the device turns. Either the start says so, or what it would have told is not lost but for the last
    /// block, which cannot be told from a torn one.
    fn rot(&mut self) -> Result<(), Violation> {
        self.advances.clear();
        for _ in 0..30 {
            self.submit()?;
            self.journal()?.flush();
            self.hear()?;
        }
        if let Some(opened) = self.opened.take() {
            opened.count(&mut self.counts);
        }
        let newest = self.advances.pop();
        let floor = self.advances.last().copied();
        self.disk = self.disk.killed();
        let Some(what) = self.disk.rot(&mut self.dice) else { return Ok(()) };
        self.counts.rotten += 1;
        let opened = match Opened::open(&self.disk, &self.setup, self.durability) {
            Ok(opened) => opened,
            Err(_) => {
                self.counts.rotten_refused += 1;
                return Ok(());
            }
        };
        let found = opened.journal().state().durable;
        let held = floor.is_none_or(|floor| found >= floor) || (self.lossy && !opened.opening.complete);
        hold!(held, "{what} turned: {found} is left of {newest:?} and nothing is said of it");
        let world = self.ledger.world_at(found);
        let told = |error: &ReadError| matches!(error, ReadError::Corrupt { .. });
        world
            .verify_but(opened.journal(), &self.ledger.ever, told)
            .map_err(|violation| Violation(format!("{what} turned: {violation}")))
    }

    fn journal(&self) -> Result<&dyn Journal, Violation> {
        let opened = self.opened.as_ref().ok_or_else(|| Violation("no journal is open".to_owned()))?;
        Ok(opened.journal())
    }

    fn broken(&self) -> bool {
        self.opened.as_ref().is_some_and(|opened| opened.journal().state().failure.is_some())
    }

    fn step(&mut self) -> Result<(), Violation> {
        if self.dice.one_in(self.setup.fault_every) {
            self.arm();
        }
        if self.dice.one_in(self.setup.tend_every) {
            self.tend()?;
        }
        if self.disk.is_off() {
            return Ok(());
        }
        match self.dice.below(400) {
            0 => self.restart(),
            1 => self.kill(),
            2 => self.cut_power(),
            3..9 => self.squeeze(),
            9..60 => self.look(),
            _ => self.submit(),
        }
    }

    /// Something will break soon.
    fn arm(&mut self) {
        let fault = if self.dice.one_in(5) { Fault::Error } else { Fault::PowerOff };
        self.disk.break_after(self.dice.skewed(60), fault);
    }

    fn submit(&mut self) -> Result<(), Violation> {
        let room = self.journal()?.room();
        let tight = self.full && self.dice.one_in(2) || room.normal_bytes < 64 * 1024 && !self.dice.one_in(4);
        let commit = self.workload.commit(&self.ledger.latest, tight);
        let submitted = self.journal()?.submit(&commit.commit());
        match submitted {
            Ok(position) => {
                let last = self.ledger.taken.last().map(|(position, _)| *position);
                hold!(last.is_none_or(|last| position == last.next()), "position {position} after {last:?}");
                self.ends.taken(position, &commit);
                self.ledger.taken(position, commit);
                self.counts.commits += 1;
            }
            Err(SubmitError::Refused(Refusal::DiskFull)) => {
                let left = if commit.relief { room.relief_bytes } else { room.normal_bytes };
                let within = left > 0 && commit.bytes() <= left;
                hold!(!within, "{} bytes were refused although {room:?}", commit.bytes());
                self.ledger.refused(&commit);
                self.counts.refused += 1;
            }
            Err(SubmitError::Refused(Refusal::TooLarge)) => {
                let large = commit.bytes() > room.commit_bytes_max as u64;
                hold!(large, "{} bytes are too large although {room:?}", commit.bytes());
                self.ledger.refused(&commit);
                self.counts.refused += 1;
            }
            Err(SubmitError::Failed(_)) => return Ok(()),
        }
        if self.dice.one_in(self.setup.flush_every) {
            self.journal()?.flush();
            self.hear()?;
        }
        Ok(())
    }

    /// Looks at what was told and compares it with what is owed.
    fn hear(&mut self) -> Result<(), Violation> {
        let Some(opened) = &self.opened else { return Ok(()) };
        let Heard { advances, .. } = opened.ear.take();
        let submitted = self.ledger.taken.last().map_or(Position::ZERO, |(position, _)| *position);
        let mut before = self.ledger.newest_acknowledged().unwrap_or_default();
        let last = advances.len().saturating_sub(1);
        for (index, (durable, touched)) in advances.into_iter().enumerate() {
            let forward = durable >= before && durable <= submitted;
            hold!(forward, "told of {durable} after {before} when {submitted} was submitted");
            before = durable;
            self.advances.push(durable);
            self.ledger.acknowledged(durable);
            for touch in touched {
                let Some(owed) = self.ledger.durable.streams.get(&touch.stream) else {
                    return Err(Violation(format!("told of {touch:?}, which is not there")));
                };
                hold!(owed.agrees(Some(touch.bounds)), "told {touch:?}, must be {:?}", owed.bounds());
                let seen = opened.journal().bounds(touch.stream);
                hold!(index < last || owed.agrees(seen), "told {touch:?}, found {seen:?}");
            }
        }
        Ok(())
    }

    /// Compares reads, searches and rows with the ledger.
    fn look(&mut self) -> Result<(), Violation> {
        self.hear()?;
        self.counts.reads += 1;
        let opened = self.opened.as_ref().ok_or_else(|| Violation("no journal is open".to_owned()))?;
        let (journal, world) = (opened.journal(), &self.ledger.durable);
        let ever: Vec<StreamId> = self.ledger.ever.iter().copied().collect();
        let Some(stream) = self.dice.pick(&ever).copied() else { return Ok(()) };
        let bounds = world.streams.get(&stream).map(crate::model::Stream::bounds);
        let from = bounds.map_or(0, |bounds| bounds.start.0);
        let span = bounds.map_or(1, |bounds| bounds.end.0 - from + 1);
        let near = Offset(from.saturating_sub(u64::from(self.dice.one_in(20))) + self.dice.below(span));
        let before = self.dice.one_in(4).then(|| near.plus(self.dice.skewed(200)));
        let limits = ReadLimits { bytes_max: self.dice.skewed(200_000) as usize, before };
        world.verify_read(journal, stream, near, limits)?;
        let time = world
            .streams
            .get(&stream)
            .and_then(|stream| stream.entries.back())
            .map(|(last, _)| last.max_timestamp);
        let time = Timestamp(time.unwrap_or_default().0 - self.dice.skewed(900_000) as i64);
        let left = bounds.map_or(0, |bounds| bounds.bytes);
        for what in [Find::AtOrAfter(time), Find::Newest, Find::LastBytes(self.dice.below(left + 2))] {
            world.verify_find(journal, stream, what)?;
        }
        Ok(())
    }

    /// Checkpoints, rolls and whatever else is done behind.
    fn tend(&mut self) -> Result<(), Violation> {
        let Some(opened) = &self.opened else { return Ok(()) };
        opened.tend();
        self.hear()
    }

    /// Takes the free space away, or gives it back.
    fn squeeze(&mut self) -> Result<(), Violation> {
        self.full = !self.full;
        let bytes = if self.full {
            self.counts.full_disk_spells += 1;
            self.disk.used_bytes() + self.dice.skewed(256 * 1024)
        } else {
            self.setup.disk_bytes
        };
        self.disk.resize(bytes);
        Ok(())
    }

    fn relax(&mut self) {
        self.full = false;
        self.disk.resize(self.setup.disk_bytes);
    }

    /// Closes and opens again.
    fn restart(&mut self) -> Result<(), Violation> {
        let Some(opened) = self.opened.take() else { return Ok(()) };
        let closed = opened.journal().close();
        self.opened = Some(opened);
        self.hear()?;
        if self.disk.is_off() || closed.is_err() {
            return Ok(());
        }
        let submitted = self.ledger.taken.last().map(|(position, _)| *position);
        let acknowledged = self.ledger.newest_acknowledged();
        hold!(submitted == acknowledged, "closed at {acknowledged:?} although {submitted:?} was submitted");
        self.counts.clean_restarts += 1;
        (self.lossy, self.suspect) = (false, false);
        // A close is as strong as a sync, whatever the mode: half of the time the power fails right after it.
        self.disk = if self.dice.one_in(2) { self.disk.killed() } else { self.disk.power_cut(Mercy::None).0 };
        self.reopen(Kept::Everything)
    }

    /// The process dies; what the kernel has, it has.
    fn kill(&mut self) -> Result<(), Violation> {
        self.hear()?;
        self.counts.crashes += 1;
        // What the kernel had is not there any more when the device failed to take it.
        let spoilt = self.lossy && self.disk.counts().errors > self.errors_before;
        self.disk = self.disk.killed();
        self.reopen(if spoilt { Kept::Something } else { Kept::Acknowledged })
    }

    fn cut_power(&mut self) -> Result<(), Violation> {
        self.hear()?;
        self.counts.crashes += 1;
        self.lose_power();
        self.reopen(if self.lossy { Kept::Something } else { Kept::Acknowledged })
    }

    fn lose_power(&mut self) {
        self.disk.note(format!("step {}: the power fails", self.step));
        let mercies =
            [Mercy::All, Mercy::None, Mercy::Writes, Mercy::Sectors, Mercy::Sectors, Mercy::Sectors];
        let mercy = mercies[self.dice.below(6) as usize];
        let (disk, loss) = self.disk.power_cut(mercy);
        self.disk = disk;
        self.counts.power_cuts += 1;
        self.counts.torn_writes += loss.torn_writes;
    }

    /// A write failed: nothing is taken, readers go on, and a start says what is there.
    fn after_failure(&mut self) -> Result<(), Violation> {
        self.disk.mend();
        self.hear()?;
        let commit = self.workload.commit(&self.ledger.latest, false);
        let taken = self.journal()?.submit(&commit.commit());
        hold!(matches!(taken, Err(SubmitError::Failed(_))), "after a failed write a commit was {taken:?}");
        self.ledger.refused(&commit);
        self.look()?;
        if self.dice.one_in(2) { self.kill() } else { self.cut_power() }
    }

    fn reopen(&mut self, kept: Kept) -> Result<(), Violation> {
        if let Some(opened) = self.opened.take() {
            opened.count(&mut self.counts);
        }
        self.relax();
        let mut kept = kept;
        loop {
            if self.dice.one_in(4) {
                self.disk.break_after(self.dice.skewed(40), Fault::PowerOff);
            }
            match self.try_open(kept) {
                Ok(()) => {
                    self.disk.mend();
                    return Ok(());
                }
                Err(_) if self.disk.is_off() => {
                    self.counts.cuts_while_opening += 1;
                    self.lose_power();
                    if self.lossy && kept != Kept::Everything {
                        kept = Kept::Something;
                    }
                }
                Err(violation) => return Err(violation),
            }
        }
    }

    fn open(&mut self) -> Result<(), Violation> {
        self.try_open(Kept::Everything)
    }

    /// Opens the journal and compares all that is there with what is owed.
    fn try_open(&mut self, kept: Kept) -> Result<(), Violation> {
        if self.setup.changes_mode {
            self.durability = Durability::ALL[self.dice.below(4) as usize];
        }
        let suspect = self.suspect;
        self.suspect |= self.durability.is_lossy();
        let opened = Opened::open(&self.disk, &self.setup, self.durability)?;
        // The power may fail after the opening and before it is looked at.
        if self.disk.is_off() {
            return Err(Violation("the power is off".to_owned()));
        }
        let found = opened.journal().state().durable;
        let submitted = self.ledger.taken.last().map(|(position, _)| *position);
        let acknowledged = self.ledger.newest_acknowledged();
        let floor = if kept == Kept::Everything { submitted } else { acknowledged };
        let lost = floor.is_some_and(|floor| found < floor);
        if kept == Kept::Something && lost {
            hold!(
                !opened.opening.complete,
                "{found} is left of {floor:?}, yet the opening says it is complete"
            );
            self.counts.lost_acknowledged += 1;
        } else {
            hold!(!lost, "{found} is left although {floor:?} was acknowledged");
        }
        hold!(
            submitted.is_none_or(|submitted| found <= submitted),
            "{found} is there, {submitted:?} was submitted"
        );
        hold!(suspect || opened.opening.complete, "nothing can be missing, yet the opening is not complete");
        hold!(opened.opening.epoch.0 > self.epoch, "epoch {} after {}", opened.opening.epoch, self.epoch);
        self.disk.note(format!("step {}: opened {:?} at {found}", self.step, self.durability));
        let world = self.ledger.world_at(found);
        opened.rebuilt.verify(&world, &self.ledger.taken)?;
        world.verify(opened.journal(), &self.ledger.ever)?;
        self.epoch = opened.opening.epoch.0;
        self.errors_before = self.disk.counts().errors;
        self.lossy = self.durability.is_lossy() || (self.lossy && !opened.opening.complete);
        self.suspect = self.durability.is_lossy() || (suspect && !opened.opening.complete);
        if !opened.opening.complete {
            self.workload.leader_epoch = LeaderEpoch(self.workload.leader_epoch.0 + 1);
        }
        self.ends.reopened(found, &world, &self.ledger.ever);
        opened.lend(Arc::clone(&self.ends));
        self.ledger.reopened(world);
        self.opened = Some(opened);
        Ok(())
    }

    fn counted(&mut self) -> Counts {
        if let Some(opened) = self.opened.take() {
            opened.count(&mut self.counts);
        }
        let disk = self.disk.counts();
        self.counts.device_errors = disk.errors;
        self.counts
    }
}

/// What must be there after an opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// All that was submitted: it was closed.
    Everything,
    /// All that was acknowledged.
    Acknowledged,
    /// Some beginning of what was submitted: a lossy mode lost its power.
    Something,
}
