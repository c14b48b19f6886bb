//! `cargo xtask sim`

/// Arguments of `cargo xtask sim`.
#[derive(clap::Args)]
pub struct Args {}

/// Not built yet.
pub fn run(_args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("cargo xtask sim is not built yet")
}
