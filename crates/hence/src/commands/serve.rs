//! `hence serve`: reads the settings, starts the server, prints one line when it accepts connections, and stops it on
//! SIGTERM or SIGINT, which also end a start.
//!
//! Standard output carries that one line; logs go to standard error.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use hence_broker::net::StopSignals;

use crate::serve::{Durability, Server, Settings};

/// How long a stop waits at its end for work that nobody waits for any more.
const BLOCKING_WORK_PATIENCE: Duration = Duration::from_secs(1);

/// Arguments of `hence serve`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Every setting can also come from a file (--config), the environment (HENCE_KAFKA__LISTEN=off) or \
                        --set kafka.listen=off; `hence config show` lists them.\n\
                        When it accepts connections it prints one line:\n  \
                        ready kafka=localhost:9092 http=localhost:8080 durability=fsync io=direct data=hence-data"
)]
pub struct Args {
    /// Data directory [default: hence-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where the Kafka door listens: PORT (this machine), *:PORT (every interface), HOST:PORT or off [default:
    /// localhost:9092]
    #[arg(long, value_name = "ADDR")]
    kafka: Option<String>,
    /// Where the HTTP door listens: PORT (this machine), *:PORT (every interface), HOST:PORT or off [default:
    /// localhost:8080]
    #[arg(long, value_name = "ADDR")]
    http: Option<String>,
    /// Further names that HTTP requests may call this server by, with commas between them; * for all [default: localhost
    /// and the addresses it listens on; with --allow-remote any address, and names that public DNS cannot have]
    #[arg(long, value_name = "NAME")]
    http_allow_host: Option<String>,
    /// What an acknowledgement means [default: fsync]
    #[arg(long, value_enum)]
    durability: Option<Durability>,
    /// What Kafka clients are told to connect to, when it is not the address that they used
    #[arg(long, value_name = "HOST:PORT")]
    kafka_advertised: Option<String>,
    /// Listen beyond this machine although nobody is authenticated: whoever reaches it may do everything
    #[arg(long)]
    allow_remote: bool,
    /// Settings file (TOML)
    #[arg(long, env = "HENCE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Log filter, as in `info,hence_door_kafka=debug` [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Any other setting, as in `--set journal.io=buffered`; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Runs the broker until it is told to stop.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let settings = settings(args)?;
    log_to_stderr(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(settings.threads())
        .thread_name("hence")
        .enable_all()
        .build()
        .context("the runtime did not start")?;
    let ended = runtime.block_on(until_told(settings));
    if matches!(ended, Ok(Ended::Unready)) {
        // What is opening the journal cannot be called back: it goes on until the process ends, as at a kill, and must
        // not see the runtime go before that.
        std::mem::forget(runtime);
    } else {
        // What is still done beside the event loop is for clients that are gone.
        runtime.shutdown_timeout(BLOCKING_WORK_PATIENCE);
    }
    ended.map(|_| ExitCode::SUCCESS)
}

/// How a run ended that was told to.
enum Ended {
    /// Before it was ready.
    Unready,
    /// Drained, and the journal closed.
    Stopped,
}

async fn until_told(settings: Settings) -> anyhow::Result<Ended> {
    let mut signals = StopSignals::catch().context("signals cannot be caught")?;
    // Opening a large journal blocks for long: beside the tasks, so that signals are seen meanwhile.
    let runtime = tokio::runtime::Handle::current();
    let mut starting = tokio::task::spawn_blocking(move || runtime.block_on(Server::start(settings)));
    let server = tokio::select! {
        biased;
        server = &mut starting => server??,
        // May be cancelled by the arm above: the next signal is waited for again.
        signal = signals.next() => {
            tracing::info!(%signal, "stopping before the start was done");
            return Ok(Ended::Unready);
        }
    };
    say_ready(&server)?;
    let signal = signals.next().await;
    tracing::info!(%signal, "stopping");
    tokio::select! {
        stopped = server.stop() => stopped?,
        // May be cancelled by the arm above; the other way round, what was acknowledged is durable already.
        signal = signals.next() => anyhow::bail!("{signal} again: stopped without draining"),
    }
    Ok(Ended::Stopped)
}

/// Nobody who does not read the line knows where the server is.
fn say_ready(server: &Server) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let said = writeln!(out, "{}", server.ready_line()).and_then(|()| out.flush());
    said.map_err(|error| anyhow::anyhow!("the line that says ready cannot be written: {error}"))
}

fn settings(args: &Args) -> anyhow::Result<Settings> {
    let mut pairs = args.set.iter().map(|text| Settings::pair(text)).collect::<Result<Vec<_>, _>>()?;
    let mut flag = |key: &str, value: Option<String>| {
        pairs.extend(value.map(|value| (key.to_owned(), value)));
    };
    flag("data", args.data.as_ref().map(|path| path.display().to_string()));
    flag("kafka.listen", args.kafka.clone());
    flag("http.listen", args.http.clone());
    flag("http.allowed_hosts", args.http_allow_host.clone());
    flag("kafka.advertised", args.kafka_advertised.clone());
    flag("log", args.log.clone());
    flag("allow_remote", args.allow_remote.then(|| "true".to_owned()));
    flag("durability", args.durability.map(|durability| durability.to_string()));
    Ok(Settings::load(args.config.as_deref(), &pairs)?)
}

fn log_to_stderr(settings: &Settings) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&settings.log)
        .with_context(|| format!("`{}` is not a log filter", settings.log))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if settings.log_json {
        builder.json().init();
    } else {
        let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        builder.with_ansi(std::io::stderr().is_terminal() && !is_plain).init();
    }
    Ok(())
}
