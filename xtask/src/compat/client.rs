//! A client: what it needs, how it is built, how a scenario of it is run, as its `client.json` says.
//!
//! Everything that a build makes goes to `compat/work/clients/NAME`; a marker there holds what it was made from, so a
//! changed lock file or recipe builds anew. A client that cannot be built is a failure, never left out.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use super::scenario::{Ended, run_bounded};
use crate::peer::{self, Jars};

const CLIENTS: &str = "compat/kafka/clients";
/// Holds what the environment was built from; written last.
const MARKER: &str = ".built-from";
/// A build step that takes longer has failed.
const BUILD_SECONDS_MAX: u64 = 900;
/// Builds that run at a time: they wait for the network as much as they compute.
const BUILDS_AT_A_TIME: usize = 3;

/// One client, as its `client.json` says. In every word `{work}` is its own folder, `{jars}` that of Kafka's jars.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The name of its folder.
    #[serde(skip)]
    pub name: String,
    /// What it is, in one line.
    pub about: String,
    /// Which suite runs it.
    pub when: When,
    /// What must be on the machine.
    #[serde(default)]
    needs: Vec<Need>,
    /// Commands that make its environment.
    #[serde(default)]
    build: Vec<Vec<String>>,
    /// Files that the environment depends on, beside the commands.
    #[serde(default)]
    built_from: Vec<String>,
    /// The command that runs a scenario; the bootstrap address and the scenario's name follow.
    pub run: Vec<String>,
    /// Names of its scenarios.
    pub scenarios: Vec<String>,
}

/// Which suite runs a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Both.
    Ci,
    /// The long one only.
    Long,
}

/// A tool that the machine must have: `probe` succeeds where it is, `apt` names the packages that bring it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Need {
    probe: Vec<String>,
    apt: Vec<String>,
}

impl Client {
    /// Every client, by name.
    pub fn all() -> anyhow::Result<Vec<Self>> {
        let mut clients = Vec::new();
        for entry in std::fs::read_dir(peer::root().join(CLIENTS)).context(CLIENTS)? {
            let path = entry?.path();
            if path.join("client.json").exists() {
                let name = path.file_name().and_then(|name| name.to_str()).context("a folder's name")?;
                clients.push(Self::load(name)?);
            }
        }
        clients.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(clients)
    }

    /// The client in the folder `name`.
    pub fn load(name: &str) -> anyhow::Result<Self> {
        let path = folder(name).join("client.json");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let client: Self = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        Ok(Self { name: name.to_owned(), ..client })
    }

    /// `name: about; its scenarios`
    pub fn describe(&self) -> String {
        format!("{} ({:?}): {}\n    {}", self.name, self.when, self.about, self.scenarios.join(" "))
    }

    /// Where its environment is.
    pub fn work(&self) -> PathBuf {
        peer::work_dir().join("clients").join(&self.name)
    }

    /// A command of the client, with its words filled in, in its folder.
    pub fn command(&self, words: &[String]) -> anyhow::Result<Command> {
        let work = self.work();
        let (work, jars) = (work.to_string_lossy(), peer::work_dir().join("peer/lib"));
        let mut words =
            words.iter().map(|word| word.replace("{work}", &work).replace("{jars}", &jars.to_string_lossy()));
        let mut command = Command::new(words.next().context("a command has no words")?);
        command.args(words).current_dir(folder(&self.name));
        Ok(command)
    }

    /// Makes the environment, unless it is there and made from the same.
    pub fn build(&self) -> anyhow::Result<()> {
        let (work, from) = (self.work(), self.made_from()?);
        let words = [self.build.concat(), self.run.clone()].concat();
        if words.iter().any(|word| word.contains("{jars}")) {
            Jars::install()?;
        }
        if std::fs::read_to_string(work.join(MARKER)).is_ok_and(|of| of == from) {
            return Ok(());
        }
        println!("compat: building {}", self.name);
        if work.exists() {
            std::fs::remove_dir_all(&work).with_context(|| format!("cannot empty {}", work.display()))?;
        }
        std::fs::create_dir_all(&work)?;
        for words in &self.build {
            let log = work.join("build.log");
            match run_bounded(self.command(words)?, Duration::from_secs(BUILD_SECONDS_MAX), &log)? {
                Ended { well: true, .. } => {}
                ended => bail!("`{}` {}", words.join(" "), ended.how(&log)),
            }
        }
        std::fs::write(work.join(MARKER), from)?;
        Ok(())
    }

    /// What a change of makes the environment another one.
    fn made_from(&self) -> anyhow::Result<String> {
        let mut text = format!("{:?}", self.build);
        for name in &self.built_from {
            let path = folder(&self.name).join(name);
            text += &std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        }
        Ok(text)
    }
}

fn folder(name: &str) -> PathBuf {
    peer::root().join(CLIENTS).join(name)
}

/// Sees to it that the machine has what the clients need, and builds them; fails when one cannot be built.
pub fn build_all(clients: &[Client], install: bool) -> anyhow::Result<()> {
    provide(clients, install)?;
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..BUILDS_AT_A_TIME {
            scope.spawn(|| {
                while let Some(client) = clients.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = client.build() {
                        let failure = format!("{} cannot be built: {error:#}", client.name);
                        failures.lock().expect("no builder panics holding it").push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("the builders are done");
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

/// Finds what is missing on the machine; installs it when asked to, else fails with the command that would.
fn provide(clients: &[Client], install: bool) -> anyhow::Result<()> {
    let needs = clients.iter().flat_map(|client| &client.needs);
    let mut packages: Vec<&str> =
        needs.filter(|need| !is_there(&need.probe)).flat_map(|need| &need.apt).map(String::as_str).collect();
    packages.sort_unstable();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    let recipe = format!("apt-get install --yes --no-install-recommends {}", packages.join(" "));
    ensure!(install, "the clients need what is not here: {recipe} (or `--install`)");
    println!("compat: {recipe}");
    for words in ["apt-get update --quiet", &recipe] {
        let mut command = privileged(words)?;
        let status = command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .status()
            .with_context(|| format!("`{words}` did not start"))?;
        ensure!(status.success(), "`{words}` ended with {status}");
    }
    Ok(())
}

fn is_there(probe: &[String]) -> bool {
    let Some((program, arguments)) = probe.split_first() else { return false };
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// A command as root, through sudo where we are not.
fn privileged(words: &str) -> anyhow::Result<Command> {
    let user = Command::new("id").arg("-u").output().context("id did not start")?;
    let sudo = if user.stdout.trim_ascii() == b"0" { "" } else { "sudo --non-interactive " };
    let line = format!("{sudo}{words}");
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().context("a command has no words")?);
    command.args(words);
    Ok(command)
}

/// The folder of the recordings of a client.
pub fn recordings(client: &str) -> PathBuf {
    Path::new(peer::root()).join("compat/kafka/recordings").join(client)
}
