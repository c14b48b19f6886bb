//! Crash images of a broker with real clients: the whole server runs on a recorded disk while clients in a process of their
//! own produce, read, commit, create and delete topics; directories that a crash could have left of it are opened by the
//! whole server again and read over the Kafka protocol.
//!
//! Always: what clients printed is owed from the time at which they knew it. `fsync` owes it after every crash, `os` after
//! that of the process; after a power cut an incomplete `os` may lack something, but shows nothing else in its place.
//! Never here: what the clients do (`compat/kafka/images`).

mod broker;
mod clients;
mod counts;
mod owed;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hence_journal::disk::native::NativeDisk;

pub use counts::Counts;

use self::broker::{Files, Served};
use self::clients::{Clients, Told};
use self::owed::Owed;
use super::recorder::{ClockNs, Event};
use super::{REAL_EVERY, Recorder, Tape};
use crate::dice::Dice;
use crate::disk::image::{Image, Loss, Mercy};
use crate::disk::simulated::SimDisk;
use crate::model::Violation;
use crate::sim::Durability;

/// What a write or sync takes longer on the recorded device: an answer that leaves too early arrives before its end.
const LAG: Duration = Duration::from_millis(2);
/// Clean stops of the recorded broker, and one more start.
const STOPS: usize = 2;
/// What clients print before the broker is stopped again.
const LINES_PER_LIFE: usize = 3_000;

/// What was recorded: what went to the disk, and what clients knew.
#[derive(Debug)]
pub struct Recording {
    events: Vec<(ClockNs, Event)>,
    told: Vec<(ClockNs, Told)>,
    durability: Durability,
    /// What the brokers did behind the log.
    behind: Counts,
}

/// An image with which a promise was broken.
#[derive(Debug)]
pub struct Broken {
    /// Which.
    pub violation: Violation,
    image: Image,
}

impl Broken {
    /// Writes the image where it stays: no recording is made twice.
    pub fn keep(&self) -> std::io::Result<PathBuf> {
        let dir = tempfile::Builder::new().prefix("hence-image-").tempdir()?;
        write(&self.image, dir.path())?;
        Ok(dir.keep())
    }
}

/// Runs a broker in an empty directory, and `clients`, a command that is given its address, through a few lives of it.
pub async fn record(durability: Durability, clients: &[String]) -> Result<Recording, Violation> {
    let failed = |error: std::io::Error| Violation(format!("there is no directory to record: {error}"));
    let dir = tempfile::tempdir().map_err(failed)?;
    let data = dir.path().join("data");
    std::fs::create_dir(&data).map_err(failed)?;
    let recorder = Recorder::slow(Arc::new(NativeDisk::open(&data).map_err(failed)?), LAG);
    let start = |port| Served::start(durability, Files::On(Arc::new(recorder.clone())), port);
    let mut broker = start(0).await?;
    let mut behind = Counts::default();
    let mut clients = Clients::start(clients, &broker.bootstrap(), dir.path())?;
    for _ in 0..STOPS {
        clients.print_more(LINES_PER_LIFE).await?;
        let port = broker.port();
        behind += broker.stop().await?;
        broker = start(port).await?;
    }
    clients.print_more(LINES_PER_LIFE).await?;
    let told = clients.finish().await?;
    behind += broker.stop().await?;
    Ok(Recording { events: recorder.events(), told, durability, behind })
}

impl Recording {
    /// `Direct: 9000 lines of clients, 5000 events of the disk`
    pub fn describe(&self) -> String {
        let Self { events, told, durability, .. } = self;
        format!("{durability:?}: {} lines of clients, {} events of the disk", told.len(), events.len())
    }
}

/// Builds `images` images at moments all over the recording, opens each and compares.
pub async fn examine(recording: &Recording, seed: u64, images: u64) -> Result<Counts, Broken> {
    let mut dice = Dice::new(seed);
    let mut tape = Tape::new(recording.events.clone());
    let mut moments: Vec<usize> =
        (0..images).map(|_| dice.below(tape.moments() as u64 + 1) as usize).collect();
    moments.sort_unstable();
    let mut told = recording.told.iter().peekable();
    let mut owed = Owed::default();
    let mut counts = recording.behind;
    for moment in moments {
        tape.play_to(moment);
        while let Some((_, told)) = told.next_if(|(at, _)| *at < tape.until()) {
            owed.tell(told);
        }
        let mercy = crash(recording.durability, &mut dice);
        let (image, Loss { torn_writes, lost_writes, lost_names }) = tape.power_cut(&mut dice, mercy);
        let real = counts.images.is_multiple_of(REAL_EVERY);
        counts += Counts {
            images: 1,
            real: real.into(),
            kills: (mercy == Mercy::All).into(),
            torn_writes,
            lost_writes,
            lost_names,
            ..Counts::default()
        };
        let opened = if real { Opened::from_files(&image) } else { Ok(Opened::simulated(&image, &mut dice)) };
        let compared = match opened {
            Ok(opened) => opened.compare(recording.durability, mercy, &owed, &mut counts).await,
            Err(error) => Err(Violation(format!("the image cannot be written: {error}"))),
        };
        if let Err(violation) = compared {
            let number = counts.images;
            let what = format!("image {number} of seed {seed}, at moment {moment}, {mercy:?}: {violation}");
            return Err(Broken { violation: Violation(what), image });
        }
    }
    Ok(counts)
}

/// How the next image comes about; [`Mercy::All`] is the end of the process alone.
fn crash(durability: Durability, dice: &mut Dice) -> Mercy {
    let mercies: &[Mercy] = if durability.is_lossy() {
        &[Mercy::All, Mercy::All, Mercy::None, Mercy::Sectors]
    } else {
        &[Mercy::All, Mercy::None, Mercy::Writes, Mercy::Sectors, Mercy::Sectors, Mercy::Sectors]
    };
    mercies[dice.below(mercies.len() as u64) as usize]
}

/// An image where a broker can open it.
enum Opened {
    Simulated(SimDisk),
    Files(tempfile::TempDir),
}

impl Opened {
    fn simulated(image: &Image, dice: &mut Dice) -> Self {
        Self::Simulated(SimDisk::over(image.clone(), dice.fork(), u64::MAX))
    }

    fn from_files(image: &Image) -> std::io::Result<Self> {
        let dir = tempfile::tempdir()?;
        write(image, dir.path())?;
        Ok(Self::Files(dir))
    }

    async fn compare(
        &self,
        durability: Durability,
        mercy: Mercy,
        owed: &Owed,
        counts: &mut Counts,
    ) -> Result<(), Violation> {
        let files = match self {
            Self::Simulated(disk) => Files::On(Arc::new(disk.clone())),
            Self::Files(dir) => Files::In(dir.path().to_owned()),
        };
        let broker = Served::start(durability, files, 0).await?;
        let may_lack = durability.is_lossy() && mercy != Mercy::All && !broker.is_complete();
        let contents = broker.contents().await?;
        broker.stop().await?;
        let compared = owed.compare(&contents, may_lack)?;
        counts.checked += compared.checked;
        counts.lacked += compared.lacked;
        counts.found_more += compared.found_more;
        Ok(())
    }
}

fn write(image: &Image, dir: &Path) -> std::io::Result<()> {
    image.contents().try_for_each(|(name, bytes)| std::fs::write(dir.join(name), bytes))
}

#[cfg(test)]
mod tests;
