//! What must hold after the kills, from nothing but what the clients printed.
//!
//! Every acknowledged record is there exactly once, at the offset that it was acknowledged with; a producer's records of a
//! partition are in the order in which it sent them; offsets have no gaps; what the follower read is what is there, and it
//! read everything. Nothing is refused: whatever a start or an end meets, a producer that goes on trying gets through. A record
//! whose fate was open when the last flush gave up may be there, once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::clients::Journal;

/// How many are shown of what may be thousands.
const SHOWN: usize = 8;

/// What came out.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Records that were acknowledged.
    pub acknowledged: usize,
    /// Records that were neither acknowledged nor refused when the last flush ended.
    pub open: usize,
    /// One line each.
    pub wrong: Vec<String>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, open, wrong } = self;
        write!(f, "{acknowledged} acknowledged, {open} open at the end, {} wrong", wrong.len())?;
        for line in wrong.iter().take(SHOWN) {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// Judges a run.
pub fn check(journal: &Journal) -> Verdict {
    let mut verdict = Verdict::default();
    let mut at: BTreeMap<(u32, u64), &str> = BTreeMap::new();
    let mut copies: BTreeMap<(u32, &str), Vec<u64>> = BTreeMap::new();
    for read in &journal.kept {
        let place = (read.partition, read.offset);
        if let Some(before) = at.insert(place, &read.key) {
            verdict.wrong.push(format!("{place:?} was read twice at the end: {before} and {}", read.key));
        }
        copies.entry((read.partition, &read.key)).or_default().push(read.offset);
    }
    check_places(journal, &at, &mut verdict);
    check_produced(journal, &copies, &mut verdict);
    check_order(journal, &mut verdict);
    check_followed(journal, &at, &mut verdict);
    verdict
}

/// Offsets run from the start to the end of each partition without a gap.
fn check_places(journal: &Journal, at: &BTreeMap<(u32, u64), &str>, verdict: &mut Verdict) {
    for &(partition, low, high) in &journal.ends {
        if low != 0 {
            verdict.wrong.push(format!("partition {partition} starts at {low}"));
        }
        let missing = (low..high).filter(|&offset| !at.contains_key(&(partition, offset)));
        verdict.wrong.extend(missing.map(|offset| format!("nothing at {partition}, {offset}")));
        let beyond = at.range((partition, high)..=(partition, u64::MAX));
        verdict
            .wrong
            .extend(beyond.map(|((_, offset), _)| format!("{partition}, {offset} is beyond the end")));
    }
}

/// Acknowledged: there once, in its place. Refused: never.
fn check_produced(journal: &Journal, copies: &BTreeMap<(u32, &str), Vec<u64>>, verdict: &mut Verdict) {
    for record in &journal.produced {
        let place = (record.partition, record.key.as_str());
        let offsets = copies.get(&place).map_or(&[][..], Vec::as_slice);
        match &record.outcome {
            Ok(offset) => {
                verdict.acknowledged += 1;
                if offsets != [*offset] {
                    let line =
                        format!("{} acknowledged at {}, {offset}, is at {offsets:?}", record.key, place.0);
                    verdict.wrong.push(line);
                }
            }
            Err(error) => {
                verdict.wrong.push(format!("{} was refused with {error}, is at {offsets:?}", record.key));
            }
        }
    }
    verdict.open = journal.sent.saturating_sub(journal.produced.len());
}

/// The numbers of one producer rise along each partition.
fn check_order(journal: &Journal, verdict: &mut Verdict) {
    let mut last: BTreeMap<(u32, &str), u64> = BTreeMap::new();
    let mut kept: Vec<_> = journal.kept.iter().collect();
    kept.sort_by_key(|read| (read.partition, read.offset));
    for read in kept {
        let Some((producer, number)) = read.key.split_once(':') else {
            verdict.wrong.push(format!("{} at {}, {} is nobody's", read.key, read.partition, read.offset));
            continue;
        };
        let number: u64 = number.parse().unwrap_or_default();
        let before = last.insert((read.partition, producer), number);
        if before.is_some_and(|before| before >= number) {
            let place = format!("{}, {}", read.partition, read.offset);
            verdict.wrong.push(format!(
                "{} at {place} follows {producer}:{}",
                read.key,
                before.unwrap_or_default()
            ));
        }
    }
}

/// Nobody may have been shown what is not there, and the follower has been shown everything.
fn check_followed(journal: &Journal, at: &BTreeMap<(u32, u64), &str>, verdict: &mut Verdict) {
    let mut seen = BTreeSet::new();
    for read in &journal.followed {
        let place = (read.partition, read.offset);
        seen.insert(place);
        if at.get(&place) != Some(&read.key.as_str()) {
            verdict.wrong.push(format!("{} was read at {place:?}, where {:?} is", read.key, at.get(&place)));
        }
    }
    let unseen = at.keys().filter(|place| !seen.contains(place));
    verdict.wrong.extend(unseen.map(|place| format!("{place:?} was never read by the group")));
}
