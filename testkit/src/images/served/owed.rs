//! What a broker owes after a crash: everything that its clients knew, where they knew it.
//!
//! Always: a record that was acknowledged or read is at its offset, whole and once; committed offsets are not behind; a topic
//! is there from its answered creation until its deletion is asked for, and gone once that is answered. What nobody knew of
//! may be there, whole and once. Never here: when clients knew it.

use std::collections::{BTreeMap, BTreeSet};

use hence_base::Offset;

use super::broker::{Contents, Record};
use super::clients::{Partition, Told};
use crate::hold;
use crate::model::Violation;

/// Values are shorter.
const VALUE_BYTES_MAX: u64 = 1_500;

/// What clients know at one moment.
#[derive(Debug, Default)]
pub struct Owed {
    shown: BTreeMap<Partition, BTreeMap<Offset, String>>,
    committed: BTreeMap<Partition, Offset>,
    created: BTreeSet<String>,
    deleting: BTreeSet<String>,
    deleted: BTreeSet<String>,
}

/// How a comparison went.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// What was looked for.
    pub checked: u64,
    /// What was not there, where it may lack.
    pub lacked: u64,
    /// Records that nobody knew of.
    pub found_more: u64,
}

impl Owed {
    /// A client knows one thing more.
    pub fn tell(&mut self, told: &Told) {
        match told {
            Told::Shown(partition, offset, key) => {
                self.shown.entry(partition.clone()).or_default().insert(*offset, key.clone());
            }
            Told::Committed(partition, offset) => {
                let newest = self.committed.entry(partition.clone()).or_default();
                *newest = (*newest).max(*offset);
            }
            Told::Created(topic) => drop(self.created.insert(topic.clone())),
            Told::Deleting(topic) => drop(self.deleting.insert(topic.clone())),
            Told::Deleted(topic) => drop(self.deleted.insert(topic.clone())),
        }
    }

    /// Compares with what is there; what is missing is counted when it `may_lack`, else it is a broken promise.
    pub fn compare(&self, contents: &Contents, may_lack: bool) -> Result<Compared, Violation> {
        verify(contents)?;
        let mut compared = Compared::default();
        let mut check = |holds: bool, wrong: &dyn Fn() -> String| {
            compared.checked += 1;
            compared.lacked += u64::from(!holds);
            if holds || may_lack { Ok(()) } else { Err(Violation(wrong())) }
        };
        let topics: BTreeSet<&str> = contents.records.keys().map(|partition| &*partition.topic).collect();
        for topic in self.created.difference(&self.deleting) {
            check(topics.contains(&**topic), &|| format!("topic {topic} was created and is not there"))?;
        }
        for topic in &self.deleted {
            check(!topics.contains(&**topic), &|| format!("topic {topic} was deleted and is there"))?;
        }
        for (partition, at) in &self.committed {
            let is = contents.committed.get(partition);
            check(is >= Some(at), &|| format!("{partition}: {at} was committed and {is:?} is stored"))?;
        }
        let mut known = 0;
        for (partition, shown) in &self.shown {
            let records = contents.records.get(partition);
            if records.is_none() && self.deleting.contains(&partition.topic) {
                continue;
            }
            let records = records.map_or(&[][..], Vec::as_slice);
            for (at, key) in shown {
                let is = usize::try_from(at.0).ok().and_then(|at| records.get(at)).map(|record| &record.key);
                let other = is.is_some_and(|is| is != key);
                hold!(!other, "{partition}: clients know {key} at {at}, where {is:?} is");
                known += u64::from(is.is_some());
                check(is.is_some(), &|| {
                    format!("{partition}: clients know {key} at {at}, where nothing is")
                })?;
            }
        }
        let records: usize = contents.records.values().map(Vec::len).sum();
        compared.found_more = records as u64 - known;
        Ok(compared)
    }
}

/// What is there was sent by the clients, whole, once, and leaves no offset out.
fn verify(contents: &Contents) -> Result<(), Violation> {
    let mut keys = BTreeSet::new();
    for (partition, records) in &contents.records {
        for (at, record) in (0..).map(Offset).zip(records) {
            let Record { offset, key, value } = record;
            hold!(*offset == at, "{partition}: {offset} follows where {at} must");
            hold!(*value == value_of(key), "{partition}: {key} at {at} has another value than was sent");
            hold!(keys.insert((&partition.topic, key)), "{partition}: {key} at {at} is there a second time");
        }
    }
    Ok(())
}

/// The value that clients give to `NAME:NUMBER`: the key again and again, as long as the number says.
pub fn value_of(key: &str) -> Vec<u8> {
    let number: u64 = key.rsplit(':').next().and_then(|number| number.parse().ok()).unwrap_or_default();
    let length = number.wrapping_mul(37) % VALUE_BYTES_MAX;
    key.bytes().cycle().take(length as usize).collect()
}
