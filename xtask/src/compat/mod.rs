//! `cargo xtask compat`: unmodified clients run scripted scenarios, and what they saw is compared with what Kafka gave.
//!
//! A client is a folder of `compat/kafka/clients` with a `client.json`; a scenario is one run of it that prints JSON
//! lines. `--record` writes what real Kafka gave to `compat/kafka/recordings`. A difference is allowed when
//! `compat/kafka/deviations.toml` names it with Hence's own answer and a finding; one that is gone is a failure too.

mod broker;
mod client;
mod compare;
mod deviations;
mod scenario;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, ensure};

pub use broker::hence_binary;
pub use client::Client;

use broker::{Against, Broker};
use client::When;
use deviations::Deviations;
use scenario::{Outcome, Scenario};

use crate::peer;

/// Arguments of `cargo xtask compat`.
#[derive(clap::Args)]
pub struct Args {
    /// Run only this client; may be given several times
    #[arg(long, value_name = "NAME")]
    client: Vec<String>,
    /// Run only this scenario; may be given several times
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// The broker to run against: `hence`, `kafka`, or the HOST:PORT of an empty one that runs already
    #[arg(long, default_value = "hence")]
    against: Against,
    /// Write what real Kafka gave as the recordings to compare with
    #[arg(long)]
    record: bool,
    /// Also run the clients that only the long suite runs
    #[arg(long)]
    long: bool,
    /// Install what the clients' builds need with apt-get (Debian, Ubuntu)
    #[arg(long)]
    install: bool,
    /// List the clients and their scenarios
    #[arg(long)]
    list: bool,
    /// How many scenarios run at a time
    #[arg(long, default_value_t = 4)]
    jobs: usize,
    /// The binary of Hence; built when absent
    #[arg(long, value_name = "PATH")]
    hence: Option<PathBuf>,
}

/// Builds the clients, runs the scenarios, compares or records; the last line counts.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let clients = choose_clients(args)?;
    let scenarios = choose_scenarios(&clients, &args.scenario)?;
    if args.list {
        clients.iter().for_each(|client| println!("{}", client.describe()));
        return Ok(());
    }
    ensure!(!args.record || args.against != Against::Hence || args.hence.is_none(), "Hence is not recorded");
    let deviations = Deviations::load()?;
    client::build_all(&clients, args.install)?;
    let against = if args.record { &Against::Kafka } else { &args.against };
    let broker = Broker::start(against, args.hence.as_deref())?;
    println!("compat: against {} at {}", broker.name(), broker.bootstrap());
    let differ = run_all(&scenarios, args.jobs, |scenario| {
        let outcome = scenario.run(broker.bootstrap());
        if args.record {
            scenario.record(&outcome)
        } else {
            let allowed = if broker.is_kafka() { Vec::new() } else { deviations.of(scenario) };
            scenario.judge(&outcome, &allowed)
        }
    });
    broker.stop()?;
    let (word, differing) = if args.record { ("recorded", "failed") } else { ("scenarios", "differ") };
    println!("compat: {} {word}, {differ} {differing}", scenarios.len());
    if differ == 0 { Ok(()) } else { Err(crate::Told.into()) }
}

/// The clients that were named, or those of the suite.
fn choose_clients(args: &Args) -> anyhow::Result<Vec<Client>> {
    let all = Client::all()?;
    for name in &args.client {
        let names: Vec<_> = all.iter().map(|client| client.name.as_str()).collect();
        ensure!(
            names.contains(&name.as_str()),
            "there is no client `{name}`; the clients are: {}",
            names.join(", ")
        );
    }
    let chosen = |client: &Client| match args.client.is_empty() {
        true => args.long || client.when == When::Ci,
        false => args.client.contains(&client.name),
    };
    Ok(all.into_iter().filter(chosen).collect())
}

/// The clients' scenarios, or those of them that were named.
fn choose_scenarios<'a>(clients: &'a [Client], named: &[String]) -> anyhow::Result<Vec<Scenario<'a>>> {
    let all = clients.iter().flat_map(Scenario::all);
    let chosen: Vec<_> =
        all.filter(|scenario| named.is_empty() || named.iter().any(|name| name == scenario.name)).collect();
    ensure!(!chosen.is_empty(), "none of these clients has such a scenario; `--list` lists them");
    Ok(chosen)
}

/// Runs the scenarios, `jobs` at a time; returns how many `act` was not content with. Each prints its own verdict.
fn run_all<'a>(
    scenarios: &[Scenario<'a>],
    jobs: usize,
    act: impl Fn(&Scenario<'a>) -> anyhow::Result<Outcome> + Sync,
) -> usize {
    let (next, differ, printing) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, scenarios.len().max(1)) {
            scope.spawn(|| {
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = act(scenario).unwrap_or_else(|error| Outcome::broken(format!("{error:#}")));
                    let _one_at_a_time = printing.lock();
                    print!("{}", outcome.told(scenario));
                    if !outcome.is_good() {
                        differ.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    differ.into_inner()
}

/// A file of `compat/kafka`, as text.
fn page(name: &str) -> anyhow::Result<String> {
    let path = peer::root().join("compat/kafka").join(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}
