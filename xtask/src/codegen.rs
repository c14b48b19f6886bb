//! `cargo xtask codegen`

/// Arguments of `cargo xtask codegen`.
#[derive(clap::Args)]
pub struct Args {}

/// Not built yet.
pub fn run(_args: &Args) -> anyhow::Result<()> {
    anyhow::bail!("cargo xtask codegen is not built yet")
}
