//! Topics: created, listed, described and deleted, as tables and as JSON.

use serde_json::Value;

use crate::process::{Broker, hence};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_topic_is_created_listed_described_and_deleted() {
    let broker = Broker::in_memory();
    let create = ["topic", "create", "orders", "--partitions", "3", "--config", "retention.ms=60000"];
    assert_eq!(broker.hence(&create).good(), "created topic orders with 3 partitions\n");
    assert_eq!(broker.hence(&["topic", "list"]).good(), "NAME    PARTITIONS\norders  3\n");
    let described = broker.hence(&["topic", "describe", "orders"]).good();
    let lines: Vec<_> = described.lines().collect();
    assert!(lines[0].starts_with("topic orders  id "), "{described}");
    let heads = ["PARTITION", "START", "END", "SIZE", "EPOCH"];
    assert_eq!(lines[2].split_whitespace().collect::<Vec<_>>(), heads);
    assert_eq!(lines[5].split_whitespace().take(3).collect::<Vec<_>>(), ["2", "0", "0"]);
    assert!(described.contains("retention.ms") && described.contains("60000"), "{described}");
    assert_eq!(broker.hence(&["topic", "delete", "orders"]).good(), "deleted topic orders\n");
    assert_eq!(broker.hence(&["topic", "list"]).good(), "NAME  PARTITIONS\n");
}

#[test]
fn topics_are_told_to_programs_as_json() {
    let broker = Broker::in_memory();
    let created = json(&broker.hence(&["topic", "create", "orders", "-p", "2", "--json"]).good());
    assert_eq!(
        (&created["name"], created["partitions"].as_array().map(Vec::len)),
        (&"orders".into(), Some(2))
    );
    let list = json(&broker.hence(&["topic", "list", "--json"]).good());
    assert_eq!((&list[0]["name"], &list[0]["partitions"]), (&"orders".into(), &2.into()));
    let described = json(&broker.hence(&["topic", "describe", "orders", "--json"]).good());
    assert_eq!((&described["id"], &described["partitions"][1]["end"]), (&created["id"], &0.into()));
    let deleted = json(&broker.hence(&["topic", "delete", "orders", "--yes", "--json"]).good());
    assert_eq!(deleted["deleted"], "orders");
    assert_eq!(json(&broker.hence(&["topic", "list", "--json"]).good()), Value::Array(Vec::new()));
}

#[test]
fn a_topic_that_exists_is_made_again_only_where_that_is_meant() {
    let broker = Broker::in_memory();
    broker.hence(&["topic", "create", "orders"]).good();
    let why = broker.hence(&["topic", "create", "orders"]).failure();
    assert!(why.starts_with("error: ") && why.contains("orders"), "{why}");
    let found = broker.hence(&["topic", "create", "orders", "--if-not-exists"]).good();
    assert_eq!(found, "found topic orders with 1 partition\n");
}

#[test]
fn a_topic_that_is_not_there_is_told_with_what_to_do() {
    let broker = Broker::in_memory();
    for command in [&["produce", "orders"][..], &["consume", "orders"]] {
        let why = broker.fed("one\n", command).failure();
        assert_eq!(why, "error: there is no topic \"orders\"\n  → create it: hence topic create orders\n");
    }
    for command in ["describe", "delete"] {
        let why = broker.hence(&["topic", command, "orders"]).failure();
        assert!(why.starts_with("error: ") && why.contains("orders"), "{why}");
    }
    let why = json(&broker.hence(&["consume", "orders", "--json"]).failure());
    assert!(why["error"].as_str().is_some_and(|why| why.contains("hence topic create orders")), "{why}");
}

#[test]
fn a_broker_that_is_not_there_is_told_with_what_to_do() {
    // Nothing listens on port 1.
    let why = hence(&["topic", "list", "--admin", "http://127.0.0.1:1"]).failure();
    assert!(why.contains("no broker answers at http://127.0.0.1:1") && why.contains("hence serve"), "{why}");
    let why = hence(&["consume", "orders", "--bootstrap", "127.0.0.1:1"]).failure();
    assert!(why.contains("127.0.0.1:1"), "{why}");
}

#[test]
fn heads_and_errors_stand_out_where_colours_are_shown() {
    let broker = Broker::in_memory();
    let run = |args: &[&str], colours: &[(&str, &str)]| {
        let mut command = broker.command(args);
        command.envs(colours.iter().copied());
        crate::process::Process::start(command, "").ended()
    };
    let (list, wrong) = (&["topic", "list"], &["topic", "describe", "orders"]);
    let shown = &[("CLICOLOR_FORCE", "1")];
    assert_eq!(run(list, shown).good(), "\u{1b}[1mNAME  PARTITIONS\u{1b}[0m\n");
    let why = run(wrong, shown).failure();
    assert!(why.starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m "), "{why:?}");
    for hidden in [&[][..], &[("NO_COLOR", "1")]] {
        assert_eq!(run(list, hidden).good(), "NAME  PARTITIONS\n");
        assert!(run(wrong, hidden).failure().starts_with("error: "));
    }
}
