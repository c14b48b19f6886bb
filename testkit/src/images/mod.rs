//! Crash images: a real run on real files is recorded under the file layer, directories that a power cut could have left
//! are built from the recording, and each is opened and held to every acknowledgement that had been given.
//!
//! Here the run is that of a journal alone; `served` is a whole broker with real clients. Always: the journal runs with its
//! own threads on the system's disk; only the opening of an image may be simulated, and one in [`REAL_EVERY`] is opened
//! from real files. Never here: simulated runs (`sim`).

mod recorder;
#[cfg(feature = "served")]
pub mod served;
mod tape;

use std::path::Path;
use std::sync::Arc;

use hence_base::{LeaderEpoch, Position};
use hence_journal::disk::Disk;
use hence_journal::disk::native::NativeDisk;
use hence_journal::local::{Io, LocalJournal, Mode, Options};
use hence_journal::{Failure, Journal, Observer, Opening, SubmitError, Touched};
use parking_lot::{Condvar, Mutex};

pub use recorder::{ClockNs, Recorder};
pub use tape::Tape;

use crate::counts::counts;
use crate::dice::Dice;
use crate::disk::image::{Image, Mercy};
use crate::disk::simulated::SimDisk;
use crate::hold;
use crate::model::{Ledger, Violation};
use crate::sim::Durability;
use crate::sim::parts::{Ends, Rebuilt, Workload};

/// One image in so many is written to a real directory and opened there.
pub const REAL_EVERY: u64 = 16;

/// What was recorded: a tape and the commits that made it.
#[derive(Debug)]
pub struct Recording {
    events: Vec<(ClockNs, recorder::Event)>,
    ledger: Ledger,
    durability: Durability,
}

/// More images than this are of several recordings of a mode.
const IMAGES_PER_RECORDING_MAX: u64 = 500;

/// Images that are to be opened, spread over recordings of every mode.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    images: u64,
    /// How many recordings they are of.
    pub recordings: u64,
}

impl Spread {
    /// So many images.
    pub fn of(images: u64) -> Self {
        let modes = Durability::ALL.len() as u64;
        Self { images, recordings: images.div_ceil(IMAGES_PER_RECORDING_MAX).max(modes) }
    }

    /// How many are of the recording with this number, from 0.
    pub const fn share(&self, number: u64) -> u64 {
        self.images / self.recordings + (number < self.images % self.recordings) as u64
    }

    /// The mode of the recording with this seed.
    pub const fn durability(seed: u64) -> Durability {
        Durability::ALL[(seed % Durability::ALL.len() as u64) as usize]
    }
}

counts! {
    /// What images went through.
    ImageCounts {
    /// Images opened and compared.
    images,
    /// Of them, opened from real files.
    real,
    /// Writes torn by the cuts.
    torn_writes,
    /// Images of a lossy mode that had lost what was acknowledged.
    lost_acknowledged,
    /// Images in which something beyond the last acknowledgement was found.
    found_more,
}
}

#[derive(Debug)]
struct Acknowledger {
    recorder: Recorder,
    durable: Mutex<(Position, bool)>,
    moved: Condvar,
}

impl Observer for Acknowledger {
    fn advanced(&self, durable: Position, _touched: &[Touched]) {
        self.recorder.acknowledged(durable);
        self.durable.lock().0 = durable;
        self.moved.notify_all();
    }

    fn failed(&self, _failure: Failure) {
        self.durable.lock().1 = true;
        self.moved.notify_all();
    }
}

/// Runs a journal with threads in `dir`, which is empty, through `commits` commits, and records it.
pub fn record(dir: &Path, seed: u64, durability: Durability, commits: u64) -> Result<Recording, Violation> {
    let failed = |what: &str, error: &dyn std::fmt::Display| Violation(format!("{what}: {error}"));
    let native = NativeDisk::open(dir).map_err(|error| failed("the directory does not open", &error))?;
    let recorder = Recorder::new(Arc::new(native));
    let mut dice = Dice::new(seed);
    let mut workload = Workload::new(dice.fork(), 6_000);
    let mut ledger = Ledger::default();
    for opening in 0..3 {
        let disk: Arc<dyn Disk> = Arc::new(recorder.clone());
        let options = options(dir, durability, true);
        let opened = LocalJournal::open_on(disk, &options, &mut Rebuilt::default());
        let (journal, _) = opened.map_err(|error| failed("it does not open", &error))?;
        let acknowledger = Arc::new(Acknowledger {
            recorder: recorder.clone(),
            durable: Mutex::new((journal.state().durable, false)),
            moved: Condvar::new(),
        });
        journal.observe(Arc::clone(&acknowledger) as Arc<_>);
        let ends = Arc::new(Ends::default());
        let durable = journal.state().durable;
        ends.reopened(durable, &ledger.world_at(durable), &ledger.ever);
        journal.derive_rows_from(Arc::clone(&ends) as Arc<_>);
        workload.leader_epoch = LeaderEpoch(opening);
        for _ in 0..commits / 3 {
            let commit = workload.commit(&ledger.latest, dice.one_in(12));
            match ends.submit(&*journal, &commit) {
                Ok(position) => ledger.taken(position, commit),
                Err(SubmitError::Refused(_)) => ledger.refused(&commit),
                Err(error) => return Err(failed("a commit failed", &error)),
            }
            if dice.one_in(3) {
                journal.flush();
            }
            if dice.one_in(20) {
                acknowledger.wait(&*journal, &ledger)?;
            }
        }
        acknowledger.wait(&*journal, &ledger)?;
        if opening == 1 {
            journal.close().map_err(|error| failed("it does not close", &error))?;
            let all = ledger.taken.last().map_or(Position::ZERO, |(position, _)| *position);
            recorder.acknowledged(all);
        }
    }
    Ok(Recording { events: recorder.events(), ledger, durability })
}

