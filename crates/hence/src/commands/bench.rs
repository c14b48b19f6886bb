//! `hence bench`: how fast a running broker is from here, through a topic of its own that it deletes afterwards.
//!
//! A look, not a proof: one process, batches encoded once, closed loop. Comparisons with other brokers are made by the
//! project's own benchmark, which controls both sides.

use std::io::Write;
use std::time::Duration;

use hdrhistogram::Histogram;
use hence_base::{Offset, Timestamp};
use hence_broker::Clock;
use hence_kafka_client::{Acks, Client, Connection, NewTopic, PartitionWriter, ReadLimits};
use hence_message::kafka::{BatchBuilder, Codec, NewRecord};
use tokio::task::JoinSet;

use super::{Global, output};

/// Arguments of `hence bench`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// How long to produce
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Bytes of each record's value
    #[arg(long, default_value_t = 1024)]
    record_bytes: usize,
    /// Records of each request
    #[arg(long, default_value_t = 16)]
    batch_records: usize,
    /// Connections, each with a partition of its own
    #[arg(long, default_value_t = 1)]
    connections: u32,
    /// Requests that a connection has under way
    #[arg(long, default_value_t = 5)]
    in_flight: usize,
}

/// What one connection did.
struct Run {
    requests: u64,
    micros: Histogram<u64>,
}

#[derive(serde::Serialize)]
struct Report {
    seconds: f64,
    records: u64,
    records_per_second: f64,
    mib_per_second: f64,
    acknowledged_p50_us: u64,
    acknowledged_p99_us: u64,
    consumed_mib_per_second: f64,
}

/// Produces for the time given, reads everything back, prints what it saw.
pub async fn run(global: &Global, args: &Args) -> anyhow::Result<()> {
    let client = Client::connect(&global.bootstrap).await?;
    let clock = Clock::system();
    let name = format!("hence-bench-{}", clock.now());
    let partitions = i32::try_from(args.connections)?;
    client.create_topic(&NewTopic { partitions, ..NewTopic::named(&name) }).await?;
    let measured = measure(&client, &clock, &name, args).await;
    client.delete_topic(&name).await?;
    let report = measured?;
    if global.json {
        return output::json(&report);
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "produced {:.0} records/s, {:.1} MiB/s, acknowledged in {} µs (p50), {} µs (p99)\nconsumed {:.1} MiB/s",
        report.records_per_second,
        report.mib_per_second,
        report.acknowledged_p50_us,
        report.acknowledged_p99_us,
        report.consumed_mib_per_second
    )?;
    Ok(())
}

async fn measure(client: &Client, clock: &Clock, name: &str, args: &Args) -> anyhow::Result<Report> {
    let topic = client.topic(name).await?;
    let batch = batch(args, clock.now())?;
    let until = clock.elapsed() + Duration::from_secs(args.seconds);
    let started = clock.elapsed();
    let mut runs = JoinSet::new();
    for partition in 0..topic.partitions.len() {
        let partition = i32::try_from(partition)?;
        let leader = client.leader_of(&topic, partition).await?;
        let connection = Connection::open(leader.address(), client.options()).await?;
        let writer = client.writer(&topic, partition).await?.over(connection);
        runs.spawn(produce(writer, batch.clone(), args.in_flight, clock.clone(), until));
    }
    let mut requests = 0;
    let mut micros = Histogram::<u64>::new(3)?;
    while let Some(run) = runs.join_next().await {
        let run = run??;
        requests += run.requests;
        micros.add(run.micros)?;
    }
    let took = (clock.elapsed() - started).as_secs_f64();
    let bytes = (requests * batch.len() as u64) as f64;
    let records = requests * args.batch_records as u64;
    let consumed = consume(client, clock, name).await?;
    const MIB: f64 = 1024.0 * 1024.0;
    Ok(Report {
        seconds: took,
        records,
        records_per_second: records as f64 / took,
        mib_per_second: bytes / took / MIB,
        acknowledged_p50_us: micros.value_at_quantile(0.5),
        acknowledged_p99_us: micros.value_at_quantile(0.99),
        consumed_mib_per_second: consumed / MIB,
    })
}

fn batch(args: &Args, now: Timestamp) -> anyhow::Result<Vec<u8>> {
    let value = vec![b'x'; args.record_bytes];
    let mut builder = BatchBuilder::new(Codec::None);
    for _ in 0..args.batch_records.max(1) {
        builder.push(&NewRecord { timestamp: now, key: None, value: Some(&value), headers: &[] });
    }
    Ok(builder.build()?)
}

async fn produce(
    writer: PartitionWriter,
    batch: Vec<u8>,
    in_flight: usize,
    clock: Clock,
    until: Duration,
) -> anyhow::Result<Run> {
    let mut under_way = std::collections::VecDeque::with_capacity(in_flight.max(1));
    let mut run = Run { requests: 0, micros: Histogram::new(3)? };
    loop {
        let more = clock.elapsed() < until;
        if more && under_way.len() < in_flight.max(1) {
            let sent = clock.elapsed();
            under_way.push_back((writer.send(Acks::All, &batch).await?, sent));
            continue;
        }
        let Some((pending, sent)) = under_way.pop_front() else { return Ok(run) };
        pending.wait().await?;
        let micros = u64::try_from((clock.elapsed() - sent).as_micros())?;
        run.micros.saturating_record(micros.max(1));
        run.requests += 1;
    }
}

/// Reads everything back, one partition after the other; bytes per second.
async fn consume(client: &Client, clock: &Clock, name: &str) -> anyhow::Result<f64> {
    let topic = client.topic(name).await?;
    let started = clock.elapsed();
    let mut bytes = 0;
    for partition in &topic.partitions {
        let mut reader = client.reader(&topic, partition.index, Offset::ZERO).await?;
        loop {
            let fetched = reader.read(&ReadLimits { wait_ms: 0, ..ReadLimits::default() }).await?;
            bytes += fetched.records.len();
            if fetched.records.is_empty() || reader.position() >= fetched.high_watermark {
                break;
            }
        }
    }
    Ok(bytes as f64 / (clock.elapsed() - started).as_secs_f64().max(1e-9))
}
