//! The runner finds what is planted, and the same seed gives the same inputs.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::allocation::Watched;
use crate::mutation::{Random, mutate};
use crate::runner::{Outcome, run};
use crate::targets::Target;

#[global_allocator]
static ALLOCATOR: Watched = Watched;

fn corpus() -> Vec<Vec<u8>> {
    vec![vec![0, 0, 0, 4, 1, 2, 3, 4], vec![], vec![9; 300]]
}

fn inputs(seed: u64) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed, "sample");
    let mut input = Vec::new();
    (0..1_000)
        .map(|_| {
            mutate(&corpus(), &mut random, &mut input);
            input.clone()
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_inputs_and_another_seed_others() {
    assert_eq!(inputs(1), inputs(1));
    assert_ne!(inputs(1), inputs(2));
    let distinct: BTreeSet<_> = inputs(1).into_iter().collect();
    assert!(distinct.len() > 600, "only {} of 1,000 inputs differ", distinct.len());
}

/// Reads a length and believes it.
fn believes_its_length(input: &[u8]) {
    if let Some(length) = input.first_chunk().map(|head| u32::from_be_bytes(*head)) {
        std::hint::black_box(Vec::<u8>::with_capacity(length.min(1 << 30) as usize));
    }
}

fn panics_on_a_truncated_head(input: &[u8]) {
    assert!(input.is_empty() || input.len() > 3, "half a head");
}

fn finding(run_one: fn(&[u8])) -> Option<String> {
    let target = Target { name: "planted", allocation_bytes: 1 << 17, run: run_one };
    run(&target, &corpus(), 1, Duration::from_secs(20)).finding.map(|finding| finding.what)
}

#[test]
fn a_length_that_is_believed_is_found() {
    let what = finding(believes_its_length).expect("a large length comes up soon");
    assert!(what.contains("bytes at once"), "{what}");
}

#[test]
fn a_panic_is_found() {
    assert_eq!(finding(panics_on_a_truncated_head).as_deref(), Some("panicked"));
}

#[test]
fn an_input_that_is_taken_well_leaves_no_finding() {
    let target = Target {
        name: "sound",
        allocation_bytes: 1 << 17,
        run: |input| drop(std::hint::black_box(input.to_vec())),
    };
    let mut outcome = Outcome::default();
    outcome.take(&target, &[7; 100]);
    assert!(outcome.finding.is_none() && outcome.execs == 1);
}
