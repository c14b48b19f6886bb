//! `cargo xtask fuzz`

/// Arguments of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub struct Args {}

/// Not built yet.
pub fn run(_args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("cargo xtask fuzz is not built yet")
}
