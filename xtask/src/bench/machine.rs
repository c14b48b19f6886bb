//! What a result was measured on and of: processor, kernel, disk, commit.
//!
//! What cannot be found out is left out of the result, never guessed.

use std::path::Path;
use std::process::Command;

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
