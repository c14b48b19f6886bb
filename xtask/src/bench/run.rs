//! Runs cells: both sides started, loaded alternately, measured by the generator, written down.
//!
//! Before the first run both sides are loaded once without counting, so that the JVM is warm. A run in which others took
//! more than a tenth of the processors is repeated, a few times at most, and the last repetition stands.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::binaries::{Binaries, finish};
use super::cells::{Base, CELLS, Cell, Load, SLOW_DISK_MS, Shape};
use super::contestant::{BROKER_CORE, Contestant, work_dir};
use super::results::{Figure, OTHERS_SHARE, Results, Run, Side, summarise};
use super::{clients, machine, probes, start};
use crate::peer;

/// A run with more than this taken by others is repeated.
const OTHERS_SHARE_MAX: f64 = 0.1;
/// Latency takes longer to show its tail.
const LATENCY_SECONDS: f64 = 60.0;
/// What a topic keeps, over all its partitions, so that the disk does not fill.
const RETENTION_BYTES: u64 = 4 << 30;
/// A run may write so much before retention acts.
const FREE_BYTES_MIN: u64 = 40 << 30;
/// Deleted topics leave the disk meanwhile.
const SETTLE: Duration = Duration::from_secs(2);

#[derive(clap::Args)]
pub struct Args {
    /// Run only this cell; may be given several times
    #[arg(long = "cell", value_name = "NAME")]
    cells: Vec<String>,
    /// Print the cells and run nothing
    #[arg(long)]
    list: bool,
    /// Runs of each side
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// Seconds that are counted in each run [default: 15, latency 60]
    #[arg(long)]
    seconds: Option<f64>,
    /// Seconds before anything is counted in each run
    #[arg(long, default_value_t = 5.0)]
    warm_up: f64,
    /// One short run of each side, to see that it works; nothing is written
    #[arg(long)]
    quick: bool,
    /// Broker on processor 0, generator on processor 1
    #[arg(long)]
    pinned: bool,
    /// How often a disturbed run is repeated at most
    #[arg(long, default_value_t = 2)]
    repeats: u32,
    /// This binary instead of a release build of the tree
    #[arg(long, value_name = "PATH")]
    hence: Option<PathBuf>,
    /// This generator instead of a release build of the tree
    #[arg(long, value_name = "PATH")]
    generator: Option<PathBuf>,
}

/// How long and how often.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Runs of each side.
    pub runs: u32,
    /// Seconds that are counted.
    pub seconds: f64,
    /// Seconds before.
    pub warm_up: f64,
    /// Repetitions of a disturbed run.
    pub repeats: u32,
    /// Whether the disk is looked at before: not where nothing is written down.
    pub looks: bool,
    /// Broker and generator on a processor each.
    pub pinned: bool,
}

impl Args {
    fn plan(&self, cell: &Cell) -> Plan {
        let usual = if cell.load.is_latency() { LATENCY_SECONDS } else { 15.0 };
        let pinned = self.pinned;
        if self.quick {
            let seconds = self.seconds.unwrap_or(2.0);
            return Plan { runs: 1, seconds, warm_up: 1.0, repeats: 0, looks: false, pinned };
        }
        let seconds = self.seconds.unwrap_or(usual);
        Plan { runs: self.runs, seconds, warm_up: self.warm_up, repeats: self.repeats, looks: true, pinned }
    }
}

