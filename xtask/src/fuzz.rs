//! `cargo xtask fuzz`: the fuzz targets on stable Rust, over the committed corpus and mutations of it.
//!
//! The work is in the crate `fuzz`, because its allocator watches its own process; this builds it and passes the
//! arguments on. Coverage-guided runs are `cargo xtask long fuzz`.

use std::process::Command;

use anyhow::Context;

/// Arguments of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub struct Args {
    /// Seconds for all targets together
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Where the mutations start
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run only this target
    #[arg(long)]
    target: Option<String>,
    /// Run this one input through `--target` and nothing else
    #[arg(long, requires = "target", value_name = "FILE")]
    replay: Option<String>,
}

/// Runs the targets; fails when one panics, allocates far beyond its input or hangs.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--locked", "--quiet", "--package", "hence-fuzz", "--bin", "hence-fuzz", "--"]);
    command.args(["--seconds", &args.seconds.to_string(), "--seed", &args.seed.to_string()]);
    if let Some(target) = &args.target {
        command.args(["--target", target]);
    }
    if let Some(replay) = &args.replay {
        command.args(["--replay", replay]);
    }
    let status = command.status().context("cargo did not start")?;
    if status.success() { Ok(()) } else { Err(crate::Told.into()) }
}
