//! Runs another client and measures what it and the broker spent meanwhile: for cross-checks with real clients.
//!
//! A client that prints `counting` has its window begin there and end with the line after it; any other has its whole life
//! for a window, its start included. What it prints is passed on as text; that it ends well is waited for in any case.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::watch::{Cost, Watch};

/// What a client prints when it begins to count.
const COUNTING: &str = "counting";

#[derive(clap::Args)]
pub struct Args {
    /// The broker's process id
    #[arg(long)]
    pid: u32,
    /// The client and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Runs the client.
pub fn run(args: &Args) -> anyhow::Result<String> {
    let (printed, cost) = around(args.pid, &args.command)?;
    Ok(serde_json::json!({ "printed": printed, "cost": cost }).to_string())
}

/// Runs the client to its end: what it printed in its window, and what that cost.
pub fn around(pid: u32, command: &[String]) -> anyhow::Result<(String, Cost)> {
    let (program, arguments) = command.split_first().context("which client?")?;
    let mut client = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .with_context(|| format!("{program} did not start"))?;
    let stdout = client.stdout.take().context("its standard output is piped")?;
    let seen = follow(stdout, || Watch::start_with_client(pid, client.id()));
    let status = client.wait()?;
    ensure!(status.success(), "{program} ended with {status}");
    seen.with_context(|| program.clone())
}

/// Reads what a client prints until its window is over. It is not waited for here, so that its time can still be read.
fn follow(stdout: impl Read, watch: impl Fn() -> anyhow::Result<Watch>) -> anyhow::Result<(String, Cost)> {
    let life = watch()?;
    let mut lines = BufReader::new(stdout).lines();
    let mut printed = String::new();
    while let Some(line) = lines.next().transpose()? {
        if line == COUNTING {
            let counted = watch()?;
            let line = lines.next().transpose()?.context("it counted and did not say what")?;
            return Ok((line, counted.end()?));
        }
        printed.push_str(&line);
        printed.push('\n');
    }
    Ok((printed, life.end()?))
}
