//! What a run cost: processor time of the broker, of the generator and of everybody else, context switches, memory.
//!
//! Read from /proc at both ends of the measured window; the broker is known by its process id and never touched. Where
//! another client loads the broker for this process, its time is the generator's, with that of its children once they end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;

use crate::clock;

const TICKS_PER_SECOND: f64 = 100.0;

/// A moment of the machine.
struct Sample {
    at: Instant,
    broker: Option<Process>,
    /// Ticks of this process and of the client that it runs.
    generator_ticks: u64,
    /// Ticks in which any processor did something, and all ticks.
    machine: (u64, u64),
}

#[derive(Clone, Copy, Default)]
struct Process {
    /// With those of children that it has waited for.
    ticks: u64,
    switches: u64,
}

/// Watches from its start to its end.
pub struct Watch {
    pid: Option<u32>,
    client: Option<u32>,
    start: Sample,
}

/// What a run cost.
#[derive(Debug, Serialize)]
pub struct Cost {
    /// Length of the window.
    pub seconds: f64,
    /// The broker's, when its process id was given.
    pub broker: Option<BrokerCost>,
    /// Processor seconds of the generator, the client that it runs included.
    pub generator_cpu_s: f64,
    /// Share of all processor time that neither broker nor generator used and that was not idle.
    pub others_share: f64,
    /// Load average over one minute at the end.
    pub load_average: f64,
}

/// The broker's cost.
#[derive(Debug, Serialize)]
pub struct BrokerCost {
    /// User and system time.
    pub cpu_s: f64,
    /// Of all its threads.
    pub context_switches: u64,
    /// Resident at the end.
    pub rss_mib: f64,
    /// Largest resident size since it started.
    pub rss_peak_mib: f64,
    /// Threads at the end.
    pub threads: u64,
}

impl Watch {
    /// Starts the window.
    pub fn start(pid: Option<u32>) -> anyhow::Result<Self> {
        Ok(Self { pid, client: None, start: Sample::take(pid, None)? })
    }

    /// Starts the window of a client that loads the broker: a child of this process, not waited for before the window ends.
    pub fn start_with_client(pid: u32, client: u32) -> anyhow::Result<Self> {
        let (pid, client) = (Some(pid), Some(client));
        Ok(Self { pid, client, start: Sample::take(pid, client)? })
    }

    /// When the window started.
    pub const fn started(&self) -> Instant {
        self.start.at
    }

    /// Ends the window.
    pub fn end(self) -> anyhow::Result<Cost> {
        let end = Sample::take(self.pid, self.client)?;
        let start = self.start;
        let generator = end.generator_ticks - start.generator_ticks;
        let mut known = generator;
        let mut broker = None;
        if let (Some(pid), Some(from), Some(to)) = (self.pid, start.broker, end.broker) {
            known += to.ticks - from.ticks;
            let (rss_mib, rss_peak_mib, threads) = memory(pid)?;
            broker = Some(BrokerCost {
                cpu_s: (to.ticks - from.ticks) as f64 / TICKS_PER_SECOND,
                context_switches: to.switches.saturating_sub(from.switches),
                rss_mib,
                rss_peak_mib,
                threads,
            });
        }
        let busy = end.machine.0 - start.machine.0;
        let all = (end.machine.1 - start.machine.1).max(1);
        Ok(Cost {
            seconds: (end.at - start.at).as_secs_f64(),
            broker,
            generator_cpu_s: generator as f64 / TICKS_PER_SECOND,
            others_share: busy.saturating_sub(known) as f64 / all as f64,
            load_average: load_average()?,
        })
    }
}

impl Sample {
    fn take(broker: Option<u32>, client: Option<u32>) -> anyhow::Result<Self> {
        let of = |pid: Option<u32>| pid.map(|pid| process(&pid.to_string())).transpose();
        let client_ticks = of(client)?.unwrap_or_default().ticks;
        let generator_ticks = process("self")?.ticks + client_ticks;
        Ok(Self { at: clock::now(), broker: of(broker)?, generator_ticks, machine: machine()? })
    }
}

fn process(pid: &str) -> anyhow::Result<Process> {
    let stat = read(&format!("/proc/{pid}/stat"))?;
    // The name is in parentheses and may hold anything; the fields follow the last one.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let field = |n: usize| fields.get(n).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    let mut switches = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end meanwhile.
        let status = std::fs::read_to_string(task?.path().join("status")).unwrap_or_default();
        switches += number_of(&status, "voluntary_ctxt_switches:")
            + number_of(&status, "nonvoluntary_ctxt_switches:");
    }
    // utime, stime, cutime and cstime are fields 14 to 17 of all, 11 to 14 after the name.
    Ok(Process { ticks: (11..=14).map(field).sum(), switches })
}

fn memory(pid: u32) -> anyhow::Result<(f64, f64, u64)> {
    let status = read(&format!("/proc/{pid}/status"))?;
    let mib = |name| number_of(&status, name) as f64 / 1024.0;
    Ok((mib("VmRSS:"), mib("VmHWM:"), number_of(&status, "Threads:")))
}

fn number_of(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Busy and all ticks of the machine.
fn machine() -> anyhow::Result<(u64, u64)> {
    let stat = read("/proc/stat")?;
    let line = stat.lines().next().unwrap_or_default();
    // user, nice, system, idle, iowait, irq, softirq, steal
    let ticks: Vec<u64> =
        line.split_whitespace().skip(1).take(8).filter_map(|text| text.parse().ok()).collect();
    let all: u64 = ticks.iter().sum();
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    Ok((all - idle, all))
}

fn load_average() -> anyhow::Result<f64> {
    let text = read("/proc/loadavg")?;
    Ok(text.split_whitespace().next().unwrap_or_default().parse()?)
}

fn read(path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{path}: is the process still running?"))
}

/// Who is loaded.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Target {
    /// Where the broker, or the ceiling probe, listens
    #[arg(long)]
    pub broker: SocketAddr,
    /// Its process id, to measure what it costs
    #[arg(long)]
    pub pid: Option<u32>,
}

/// The two phases of a run.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Phases {
    /// Seconds before anything is counted
    #[arg(long, default_value_t = 5.0)]
    pub warm_up: f64,
    /// Seconds that are counted
    #[arg(long, default_value_t = 15.0)]
    pub seconds: f64,
}

impl Phases {
    /// Length of the warm-up.
    pub fn warm_up(self) -> Duration {
        Duration::from_secs_f64(self.warm_up)
    }

    /// Length of the measured window.
    pub fn window(self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}
