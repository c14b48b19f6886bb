//! `cargo xtask long`

/// Arguments of `cargo xtask long`.
#[derive(clap::Args)]
pub struct Args {}

/// Not built yet.
pub fn run(_args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("cargo xtask long is not built yet")
}
