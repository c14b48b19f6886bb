//! The clients that live through the kills: what they printed is all that is judged.
//!
//! Their scripts are in `compat/kafka/kill` and print one word-separated line per record. They end when their standard
//! input does, so they cannot outlive this process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use super::broker::Running;
use crate::compat::Client;
use crate::peer::{self, now, pause};

const TOPIC: &str = "kill";
const PRODUCERS: [&str; 2] = ["a", "b"];
/// Nothing acknowledged for this long: something hangs.
const SILENCE_SECONDS_MAX: u64 = 30;
/// A client that takes longer to finish hangs.
const FINISH_SECONDS_MAX: u64 = 90;

/// Everything that the clients saw.
#[derive(Debug, Default)]
pub struct Journal {
    /// Of all producers.
    pub produced: Vec<Produced>,
    /// What the group's consumer read while brokers came and went.
    pub followed: Vec<Read>,
    /// What a fresh consumer read at the end.
    pub kept: Vec<Read>,
    /// First and next offset of each partition at the end.
    pub ends: Vec<(u32, u64, u64)>,
}

/// What became of a record.
#[derive(Debug, Clone)]
pub struct Produced {
    /// Where it went.
    pub partition: u32,
    /// Its offset, or the error's name.
    pub outcome: Result<u64, String>,
    /// `producer:number`
    pub key: String,
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// From where.
    pub partition: u32,
    /// At.
    pub offset: u64,
    /// `producer:number`
    pub key: String,
}

/// The clients of a run.
pub struct Clients {
    dir: PathBuf,
    partitions: u32,
    producers: Vec<Process>,
    consumer: Process,
}

struct Process {
    child: Child,
    printed: PathBuf,
}

impl Clients {
    /// Creates the topic and starts them.
    pub fn start(python: &Client, dir: &Path, bootstrap: &str, partitions: u32) -> anyhow::Result<Self> {
        let count = partitions.to_string();
        let created = command(python, "create.py", &[bootstrap, TOPIC, &count])?.output()?;
        ensure!(created.status.success(), "create.py: {}", String::from_utf8_lossy(&created.stderr));
        let consumer =
            Process::start(python, dir, "consume", "consume.py", &[bootstrap, TOPIC, &count, "group"])?;
        let mut producers = Vec::new();
        for name in PRODUCERS {
            let arguments = [bootstrap, TOPIC, &count, name];
            producers.push(Process::start(
                python,
                dir,
                &format!("produce-{name}"),
                "produce.py",
                &arguments,
            )?);
        }
        Ok(Self { dir: dir.to_owned(), partitions, producers, consumer })
    }

    /// Waits until more than `before` records are acknowledged, then for `life_ms`; returns how many are now.
    pub fn wait_for_more(&self, before: usize, life_ms: u64, broker: &mut Running) -> anyhow::Result<usize> {
        let deadline = now() + Duration::from_secs(SILENCE_SECONDS_MAX);
        while self.acknowledged()? <= before {
            broker.must_be_alive()?;
            ensure!(now() < deadline, "nothing was acknowledged for {SILENCE_SECONDS_MAX} s");
            pause(Duration::from_millis(20));
        }
        pause(Duration::from_millis(life_ms));
        broker.must_be_alive()?;
        self.acknowledged()
    }

    fn acknowledged(&self) -> anyhow::Result<usize> {
        let mut count = 0;
        for producer in &self.producers {
            let text = std::fs::read_to_string(&producer.printed)?;
            count += text.lines().filter(|line| line.starts_with("acked ")).count();
        }
        Ok(count)
    }

