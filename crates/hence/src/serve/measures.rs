//! What metrics and readiness say about the journal: asked for when they are read.
//! Names follow the registry's rule (unit last); everything else is measured where it happens.

use std::path::Path;
use std::sync::Arc;

use hence_broker::metrics::{Latency, Registry};
use hence_door_http::{Damage, DamagedBlock};
use hence_journal::local::{Counts, LocalJournal};

/// One of the journal's counters.
type Count = fn(&Counts) -> u64;

/// Each counter of the journal, by the name and the help that metrics give it.
const COUNTS: &[(&str, &str, Count)] = &[
    ("journal_commits", "Commits made durable", |counts| counts.commits),
    ("journal_blocks", "Blocks written", |counts| counts.blocks),
    ("journal_written_bytes", "Bytes of blocks written, padding included", |counts| counts.log_bytes),
    ("journal_syncs", "Blocks synced to the device", |counts| counts.syncs),
    ("journal_checkpoints", "Checkpoints completed", |counts| counts.checkpoints),
    ("journal_segments_rolled", "Segments whose live entries were moved", |counts| counts.rolled),
    ("journal_segments_recycled", "Segment files that became spare", |counts| counts.recycled),
    ("journal_commits_refused", "Commits refused", |counts| counts.refused),
];

/// Adds the journal's numbers to `registry`.
pub fn register(registry: &Registry, journal: &Arc<LocalJournal>, dir: &Path) {
    for (name, help, value) in COUNTS {
        let journal = Arc::clone(journal);
        registry.register_scraped_counter(name, help, move || value(&journal.counts()));
    }
    let written = Latency::default();
    registry.register(
        "journal_write_seconds",
        "Time that the write of a block takes, with its sync where an acknowledgement waits for the disk",
        written.clone(),
    );
    journal.time_writes(move |took| written.observe(took));
    let damaged = Arc::clone(journal);
    registry.register_scraped(
        "journal_damaged_blocks",
        "Blocks known to be damaged whose entries should be readable; at most a thousand are counted",
        move || whole(damaged.damaged().len() as u64),
    );
    let dir = dir.to_owned();
    registry.register_scraped("journal_disk_bytes", "Bytes of the files in the data directory", move || {
        whole(bytes_in(&dir))
    });
}

/// What readiness tells of damage in the journal.
pub fn damage(journal: &Arc<LocalJournal>) -> Damage {
    let journal = Arc::clone(journal);
    Damage::asked_of(move || {
        let damaged = journal.damaged().into_iter();
        damaged.map(|block| DamagedBlock { file: block.file, at: block.at }).collect()
    })
}

/// A directory that cannot be read has no bytes to tell about; the journal itself complains.
fn bytes_in(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .filter(|file| file.is_file())
        .map(|file| file.len())
        .sum()
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
