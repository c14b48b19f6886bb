//! Records: what is produced comes out again, from where and up to where it is asked for.

use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{Broker, Process};

/// A broker with the topic `orders`.
fn with_topic(partitions: &str) -> Broker {
    let broker = Broker::in_memory();
    broker.hence(&["topic", "create", "orders", "--partitions", partitions]).good();
    broker
}

/// What a consumer prints.
#[track_caller]
fn consumed(broker: &Broker, args: &[&str]) -> String {
    broker.hence(&[&["consume", "orders"], args].concat()).good()
}

#[test]
fn lines_come_out_as_they_went_in() {
    let broker = with_topic("1");
    assert_eq!(
        broker.fed("one\ntwo\n\nfour", &["produce", "orders"]).good(),
        "produced 4 records to orders\n"
    );
    assert_eq!(consumed(&broker, &[]), "one\ntwo\n\nfour\n");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("letter");
    std::fs::write(&file, "dear\nreader").unwrap();
    let whole = ["produce", "orders", "--format", "whole", "--json", file.to_str().unwrap()];
    let told: Value = serde_json::from_str(&broker.hence(&whole).good()).unwrap();
    assert_eq!(told, json!({ "topic": "orders", "records": 1 }));
    assert_eq!(consumed(&broker, &["--from", "4"]), "dear\nreader\n");
}

#[test]
fn keys_and_headers_of_lines_come_out_by_a_pattern() {
    let broker = with_topic("1");
    let produce = ["produce", "orders", "--key-separator", ":", "--header", "shop=3", "--header", "till=1"];
    broker.fed("id-7:pears\nid-8:a:b\n", &produce).good();
    let pattern = "%t/%p/%o %k=%s [%h]%%\\n";
    let expected = "orders/0/0 id-7=pears [shop=3,till=1]%\norders/0/1 id-8=a:b [shop=3,till=1]%\n";
    assert_eq!(consumed(&broker, &["--format", pattern]), expected);
    let why = broker.fed("id-9:plums\nno key\n", &produce).failure();
    assert!(why.contains("line 2") && why.contains("1 record acknowledged before this"), "{why}");
}

#[test]
fn objects_come_out_as_the_same_objects() {
    let broker = with_topic("2");
    let lines = [
        json!({ "key": "id-7", "value": { "kg": 2 }, "headers": { "shop": "3" }, "timestamp": 1_000, "partition": 1 }),
        json!({ "key": null, "value": null, "headers": [["a", "1"], ["a", null]], "timestamp": 2_000, "partition": 1 }),
    ];
    let input = lines.map(|line| format!("{line}\n")).concat();
    broker.fed(&input, &["produce", "orders", "--format", "ndjson"]).good();
    let printed = consumed(&broker, &["--json", "--partition", "1"]);
    let objects: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = [
        json!({ "topic": "orders", "partition": 1, "offset": 0, "timestamp": 1_000, "key": "id-7",
            "value": "{\"kg\":2}", "headers": [["shop", "3"]] }),
        json!({ "topic": "orders", "partition": 1, "offset": 1, "timestamp": 2_000, "key": null,
            "value": null, "headers": [["a", "1"], ["a", null]] }),
    ];
    assert_eq!(objects, expected);
    assert_eq!(consumed(&broker, &["--partition", "0"]), "");
    let why = broker.hence(&["consume", "orders", "--partition", "2"]).failure();
    assert!(why.contains("there is no partition 2"), "{why}");
}

#[test]
fn consuming_starts_and_ends_where_it_is_told() {
    let broker = with_topic("1");
    let line = |second: u64| format!("{{\"value\":\"{second}\",\"timestamp\":{}}}\n", second * 1_000);
    let input: String = (0..5).map(line).collect();
    broker.fed(&input, &["produce", "orders", "--format", "ndjson"]).good();
    for (args, expected) in [
        (&["--from", "earliest"][..], "0\n1\n2\n3\n4\n"),
        (&["--from", "3"], "3\n4\n"),
        (&["--from", "-2"], "3\n4\n"),
        (&["--from", "-9", "--max", "1"], "0\n"),
        (&["--from", "@1500"], "2\n3\n4\n"),
        (&["--from", "1970-01-01T00:00:04Z"], "4\n"),
        (&["--max", "2"], "0\n1\n"),
        (&["--max", "0"], ""),
        (&["--follow", "--from", "1", "--max", "3"], "1\n2\n3\n"),
    ] {
        assert_eq!(consumed(&broker, args), expected, "{args:?}");
    }
}

#[test]
fn a_follower_prints_what_comes() {
    let broker = with_topic("2");
    broker.fed("one\n", &["produce", "orders", "--partition", "0"]).good();
    let follower = Process::start(broker.command(&["consume", "orders", "--follow"]), "");
    assert_eq!(follower.line(), "one\n");
    for (partition, text) in [("1", "two\n"), ("0", "three\n")] {
        broker.fed(text, &["produce", "orders", "--partition", partition]).good();
        assert_eq!(follower.line(), text);
    }
}

#[test]
fn who_starts_at_the_latest_sees_only_what_comes_after() {
    let broker = with_topic("1");
    broker.fed("old\n", &["produce", "orders"]).good();
    let follower =
        Process::start(broker.command(&["consume", "orders", "--from", "latest", "--max", "1"]), "");
    // When it has found the end, nobody tells.
    let printed = (0..100).find_map(|_| {
        broker.fed("new\n", &["produce", "orders"]).good();
        follower.line_within(Duration::from_millis(100))
    });
    assert_eq!(printed.as_deref(), Some("new\n"));
    assert_eq!(follower.ended().good(), "");
}

#[test]
fn a_partition_that_can_be_read_no_further_is_told_while_others_go_on() {
    let broker = with_topic("2");
    broker.fed("zero\none\n", &["produce", "orders", "--partition", "0"]).good();
    // Partition 1 has no offset 1.
    let why = broker.hence(&["consume", "orders", "--from", "1", "--follow"]).failure();
    assert!(why.starts_with("error: nothing more is read of partition 1: "), "{why}");
}

#[test]
fn a_reader_that_goes_away_ends_a_consumer_quietly() {
    let broker = with_topic("1");
    // More than a pipe holds.
    let input = "a line that is long enough\n".repeat(20_000);
    broker.fed(&input, &["produce", "orders"]).good();
    for args in
        [&["consume", "orders"][..], &["consume", "orders", "--json"], &["consume", "orders", "--follow"]]
    {
        let ended = Process::read_up_to(1, broker.command(args), "").ended();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_short_benchmark_says_what_it_saw_and_leaves_nothing_behind() {
    let broker = Broker::in_memory();
    let bench = ["bench", "--seconds", "1", "--rate", "2000", "--connections", "2", "--json"];
    let report: Value = serde_json::from_str(&broker.hence(&bench).good()).unwrap();
    let positive = |name: &str| report[name].as_f64().is_some_and(|number| number > 0.0);
    assert!(
        ["records", "acknowledged_p99_us", "consumed_mib_per_second"].iter().all(|name| positive(name)),
        "{report}"
    );
    assert_eq!(broker.hence(&["topic", "list"]).good(), "NAME  PARTITIONS\n");
}
