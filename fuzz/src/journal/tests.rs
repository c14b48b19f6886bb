//! What the store wrote and what its description becomes are the same journal; the corpus is made of such descriptions.
//!
//! `cargo test -p hence-fuzz -- --ignored` captures the corpus anew: after a change of the format, and then looked at.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hence_base::{
    Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, StreamId, TableId, Target, Timestamp, Urgency,
};
use hence_journal::{Journal, fuzz};

use super::{Contents, NoRows, Opened};
use crate::disk::MemoryDisk;

/// What a life of a journal does.
type Life = fn(&Opened);

/// Lives one after the other in one directory, by the name of the input that describes what is left.
const HISTORIES: &[(&str, &[Life])] = &[
    ("directory-empty", &[close]),
    ("directory-operations", &[operations]),
    ("directory-two-lives", &[operations, more_and_close]),
    ("directory-checkpoint", &[many, operations]),
    ("directory-rolled", &[rolled, more_and_close]),
];

fn entry(stream: u64, base: u64, payload: &[u8]) -> Op<'_> {
    let header = EntryHeader {
        base: Offset(base),
        count: 2,
        max_timestamp: Timestamp(1_700_000_000_000 + base as i64),
        leader_epoch: LeaderEpoch(1),
        format: 1,
        flags: 0,
        annotations: b"note",
    };
    let target = |stream| Target { stream: StreamId(stream), header };
    // Odd streams share what is appended with a second one.
    let targets = (stream..=stream + stream % 2).map(target).collect();
    Op::Append(Append { targets, payload })
}

fn commit(opened: &Opened, ops: Vec<Op<'_>>) {
    opened.journal.submit(&Commit { ops, urgency: Urgency::Normal }).expect("there is room");
}

fn end(opened: &Opened, stream: u64) -> u64 {
    opened.journal.bounds(StreamId(stream)).map_or(0, |bounds| bounds.end.0)
}

/// Two commits in a block, one in the next; then the process is killed.
fn operations(opened: &Opened) {
    let (shared, own) = (end(opened, 1), end(opened, 4));
    commit(
        opened,
        vec![entry(1, shared, b"payload"), Op::Put { table: TableId(9), key: b"key", value: b"value" }],
    );
    commit(opened, vec![entry(1, shared + 2, b""), entry(4, own, b"four"), entry(4, own + 2, b"again")]);
    opened.journal.flush();
    commit(
        opened,
        vec![
            Op::Delete { table: TableId(9), key: b"other" },
            Op::Trim { stream: StreamId(1), to: Offset(shared + 1) },
            Op::DropStream { stream: StreamId(2) },
        ],
    );
    opened.journal.flush();
}

fn close(opened: &Opened) {
    opened.journal.close().expect("closes");
}

fn more_and_close(opened: &Opened) {
    let from = end(opened, 4);
    commit(
        opened,
        vec![entry(4, from, b"more"), Op::Put { table: TableId(9), key: b"key", value: b"newer" }],
    );
    opened.journal.flush();
    close(opened);
}

/// Blocks of one small entry each, enough for a checkpoint.
fn many(opened: &Opened) {
    opened.journal.derive_rows_from(Arc::new(NoRows));
    for _ in 0..8 {
        let from = end(opened, 4);
        commit(
            opened,
            vec![entry(4, from, b"one of many"), Op::Put { table: TableId(1), key: b"n", value: b"1" }],
        );
        opened.journal.flush();
        while opened.journal.tend() {}
    }
}

/// Segments most of which is dropped: the roller moves the rest.
fn rolled(opened: &Opened) {
    opened.journal.derive_rows_from(Arc::new(NoRows));
    for round in 0..18_u64 {
        let (kept, dropped) = (end(opened, 4), end(opened, 6));
        commit(opened, vec![entry(6, dropped, b"to be dropped")]);
        if round.is_multiple_of(8) {
            commit(opened, vec![entry(4, kept, b"kept")]);
        }
        opened.journal.flush();
    }
    commit(opened, vec![Op::DropStream { stream: StreamId(6) }]);
    opened.journal.flush();
    for _ in 0..8 {
        let kept = end(opened, 4);
        commit(opened, vec![entry(4, kept, b"kept")]);
        opened.journal.flush();
        while opened.journal.tend() {}
    }
}

/// Lives through a history; gives the files that are left and what an opening finds in them.
fn lived(lives: &[Life]) -> (Vec<(String, Vec<u8>)>, Contents) {
    let disk = MemoryDisk::of(Vec::new());
    for live in lives {
        live(&Opened::open(&disk).expect("opens"));
    }
    let files = disk.files();
    (files, Opened::open(&disk).expect("opens").contents(&[]))
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/journal_bytes")
}

#[test]
fn a_directory_that_is_built_from_its_description_holds_what_it_held() {
    for (name, lives) in HISTORIES {
        let (files, contents) = lived(lives);
        let described = fuzz::describe(&files);
        let again = Opened::open(&MemoryDisk::of(fuzz::directory(&described)));
        let again = again.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again.contents(&[]), contents, "{name}");
        super::open_twice(&described);
    }
}

#[test]
fn every_directory_of_the_corpus_opens() {
    for (name, _) in HISTORIES {
        let input = std::fs::read(corpus().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(input.len() < 8192, "{name} has {} bytes", input.len());
        let opened = Opened::open(&MemoryDisk::of(fuzz::directory(&input)));
        opened.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Parts of a description, each with its tag.
fn parts(mut described: &[u8]) -> Vec<(u8, &[u8])> {
    let mut parts = Vec::new();
    while let Some((&[tag, low, high], rest)) = described.split_first_chunk() {
        let (part, behind) = rest.split_at(u16::from_le_bytes([low, high]).into());
        parts.push((tag, part));
        described = behind;
    }
    parts
}

#[test]
#[ignore = "writes the corpus"]
fn the_corpus_is_captured_anew() {
    std::fs::create_dir_all(corpus()).expect("a folder");
    let write = |name: &str, bytes: &[u8]| std::fs::write(corpus().join(name), bytes).expect("written");
    for (name, lives) in HISTORIES {
        let (files, _) = lived(lives);
        let described = fuzz::describe(&files);
        write(name, &described);
        // What the decoders read, alone: the newest of its sort.
        for (tag, part) in parts(&described) {
            match tag & 0x07 {
                0 => write(&format!("block-{}", part[10]), part),
                2 => write("checkpoint-page", part),
                3 => write("checkpoint-frame", part),
                _ => {}
            }
        }
        for (file, bytes) in &files {
            match file.split_once('.') {
                Some(("journal", _)) => write("identity", bytes),
                Some((_, "segment")) => write("segment-page", &bytes[..44]),
                _ => {}
            }
        }
    }
}
