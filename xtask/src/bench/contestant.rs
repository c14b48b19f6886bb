//! One side of a cell: Kafka, Hence or the ceiling probe, on a fresh directory under `bench/work`.
//!
//! A side lives through all runs of a cell, so that a JVM is warm; every run has a topic of its own, which is deleted
//! after it. Kafka removes deleted segments after a second instead of a minute, so that the disk does not fill.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::binaries::Binaries;
use super::cells::Base;
use crate::peer::{self, Hence, HenceOptions, Options, Peer};

/// Kafka's heap.
pub const HEAP_MIB: u32 = 1024;
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// Where pinned brokers run; the generator has the next one.
pub const BROKER_CORE: u32 = 0;

/// A running side.
pub enum Contestant {
    /// Apache Kafka.
    Kafka { peer: Peer, properties: Vec<(String, String)> },
    /// Ours.
    Hence(Hence),
    /// The ceiling probe.
    Probe { child: Child, address: SocketAddr },
}

/// Where everything that a benchmark makes goes; not committed.
pub fn work_dir() -> PathBuf {
    peer::root().join("bench/work")
}

/// Kafka's properties beyond the minimum.
pub fn kafka_properties(base: Base) -> Vec<(String, String)> {
    let mut properties = vec![("log.segment.delete.delay.ms", "1000")];
    if base == Base::KafkaFlush {
        properties.push(("log.flush.interval.messages", "1"));
    }
    properties.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Options of a Kafka node on a fresh directory.
pub fn kafka_options(base: Base, port: u16) -> anyhow::Result<Options> {
    let dir = fresh(&work_dir().join("kafka"))?;
    let properties = kafka_properties(base);
    Ok(Options { heap_mib: HEAP_MIB, port, dir: Some(dir), properties, before: Vec::new() })
}

/// Options of Hence on a fresh directory.
pub fn hence_options(binaries: &Binaries, durability: &str, port: u16) -> anyhow::Result<HenceOptions> {
    hence_options_in("hence", binaries, durability, port)
}

/// The same in a directory of this name: two that run side by side must not empty each other's.
fn hence_options_in(
    name: &str,
    binaries: &Binaries,
    durability: &str,
    port: u16,
) -> anyhow::Result<HenceOptions> {
    let mut options = HenceOptions::new(binaries.hence.clone(), fresh(&work_dir().join(name))?);
    options.kafka = format!("127.0.0.1:{port}");
    options.arguments = ["--durability", durability, "--log", "warn"].map(str::to_owned).to_vec();
    Ok(options)
}

impl Contestant {
    /// Starts the other side.
    pub fn base(base: Base, binaries: &Binaries) -> anyhow::Result<Self> {
        match base {
            Base::KafkaDefault | Base::KafkaFlush => {
                let options = kafka_options(base, 0)?;
                Ok(Self::Kafka { peer: Peer::start(&options)?, properties: options.properties })
            }
            Base::Probe => Self::probe(binaries, "direct", &fresh(&work_dir().join("probe"))?),
            Base::HenceOnFastDisk => Self::hence_on_slow_disk("fsync", binaries, 0),
        }
    }

    /// Starts the ceiling probe with this way of writing, to a file of this directory.
    pub fn probe(binaries: &Binaries, mode: &str, dir: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(&binaries.generator)
            .arg("ceiling-server")
            .arg("--file")
            .arg(dir.join("written"))
            .args(["--mode", mode])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the probe did not start")?;
        let stdout = child.stdout.take().context("its standard output is piped")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().strip_prefix("ready probe=").and_then(|address| address.parse().ok());
        let Some(address) = address else {
            child.kill()?;
            anyhow::bail!("the probe printed {line:?}");
        };
        Ok(Self::Probe { child, address })
    }

    /// Starts Hence.
    pub fn hence(durability: &str, binaries: &Binaries) -> anyhow::Result<Self> {
        Ok(Self::Hence(Hence::start(&hence_options(binaries, durability, 0)?)?))
    }

    /// Starts the Hence whose disk takes so much longer for each write or sync, with its metrics to read.
    pub fn hence_on_slow_disk(durability: &str, binaries: &Binaries, added_ms: u32) -> anyhow::Result<Self> {
        let name = if added_ms == 0 { "hence-fast" } else { "hence-slow" };
        let mut options = hence_options_in(name, binaries, durability, 0)?;
        options.binary = binaries.slow_disk.clone().context("the binary with a slow disk was not built")?;
        options.http = "127.0.0.1:0".to_owned();
        options.environment.push(("SLOW_DISK_MS".to_owned(), added_ms.to_string()));
        Ok(Self::Hence(Hence::start(&options)?))
    }

    /// Blocks that it has written so far, if it can be asked.
    pub fn blocks(&self) -> anyhow::Result<Option<f64>> {
        let Self::Hence(hence) = self else { return Ok(None) };
        hence.metric("hence_journal_blocks_total")
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        match self {
            Self::Kafka { peer, .. } => peer.bootstrap.clone(),
            Self::Hence(hence) => hence.bootstrap.clone(),
            Self::Probe { address, .. } => address.to_string(),
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        match self {
            Self::Kafka { peer, .. } => peer.pid,
            Self::Hence(hence) => hence.pid,
            Self::Probe { child, .. } => child.id(),
        }
    }

    /// Whether it has topics.
    pub fn is_broker(&self) -> bool {
        !matches!(self, Self::Probe { .. })
    }

    /// Name, version and configuration, for the results.
    pub fn describe(&self) -> Value {
        match self {
            Self::Kafka { peer, properties } => json!({
                "name": "Apache Kafka",
                "version": peer.version,
                "heap_mib": HEAP_MIB,
                "properties": properties.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>(),
            }),
            Self::Hence(hence) => {
                let of = |key| peer::setting(&hence.ready, key);
                json!({ "name": "Hence", "durability": of("durability"), "io": of("io") })
            }
            Self::Probe { .. } => json!({ "name": "ceiling probe", "durability": "fsync", "io": "direct" }),
        }
    }

    /// Keeps all its threads on one processor.
    pub fn pin(&self) -> anyhow::Result<()> {
        let (core, pid) = (BROKER_CORE.to_string(), self.pid().to_string());
        let output = Command::new("taskset").args(["-acp", &core, &pid]).output().context("taskset")?;
        ensure!(output.status.success(), "taskset -acp {core} {pid} ended with {}", output.status);
        Ok(())
    }

    /// Stops it.
    pub fn stop(self) -> anyhow::Result<()> {
        match self {
            Self::Kafka { peer, .. } => peer.stop(),
            Self::Hence(hence) => hence.stop(),
            Self::Probe { mut child, .. } => peer::terminate(&mut child, STOP_WITHIN),
        }
    }
}

/// Makes a directory that is empty.
fn fresh(dir: &Path) -> anyhow::Result<PathBuf> {
    if dir.exists() {
        std::fs::remove_dir_all(dir).with_context(|| format!("cannot empty {}", dir.display()))?;
    }
    std::fs::create_dir_all(dir)?;
    Ok(dir.to_owned())
}
