//! Runs another client and measures what the broker spent meanwhile: for cross-checks with real clients.
//!
//! The window is the client's whole life, its start included. What it prints is passed on as text.

use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::watch::Watch;

#[derive(clap::Args)]
pub struct Args {
    /// The broker's process id
    #[arg(long)]
    pid: u32,
    /// The client and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

/// Runs the client to its end.
pub fn run(args: &Args) -> anyhow::Result<String> {
    let (program, arguments) = args.command.split_first().context("which client?")?;
    let watch = Watch::start(Some(args.pid))?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{program} did not start"))?;
    let cost = watch.end()?;
    ensure!(output.status.success(), "{program} ended with {}", output.status);
    let printed = String::from_utf8_lossy(&output.stdout);
    Ok(serde_json::json!({ "printed": printed, "cost": cost }).to_string())
}
