//! `cargo xtask ci`: the suite, on any machine that has Rust. One table of steps, each with its budget.
//!
//! A step that cannot run because a tool is missing has failed; none is skipped. `--install` installs what is missing on
//! Debian and Ubuntu. The last line is `ci: N passed, N failed` and the exit code is 1 when something failed.

mod steps;
mod tools;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use steps::STEPS;
pub use steps::{Step, seconds};

/// A step that takes this many times its budget is stuck and killed.
const STUCK_AFTER_BUDGETS: u32 = 3;

/// Arguments of `cargo xtask ci`.
#[derive(clap::Args)]
pub struct Args {
    /// Install what is missing with apt-get, rustup and cargo (Debian and Ubuntu)
    #[arg(long)]
    install: bool,
    /// Run only this step; may be given several times
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// List the steps with their budgets and commands
    #[arg(long)]
    list: bool,
}

/// Runs the steps in order, all of them, whatever fails.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let Args { install, only, list } = args;
    Suite { name: "ci", steps: STEPS }.run(only, *list, *install)
}

/// Steps that are run together and counted on one line.
pub struct Suite {
    /// Its name: the task's.
    pub name: &'static str,
    /// In the order in which they run.
    pub steps: &'static [Step],
}

impl Suite {
    /// Runs the steps named in `only`, or all; the last line counts what passed and failed.
    pub fn run(&self, only: &[String], list: bool, install: bool) -> anyhow::Result<()> {
        let chosen = self.choose(only)?;
        if list {
            chosen.iter().for_each(|step| println!("{}", step.describe()));
            return Ok(());
        }
        tools::report(&chosen, install)?;
        let started = now();
        // Asked before the first step: once a step has built this binary anew, the running one has no path any more.
        let xtask = std::env::current_exe()?;
        let failed: Vec<_> =
            chosen.iter().filter(|step| !run_step(step, &xtask)).map(|step| step.name).collect();
        let Self { name, .. } = self;
        println!("\n{name}: {} s in all", started.elapsed().as_secs());
        if let Some(first) = failed.first() {
            println!(
                "{name}: failed: {}; repeat one with `cargo xtask {name} --only {first}`",
                failed.join(", ")
            );
        }
        println!("{name}: {} passed, {} failed", chosen.len() - failed.len(), failed.len());
        if failed.is_empty() { Ok(()) } else { Err(crate::Told.into()) }
    }

    /// The steps that were asked for, in the table's order; all when none was.
    fn choose(&self, only: &[String]) -> anyhow::Result<Vec<&'static Step>> {
        let names: Vec<_> = self.steps.iter().map(|step| step.name).collect();
        for name in only {
            ensure!(
                names.contains(&name.as_str()),
                "there is no step `{name}`; the steps are: {}",
                names.join(", ")
            );
        }
        Ok(self
            .steps
            .iter()
            .filter(|step| only.is_empty() || only.iter().any(|name| name == step.name))
            .collect())
    }
}

fn run_step(step: &Step, xtask: &Path) -> bool {
    println!("\n▶ {}", step.describe());
    let started = now();
    let outcome = tools::missing(step).and_then(|()| {
        let deadline = started + step.budget * STUCK_AFTER_BUDGETS;
        step.commands.iter().try_for_each(|words| run_command(words, xtask, deadline))
    });
    let took = started.elapsed();
    let budget = if took > step.budget { ", OVER its budget" } else { "" };
    match &outcome {
        Ok(()) => println!("▪ {} passed in {:.1} s{budget}", step.name, took.as_secs_f32()),
        Err(error) => {
            println!("▪ {} FAILED after {:.1} s{budget}: {error:#}", step.name, took.as_secs_f32())
        }
    }
    outcome.is_ok()
}

/// Runs one command with its output on ours. `xtask` is this very binary, wherever it is.
fn run_command(words: &[&str], xtask: &Path, deadline: Instant) -> anyhow::Result<()> {
    let (program, arguments) = words.split_first().context("a step has an empty command")?;
    let program: OsString = match *program {
        "xtask" => xtask.into(),
        "cargo" => std::env::var_os("CARGO").map_or_else(|| "cargo".into(), Into::into),
        other => other.into(),
    };
    let mut command = Command::new(program);
    let status = wait(command.args(arguments), deadline).with_context(|| format!("`{}`", words.join(" ")))?;
    ensure!(status.success(), "`{}` ended with {status}", words.join(" "));
    Ok(())
}

/// Waits for the command, and kills it at the deadline.
#[allow(
    clippy::disallowed_methods,
    reason = "a child is waited for with a deadline, and std has no such wait"
)]
fn wait(command: &mut Command, deadline: Instant) -> anyhow::Result<ExitStatus> {
    let mut child = command.spawn().context("did not start")?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if now() > deadline {
            child.kill()?;
            child.wait()?;
            anyhow::bail!("was stuck and has been killed");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[allow(clippy::disallowed_methods, reason = "steps are timed")]
fn now() -> Instant {
    Instant::now()
}
