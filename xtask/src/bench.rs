//! `cargo xtask bench`: measures Hence beside its peer on this machine, and makes the README's tables from the results.
//!
//! Always: both sides get the same requests from the same generator in alternating runs of one invocation, each side's
//! durability is part of the cell, and a figure in the README comes from a file under `bench/results`. Nothing is run in
//! CI but the check that the tables are those of the files.

mod binaries;
mod cells;
mod clients;
mod contestant;
mod machine;
mod probes;
mod results;
mod run;
mod start;
mod tables;

#[cfg(test)]
mod tests;

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Runs cells against Apache Kafka and Hence, alternately
    Kafka(run::Args),
    /// Runs the ceiling probes: disk, sockets and threads without a broker
    Probes(probes::Args),
    /// Prints the tables of bench/results, or checks that the README has them
    Tables(tables::Args),
}

/// Runs the task.
pub fn run(args: &Args) -> anyhow::Result<()> {
    match &args.task {
        Task::Kafka(args) => run::run(args),
        Task::Probes(args) => probes::run(args),
        Task::Tables(args) => tables::run(args),
    }
}