impl Acknowledger {
    fn wait(&self, journal: &dyn Journal, ledger: &Ledger) -> Result<(), Violation> {
        journal.flush();
        let submitted = ledger.taken.last().map_or(Position::ZERO, |(position, _)| *position);
        let mut durable = self.durable.lock();
        while durable.0 < submitted {
            let late = self.moved.wait_for(&mut durable, std::time::Duration::from_secs(60)).timed_out();
            hold!(!late && !durable.1, "position {submitted} did not become durable");
        }
        Ok(())
    }
}

fn options(dir: &Path, durability: Durability, threads: bool) -> Options {
    let (mode, io) = match durability {
        Durability::Direct => (Mode::Fsync, Io::Direct),
        Durability::Buffered => (Mode::Fsync, Io::Buffered),
        Durability::Os => (Mode::Os, Io::Buffered),
        Durability::Staged => (Mode::Os, Io::Direct),
    };
    Options {
        mode,
        io,
        ring_bytes: 1 << 20,
        segment_bytes_min: 128 * 1024,
        segment_bytes_max: 512 * 1024,
        identity: Some(*b"recorded journal"),
        threads,
        ..Options::new(dir)
    }
}

/// Builds `images` images at moments all over the recording, opens each and compares.
pub fn examine(recording: &Recording, seed: u64, images: u64) -> Result<ImageCounts, Violation> {
    let mut dice = Dice::new(seed);
    let mut tape = Tape::new(recording.events.clone());
    let mut moments: Vec<usize> =
        (0..images).map(|_| dice.below(tape.moments() as u64 + 1) as usize).collect();
    moments.sort_unstable();
    let mut counts = ImageCounts::default();
    let mercies = [Mercy::None, Mercy::Writes, Mercy::Sectors, Mercy::Sectors];
    for moment in moments {
        tape.play_to(moment);
        let mercy = mercies[dice.below(4) as usize];
        let (image, loss) = tape.power_cut(&mut dice, mercy);
        counts.torn_writes += loss.torn_writes;
        let real = counts.images.is_multiple_of(REAL_EVERY);
        counts.real += u64::from(real);
        let opened =
            if real { open_real(recording, &image) } else { open_simulated(recording, image, &mut dice) };
        let compared = opened.and_then(|opened| compare(recording, &tape, &opened, &mut counts));
        compared.map_err(|violation| {
            Violation(format!(
                "image {} of seed {seed}, at moment {moment}, {mercy:?}: {violation}",
                counts.images
            ))
        })?;
        counts.images += 1;
    }
    Ok(counts)
}

struct OpenImage {
    journal: Arc<LocalJournal>,
    opening: Opening,
    rebuilt: Rebuilt,
    /// The files, when there are any.
    _dir: Option<tempfile::TempDir>,
}

fn open_simulated(recording: &Recording, image: Image, dice: &mut Dice) -> Result<OpenImage, Violation> {
    let disk = SimDisk::over(image, dice.fork(), u64::MAX);
    let mut rebuilt = Rebuilt::default();
    let options = options(Path::new("image"), recording.durability, false);
    let opened = LocalJournal::open_on(Arc::new(disk), &options, &mut rebuilt);
    let (journal, opening) = opened.map_err(|error| Violation(format!("it does not open: {error}")))?;
    Ok(OpenImage { journal, opening, rebuilt, _dir: None })
}

fn open_real(recording: &Recording, image: &Image) -> Result<OpenImage, Violation> {
    let failed = |error: std::io::Error| Violation(format!("the image cannot be written: {error}"));
    let dir = tempfile::tempdir().map_err(failed)?;
    for (name, bytes) in image.contents() {
        std::fs::write(dir.path().join(name), bytes).map_err(failed)?;
    }
    let mut rebuilt = Rebuilt::default();
    let opened = LocalJournal::open(&options(dir.path(), recording.durability, false), &mut rebuilt);
    let (journal, opening) =
        opened.map_err(|error| Violation(format!("it does not open from files: {error}")))?;
    Ok(OpenImage { journal, opening, rebuilt, _dir: Some(dir) })
}

fn compare(
    recording: &Recording,
    tape: &Tape,
    opened: &OpenImage,
    counts: &mut ImageCounts,
) -> Result<(), Violation> {
    let OpenImage { journal, opening, rebuilt, .. } = opened;
    let found = journal.state().durable;
    let acknowledged = tape.acknowledged();
    if found < acknowledged {
        let may = recording.durability.is_lossy() && !opening.complete;
        hold!(
            may,
            "{found} is left although {acknowledged} was acknowledged; complete: {}",
            opening.complete
        );
        counts.lost_acknowledged += 1;
    }
    counts.found_more += u64::from(found > acknowledged);
    let world = recording.ledger.world_at(found);
    rebuilt.verify(&world, &recording.ledger.taken)?;
    world.verify(&**journal, &recording.ledger.ever)
}

#[cfg(test)]
mod tests;
