//! What the kernel says of a process, and how many files one may have open.
//!
//! Linux only: it reads `/proc`.

use anyhow::{Context, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A process by its id.
pub struct Process(pub u32);

impl Process {
    /// Bytes of memory that it has in use now.
    pub fn memory_bytes(&self) -> anyhow::Result<u64> {
        resident_bytes(&self.read("status")?).context("its status names no VmRSS")
    }

    /// Processor time that it has used, in all its threads.
    pub fn cpu_ms(&self) -> anyhow::Result<u64> {
        cpu_ticks(&self.read("stat")?)
            .map(|ticks| ticks * 1_000 / TICKS_PER_SECOND)
            .context("its stat is cut")
    }

    fn read(&self, what: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{what}", self.0);
        std::fs::read_to_string(&path).with_context(|| path)
    }
}

/// `USER_HZ`, which Linux shows to programs whatever it uses itself.
const TICKS_PER_SECOND: u64 = 100;

/// `VmRSS` of a status.
pub fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

/// User and system time of a stat; the name before them may hold anything, so it is skipped by its last bracket.
pub fn cpu_ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// Lets this process, and the broker that it starts, have so many files open.
pub fn raise_files_limit(wanted: u64) -> anyhow::Result<()> {
    let now = getrlimit(Resource::Nofile);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= wanted);
    if is_enough(now.current) && is_enough(now.maximum) {
        return Ok(());
    }
    let maximum = if is_enough(now.maximum) { now.maximum } else { Some(wanted) };
    if setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).is_err() {
        let hard = now.maximum.unwrap_or(u64::MAX);
        bail!(
            "{wanted} open files are needed and {hard} are allowed: raise it with `ulimit -Hn {wanted}` as root"
        );
    }
    Ok(())
}
