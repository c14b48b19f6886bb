//! The house simulated: the core, hosted as in production, over the journal on a disk that breaks, with clients that
//! believe only what they were answered.
//!
//! Always: one seed does the same twice; what was answered or shown to a reader is there after every crash, a batch once.
//! [`run`] is one seed. Never here: sockets, tasks, a protocol's bytes beside record batches.

mod groups;
mod producers;
mod server;
mod topics;

use std::collections::BTreeMap;

use bytes::Bytes;
use hence_base::{Offset, StreamId};
use hence_broker::Pending;
use hence_broker::Unavailable;

use super::counts::Counts;
use super::setup::Setup;
use super::{Failed, Ran};
use crate::dice::Dice;
use crate::disk::image::Mercy;
use crate::disk::simulated::{Fault, SimDisk};
use crate::hold;
use crate::model::Violation;
use groups::Groups;
use producers::Producers;
use server::Server;
use topics::Topics;

/// What clients were answered or shown of one partition: the payload at each offset.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Answered or read: base offset to payload and leader epoch.
    entries: BTreeMap<Offset, Bytes>,
    /// The first offset that a reader was promised away by an answered trim.
    floor: Offset,
    /// The furthest trim that was asked for.
    floor_asked: Offset,
}

/// Everything that clients know.
#[derive(Debug, Default)]
pub(super) struct Truth {
    partitions: BTreeMap<StreamId, Known>,
    /// Payloads that were sent and not answered, with how often each may be there: once.
    sent: BTreeMap<Bytes, StreamId>,
}

impl Truth {
    /// A reader or an answer shows `payload` at `base`.
    fn show(&mut self, stream: StreamId, base: Offset, payload: &Bytes) -> Result<(), Violation> {
        let known = self.partitions.entry(stream).or_default();
        let before = known.entries.insert(base, payload.clone());
        let same = before.as_ref().is_none_or(|before| before == payload);
        hold!(same, "stream {stream} has another batch at {base} than a client was shown");
        Ok(())
    }
}

/// Runs one seed to its end.
pub fn run(seed: u64) -> Result<Ran, Failed> {
    let mut dice = Dice::new(seed ^ 0x0048_6F75_7365);
    let setup = Setup { changes_mode: false, ..Setup::roll(&mut dice) };
    let mut house = House::new(setup, dice);
    house.all().map_err(|violation| Failed {
        seed,
        step: house.step,
        violation,
        diary: house.disk.diary(),
    })?;
    Ok(Ran { counts: house.counted(), trace: house.disk.trace() })
}

struct House {
    setup: Setup,
    dice: Dice,
    disk: SimDisk,
    server: Option<Server>,
    truth: Truth,
    topics: Topics,
    producers: Producers,
    groups: Groups,
    /// Power cuts may take what was answered: the mode is lossy.
    lossy: bool,
    epoch: u64,
    /// Errors of the device before this life.
    errors_before: u64,
    full: bool,
    now_ms: i64,
    step: u64,
    counts: Counts,
}

impl House {
    fn new(setup: Setup, mut dice: Dice) -> Self {
        let disk = SimDisk::new(dice.fork(), setup.disk_bytes);
        Self {
            lossy: setup.durability.is_lossy(),
            setup,
            disk,
            server: None,
            truth: Truth::default(),
            topics: Topics::default(),
            producers: Producers::new(6),
            groups: Groups::new(4),
            epoch: 0,
            errors_before: 0,
            full: false,
            now_ms: 1_700_000_000_000,
            step: 0,
            counts: Counts::default(),
            dice,
        }
    }

    fn all(&mut self) -> Result<(), Violation> {
        self.reopen(true)?;
        while self.commits() < self.setup.commits || self.counts.crashes == 0 {
            self.step += 1;
            self.step()?;
            self.hear()?;
            let failed = self.server.as_ref().is_some_and(Server::has_failed);
            if self.disk.is_off() {
                self.crash(true)?;
            } else if failed {
                self.disk.mend();
                self.counts.house_failures += 1;
                let power = self.dice.one_in(2);
                self.crash(power)?;
            }
        }
        self.crash(true)
    }

    /// Commits so far.
    fn commits(&self) -> u64 {
        self.counts.commits + self.server.as_ref().map_or(0, Server::commits)
    }

