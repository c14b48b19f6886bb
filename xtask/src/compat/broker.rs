//! The broker that scenarios run against: Hence on a directory of its own, real Kafka, or one that runs already.
//!
//! Hence and Kafka are started on loopback with a free port and stopped as an operator would; both keep their logs
//! under `compat/work`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use anyhow::{Context, ensure};

use crate::peer::{self, Hence, HenceOptions, Jars, Peer};

/// What to run against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// Our own, started here.
    Hence,
    /// The real peer, started here.
    Kafka,
    /// One that runs already.
    Address(String),
}

impl FromStr for Against {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "hence" => Ok(Self::Hence),
            "kafka" => Ok(Self::Kafka),
            address if address.contains(':') => Ok(Self::Address(address.to_owned())),
            other => Err(format!("`{other}` is neither `hence` nor `kafka` nor HOST:PORT")),
        }
    }
}

/// A broker that answers.
pub enum Broker {
    /// Ours.
    Hence(Hence),
    /// The real peer.
    Kafka(Peer),
    /// Not started here.
    Address(String),
}

impl Broker {
    /// Starts it and waits until it answers.
    pub fn start(against: &Against, binary: Option<&Path>) -> anyhow::Result<Self> {
        match against {
            Against::Address(address) => Ok(Self::Address(address.clone())),
            Against::Kafka => {
                let peer = Peer::start(&peer::Options::default())?;
                warm_up(&peer)?;
                Ok(Self::Kafka(peer))
            }
            Against::Hence => {
                let dir = peer::work_dir().join("hence");
                if dir.exists() {
                    std::fs::remove_dir_all(&dir)
                        .with_context(|| format!("cannot empty {}", dir.display()))?;
                }
                let options = HenceOptions::new(hence_binary(binary)?, dir);
                Ok(Self::Hence(Hence::start(&options)?))
            }
        }
    }

    /// Its address.
    pub fn bootstrap(&self) -> &str {
        match self {
            Self::Hence(hence) => &hence.bootstrap,
            Self::Kafka(peer) => &peer.bootstrap,
            Self::Address(address) => address,
        }
    }

    /// What it is, in words.
    pub fn name(&self) -> String {
        match self {
            Self::Hence(_) => "Hence".to_owned(),
            Self::Kafka(peer) => format!("Apache Kafka {}", peer.version),
            Self::Address(_) => "the broker".to_owned(),
        }
    }

    /// Whether it is the peer, which cannot deviate from itself.
    pub fn is_kafka(&self) -> bool {
        matches!(self, Self::Kafka(_))
    }

    /// Stops what was started.
    pub fn stop(self) -> anyhow::Result<()> {
        match self {
            Self::Hence(hence) => hence.stop(),
            Self::Kafka(peer) => peer.stop(),
            Self::Address(_) => Ok(()),
        }
    }
}

/// Has Kafka make its topic of committed offsets: until it has, groups are answered with errors that no scenario is about.
fn warm_up(peer: &Peer) -> anyhow::Result<()> {
    let mut consumer = Jars::install()?.tool("org.apache.kafka.tools.consumer.ConsoleConsumer");
    consumer.args(["--bootstrap-server", &peer.bootstrap, "--topic", "warm-up", "--group", "warm-up"]);
    let output = consumer.args(["--timeout-ms", "8000"]).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "Kafka's console consumer ended with {}: {said}", output.status);
    Ok(())
}

/// The binary of Hence: the one that was named, or a release build of this tree.
pub fn hence_binary(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        return path.canonicalize().with_context(|| format!("{} is not there", path.display()));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--locked", "--quiet", "--release", "--package", "hence"])
        .current_dir(peer::root())
        .status()
        .context("cargo did not start")?;
    ensure!(status.success(), "`cargo build --release --package hence` ended with {status}");
    // This binary is target/PROFILE/xtask; cargo has put that one beside its folder.
    let own = std::env::current_exe()?;
    let target = own.parent().and_then(Path::parent).context("xtask is in a target directory")?;
    Ok(target.join("release/hence"))
}
