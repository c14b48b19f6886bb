//! `cargo xtask kill`: in the making.
//!
//! It says so and fails.

/// Arguments of `cargo xtask kill`.
#[derive(clap::Args)]
pub struct Args {}

/// Not built yet.
pub fn run(_args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("cargo xtask kill is not built yet")
}