    /// Lets the producers flush and the consumer catch up, reads everything once more, and collects what was seen.
    pub fn finish(self, python: &Client, bootstrap: &str) -> anyhow::Result<Journal> {
        let mut journal = Journal::default();
        for producer in self.producers {
            for line in producer.finish()? {
                journal.read_line(&line).with_context(|| format!("a producer printed {line:?}"))?;
            }
        }
        let count = self.partitions.to_string();
        let reader =
            Process::start(python, &self.dir, "kept", "consume.py", &[bootstrap, TOPIC, &count, "all"])?;
        for line in reader.finish()? {
            journal.read_line(&line).with_context(|| format!("the last consumer printed {line:?}"))?;
        }
        let kept = std::mem::take(&mut journal.followed);
        let follower = &self.consumer.printed;
        let deadline = now() + Duration::from_secs(SILENCE_SECONDS_MAX);
        // The follower is done when it has seen the last record of each partition.
        while !has_seen_the_ends(&std::fs::read_to_string(follower)?, &journal.ends) && now() < deadline {
            pause(Duration::from_millis(50));
        }
        for line in self.consumer.finish()? {
            journal.read_line(&line).with_context(|| format!("the consumer printed {line:?}"))?;
        }
        journal.kept = kept;
        Ok(journal)
    }
}

fn has_seen_the_ends(printed: &str, ends: &[(u32, u64, u64)]) -> bool {
    ends.iter()
        .filter(|(_, low, high)| low < high)
        .all(|(partition, _, high)| printed.contains(&format!("read {partition} {} ", high - 1)))
}

impl Journal {
    /// Adds one line of a script's output.
    pub fn read_line(&mut self, line: &str) -> anyhow::Result<()> {
        match *line.split(' ').collect::<Vec<_>>() {
            ["acked", partition, offset, key] => {
                let (partition, outcome) = (partition.parse()?, Ok(offset.parse()?));
                self.produced.push(Produced { partition, outcome, key: key.to_owned() });
            }
            ["failed", partition, error, key] => {
                let (partition, outcome) = (partition.parse()?, Err(error.to_owned()));
                self.produced.push(Produced { partition, outcome, key: key.to_owned() });
            }
            ["read", partition, offset, key] => {
                let (partition, offset) = (partition.parse()?, offset.parse()?);
                self.followed.push(Read { partition, offset, key: key.to_owned() });
            }
            ["ends", partition, low, high] => {
                self.ends.push((partition.parse()?, low.parse()?, high.parse()?));
            }
            ["done", ..] => {}
            _ => bail!("not a line of theirs"),
        }
        Ok(())
    }
}

impl Process {
    fn start(
        python: &Client,
        dir: &Path,
        name: &str,
        script: &str,
        arguments: &[&str],
    ) -> anyhow::Result<Self> {
        let printed = dir.join(format!("{name}.out"));
        let child = command(python, script, arguments)?
            .stdin(Stdio::piped())
            .stdout(File::create(&printed)?)
            .stderr(File::create(dir.join(format!("{name}.log")))?)
            .spawn()
            .with_context(|| format!("{script} did not start"))?;
        Ok(Self { child, printed })
    }

    /// Ends its input, waits for it, and gives the lines that it printed.
    fn finish(mut self) -> anyhow::Result<Vec<String>> {
        drop(self.child.stdin.take());
        let deadline = now() + Duration::from_secs(FINISH_SECONDS_MAX);
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            ensure!(now() < deadline, "{} did not finish", self.printed.display());
            pause(Duration::from_millis(20));
        };
        let log = std::fs::read_to_string(self.printed.with_extension("log")).unwrap_or_default();
        ensure!(status.success(), "{} ended with {status}: {log}", self.printed.display());
        let text = std::fs::read_to_string(&self.printed)?;
        ensure!(text.lines().any(|line| line.starts_with("done")), "{} is cut short", self.printed.display());
        Ok(text.lines().map(str::to_owned).collect())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(python: &Client, script: &str, arguments: &[&str]) -> anyhow::Result<Command> {
    let interpreter = python.run.first().context("the client is run by its interpreter")?;
    let script = peer::root().join("compat/kafka/kill").join(script);
    let mut command = python.command(&[interpreter.clone(), script.to_string_lossy().into_owned()])?;
    command.args(arguments);
    Ok(command)
}
