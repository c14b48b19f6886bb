//! `hence consume`: prints the records of a topic, from where and up to where it is told.
//!
//! Always: a partition's records come in order; without `--follow` it ends at the end that it saw when it started; a
//! partition that can be read no further ends the command with an error that names it. Nothing is committed: this is no
//! consumer group.

mod format;
mod start;

use std::io::{BufWriter, Write};

use anyhow::Context;
use bytes::Bytes;
use hence_base::Offset;
use hence_kafka_client::{At, Client, Connection, PartitionReader, ReadLimits, Topic};
use hence_message::kafka::{Batch, batches};
use hence_message::limits::DECOMPRESSED_BYTES_MAX_DEFAULT;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Global;
use format::{Format, Incoming};
use start::Start;

/// Arguments of `hence consume`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  \
                        hence consume orders --from earliest\n  \
                        hence consume orders --follow --format '%p/%o %k=%s\\n'\n  \
                        hence consume orders --from 2026-01-31T08:00:00Z --json\n  \
                        hence consume orders --partition 0 --from -10")]
pub struct Args {
    /// The topic
    topic: String,
    /// Where to start: earliest, latest (waits for new ones), an OFFSET, -N (the last N), an RFC 3339 time or
    /// @MILLISECONDS
    #[arg(long, default_value = "earliest", allow_hyphen_values = true, value_name = "PLACE")]
    from: Start,
    /// Only this partition
    #[arg(long, short)]
    partition: Option<u32>,
    /// Wait for new records at the end
    #[arg(long, short)]
    follow: bool,
    /// End after so many records
    #[arg(long, value_name = "COUNT")]
    max: Option<u64>,
    /// What is printed of a record: %t topic, %p partition, %o offset, %T timestamp, %k key, %s value, %h headers
    #[arg(long, value_name = "PATTERN")]
    format: Option<String>,
}

impl Args {
    /// Whether it waits for new records at the end.
    fn follows(&self) -> bool {
        self.follow || self.from == Start::Latest
    }
}

/// Whole batches of one partition, of which records from `from` on were asked for.
struct Piece {
    partition: u32,
    from: Offset,
    records: Bytes,
}

/// Prints until the end, the maximum, or for ever.
pub async fn run(global: &Global, args: &Args) -> anyhow::Result<()> {
    let format = match (&args.format, global.json) {
        (Some(pattern), _) => Format::pattern(pattern)?,
        (None, true) => Format::Json,
        (None, false) => Format::Value,
    };
    let client = Client::connect(&global.bootstrap).await?;
    let topic = super::existing_topic(&client, &args.topic).await?;
    let (sender, mut pieces) = mpsc::channel(4);
    let mut readers = JoinSet::new();
    for partition in partitions(&topic, args.partition)? {
        let reader = Reader::open(&client, &topic, partition, args).await?;
        readers.spawn(reader.run(sender.clone()));
    }
    drop(sender);
    let mut printer = Printer {
        topic: &topic.name,
        format,
        left: args.max.unwrap_or(u64::MAX),
        out: BufWriter::new(std::io::stdout().lock()),
    };
    let ended = print_all(&mut printer, &mut pieces, &mut readers, args.follows()).await;
    printer.out.flush()?;
    if printer.left == 0 { Ok(()) } else { ended }
}

/// Prints what is read until nothing more comes or enough is printed. A partition that can be read no further ends it at
/// once where it would go on for ever, and else when the others are printed.
async fn print_all(
    printer: &mut Printer<'_, impl Write>,
    pieces: &mut mpsc::Receiver<Piece>,
    readers: &mut JoinSet<anyhow::Result<()>>,
    follows: bool,
) -> anyhow::Result<()> {
    let mut failed = Ok(());
    while printer.left > 0 {
        // Both arms may be cancelled: a piece stays in its channel, a reader that ended in its set.
        let piece = tokio::select! {
            biased;
            Some(ended) = readers.join_next() => {
                failed = failed.and(ended?);
                if failed.is_ok() || !follows {
                    continue;
                }
                // What a reader read before it failed is in the channel.
                pieces.close();
                pieces.recv().await
            }
            piece = pieces.recv() => piece,
        };
        let Some(piece) = piece else { break };
        printer.print(&piece)?;
        if pieces.is_empty() {
            printer.out.flush()?;
        }
    }
    // Without a sender left, each reader has ended or does so next.
    while failed.is_ok()
        && printer.left > 0
        && let Some(ended) = readers.join_next().await
    {
        failed = ended?;
    }
    failed
}

