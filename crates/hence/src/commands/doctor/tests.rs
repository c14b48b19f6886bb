//! Streams are named as people name them, and a catalog that cannot be read costs names only.

use hence_base::{Append, Commit, EntryHeader, LeaderEpoch, Offset, Op, StreamId, Target, Timestamp};
use hence_core::{CreateTopics, DeleteTopics, NewTopic, TopicId, TopicRef, tables};
use hence_journal::Journal;
use hence_journal::doctor::Nobody;
use hence_journal::local::{LocalJournal, Options};

use super::*;
use crate::serve::{Server, Settings};

/// Runs a broker with two topics and ends it; gives back the streams of `orders`.
fn two_topics(dir: &Path) -> Vec<StreamId> {
    let pairs = [("kafka.listen", "off"), ("http.listen", "off"), ("journal.io", "buffered")];
    let mut flags = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    flags.push(("data".to_owned(), dir.display().to_string()));
    let settings = Settings::load(None, &flags).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Server::start(settings).await.unwrap();
        let topic = |name: &str, id, partitions| NewTopic {
            name: name.to_owned(),
            id: TopicId([id; 16]),
            partitions,
            settings: Vec::new(),
        };
        let topics = vec![topic("orders", 1, 3), topic("gone", 2, 1)];
        let made = server.broker().call(CreateTopics { topics, validate_only: false }).await.unwrap();
        assert!(made.iter().all(Result::is_ok), "{made:?}");
        let topics = vec![TopicRef::Name("gone".to_owned())];
        let gone = server.broker().call(DeleteTopics { topics }).await.unwrap();
        assert!(gone.iter().all(Result::is_ok), "{gone:?}");
        let streams = server.broker().catalog().topic("orders").unwrap().partitions.to_vec();
        server.stop().await.unwrap();
        streams
    })
}

/// Commits `ops` to the journal in `dir`.
fn commit(dir: &Path, ops: Vec<Op<'_>>) {
    let (journal, _) = LocalJournal::open(&Options::new(dir), &mut Nobody).unwrap();
    journal.submit(&Commit { ops, ..Commit::default() }).unwrap();
    journal.close().unwrap();
}

fn append(stream: StreamId) -> Op<'static> {
    let header = EntryHeader {
        base: Offset(0),
        count: 5,
        max_timestamp: Timestamp(1),
        leader_epoch: LeaderEpoch(0),
        format: 1,
        flags: 0,
        annotations: &[],
    };
    Op::Append(Append { targets: [Target { stream, header }].into_iter().collect(), payload: b"five" })
}

/// Topic, partition and stream of each row of the table.
fn named(report: &Report, names: &Names) -> Vec<[String; 3]> {
    let rows = rows_of(report, names);
    rows.into_iter().map(|row| [row[0].clone(), row[1].clone(), row[2].clone()]).collect()
}

#[test]
fn streams_have_the_names_of_their_topics_and_a_stream_of_none_has_none() {
    let dir = tempfile::tempdir().unwrap();
    let streams = two_topics(dir.path());
    let stray = StreamId(4711);
    commit(dir.path(), vec![append(streams[0]), append(streams[2]), append(stray)]);
    let (report, names) = examine(dir.path()).unwrap();
    assert!(report.is_sound() && names.failure.is_none(), "{report:?} {names:?}");
    let orders = |number: usize| ["orders".to_owned(), number.to_string(), streams[number].to_string()];
    let none = [NO_NAME.to_owned(), NO_NAME.to_owned(), stray.to_string()];
    assert_eq!(named(&report, &names), [orders(0), orders(2), none]);
    let value = value_of(&report, &names);
    assert_eq!(value["streams"][1]["topic"], "orders");
    assert_eq!(value["streams"][1]["partition"], 2);
    assert_eq!(value["streams"][2]["topic"], Value::Null);
    let lost = Lost { stream: streams[2], from: Offset(3), to: Offset(5) };
    let line = format!("lost: orders partition 2 (stream {}) offsets 3..5", streams[2]);
    assert_eq!(lost_line(&lost, &names), line);
    assert_eq!(lost_values(&[lost], &names)[0]["topic"], "orders");
}

#[test]
fn a_row_that_cannot_be_read_costs_its_own_name_only_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let streams = two_topics(dir.path());
    let garbage = Op::Put { table: tables::TOPICS, key: b"\xff", value: b"garbage" };
    commit(dir.path(), vec![garbage, append(streams[1])]);
    let (report, names) = examine(dir.path()).unwrap();
    assert!(report.is_sound(), "rows are not the journal's to understand: {report:?}");
    assert_eq!(named(&report, &names), [["orders".to_owned(), "1".to_owned(), streams[1].to_string()]]);
    let why = names.failure.clone().expect("it is told");
    assert_eq!(value_of(&report, &names)["names_failure"], why.as_str());
}

#[test]
fn whoever_watches_is_told_of_each_block() {
    let dir = tempfile::tempdir().unwrap();
    let streams = two_topics(dir.path());
    commit(dir.path(), vec![append(streams[0])]);
    let mut seen = Vec::new();
    let report = doctor::inspect_watched(dir.path(), &mut Nobody, &mut |blocks| seen.push(blocks)).unwrap();
    assert_eq!(seen, (1..=seen.len() as u64).collect::<Vec<_>>());
    assert!(seen.len() as u64 > report.chain.blocks, "what is verified counts too: {seen:?} {report:?}");
}
