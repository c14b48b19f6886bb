//! What must hold of a disk that was full, from nothing but what the clients printed.
//!
//! Every refusal says that the disk is full; who may wait is never refused. What was acknowledged and not deleted is
//! there once, at its offset and with its bytes; what was refused is not there; what was committed is what is stored.
//! Each spell was a full disk, and gave back about as much space as the first.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::Context as _;

/// What a produce is told when there is no space.
const FULL: &str = "KAFKA_STORAGE_ERROR";
/// Of which the clients' filling topics have the names.
const FILLER: &str = "filler-";
/// Bytes of the larger of a filler's records.
const LARGE_BYTES: u64 = 50_000;

/// What the clients saw.
#[derive(Debug, Default)]
pub struct Lived {
    /// Keys by topic and offset.
    acked: BTreeMap<(String, u64), String>,
    /// Topic, error, key.
    refused: Vec<(String, String, String)>,
    /// Topic, offset, key.
    read: Vec<(String, u64, String)>,
    /// Records that waited in each spell.
    waiting: Vec<u64>,
    /// Bytes of large records, by the topic that they filled.
    filled_bytes: BTreeMap<String, u64>,
    /// Topics to which what is produced now is small.
    smaller: BTreeSet<String>,
    /// Topics that were deleted.
    deleted: BTreeSet<String>,
    /// From each deletion to the acknowledgement of what had waited.
    relieved_ms: Vec<u64>,
    /// What was committed last.
    committed: Option<u64>,
    /// Lines that cannot be.
    wrong: Vec<String>,
}

impl Lived {
    /// Reads what they printed.
    pub fn read<'a>(lines: impl Iterator<Item = &'a str>) -> anyhow::Result<Self> {
        let mut lived = Self::default();
        for line in lines {
            lived.read_line(line).with_context(|| format!("a client printed {line:?}"))?;
        }
        Ok(lived)
    }

    fn read_line(&mut self, line: &str) -> anyhow::Result<()> {
        match *line.split(' ').collect::<Vec<_>>() {
            ["acked", topic, offset, key] => {
                if topic.starts_with(FILLER) && !self.smaller.contains(topic) {
                    *self.filled_bytes.entry(topic.to_owned()).or_default() += LARGE_BYTES;
                }
                let place = (topic.to_owned(), offset.parse()?);
                if let Some(before) = self.acked.insert(place, key.to_owned()) {
                    self.wrong.push(format!("{topic} {offset} was acknowledged to {before} and to {key}"));
                }
            }
            ["refused", topic, error, key] => {
                self.refused.push((topic.to_owned(), error.to_owned(), key.to_owned()));
            }
            ["read", topic, offset, key] => {
                self.read.push((topic.to_owned(), offset.parse()?, key.to_owned()));
            }
            ["smaller", topic] => drop(self.smaller.insert(topic.to_owned())),
            ["waiting", count] => self.waiting.push(count.parse()?),
            ["deleted", topic] => drop(self.deleted.insert(topic.to_owned())),
            ["relieved", _, ms] => self.relieved_ms.push(ms.parse()?),
            ["committed", offset] => self.committed = Some(offset.parse()?),
            ["full", _] | ["done"] => {}
            _ => self.wrong.push(line.to_owned()),
        }
        Ok(())
    }

    /// Bytes of large records that each spell took before it refused.
    fn filled_bytes(&self) -> Vec<u64> {
        self.filled_bytes.values().copied().collect()
    }
}

impl fmt::Display for Lived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filled: Vec<_> = self.filled_bytes().iter().map(|bytes| (bytes >> 20).to_string()).collect();
        let relieved: Vec<_> = self.relieved_ms.iter().map(u64::to_string).collect();
        write!(f, "{} acknowledged, {} refused, ", self.acked.len(), self.refused.len())?;
        write!(f, "full after {} MiB, relieved in {} ms", filled.join(", "), relieved.join(", "))
    }
}

/// Judges the clients' lives on a disk of so many bytes.
pub fn check_lived(lived: &Lived, spells: usize, disk_bytes: u64) -> Vec<String> {
    let mut wrong = lived.wrong.clone();
    for (topic, error, key) in &lived.refused {
        if error != FULL || !topic.starts_with(FILLER) {
            wrong.push(format!("{key} was refused in {topic} with {error}"));
        }
    }
    for (topic, offset, key) in &lived.read {
        let acked = lived.acked.get(&(topic.clone(), *offset));
        if acked != Some(key) {
            wrong.push(format!("{key} was read at {topic} {offset}, where {acked:?} is acknowledged"));
        }
    }
    let filled = lived.filled_bytes();
    let counts = [filled.len(), lived.waiting.len(), lived.deleted.len(), lived.relieved_ms.len()];
    if counts != [spells; 4] {
        wrong.push(format!("filled, waited, deleted, relieved: {counts:?} times, not {spells}"));
    }
    if lived.waiting.contains(&0) {
        wrong.push("a spell in which nobody had to wait was no full disk".to_owned());
    }
    let first = filled.first().copied().unwrap_or_default();
    if first < disk_bytes / 3 {
        wrong.push(format!("{first} bytes filled a disk of {disk_bytes}"));
    }
    let short = filled.iter().filter(|&&bytes| bytes < first / 2);
    wrong.extend(short.map(|bytes| format!("{first} bytes fitted first, and {bytes} after a deletion")));
    wrong
}

/// Judges what is there, which was printed after what was lived.
pub fn check_looked(lived: &Lived, looked: &[String]) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut there: BTreeMap<(&str, u64), &str> = BTreeMap::new();
    let mut ends: BTreeMap<&str, u64> = BTreeMap::new();
    for line in looked {
        match *line.split(' ').collect::<Vec<_>>() {
            ["ends", topic, low, high] => {
                ends.insert(topic, high.parse()?);
                if low != "0" {
                    wrong.push(format!("{topic} begins at {low}"));
                }
            }
            ["read", topic, offset, key] => drop(there.insert((topic, offset.parse()?), key)),
            // Before the first commit there is nothing to compare with.
            ["committed", offset] if lived.committed.is_some_and(|at| at.to_string() != offset) => {
                wrong.push(format!("{:?} was committed and {offset} is stored", lived.committed));
            }
            ["committed", _] | ["done"] => {}
            _ => wrong.push(line.clone()),
        }
    }
    for ((topic, offset), key) in lived.acked.iter().filter(|((topic, _), _)| ends.contains_key(&**topic)) {
        let is = there.get(&(topic.as_str(), *offset)).copied();
        if is != Some(key.as_str()) {
            wrong.push(format!("{key} was acknowledged at {topic} {offset}, where {is:?} is"));
        }
    }
    for (topic, high) in &ends {
        let gaps = (0..*high).filter(|&offset| !there.contains_key(&(*topic, offset)));
        wrong.extend(gaps.map(|offset| format!("nothing at {topic} {offset}")));
    }
    let mut keys = BTreeSet::new();
    let twice = there.iter().filter(|&(&(topic, _), &key)| !keys.insert((topic, key)));
    wrong.extend(twice.map(|((topic, offset), key)| format!("{key} is there again at {topic} {offset}")));
    let refused = lived.refused.iter().filter(|(topic, _, key)| keys.contains(&(&**topic, &**key)));
    wrong.extend(refused.map(|(topic, error, key)| format!("{key} is in {topic} and was refused: {error}")));
    Ok(wrong)
}