    fn step(&mut self) -> Result<(), Violation> {
        self.now_ms += self.dice.skewed(400) as i64;
        let Some(server) = &self.server else { return Err(Violation("no server runs".to_owned())) };
        server.set_time(self.now_ms);
        if self.dice.one_in(self.setup.fault_every) {
            let fault = if self.dice.one_in(5) { Fault::Error } else { Fault::PowerOff };
            self.disk.break_after(self.dice.skewed(60), fault);
        }
        if self.dice.one_in(self.setup.tend_every) {
            server.tend();
        }
        if self.disk.is_off() {
            return Ok(());
        }
        match self.dice.below(300) {
            0 => return self.crash(false),
            1 => return self.crash(true),
            2..6 => self.squeeze(),
            6..30 => self.topics.ask(server, &mut self.dice, &mut self.truth),
            30..90 => self.groups.ask(server, &mut self.dice, &self.topics),
            90..140 => self.look()?,
            _ => self.producers.ask(server, &mut self.dice, &self.topics, &mut self.truth, self.now_ms),
        }
        if let Some(server) = &self.server
            && self.dice.one_in(self.setup.flush_every)
        {
            server.flush();
        }
        Ok(())
    }

    /// Takes every answer that is there.
    fn hear(&mut self) -> Result<(), Violation> {
        let answers = &mut self.counts.house_answers;
        self.topics.hear(&mut self.truth, answers)?;
        self.producers.hear(&self.topics, &mut self.truth, answers)?;
        self.groups.hear(answers)
    }

    /// Reads a partition as a consumer does: what it is shown, it has seen.
    fn look(&mut self) -> Result<(), Violation> {
        let Some(server) = &self.server else { return Ok(()) };
        let Some(stream) = self.topics.pick_stream(&mut self.dice) else { return Ok(()) };
        self.counts.reads += 1;
        server.read_some(stream, &mut self.dice, &mut self.truth)
    }

    fn squeeze(&mut self) {
        self.full = !self.full;
        let bytes = if self.full {
            self.counts.full_disk_spells += 1;
            self.disk.used_bytes() + self.dice.skewed(256 * 1024)
        } else {
            self.setup.disk_bytes
        };
        self.disk.resize(bytes);
    }

    fn crash(&mut self, power: bool) -> Result<(), Violation> {
        self.counts.crashes += 1;
        // What the kernel had is not there any more when the device failed to take it.
        let spoilt = self.disk.counts().errors > self.errors_before;
        if let Some(server) = self.server.take() {
            server.count(&mut self.counts);
        }
        self.topics.forget();
        self.producers.forget();
        self.groups.forget();
        if power {
            self.lose_power();
        } else {
            self.disk = self.disk.killed();
        }
        self.reopen(!power && !spoilt)
    }

    fn lose_power(&mut self) {
        let mercies =
            [Mercy::All, Mercy::None, Mercy::Writes, Mercy::Sectors, Mercy::Sectors, Mercy::Sectors];
        let (disk, loss) = self.disk.power_cut(mercies[self.dice.below(6) as usize]);
        self.disk = disk;
        self.counts.power_cuts += 1;
        self.counts.torn_writes += loss.torn_writes;
    }

    fn reopen(&mut self, mut whole: bool) -> Result<(), Violation> {
        self.full = false;
        self.disk.resize(self.setup.disk_bytes);
        loop {
            if self.dice.one_in(4) {
                self.disk.break_after(self.dice.skewed(40), Fault::PowerOff);
            }
            let started = Server::start(&self.disk, &self.setup, self.now_ms);
            if self.disk.is_off() {
                self.counts.cuts_while_opening += 1;
                self.lose_power();
                whole = false;
                continue;
            }
            self.disk.mend();
            let server = started?;
            self.compare(&server, whole)?;
            self.server = Some(server);
            return Ok(());
        }
    }

    /// Compares all that is there after a start with what clients were answered or shown.
    fn compare(&mut self, server: &Server, whole: bool) -> Result<(), Violation> {
        let opening = server.opening;
        hold!(opening.epoch.0 > self.epoch, "epoch {} after {}", opening.epoch, self.epoch);
        self.epoch = opening.epoch.0;
        self.errors_before = self.disk.counts().errors;
        let may_lack = self.lossy && !whole && !opening.complete;
        hold!(self.lossy || opening.complete, "nothing can be missing, yet the opening is not complete");
        let lacked = self.topics.compare(server, &mut self.truth, may_lack)?;
        let lacked = self.producers.compare(server, &self.topics, &mut self.truth, may_lack)? || lacked;
        let lacked = self.groups.compare(server, &self.topics, may_lack)? || lacked;
        self.counts.lost_acknowledged += u64::from(lacked);
        Ok(())
    }

    fn counted(&mut self) -> Counts {
        if let Some(server) = self.server.take() {
            server.count(&mut self.counts);
        }
        self.counts.device_errors = self.disk.counts().errors;
        self.counts
    }
}

/// The answer, if it is there; `None` while it is awaited.
fn answered<T>(pending: &mut Pending<T>) -> Option<Result<T, Unavailable>> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::future::Future::poll(std::pin::Pin::new(pending), &mut context) {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}
