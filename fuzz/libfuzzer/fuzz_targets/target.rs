//! libFuzzer on the target that this binary is named after; the targets are in `hence-fuzz`.
//!
//! Every binary of this crate is built from this file; one without a target of its name says so and ends.

#![no_main]

use std::sync::LazyLock;

use hence_fuzz::targets::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = env!("CARGO_BIN_NAME");
    TARGETS.iter().find(|target| target.name == name).expect("a target of this name in hence-fuzz")
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| (TARGET.run)(input));
