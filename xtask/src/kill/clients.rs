//! The clients that live through the kills: what they printed is all that is judged.
//!
//! Their scripts are in `compat/kafka/kill` and print one word-separated line per record. They end when their standard
//! input does, so they cannot outlive this process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use super::broker::Running;
use crate::compat::Client;
use crate::peer::{now, pause};
use crate::script::{Script, command};

const TOPIC: &str = "kill";
const PRODUCERS: [&str; 2] = ["a", "b"];
/// Nothing acknowledged for this long: something hangs.
const SILENCE_SECONDS_MAX: u64 = 30;

/// Everything that the clients saw.
#[derive(Debug, Default)]
pub struct Journal {
    /// Of all producers.
    pub produced: Vec<Produced>,
    /// Records that the producers have sent, told about or not.
    pub sent: usize,
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
    producers: Vec<Script>,
    consumer: Script,
}

impl Clients {
    /// Creates the topic and starts them.
    pub fn start(python: &Client, dir: &Path, bootstrap: &str, partitions: u32) -> anyhow::Result<Self> {
        let count = partitions.to_string();
        let created = command(python, "kill/create.py", &[bootstrap, TOPIC, &count])?.output()?;
        ensure!(created.status.success(), "create.py: {}", String::from_utf8_lossy(&created.stderr));
        let consumer =
            Script::start(python, dir, "consume", "kill/consume.py", &[bootstrap, TOPIC, &count, "group"])?;
        let mut producers = Vec::new();
        for name in PRODUCERS {
            let arguments = [bootstrap, TOPIC, &count, name];
            producers.push(Script::start(
                python,
                dir,
                &format!("produce-{name}"),
                "kill/produce.py",
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
            let text = producer.printed()?;
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
            Script::start(python, &self.dir, "kept", "kill/consume.py", &[bootstrap, TOPIC, &count, "all"])?;
        for line in reader.finish()? {
            journal.read_line(&line).with_context(|| format!("the last consumer printed {line:?}"))?;
        }
        let kept = std::mem::take(&mut journal.followed);
        let deadline = now() + Duration::from_secs(SILENCE_SECONDS_MAX);
        // The follower is done when it has seen the last record of each partition.
        while !has_seen_the_ends(&self.consumer.printed()?, &journal.ends) && now() < deadline {
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
            ["done", count] => self.sent += count.parse::<usize>()?,
            ["done"] => {}
            _ => bail!("not a line of theirs"),
        }
        Ok(())
    }
}
