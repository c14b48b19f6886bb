//! `cargo xtask images`: a broker with real clients is recorded, and directories that crashes could have left are opened.
//!
//! The work is in the testkit's `hence-images`; this builds it and the clients (librdkafka's, from Python). The journal alone
//! is recorded by `cargo xtask sim --images`.

use std::process::Command;

use anyhow::Context;

use crate::compat::Client;
use crate::script;

/// Arguments of `cargo xtask images`.
#[derive(clap::Args)]
pub struct Args {
    /// How many images, of recordings in every mode
    #[arg(long, default_value_t = 100)]
    images: u64,
    /// The first seed: it chooses moments and losses, not what is recorded
    #[arg(long, default_value_t = 1)]
    start: u64,
    /// Plant one bug after the other in a broker and see that each is found
    #[arg(long)]
    planted: bool,
}

/// Records and opens; fails when a promise is broken, or when a path was never taken.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let python = Client::load("confluent-kafka")?;
    python.build()?;
    let clients = script::command(&python, "images/clients.py", &[])?;
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--locked", "--quiet", "--package", "hence-testkit", "--bin", "hence-images"]);
    if args.planted {
        command.args(["--features", "planted"]);
    }
    command.args(["--", "--images", &args.images.to_string(), "--start", &args.start.to_string()]);
    if args.planted {
        command.arg("--planted");
    }
    command.arg(clients.get_program()).args(clients.get_args());
    let status = command.status().context("cargo did not start")?;
    if status.success() { Ok(()) } else { Err(crate::Told.into()) }
}
