//! The clients of a recorded broker: a process that is given its address, and what it printed of what it knew and when.
//!
//! Always: it ends when its input does, and is killed when it does not. Never here: what follows from it (`owed`).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hence_base::Offset;

use crate::hold;
use crate::images::recorder::ClockNs;
use crate::model::Violation;

/// The group that commits.
pub const GROUP: &str = "readers";

/// How often it is looked after.
const LOOK: Duration = Duration::from_millis(20);
/// Looks within which it must get on: half a minute of them, and much more on a machine that is busy.
const LOOKS_MAX: usize = 1_500;

/// One partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partition {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub index: i32,
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.topic, self.index)
    }
}

/// What a client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A record was acknowledged or read: partition, offset, key.
    Shown(Partition, Offset, String),
    /// An offset was committed.
    Committed(Partition, Offset),
    /// A topic was created.
    Created(String),
    /// A topic's deletion was asked for.
    Deleting(String),
    /// A topic was deleted.
    Deleted(String),
}

/// The process; dropping it kills it.
pub struct Clients {
    child: Child,
    printed: PathBuf,
    lines: usize,
}

impl Clients {
    /// Starts the command with the broker's address for its last argument.
    pub fn start(command: &[String], bootstrap: &str, dir: &Path) -> Result<Self, Violation> {
        let printed = dir.join("clients");
        let start = || {
            let (program, arguments) = command.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
            Command::new(program)
                .args(arguments)
                .arg(bootstrap)
                .stdin(Stdio::piped())
                .stdout(File::create(&printed)?)
                .spawn()
        };
        let child = start().map_err(|error| Violation(format!("the clients do not start: {error}")))?;
        Ok(Self { child, printed, lines: 0 })
    }

    /// Waits until it has printed so many lines more.
    pub async fn print_more(&mut self, lines: usize) -> Result<(), Violation> {
        self.lines += lines;
        for _ in 0..LOOKS_MAX {
            hold!(!self.has_ended()?, "the clients have ended by themselves");
            if self.printed()?.lines().count() >= self.lines {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(Violation(format!("the clients do not get on to {} lines", self.lines)))
    }

    /// Ends its input, waits for it, and gives what it knew in the order of time.
    pub async fn finish(mut self) -> Result<Vec<(ClockNs, Told)>, Violation> {
        drop(self.child.stdin.take());
        for _ in 0..LOOKS_MAX {
            if self.has_ended()? {
                return read(&self.printed()?);
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(Violation("the clients do not end".to_owned()))
    }

    fn has_ended(&mut self) -> Result<bool, Violation> {
        let ended = self.child.try_wait().map_err(|error| Violation(error.to_string()))?;
        hold!(ended.is_none_or(|status| status.success()), "the clients ended with {ended:?}");
        Ok(ended.is_some())
    }

    fn printed(&self) -> Result<String, Violation> {
        std::fs::read_to_string(&self.printed).map_err(|error| Violation(error.to_string()))
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads `TIME WHAT …` lines, the last of which is `done`.
pub fn read(printed: &str) -> Result<Vec<(ClockNs, Told)>, Violation> {
    let mut all = Vec::new();
    let mut lines = printed.lines();
    hold!(lines.next_back() == Some("done"), "what the clients printed is cut short");
    for line in lines {
        all.push(read_line(line).ok_or_else(|| Violation(format!("the clients printed {line:?}")))?);
    }
    all.sort_by_key(|(at, _)| *at);
    Ok(all)
}

fn read_line(line: &str) -> Option<(ClockNs, Told)> {
    let words: Vec<_> = line.split(' ').collect();
    let partition =
        |topic: &str, index: &str| Some(Partition { topic: topic.to_owned(), index: index.parse().ok()? });
    let offset = |offset: &str| offset.parse().ok().map(Offset);
    let told = match *words.get(1..)? {
        ["acked" | "read", topic, index, at, key] => {
            Told::Shown(partition(topic, index)?, offset(at)?, key.to_owned())
        }
        ["committed", topic, index, at] => Told::Committed(partition(topic, index)?, offset(at)?),
        ["created", topic] => Told::Created(topic.to_owned()),
        ["deleting", topic] => Told::Deleting(topic.to_owned()),
        ["deleted", topic] => Told::Deleted(topic.to_owned()),
        _ => return None,
    };
    Some((ClockNs(words.first()?.parse().ok()?), told))
}
