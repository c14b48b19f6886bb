//! `hence config show`: every setting with the value that `hence serve` would use now, as a file that it accepts.
//! Nothing is changed.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{Global, output};
use crate::serve::Settings;

/// Arguments of `hence config`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Print every setting: defaults, then the file, then the environment, then --set
    Show {
        /// Settings file (TOML)
        #[arg(long, env = "HENCE_CONFIG", value_name = "FILE")]
        config: Option<PathBuf>,
        /// One setting, as in `--set journal.io=buffered`; may be given several times
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
    },
}

/// Prints the settings, as TOML or JSON.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<ExitCode> {
    let Command::Show { config, set } = &args.command;
    let pairs = set.iter().map(|text| Settings::pair(text)).collect::<Result<Vec<_>, _>>()?;
    let settings = Settings::load(config.as_deref(), &pairs)?;
    if global.json {
        output::json(&settings)?;
    } else {
        write!(std::io::stdout().lock(), "{}", toml::to_string(&settings)?)?;
    }
    Ok(ExitCode::SUCCESS)
}
