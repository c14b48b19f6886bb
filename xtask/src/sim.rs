//! `cargo xtask sim`: seeds of the simulation, and proof by planted bugs that it finds some.
//!
//! The work is in the testkit's `hence-sim`; this builds it optimised, with overflow checks and assertions on, and passes
//! the arguments on.

use std::process::Command;

use anyhow::Context;

/// Arguments of `cargo xtask sim`.
#[derive(clap::Args)]
pub struct Args {
    /// How many seeds; with `--planted`, how many at most until each bug is found
    #[arg(long, default_value_t = SEEDS)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    start: u64,
    /// Run this one seed, twice, and compare
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "start", "planted"])]
    replay: Option<u64>,
    /// Record real runs and open this many directories that a power cut could have left of them
    #[arg(long, value_name = "N", conflicts_with_all = ["seeds", "replay", "planted"])]
    images: Option<u64>,
    /// Plant one bug after the other and see that each is found
    #[arg(long)]
    planted: bool,
}

/// The seeds that the suite runs: every planted bug is found within them.
const SEEDS: u64 = 500;

/// Runs the seeds; fails when one does, or when a path was never taken.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--locked", "--quiet", "--profile", "sim", "--package", "hence-testkit"]);
    command.args(["--no-default-features", "--bin", "hence-sim"]);
    if args.planted {
        command.args(["--features", "planted"]);
    }
    command.arg("--");
    match args.replay {
        Some(seed) => command.args(["--replay", &seed.to_string()]),
        None => command.args(["--seeds", &args.seeds.to_string(), "--start", &args.start.to_string()]),
    };
    if let Some(images) = args.images {
        command.args(["--images", &images.to_string()]);
    }
    if args.planted {
        command.arg("--planted");
    }
    let status = command.status().context("cargo did not start")?;
    if status.success() { Ok(()) } else { Err(crate::Told.into()) }
}
