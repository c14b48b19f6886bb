//! The check finds each way in which a broker can break its word.

use super::Moments;
use super::check::check;
use super::clients::Journal;

const GOOD: &[&str] = &[
    "acked 0 0 a:0",
    "acked 0 1 a:3",
    "acked 0 2 b:0",
    "read 0 0 a:0",
    "read 0 1 a:3",
    "read 0 1 a:3",
    "read 0 2 b:0",
    "ends 0 0 3",
    "done 4",
];

/// A run that is good but for one change: where `from` is printed, `to` is; what was kept is what was read.
fn wrong_when(from: &str, to: &[&str], kept: &[&str]) -> Vec<String> {
    let mut journal = Journal::default();
    for line in kept {
        journal.read_line(line).expect("a line");
    }
    journal.kept = std::mem::take(&mut journal.followed);
    for line in GOOD {
        let lines: &[&str] = if *line == from { to } else { &[line] };
        lines.iter().for_each(|line| journal.read_line(line).expect("a line"));
    }
    check(&journal).wrong
}

const KEPT: &[&str] = &["read 0 0 a:0", "read 0 1 a:3", "read 0 2 b:0"];

#[test]
fn a_run_that_kept_its_word_passes() {
    assert_eq!(wrong_when("", &[], KEPT), [""; 0]);
}

#[test]
fn a_lost_record_is_found() {
    let wrong = wrong_when("", &[], &KEPT[..2]);
    assert!(wrong.iter().any(|line| line.contains("b:0 acknowledged at 0, 2, is at []")), "{wrong:?}");
}

#[test]
fn a_doubled_record_is_found() {
    let kept = ["read 0 0 a:0", "read 0 1 a:3", "read 0 2 b:0", "read 0 3 b:0"];
    let wrong = wrong_when("ends 0 0 3", &["ends 0 0 4", "read 0 3 b:0"], &kept);
    assert!(wrong.iter().any(|line| line.contains("is at [2, 3]")), "{wrong:?}");
}

#[test]
fn a_record_at_another_offset_and_out_of_order_is_found() {
    let kept = ["read 0 0 a:3", "read 0 1 a:0", "read 0 2 b:0"];
    let wrong = wrong_when("", &[], &kept);
    assert!(wrong.iter().any(|line| line.contains("a:0 at 0, 1 follows a:3")), "{wrong:?}");
    assert!(wrong.iter().any(|line| line.contains("a:0 acknowledged at 0, 0, is at [1]")), "{wrong:?}");
}

#[test]
fn a_gap_and_a_record_beyond_the_end_are_found() {
    let wrong = wrong_when("ends 0 0 3", &["ends 0 0 4"], KEPT);
    assert_eq!(wrong, ["nothing at 0, 3"]);
    let wrong = wrong_when("ends 0 0 3", &["ends 0 0 2"], KEPT);
    assert_eq!(wrong, ["0, 2 is beyond the end"]);
}

#[test]
fn a_read_of_what_is_not_there_and_a_record_never_read_are_found() {
    let wrong = wrong_when("read 0 2 b:0", &["read 0 2 b:9"], KEPT);
    assert!(wrong.iter().any(|line| line.contains("b:9 was read")), "{wrong:?}");
    let wrong = wrong_when("read 0 2 b:0", &[], KEPT);
    assert_eq!(wrong, ["(0, 2) was never read by the group"]);
}

#[test]
fn a_record_whose_fate_is_open_may_be_there_once_but_not_twice() {
    let kept = ["read 0 0 a:0", "read 0 1 a:3", "read 0 2 b:0", "read 0 3 b:3"];
    let once = wrong_when("ends 0 0 3", &["ends 0 0 4", "read 0 3 b:3"], &kept);
    assert_eq!(once, [""; 0]);
    let kept = ["read 0 0 a:0", "read 0 1 a:3", "read 0 2 b:0", "read 0 3 b:3", "read 0 4 b:3"];
    let twice = wrong_when("ends 0 0 3", &["ends 0 0 5", "read 0 3 b:3", "read 0 4 b:3"], &kept);
    assert!(twice.iter().any(|line| line.contains("b:3 at 0, 4 follows b:3")), "{twice:?}");
}

#[test]
fn a_refusal_is_found_whatever_its_error() {
    for error in ["_MSG_TIMED_OUT", "MSG_SIZE_TOO_LARGE", "OUT_OF_ORDER_SEQUENCE_NUMBER"] {
        let refused = format!("failed 0 {error} b:3");
        let wrong = wrong_when("done 4", &[&refused, "done 4"], KEPT);
        assert_eq!(wrong, [format!("b:3 was refused with {error}, is at []")]);
    }
}

#[test]
fn records_without_an_outcome_are_counted() {
    let mut journal = Journal::default();
    GOOD.iter().for_each(|line| journal.read_line(line).expect("a line"));
    assert_eq!(check(&journal).open, 1);
}

#[test]
fn a_seed_repeats_its_moments() {
    let run = || {
        let mut moments = Moments(7);
        std::array::from_fn::<u64, 5, _>(|_| moments.up_to(1000))
    };
    assert_eq!(run(), run());
    assert!(run().iter().any(|moment| *moment != run()[0]));
}