/// Runs what was asked for.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let chosen = choose(&args.cells, args.pinned)?;
    if args.list {
        for cell in chosen {
            println!("{:<12} {} ({})", cell.name, cell.what, super::tables::sides(cell));
        }
        return Ok(());
    }
    let mut binaries = Binaries::find(args.hence.as_deref(), args.generator.as_deref())?;
    if chosen.iter().any(|cell| cell.base == Base::HenceOnFastDisk) {
        binaries = binaries.with_slow_disk()?;
    }
    if chosen.iter().any(|cell| cell.load.needs_librdkafka()) {
        binaries = binaries.with_librdkafka()?;
    }
    binaries.generator_core = args.pinned.then_some(BROKER_CORE + 1);
    std::fs::create_dir_all(work_dir())?;
    let count = chosen.len();
    for cell in chosen {
        let plan = args.plan(cell);
        let results = match cell.load {
            Load::Start => start::run(cell, &binaries, plan)?,
            _ => run_cell(cell, &binaries, plan)?,
        };
        for line in super::tables::lines(cell, &results) {
            println!("{line}");
        }
        if !args.quick {
            println!("wrote {}", results.store()?.display());
        }
    }
    println!("bench: {count} cells");
    Ok(())
}

/// The cells of these names, all when there is none; pinned, those that can be.
pub fn choose(names: &[String], pinned: bool) -> anyhow::Result<Vec<&'static Cell>> {
    if names.is_empty() {
        return Ok(CELLS.iter().filter(|cell| !pinned || cell.load.can_be_pinned()).collect());
    }
    let find = |name: &String| {
        let cell = CELLS.iter().find(|cell| cell.name == *name);
        let cell = cell.with_context(|| format!("there is no cell {name:?}; `--list` prints them"))?;
        ensure!(
            !pinned || cell.load.can_be_pinned(),
            "{name} cannot be pinned: what is measured is over before its processes could be; run it without --pinned"
        );
        Ok(cell)
    };
    names.iter().map(find).collect()
}

/// A cell in progress.
struct Measuring<'a> {
    cell: &'a Cell,
    binaries: &'a Binaries,
    plan: Plan,
    rate: Option<f64>,
    topics: u32,
}

fn run_cell(cell: &Cell, binaries: &Binaries, plan: Plan) -> anyhow::Result<Results> {
    let free = machine::free_bytes(&work_dir())?;
    ensure!(free >= FREE_BYTES_MIN, "{} bytes are free, a run may need {FREE_BYTES_MIN}", free);
    let disk_mb_per_s = probes::disk_mb_per_s(binaries, plan);
    let mut measuring = Measuring { cell, binaries, plan, rate: None, topics: 0 };
    let (mut base, mut hence) = (measuring.start(Side::Base)?, measuring.start(Side::Hence)?);
    measuring.find_rate(&base)?;
    measuring.warm(&base)?;
    measuring.warm(&hence)?;
    let mut runs = Vec::new();
    for n in 1..=plan.runs {
        base = measuring.make_room(Side::Base, base)?;
        runs.push(measuring.counted(Side::Base, &base, n)?);
        hence = measuring.make_room(Side::Hence, hence)?;
        runs.push(measuring.counted(Side::Hence, &hence, n)?);
    }
    let results = Results {
        cell: cell.name.to_owned(),
        commit: binaries.commit.clone(),
        date: machine::today(),
        pinned: plan.pinned,
        warm_up_s: plan.warm_up,
        seconds: plan.seconds,
        rate: measuring.rate,
        machine: machine::describe(&work_dir()),
        disk_mb_per_s,
        base: base.describe(),
        hence: hence.describe(),
        summary: summarise(cell, &runs),
        runs,
    };
    base.stop()?;
    hence.stop()?;
    Ok(results)
}

/// Repeats a run while others took too much of the machine.
pub fn undisturbed(
    cell: &Cell,
    plan: Plan,
    mut once: impl FnMut() -> anyhow::Result<Value>,
) -> anyhow::Result<Value> {
    let mut report = once()?;
    for _ in 0..plan.repeats {
        let share = report
            .pointer(OTHERS_SHARE)
            .and_then(Value::as_f64)
            .context("a run without a share of others")?;
        if share <= OTHERS_SHARE_MAX {
            break;
        }
        println!("{}: others took {:.0} %, once more", cell.name, share * 100.0);
        report = once()?;
    }
    Ok(report)
}

