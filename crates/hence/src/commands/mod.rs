//! The command line: one file per command; `--help` teaches, `--json` is for programs, exit codes are for scripts.
//!
//! 0 is success, 1 a failure that the message explains, 2 a command line that makes no sense, 3 damage that `doctor` found.
//! What a command prints for people goes to the terminal as a table; what it says about itself goes to standard error.
//! Admin goes over HTTP, data over the Kafka protocol, both to any address: nothing here looks into a running broker's
//! directory.

mod admin;
mod bench;
mod config;
mod consume;
mod doctor;
mod output;
mod produce;
mod serve;
mod topic;

use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use hence_kafka_client::{Client, OperationError, Topic};
use hence_kafka_proto::ErrorCode;

#[derive(Parser)]
#[command(
    name = "hence",
    version,
    about = "An event broker in one binary: start it with `hence serve`, point a Kafka client at localhost:9092",
    after_help = "A first look, each in a terminal of its own:\n  \
                  hence serve\n  \
                  hence topic create orders --partitions 3\n  \
                  echo 'hello' | hence produce orders\n  \
                  hence consume orders --from earliest",
    propagate_version = true
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Over the options that only commands have that talk to a broker.
const CLIENTS: &str = "Commands that talk to a broker";

/// What every command takes.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    json: bool,
    /// Where the Kafka door of the broker is
    #[arg(
        long,
        global = true,
        env = "HENCE_BOOTSTRAP",
        help_heading = CLIENTS,
        default_value = "localhost:9092",
        value_name = "HOST:PORT"
    )]
    bootstrap: String,
    /// Where the HTTP door of the broker is
    #[arg(
        long,
        global = true,
        env = "HENCE_ADMIN",
        help_heading = CLIENTS,
        default_value = "http://localhost:8080",
        value_name = "URL"
    )]
    admin: String,
}

#[derive(Subcommand)]
enum Command {
    /// Run the broker
    Serve(serve::Args),
    /// Create, list, describe and delete topics
    Topic(topic::Args),
    /// Publish records from standard input or files
    Produce(produce::Args),
    /// Print records of a topic
    Consume(consume::Args),
    /// Examine, and repair, the directory of a stopped broker
    Doctor(doctor::Args),
    /// Measure a running broker from this machine
    Bench(bench::Args),
    /// Show the settings that `serve` would use
    Config(config::Args),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Parses the command line and runs it.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    match run(cli) {
        Ok(code) => code,
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::failure(&error, json);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { global, command } = cli;
    match command {
        Command::Serve(args) => serve::run(&args),
        Command::Topic(args) => client(topic::run(&global, &args)),
        Command::Produce(args) => client(produce::run(&global, &args)),
        Command::Consume(args) => client(consume::run(&global, &args)),

        Command::Doctor(args) => doctor::run(&global, &args),
        Command::Bench(args) => client(bench::run(&global, &args)),
        Command::Config(args) => config::run(&global, &args),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "hence", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs a client command on a runtime of one thread.
fn client(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(command);
    // Reading standard input blocks a thread of its own, which nobody waits for.
    runtime.shutdown_background();
    done.map(|()| ExitCode::SUCCESS)
}

/// Looks a topic up; what to do when there is none.
async fn existing_topic(client: &Client, name: &str) -> anyhow::Result<Topic> {
    match client.topic(name).await {
        Err(OperationError::Refused(refused)) if refused.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {
            anyhow::bail!("there is no topic {name:?}\n  → create it: hence topic create {name}")
        }
        topic => Ok(topic?),
    }
}

#[cfg(test)]
mod tests;
