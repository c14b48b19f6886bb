//! `hence topic`: create, list, describe and delete topics through the admin API.
//!
//! Deleting asks for the name on a terminal unless `--yes` is given: what is deleted is gone.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use anyhow::{Context, ensure};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use super::admin::{Admin, Refused};
use super::{Global, output};

/// Arguments of `hence topic`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Create a topic
    #[command(
        after_help = "Example: hence topic create orders --partitions 3 --config retention.ms=86400000"
    )]
    Create {
        /// Its name
        name: String,
        /// How many partitions [default: the broker's kafka.default_partitions]
        #[arg(long, short)]
        partitions: Option<u32>,
        /// A setting, by the name that Kafka gives it; may be given several times
        #[arg(long, short, value_name = "KEY=VALUE")]
        config: Vec<String>,
        /// Succeed when it exists
        #[arg(long)]
        if_not_exists: bool,
    },
    /// List topics
    List,
    /// Show a topic's partitions and settings
    Describe {
        /// Its name
        name: String,
    },
    /// Delete a topic and everything in it
    Delete {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

#[derive(Serialize)]
struct NewTopic<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<u32>,
    config: BTreeMap<&'a str, &'a str>,
}

#[derive(Deserialize)]
struct List {
    topics: Vec<Summary>,
}

#[derive(Serialize, Deserialize)]
struct Summary {
    name: String,
    id: String,
    partitions: u32,
}

#[derive(Serialize, Deserialize)]
struct Topic {
    name: String,
    id: String,
    partitions: Vec<Partition>,
    config: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Partition {
    partition: u32,
    start: u64,
    end: u64,
    bytes: u64,
    leader_epoch: u32,
}

/// Runs the subcommand.
pub async fn run(global: &Global, args: &Args) -> anyhow::Result<()> {
    let admin = Admin::at(&global.admin)?;
    match &args.command {
        Command::Create { name, partitions, config, if_not_exists } => {
            create(global, &admin, name, *partitions, config, *if_not_exists).await
        }
        Command::List => list(global, &admin).await,
        Command::Describe { name } => describe(global, &admin, name).await,
        Command::Delete { name, yes } => delete(global, &admin, name, *yes).await,
    }
}

async fn create(
    global: &Global,
    admin: &Admin,
    name: &str,
    partitions: Option<u32>,
    config: &[String],
    if_not_exists: bool,
) -> anyhow::Result<()> {
    let pairs = config
        .iter()
        .map(|text| text.split_once('=').with_context(|| format!("`--config {text}`: write KEY=VALUE")))
        .collect::<anyhow::Result<_>>()?;
    let created = admin.create("/v1/topics", &NewTopic { name, partitions, config: pairs }).await;
    let (topic, done): (Topic, _) = match created {
        Err(error) if if_not_exists && exists(&error) => (admin.read(&path_of(name)).await?, "found"),
        created => (created?, "created"),
    };
    if global.json {
        return output::json(&topic);
    }
    let count = topic.partitions.len();
    let unit = if count == 1 { "partition" } else { "partitions" };
    Ok(writeln!(std::io::stdout(), "{done} topic {name} with {count} {unit}")?)
}

fn exists(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| refused.status == StatusCode::CONFLICT)
}

async fn list(global: &Global, admin: &Admin) -> anyhow::Result<()> {
    let topics = topics(admin).await?;
    if global.json {
        return output::json(&topics);
    }
    let rows = topics.iter().map(|topic| vec![topic.name.clone(), topic.partitions.to_string()]);
    output::table(&["name", "partitions"], rows)
}

async fn describe(global: &Global, admin: &Admin, name: &str) -> anyhow::Result<()> {
    let topic: Topic = admin.read(&path_of(name)).await?;
    if global.json {
        return output::json(&topic);
    }
    let mut out = std::io::stdout();
    writeln!(out, "topic {}  id {}\n", topic.name, topic.id)?;
    let rows = topic.partitions.iter().map(|partition| {
        let Partition { partition: number, start, end, bytes, leader_epoch } = partition;
        vec![
            number.to_string(),
            start.to_string(),
            end.to_string(),
            output::bytes(*bytes),
            leader_epoch.to_string(),
        ]
    });
    output::table(&["partition", "start", "end", "size", "epoch"], rows)?;
    if !topic.config.is_empty() {
        writeln!(out)?;
        output::table(&["setting", "value"], topic.config.into_iter().map(|(key, value)| vec![key, value]))?;
    }
    Ok(())
}

async fn delete(global: &Global, admin: &Admin, name: &str, yes: bool) -> anyhow::Result<()> {
    if !yes && std::io::stdin().is_terminal() {
        write!(std::io::stderr(), "delete topic {name} and everything in it? type its name: ")?;
        let mut typed = String::new();
        std::io::stdin().read_line(&mut typed)?;
        ensure!(typed.trim() == name, "nothing was deleted: `{}` is not `{name}`", typed.trim());
    }
    admin.delete(&path_of(name)).await?;
    if global.json {
        return output::json(&serde_json::json!({ "deleted": name }));
    }
    Ok(writeln!(std::io::stdout(), "deleted topic {name}")?)
}

async fn topics(admin: &Admin) -> anyhow::Result<Vec<Summary>> {
    let list: List = admin.read("/v1/topics").await?;
    Ok(list.topics)
}

/// Names hold letters, digits, `.`, `_` and `-` only; anything else is escaped for the broker to refuse.
fn path_of(name: &str) -> String {
    let mut path = String::from("/v1/topics/");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            path.push(byte.into());
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}
