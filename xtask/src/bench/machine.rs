//! What a result was measured on and of: processor, kernel, disk, commit.
//!
//! What cannot be found out is left out of the result, never guessed.

use std::path::Path;
use std::process::Command;

use anyhow::Context;
use serde_json::{Value, json};

use crate::peer;

/// The machine and the disk under `dir`.
pub fn describe(dir: &Path) -> Value {
    let cpu = first(&read("/proc/cpuinfo"), "model name").unwrap_or_default();
    let memory = first(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    json!({
        "cpu": cpu,
        "cores": std::thread::available_parallelism().map(usize::from).unwrap_or_default(),
        "memory": memory,
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "file_system": output("stat", &["--file-system", "--format", "%T", &dir.display().to_string()]),
        "java": output("java", &["--version"]).lines().next().unwrap_or_default(),
    })
}

/// The commit that is measured, with `+` when the tree differs from it outside `bench/results`.
pub fn commit() -> String {
    let commit = output("git", &["rev-parse", "--short=10", "HEAD"]);
    let changed =
        output("git", &["status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results"]);
    if changed.is_empty() { commit } else { format!("{commit}+") }
}

/// Today, as YYYY-MM-DD.
pub fn today() -> String {
    output("date", &["-u", "+%Y-%m-%d"])
}

/// Free space under `dir`, in bytes.
pub fn free_bytes(dir: &Path) -> anyhow::Result<u64> {
    let stat = rustix::fs::statvfs(dir)?;
    Ok(stat.f_bavail * stat.f_frsize)
}

/// Resident set of a process, in MiB.
pub fn rss_mib(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kib: f64 = line.split_whitespace().next().unwrap_or_default().parse()?;
    Ok(kib / 1024.0)
}

/// Ticks of the machine's processors, and of this process with the children that it has waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticks {
    /// In which any processor did something.
    pub busy: u64,
    /// All.
    pub all: u64,
    /// This process and its children.
    pub own: u64,
}

impl Ticks {
    /// Until now.
    pub fn now() -> anyhow::Result<Self> {
        let (machine, own) = (read("/proc/stat"), read("/proc/self/stat"));
        Self::of(&machine, &own).context("/proc/stat and /proc/self/stat are not as expected")
    }

    /// From `/proc/stat` and the `stat` of a process.
    pub fn of(machine: &str, own: &str) -> Option<Self> {
        // user, nice, system, idle, iowait, irq, softirq, steal
        let ticks = machine.lines().next()?.split_whitespace().skip(1).take(8);
        let ticks: Vec<u64> = ticks.map(str::parse).collect::<Result<_, _>>().ok()?;
        let (all, idle) = (ticks.iter().sum::<u64>(), ticks.get(3)? + ticks.get(4)?);
        // utime, stime, cutime and cstime are the 12th to the 15th after the name, which may hold anything.
        let own = own.rsplit_once(')')?.1.split_whitespace().skip(11).take(4);
        let own: Vec<u64> = own.map(str::parse).collect::<Result<_, _>>().ok()?;
        Some(Self { busy: all - idle, all, own: own.iter().sum() })
    }

    /// Share of all processor time since `before` that others used, once every child has been waited for.
    pub fn others_share(self, before: Self) -> f64 {
        let others = (self.busy - before.busy).saturating_sub(self.own - before.own);
        others as f64 / (self.all - before.all).max(1) as f64
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn first(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(peer::root()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
