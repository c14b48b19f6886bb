//! The doctor's exit codes and what it says before and after it cuts.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{Broker, Ended, Signal, hence};

/// A directory to which a broker wrote four records, each in a block of its own, and which `signal` ended.
fn written(signal: Signal) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::at(dir.path());
    broker.hence(&["topic", "create", "orders"]).good();
    for text in ["first record\n", "second record\n", "third record\n", "fourth record\n"] {
        broker.fed(text, &["produce", "orders"]).good();
    }
    broker.end(signal);
    dir
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "segment")).collect()
}

/// Changes one bit of the block that holds `text`.
fn flip(dir: &Path, text: &str) {
    for path in segments(dir) {
        let mut bytes = fs::read(&path).unwrap();
        if let Some(at) = bytes.windows(text.len()).position(|window| window == text.as_bytes()) {
            bytes[at] ^= 1;
            return fs::write(&path, bytes).unwrap();
        }
    }
    panic!("no segment holds {text}");
}

fn doctor(dir: &Path, args: &[&str]) -> Ended {
    hence(&[&["doctor", dir.to_str().unwrap()], args].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_sound_directory_ends_with_0_and_none_with_1() {
    let dir = written(Signal::TERM);
    let report = doctor(dir.path(), &[]).good();
    assert!(report.contains("\nsound\n") && report.contains("orders"), "{report}");
    assert_eq!(json(&doctor(dir.path(), &["--json"]).good())["streams"][0]["end"], 4);
    assert!(doctor(dir.path(), &["--repair"]).good().ends_with("sound\n"));
    let why = doctor(&dir.path().join("nowhere"), &[]).failure();
    assert!(why.starts_with("error: ") && why.contains("nowhere"), "{why}");
    fs::create_dir(dir.path().join("empty")).unwrap();
    let why = doctor(&dir.path().join("empty"), &[]).failure();
    assert!(why.contains("name the directory that `hence serve` has as its --data"), "{why}");
}

#[test]
fn damage_that_a_repair_cannot_take_away_ends_with_3_after_it_too() {
    let dir = written(Signal::TERM);
    flip(dir.path(), "second record");
    for args in [&[][..], &["--repair"], &["--repair", "--accept-loss"]] {
        let ended = doctor(dir.path(), args);
        assert_eq!(ended.code, Some(3), "{args:?} {ended:?}");
        assert!(ended.out.contains("damage: ") && ended.out.contains("1..2"), "{}", ended.out);
    }
}

#[test]
fn what_a_cut_loses_is_listed_before_it() {
    let dir = written(Signal::KILL);
    flip(dir.path(), "second record");
    let ended = doctor(dir.path(), &[]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.out.contains("a start is refused\n  → restore a backup, or: hence doctor "),
        "{}",
        ended.out
    );

    let refused = doctor(dir.path(), &["--repair", "--json"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(3), ""), "{refused:?}");
    let (listed, why) = refused.err.split_once('\n').expect("two lines");
    let lost = &json(listed)["lost"][0];
    assert_eq!((&lost["topic"], &lost["from"], &lost["to"]), (&"orders".into(), &1.into(), &4.into()));
    assert!(json(why)["error"].as_str().is_some_and(|why| why.contains("--accept-loss")), "{why}");

    let repaired = doctor(dir.path(), &["--repair", "--accept-loss", "--json"]);
    assert_eq!((repaired.code, json(&repaired.err)), (Some(0), json(listed)), "{repaired:?}");
    let report = json(&repaired.out);
    assert_eq!((&report["sound"], &report["cut"]["lost"][0]["to"]), (&true.into(), &4.into()));
    let broker = Broker::at(dir.path());
    assert_eq!(broker.hence(&["consume", "orders"]).good(), "first record\n");
}

#[test]
fn where_no_cut_makes_it_open_none_is_advised() {
    let dir = written(Signal::TERM);
    segments(dir.path()).iter().for_each(|path| fs::remove_file(path).unwrap());
    let ended = doctor(dir.path(), &[]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.out.ends_with("→ restore a backup: there is no cut that would make it open\n"),
        "{}",
        ended.out
    );
    let ended = doctor(dir.path(), &["--repair", "--accept-loss"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.err.starts_with("error: the directory cannot be repaired: "), "{}", ended.err);
}
