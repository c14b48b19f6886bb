//! A few images of each mode, so that a broken recorder is seen where it is written; the many are run by
//! `cargo xtask sim --images`.

use super::{examine, record};
use crate::sim::Durability;

fn check(durability: Durability) {
    let dir = tempfile::tempdir().expect("a directory for the recording");
    let recording = record(dir.path(), 1, durability, 300).unwrap_or_else(|violation| panic!("{violation}"));
    let counts = examine(&recording, 2, 40).unwrap_or_else(|violation| panic!("{violation}"));
    assert!(counts.images == 40 && counts.real > 0 && counts.torn_writes > 0, "{counts:?}");
}

#[test]
fn images_of_a_direct_run_hold_every_acknowledgement() {
    check(Durability::Direct);
}

#[test]
fn images_of_a_buffered_run_hold_every_acknowledgement() {
    check(Durability::Buffered);
}

#[test]
fn images_of_a_lossy_run_say_what_they_lost() {
    check(Durability::Os);
}

#[test]
fn images_of_a_staged_run_say_what_they_lost() {
    check(Durability::Staged);
}
