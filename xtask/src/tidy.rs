//! `cargo xtask tidy`

/// Arguments of `cargo xtask tidy`.
#[derive(clap::Args)]
pub struct Args {}

/// Not built yet.
pub fn run(_args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("cargo xtask tidy is not built yet")
}