/// The cell's figures of one run, in words.
pub fn short(cell: &Cell, report: &Value) -> String {
    let figures = super::results::summarise(
        cell,
        &[Side::Base, Side::Hence].map(|side| Run { side, report: report.clone() }),
    );
    let metric = |figure: &Figure| {
        cell.targets.iter().map(|target| target.metric).find(|metric| metric.pointer() == figure.pointer)
    };
    let mut words: Vec<String> = figures
        .iter()
        .filter_map(|figure| Some(format!("{:.4} {}", figure.hence.median, metric(figure)?.label())))
        .collect();
    if let Some(share) = report.pointer(OTHERS_SHARE).and_then(Value::as_f64) {
        words.push(format!("others took {:.0} %", share * 100.0));
    }
    words.join(", ")
}

impl Measuring<'_> {
    /// Starts a side on a fresh directory.
    fn start(&self, side: Side) -> anyhow::Result<Contestant> {
        let contestant = match side {
            Side::Base => Contestant::base(self.cell.base, self.binaries)?,
            Side::Hence if self.cell.base == Base::HenceOnFastDisk => {
                Contestant::hence_on_slow_disk(self.cell.durability, self.binaries, SLOW_DISK_MS)?
            }
            Side::Hence => Contestant::hence(self.cell.durability, self.binaries)?,
        };
        if self.plan.pinned {
            contestant.pin()?;
        }
        Ok(contestant)
    }

    /// Loads a side without counting.
    fn warm(&mut self, contestant: &Contestant) -> anyhow::Result<()> {
        let warm = Plan { seconds: self.plan.warm_up, ..self.plan };
        self.once(contestant, warm).map(|_| ())
    }

    /// Starts a side anew when what it has deleted is still on the disk and a run might fill it.
    fn make_room(&mut self, side: Side, contestant: Contestant) -> anyhow::Result<Contestant> {
        if machine::free_bytes(&work_dir())? >= FREE_BYTES_MIN {
            return Ok(contestant);
        }
        println!("{}: the disk is filling, {side:?} starts on a fresh directory", self.cell.name);
        contestant.stop()?;
        let contestant = self.start(side)?;
        self.warm(&contestant)?;
        Ok(contestant)
    }

    /// The `n`-th run of a side.
    fn counted(&mut self, side: Side, contestant: &Contestant, n: u32) -> anyhow::Result<Run> {
        let (cell, plan) = (self.cell, self.plan);
        let report = undisturbed(cell, plan, || self.once(contestant, plan))?;
        let name = contestant.describe()["name"].as_str().unwrap_or_default().to_owned();
        println!("{} run {n}/{}: {name}: {}", self.cell.name, self.plan.runs, short(self.cell, &report));
        Ok(Run { side, report })
    }

    /// One run on a topic of its own.
    fn once(&mut self, contestant: &Contestant, plan: Plan) -> anyhow::Result<Value> {
        self.topics += 1;
        let topic = format!("{}-{}", self.cell.name, self.topics);
        let (broker, partitions) = (contestant.address(), self.partitions());
        if contestant.is_broker() {
            let retention = format!("retention.bytes={}", RETENTION_BYTES / u64::from(partitions));
            let partitions = partitions.to_string();
            self.binaries.generate(&words(&[
                "create-topic",
                "--broker",
                &broker,
                "--topic",
                &topic,
                "--partitions",
                &partitions,
                "--config",
                &retention,
            ]))?;
        }
        let report = match self.cell.load {
            Load::Client { client, record_bytes } => {
                clients::run(client, self.binaries, contestant, &topic, record_bytes, plan)?
            }
            Load::Paced { record_bytes, rate } => {
                clients::paced(self.binaries, contestant, &topic, record_bytes, rate, plan)?
            }
            _ => self.generate(contestant, &topic, plan)?,
        };
        if contestant.is_broker() {
            self.binaries.generate(&words(&["delete-topic", "--broker", &broker, "--topic", &topic]))?;
        }
        peer::pause(SETTLE);
        rustix::fs::sync();
        Ok(report)
    }

    /// One run of the generator; blocks are counted in the middle of it.
    fn generate(&self, contestant: &Contestant, topic: &str, plan: Plan) -> anyhow::Result<Value> {
        let arguments = self.arguments(contestant, topic, plan);
        if self.cell.base != Base::HenceOnFastDisk {
            return self.binaries.generate(&arguments);
        }
        let running = self.binaries.start(&arguments)?;
        let (margin, middle) = (plan.seconds * 0.2, plan.seconds * 0.6);
        peer::pause(Duration::from_secs_f64(plan.warm_up + margin));
        let before = contestant.blocks()?.context("no count of blocks")?;
        peer::pause(Duration::from_secs_f64(middle));
        let after = contestant.blocks()?.context("no count of blocks")?;
        let mut report = finish(running, &arguments)?;
        report["blocks_per_s"] = ((after - before) / middle).into();
        Ok(report)
    }

    fn partitions(&self) -> u32 {
        match self.cell.load {
            Load::Produce { shape, .. } => shape.partitions,
            _ => 1,
        }
    }

    /// The generator's arguments for the cell's load.
    fn arguments(&self, contestant: &Contestant, topic: &str, plan: Plan) -> Vec<String> {
        let probe = !contestant.is_broker();
        let (task, shape, more) = match self.cell.load {
            Load::Produce { shape, connections, depth } => {
                let mut more =
                    words(&["--connections", &connections.to_string(), "--depth", &depth.to_string()]);
                more.extend(probe.then(|| "--probe".to_owned()));
                ("produce", shape, more)
            }
            Load::Tail { shape } => ("tail", shape, Vec::new()),
            Load::OneAtATime { shape } => ("one-at-a-time", shape, Vec::new()),
            Load::OpenLoop { shape } => {
                let rate = self.rate.unwrap_or_default();
                ("open-loop", shape, words(&["--rate", &rate.to_string()]))
            }
            Load::Client { .. } | Load::Paced { .. } | Load::Start => return Vec::new(),
        };
        let mut arguments = produce_arguments(task, contestant, topic, shape, plan);
        arguments.extend(more);
        arguments
    }

    /// Half of what the other side reaches, where the load asks for it.
    fn find_rate(&mut self, base: &Contestant) -> anyhow::Result<()> {
        let shape = match self.cell.load {
            Load::OpenLoop { shape } => shape,
            Load::Paced { rate, .. } => {
                self.rate = Some(f64::from(rate));
                return Ok(());
            }
            _ => return Ok(()),
        };
        let closed = Cell { load: Load::Produce { shape, connections: 1, depth: 5 }, ..*self.cell };
        let mut closed =
            Measuring { cell: &closed, binaries: self.binaries, plan: self.plan, rate: None, topics: 1_000 };
        let plan = Plan { seconds: self.plan.seconds.min(15.0), ..self.plan };
        closed.once(base, plan)?;
        let report = closed.once(base, plan)?;
        let most =
            report.pointer("/requests_per_s").and_then(Value::as_f64).context("no rate in a report")?;
        println!("{}: Kafka's maximum is {most:.0} requests/s", self.cell.name);
        self.rate = Some((most / 2.0).round());
        Ok(())
    }
}

/// Arguments that every load has.
pub fn produce_arguments(
    task: &str,
    contestant: &Contestant,
    topic: &str,
    shape: Shape,
    plan: Plan,
) -> Vec<String> {
    let Shape { record_bytes, batch_bytes, partitions, per_request } = shape;
    let (seconds, warm_up) = (plan.seconds, plan.warm_up);
    let pid = contestant.pid();
    let text = format!(
        "{task} --broker {} --pid {pid} --topic {topic} --record-bytes {record_bytes} --batch-bytes {batch_bytes} \
         --partitions {partitions} --partitions-per-request {per_request} --seconds {seconds} --warm-up {warm_up}",
        contestant.address()
    );
    text.split(' ').map(str::to_owned).collect()
}

/// Owned words.
pub fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
