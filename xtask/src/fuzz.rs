//! `cargo xtask fuzz`: the fuzz targets on stable Rust, over the committed corpus and mutations of it.
//!
//! The work is in the crate `fuzz`, because its allocator watches its own process; this builds it and passes the
//! arguments on. With `--libfuzzer` the same target runs under libFuzzer, guided by what its inputs reach; that needs
//! nightly Rust and cargo-fuzz, so only `cargo xtask long` does it.

use std::process::Command;

use anyhow::Context;

use crate::peer;

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
    /// Run `--target` under libFuzzer for so many seconds
    #[arg(long, requires = "target", conflicts_with_all = ["seed", "replay"])]
    libfuzzer: bool,
}

/// One input may take so long: the build is optimised, but watches every access.
const INPUT_SECONDS_MAX: u64 = 20;
const MEMORY_MB_MAX: u64 = 1024;

/// Runs the targets; fails when one panics, allocates far beyond its input or hangs.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut command = match &args.target {
        Some(target) if args.libfuzzer => libfuzzer(target, args.seconds)?,
        _ => stable(args),
    };
    let status = command.status().context("the fuzzer did not start")?;
    if status.success() { Ok(()) } else { Err(crate::Told.into()) }
}

/// From the committed corpus; what it learns goes to a folder of its own, where the next run goes on.
fn libfuzzer(target: &str, seconds: u64) -> anyhow::Result<Command> {
    let learnt = peer::root().join("target/fuzz").join(target);
    std::fs::create_dir_all(&learnt).with_context(|| learnt.display().to_string())?;
    // Not `cargo +nightly`: under cargo, `cargo` may be the toolchain's own, which knows no other.
    let mut command = Command::new("rustup");
    command.current_dir(peer::root()).args(["run", "nightly", "cargo", "fuzz", "run"]);
    command.args(["--fuzz-dir", "fuzz/libfuzzer", target]).arg(learnt).arg(format!("fuzz/corpus/{target}"));
    command.arg("--").arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-rss_limit_mb={MEMORY_MB_MAX}")).arg(format!("-timeout={INPUT_SECONDS_MAX}"));
    Ok(command)
}

fn stable(args: &Args) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--locked", "--quiet", "--package", "hence-fuzz", "--bin", "hence-fuzz", "--"]);
    command.args(["--seconds", &args.seconds.to_string(), "--seed", &args.seed.to_string()]);
    if let Some(target) = &args.target {
        command.args(["--target", target]);
    }
    if let Some(replay) = &args.replay {
        command.args(["--replay", replay]);
    }
    command
}
