//! The comparison finds what differs, excuses what is listed, and notices a deviation that is gone.

use std::process::Command;
use std::time::Duration;

use super::compare::{Difference, Line, compare};
use super::deviations::Deviation;
use super::scenario::run_bounded;

fn lines(texts: &[&str]) -> Vec<Line> {
    texts.iter().map(|text| Line::parse(text).expect("a line")).collect()
}

const KAFKA: &[&str] = &[r#"{"step":"produce","offset":0}"#, r#"{"step":"consume","keys":["a","b"]}"#];

#[test]
fn equal_values_are_equal_whatever_the_order_of_their_fields() {
    let got = [r#"{"offset":0,"step":"produce"}"#, KAFKA[1]];
    assert_eq!(compare(&lines(KAFKA), &lines(&got), &[]), []);
}

#[test]
fn a_changed_a_missing_and_an_unexpected_step_are_each_found() {
    let got = [r#"{"step":"produce","offset":1}"#, r#"{"step":"more"}"#];
    let steps: Vec<_> = compare(&lines(KAFKA), &lines(&got), &[])
        .into_iter()
        .map(|difference| match difference {
            Difference::Step { step, expected, got, .. } => (step, expected.is_some(), got.is_some()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [("produce", true, true), ("consume", true, false), ("more", false, true)];
    assert_eq!(steps, expected.map(|(step, expected, got)| (step.to_owned(), expected, got)));
}

#[test]
fn a_step_printed_twice_is_found() {
    let got = [KAFKA[0], KAFKA[1], KAFKA[1]];
    let expected = [Difference::Twice { step: "consume".to_owned() }];
    assert_eq!(compare(&lines(KAFKA), &lines(&got), &[]), expected);
}

#[test]
fn a_deviation_excuses_exactly_what_it_says() {
    let deviation = Deviation::for_test("produce", r#"{"error":"REFUSED"}"#).expect("a deviation");
    let refused = [r#"{"step":"produce","error":"REFUSED"}"#, KAFKA[1]];
    assert_eq!(compare(&lines(KAFKA), &lines(&refused), &[&deviation]), []);
    let otherwise = [r#"{"step":"produce","error":"OTHER"}"#, KAFKA[1]];
    assert_eq!(compare(&lines(KAFKA), &lines(&otherwise), &[&deviation]).len(), 1);
    let absent = Deviation::for_test("consume", "nothing").expect("a deviation");
    assert_eq!(compare(&lines(KAFKA), &lines(&KAFKA[..1]), &[&absent]), []);
}

#[test]
fn a_deviation_that_is_gone_is_found() {
    let deviation = Deviation::for_test("produce", r#"{"error":"REFUSED"}"#).expect("a deviation");
    let expected = [Difference::Stale { step: "produce".to_owned() }];
    assert_eq!(compare(&lines(KAFKA), &lines(KAFKA), &[&deviation]), expected);
}

#[test]
fn a_stuck_scenario_is_killed_with_what_it_started() {
    let dir = super::peer::work_dir().join("tests");
    std::fs::create_dir_all(&dir).expect("a folder");
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 600 & echo $!; wait"]);
    let ended = run_bounded(command, Duration::from_millis(300), &dir.join("stuck.log")).expect("sh runs");
    assert!(!ended.well);
    let child = ended.printed.trim().to_owned();
    // A killed process may run for a moment until it sees the signal.
    let deadline = super::peer::now() + Duration::from_secs(10);
    loop {
        let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        if state.is_empty() || state.contains(") Z") {
            return;
        }
        assert!(super::peer::now() < deadline, "{state}");
        super::peer::pause(Duration::from_millis(5));
    }
}