fn partitions(topic: &Topic, only: Option<u32>) -> anyhow::Result<Vec<u32>> {
    let count = u32::try_from(topic.partitions.len())?;
    match only {
        None => Ok((0..count).collect()),
        Some(partition) if partition < count => Ok(vec![partition]),
        Some(partition) => {
            anyhow::bail!("topic {:?} has {count} partitions; there is no partition {partition}", topic.name)
        }
    }
}

/// Prints records as they are wanted, up to so many.
struct Printer<'a, W> {
    topic: &'a str,
    format: Format,
    /// Records that are still to be printed.
    left: u64,
    out: W,
}

impl<W: Write> Printer<'_, W> {
    fn print(&mut self, piece: &Piece) -> anyhow::Result<()> {
        for batch in batches(&piece.records) {
            let batch = batch.with_context(|| format!("partition {}", piece.partition))?;
            self.print_batch(&batch, piece)?;
        }
        Ok(())
    }

    fn print_batch(&mut self, batch: &Batch<'_>, piece: &Piece) -> anyhow::Result<()> {
        let place =
            || format!("the batch at offset {} of partition {}", batch.header.base_offset, piece.partition);
        batch.verify().with_context(place)?;
        let body = batch.body(DECOMPRESSED_BYTES_MAX_DEFAULT).with_context(place)?;
        for record in body.records() {
            let record = record.with_context(place)?;
            if self.left == 0 || record.offset < piece.from {
                continue;
            }
            let headers: Vec<(String, Option<&[u8]>)> = record
                .headers
                .clone()
                .map(|header| (String::from_utf8_lossy(header.key).into_owned(), header.value))
                .collect();
            let incoming = Incoming {
                topic: self.topic,
                partition: piece.partition,
                offset: record.offset.0,
                timestamp_ms: record.timestamp.0,
                key: record.key,
                value: record.value,
                headers: headers.iter().map(|(name, value)| (name.as_str(), *value)).collect(),
            };
            self.format.print(&incoming, &mut self.out)?;
            self.left -= 1;
        }
        Ok(())
    }
}

/// Reads one partition into the channel.
struct Reader {
    partition: u32,
    reader: PartitionReader,
    /// Where to end; `None` never.
    end: Option<Offset>,
}

impl Reader {
    async fn open(client: &Client, topic: &Topic, partition: u32, args: &Args) -> anyhow::Result<Self> {
        let index = i32::try_from(partition)?;
        let latest =
            client.offset(topic, index, At::Latest).await?.map_or(Offset::ZERO, |found| found.offset);
        let from = match args.from {
            Start::Earliest => earliest(client, topic, index).await?,
            Start::Latest => latest,
            Start::Offset(offset) => offset,
            Start::Last(count) => {
                Offset(latest.0.saturating_sub(count)).max(earliest(client, topic, index).await?)
            }
            Start::Time(time) => {
                client.offset(topic, index, At::Time(time)).await?.map_or(latest, |found| found.offset)
            }
        };
        // A long poll holds up whatever else is asked on its connection.
        let leader = client.leader_of(topic, index).await?;
        let connection = Connection::open(leader.address(), client.options()).await?;
        let reader = client.reader(topic, index, from).await?.over(connection);
        Ok(Self { partition, reader, end: (!args.follows()).then_some(latest) })
    }

    async fn run(mut self, sender: mpsc::Sender<Piece>) -> anyhow::Result<()> {
        let limits = ReadLimits::default();
        while self.end.is_none_or(|end| self.reader.position() < end) {
            let fetched = self
                .reader
                .read(&limits)
                .await
                .with_context(|| format!("nothing more is read of partition {}", self.partition))?;
            if fetched.records.is_empty() {
                continue;
            }
            let piece = Piece { partition: self.partition, from: fetched.from, records: fetched.records };
            if sender.send(piece).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

async fn earliest(client: &Client, topic: &Topic, partition: i32) -> anyhow::Result<Offset> {
    Ok(client.offset(topic, partition, At::Earliest).await?.map_or(Offset::ZERO, |found| found.offset))
}

#[cfg(test)]
mod tests;
