//! `cargo xtask compat`

/// Arguments of `cargo xtask compat`.
#[derive(clap::Args)]
pub struct Args {}

/// Not built yet.
pub fn run(_args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("cargo xtask compat is not built yet")
}
