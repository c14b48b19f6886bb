//! The broker that is killed: Hence in one of its modes, or real Kafka, always on one directory and one port.
//!
//! A kill is SIGKILL to the process that this started, and to no other.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::peer::{Hence, HenceOptions, Options, Peer, pause, setting};

/// What to start.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Ours.
    Hence { binary: PathBuf, mode: Mode },
    /// The real peer, to try the task itself.
    Kafka,
}

/// How ours makes durable and writes.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    /// `durability`
    pub durability: &'static str,
    /// `journal.io`
    pub io: &'static str,
    /// The `io=` of its ready line.
    pub says: &'static str,
}

/// One that runs.
pub enum Running {
    /// Ours.
    Hence(Hence),
    /// The real peer.
    Kafka(Peer),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hence { mode: Mode { durability, says, .. }, .. } => write!(f, "{durability}, {says}"),
            Self::Kafka => f.write_str("Kafka"),
        }
    }
}

impl Kind {
    /// The name of its folder.
    pub fn name(&self) -> String {
        match self {
            Self::Hence { mode: Mode { durability, says, .. }, .. } => format!("{durability}-{says}"),
            Self::Kafka => "kafka".to_owned(),
        }
    }

    /// Starts it on the directory, on the port it had before, and waits until it answers.
    pub fn start(&self, dir: &Path, address: Option<&str>) -> anyhow::Result<Running> {
        match self {
            Self::Hence { mode, .. } => {
                let hence = Hence::start(&self.options(dir, address)?)?;
                let is_asked_for = setting(&hence.ready, "io") == Some(mode.says);
                ensure!(is_asked_for, "asked for {mode:?}: {}", hence.ready);
                Ok(Running::Hence(hence))
            }
            Self::Kafka => {
                let port = address.and_then(|address| address.rsplit(':').next());
                let port = port.map_or(Ok(0), str::parse)?;
                let options = Options { port, dir: Some(dir.join("node")), ..Options::default() };
                Ok(Running::Kafka(Peer::start(&options)?))
            }
        }
    }

    /// Starts it and kills it after `life`, ready or not. Kafka is not: it would take seconds to get anywhere.
    pub fn start_and_kill(&self, dir: &Path, address: &str, life: Duration) -> anyhow::Result<()> {
        let Self::Hence { .. } = self else { return Ok(()) };
        let HenceOptions { binary, dir, kafka, arguments, .. } = self.options(dir, Some(address))?;
        let mut child = Command::new(&binary)
            .arg("serve")
            .arg("--data")
            .arg(dir.join("data"))
            .args(["--kafka", &kafka, "--http", "off"])
            .args(&arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} did not start", binary.display()))?;
        pause(life);
        let ended = child.try_wait()?;
        ensure!(ended.is_none(), "a start on the same directory ended by itself: {ended:?}");
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    fn options(&self, dir: &Path, address: Option<&str>) -> anyhow::Result<HenceOptions> {
        let Self::Hence { binary, mode: Mode { durability, io, .. } } = self else {
            anyhow::bail!("Kafka has its own options")
        };
        let mut options = HenceOptions::new(binary.clone(), dir.to_owned());
        options.arguments = vec!["--durability".to_owned(), (*durability).to_owned()];
        options.arguments.extend(["--set".to_owned(), format!("journal.io={io}")]);
        if let Some(address) = address {
            options.kafka = address.to_owned();
        }
        Ok(options)
    }
}

impl Running {
    /// Its address.
    pub fn bootstrap(&self) -> &str {
        match self {
            Self::Hence(hence) => &hence.bootstrap,
            Self::Kafka(peer) => &peer.bootstrap,
        }
    }

    /// Fails when it has ended by itself.
    pub fn must_be_alive(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Hence(hence) => ensure!(hence.is_alive()?, "the broker has ended by itself"),
            Self::Kafka(_) => {}
        }
        Ok(())
    }

    /// Ends it with SIGKILL.
    pub fn kill(self) -> anyhow::Result<()> {
        match self {
            Self::Hence(hence) => hence.kill(),
            // Dropping it kills it.
            Self::Kafka(_) => Ok(()),
        }
    }

    /// Ends it as an operator would.
    pub fn stop(self) -> anyhow::Result<()> {
        match self {
            Self::Hence(hence) => hence.stop(),
            Self::Kafka(peer) => peer.stop(),
        }
    }
}
