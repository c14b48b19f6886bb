//! `hence produce`: records from standard input or files into a topic, in batches, idempotently.
//!
//! Always: what is typed is sent at once, what is piped is sent in full batches; a failure says how many records were
//! acknowledged before it. Records of one partition keep their order. Nothing is retried.

mod input;
mod partitioner;
mod writer;

use std::fs::File;
use std::io::{BufReader, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use hence_kafka_client::Client;
use hence_message::kafka::Codec;
use tokio::sync::mpsc;

use super::{Global, output};
use input::{Format, Outgoing, Reader};
use writer::Writer;

/// Records that are read ahead of what is sent.
const READ_AHEAD_RECORDS: usize = 4096;

/// Arguments of `hence produce`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  \
                        echo hello | hence produce orders\n  \
                        printf 'id-7:pears\\n' | hence produce orders --key-separator :\n  \
                        echo '{\"key\":\"id-7\",\"value\":{\"kg\":2},\"headers\":{\"shop\":\"3\"}}' | hence produce orders --format ndjson\n  \
                        hence produce pictures --format whole a.png b.png")]
pub struct Args {
    /// The topic
    topic: String,
    /// Files to read instead of standard input
    files: Vec<PathBuf>,
    /// How input becomes records
    #[arg(long, value_enum, default_value = "line")]
    format: Format,
    /// Split each line into key and value at the first of these
    #[arg(long, value_name = "TEXT")]
    key_separator: Option<String>,
    /// The key of every record that has none of its own
    #[arg(long)]
    key: Option<String>,
    /// A header of every record; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    header: Vec<String>,
    /// The partition [default: by key; without one, batch by batch in turn]
    #[arg(long, short)]
    partition: Option<u32>,
    /// How batches are compressed
    #[arg(long, value_enum, default_value = "none")]
    compression: Compression,
    /// Records are sent in batches of about this many bytes
    #[arg(long, default_value_t = 256 * 1024, value_name = "BYTES")]
    batch_bytes: usize,
}

/// A codec of record batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Compression {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl From<Compression> for Codec {
    fn from(compression: Compression) -> Self {
        match compression {
            Compression::None => Self::None,
            Compression::Gzip => Self::Gzip,
            Compression::Snappy => Self::Snappy,
            Compression::Lz4 => Self::Lz4,
            Compression::Zstd => Self::Zstd,
        }
    }
}

/// Sends everything that is read.
pub async fn run(global: &Global, args: &Args) -> anyhow::Result<()> {
    let defaults = Outgoing {
        key: args.key.clone().map(String::into_bytes),
        headers: headers(&args.header)?,
        partition: args.partition,
        ..Outgoing::default()
    };
    let client = Client::connect(&global.bootstrap).await?;
    let mut writer = Writer::open(&client, &args.topic, args.compression.into(), args.batch_bytes).await?;
    let typed = args.files.is_empty() && std::io::stdin().is_terminal();
    let progress = output::Progress::of("records", !typed);
    let (sender, mut records) = mpsc::channel(READ_AHEAD_RECORDS);
    let reading = read_in_background(args, sender)?;
    let sent = send_all(&mut writer, &mut records, &defaults, &progress).await;
    drop(progress);
    let acknowledged = writer.acknowledged();
    let count = match acknowledged {
        1 => "1 record".to_owned(),
        count => format!("{count} records"),
    };
    let failed = || format!("{count} acknowledged before this");
    sent.with_context(failed)?;
    drop(records);
    reading.await?.with_context(failed)?;
    if global.json {
        return output::json(&serde_json::json!({ "topic": args.topic, "records": acknowledged }));
    }
    Ok(writeln!(std::io::stdout(), "produced {count} to {}", args.topic)?)
}

/// Takes what has been read, sends it, and waits for more only when nothing is left to send.
async fn send_all(
    writer: &mut Writer,
    records: &mut mpsc::Receiver<Outgoing>,
    defaults: &Outgoing,
    progress: &output::Progress,
) -> anyhow::Result<()> {
    while let Some(first) = records.recv().await {
        writer.push(complete(first, defaults)).await?;
        while let Ok(record) = records.try_recv() {
            writer.push(complete(record, defaults)).await?;
            progress.at(writer.acknowledged());
        }
        writer.send().await?;
        progress.at(writer.acknowledged());
    }
    writer.finish().await
}

fn complete(mut record: Outgoing, defaults: &Outgoing) -> Outgoing {
    record.key = record.key.or_else(|| defaults.key.clone());
    record.partition = record.partition.or(defaults.partition);
    record.headers.extend(defaults.headers.iter().cloned());
    record
}

fn headers(texts: &[String]) -> anyhow::Result<Vec<(String, Option<Vec<u8>>)>> {
    let pair = |text: &String| {
        let Some((name, value)) = text.split_once('=') else { bail!("`--header {text}`: write NAME=VALUE") };
        Ok((name.to_owned(), Some(value.as_bytes().to_vec())))
    };
    texts.iter().map(pair).collect()
}

/// Reads on a thread that may block; ends when nobody takes records any more.
fn read_in_background(
    args: &Args,
    sender: mpsc::Sender<Outgoing>,
) -> anyhow::Result<tokio::task::JoinHandle<anyhow::Result<()>>> {
    let files = args
        .files
        .iter()
        .map(|path| File::open(path).with_context(|| format!("cannot read {}", path.display())))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (format, separator) = (args.format, args.key_separator.clone());
    Ok(tokio::task::spawn_blocking(move || {
        if files.is_empty() {
            return pass_on(Reader::new(std::io::stdin().lock(), format, separator), &sender);
        }
        files.into_iter().try_for_each(|file| {
            pass_on(Reader::new(BufReader::new(file), format, separator.clone()), &sender)
        })
    }))
}

fn pass_on(mut reader: Reader<impl std::io::BufRead>, sender: &mpsc::Sender<Outgoing>) -> anyhow::Result<()> {
    while let Some(record) = reader.next()? {
        if sender.blocking_send(record).is_err() {
            break;
        }
    }
    Ok(())
}
