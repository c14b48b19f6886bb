//! What metrics say of a journal with damage in it.

use std::os::unix::fs::FileExt;

use hence_base::{Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, StreamId, Target, Timestamp};
use hence_broker::{Outcome, ReadLimits};
use hence_journal::Journal;
use hence_journal::doctor::Nobody;
use hence_journal::local::{Io, Options};

use super::*;

const STREAM: StreamId = StreamId(7);
const PAYLOAD: &[u8] = b"a payload that is easily found";

fn open(dir: &Path) -> Arc<LocalJournal> {
    let options = Options { threads: false, io: Io::Buffered, ..Options::new(dir) };
    LocalJournal::open(&options, &mut Nobody).unwrap().0
}

/// Spoils the payload in whichever file has it.
fn spoil(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        if let Some(at) = bytes.windows(PAYLOAD.len()).position(|window| window == PAYLOAD) {
            let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            return file.write_all_at(b"garbage", at as u64).unwrap();
        }
    }
    panic!("the payload is in no file");
}

#[test]
fn a_damaged_block_is_counted_and_named_once_somebody_met_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let header = EntryHeader {
        base: Offset(0),
        count: 1,
        max_timestamp: Timestamp(1),
        leader_epoch: LeaderEpoch(0),
        format: 1,
        flags: 0,
        annotations: &[],
    };
    let targets = [Target { stream: STREAM, header }].into_iter().collect();
    let ops = vec![Op::Append(Append { targets, payload: PAYLOAD })];
    journal.submit(&Commit { ops, ..Commit::default() }).unwrap();
    journal.close().unwrap();
    drop(journal);
    spoil(dir.path());
    let journal = open(dir.path());
    let registry = Registry::default();
    register(&registry, &journal, dir.path());
    let damage = damage(&journal);
    assert!(registry.encode().contains("hence_journal_blocks_total 1\n"), "{}", registry.encode());
    assert_eq!(damage.now(), []);
    assert!(registry.encode().contains("hence_journal_damaged_blocks 0\n"), "{}", registry.encode());
    let read = journal.read(STREAM, Offset(0), ReadLimits { bytes_max: 1 << 20, before: None });
    assert!(matches!(read, Outcome::Now(Err(_))), "it is damaged");
    assert!(registry.encode().contains("hence_journal_damaged_blocks 1\n"), "{}", registry.encode());
    let [block] = &damage.now()[..] else { panic!("one block") };
    assert!(std::fs::metadata(dir.path().join(&block.file)).unwrap().len() > block.at, "{block:?}");
}

#[test]
fn each_write_of_a_block_is_timed() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let registry = Registry::default();
    register(&registry, &journal, dir.path());
    let timed = |count| format!("hence_journal_write_seconds_count {count}\n");
    assert!(registry.encode().contains(&timed(0)), "{}", registry.encode());
    journal.submit(&Commit { ops: vec![Op::DropStream { stream: STREAM }], ..Commit::default() }).unwrap();
    journal.flush();
    assert!(registry.encode().contains(&timed(1)), "{}", registry.encode());
}
