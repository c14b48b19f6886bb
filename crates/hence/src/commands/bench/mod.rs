//! `hence bench`: how fast a running broker is from here, through a topic of its own that it deletes afterwards.
//!
//! A look, not a proof: one process, batches encoded once. In the closed loop an acknowledgement is measured from when its
//! request was given to the client, at a rate from when it was due. Comparisons with other brokers are made by the
//! project's own benchmark, which controls both sides.

mod pace;

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hdrhistogram::Histogram;
use hence_base::{Offset, Timestamp};
use hence_broker::Clock;
use hence_kafka_client::{Acks, Client, Connection, NewTopic, OperationError, PartitionWriter, ReadLimits};
use hence_message::kafka::{BatchBuilder, Codec, NewRecord};
use tokio::task::JoinSet;

use super::{Global, output};
use pace::Pace;

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
    /// Records per second over all connections, sent whether or not earlier ones are acknowledged; what has to wait is
    /// measured from when it was due [default: as fast as acknowledgements come]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
}

/// What one connection did.
struct Run {
    requests: u64,
    /// Requests that were due and found no room until the end.
    unsent: u64,
    micros: Histogram<u64>,
}

impl Run {
    fn new() -> anyhow::Result<Self> {
        Ok(Self { requests: 0, unsent: 0, micros: Histogram::new(3)? })
    }

    fn acknowledged(&mut self, after: Duration) -> anyhow::Result<()> {
        self.requests += 1;
        // Not the saturating one: it does not let the histogram grow.
        Ok(self.micros.record(u64::try_from(after.as_micros())?.max(1))?)
    }
}

#[derive(serde::Serialize)]
struct Report {
    seconds: f64,
    records: u64,
    records_per_second: f64,
    mib_per_second: f64,
    acknowledged_p50_us: u64,
    acknowledged_p99_us: u64,
    unsent_requests: u64,
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
    if report.unsent_requests > 0 {
        writeln!(
            out,
            "{} requests were due and not sent: the rate is more than {} in flight on {} connections allow",
            report.unsent_requests, args.in_flight, args.connections
        )?;
    }
    Ok(())
}

async fn measure(client: &Client, clock: &Clock, name: &str, args: &Args) -> anyhow::Result<Report> {
    let topic = client.topic(name).await?;
    let batch = Bytes::from(batch(args, clock.now())?);
    let until = clock.elapsed() + Duration::from_secs(args.seconds);
    let started = clock.elapsed();
    let pace = Pace::new(started, args.rate.map(|rate| every(args, rate)));
    let progress = Arc::new(output::Progress::of("records produced", true));
    let mut runs = JoinSet::new();
    for partition in 0..topic.partitions.len() {
        let partition = i32::try_from(partition)?;
        let leader = client.leader_of(&topic, partition).await?;
        let connection = Connection::open(leader.address(), client.options()).await?;
        let writer = client.writer(&topic, partition).await?.over(connection);
        let load = Load {
            batch: batch.clone(),
            records: args.batch_records.max(1) as u64,
            in_flight: args.in_flight,
        };
        runs.spawn(produce(writer, load, pace, clock.clone(), until, Arc::clone(&progress)));
    }
    let (mut requests, mut unsent) = (0, 0);
    let mut micros = Histogram::<u64>::new(3)?;
    while let Some(run) = runs.join_next().await {
        let run = run??;
        requests += run.requests;
        unsent += run.unsent;
        micros.add(run.micros)?;
    }
    let took = (clock.elapsed() - started).as_secs_f64();
    drop(progress);
    let bytes = (requests * batch.len() as u64) as f64;
    let records = requests * args.batch_records.max(1) as u64;
    let consumed = consume(client, clock, name).await?;
    const MIB: f64 = 1024.0 * 1024.0;
    Ok(Report {
        seconds: took,
        records,
        records_per_second: records as f64 / took,
        mib_per_second: bytes / took / MIB,
        acknowledged_p50_us: micros.value_at_quantile(0.5),
        acknowledged_p99_us: micros.value_at_quantile(0.99),
        unsent_requests: unsent,
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

/// Time from one request of a connection to its next at `rate` records per second over all of them.
fn every(args: &Args, rate: u32) -> Duration {
    let records = args.batch_records.max(1) as f64 * f64::from(args.connections.max(1));
    Duration::from_secs_f64(records / f64::from(rate.max(1)))
}

/// What one connection sends.
struct Load {
    batch: Bytes,
    /// Records of the batch.
    records: u64,
    in_flight: usize,
}

async fn produce(
    writer: PartitionWriter,
    load: Load,
    pace: Pace,
    clock: Clock,
    until: Duration,
    progress: Arc<output::Progress>,
) -> anyhow::Result<Run> {
    let writer = Arc::new(writer);
    let send = || {
        let (writer, batch, progress) = (Arc::clone(&writer), load.batch.clone(), Arc::clone(&progress));
        async move {
            let pending = writer.send(Acks::All, &batch).await?;
            Ok(async move {
                let written = pending.wait().await?;
                progress.add(load.records);
                Ok(written)
            })
        }
    };
    paced(send, load.in_flight, pace, &clock, until).await
}

/// Sends requests at their pace; what a sent one is awaited with tells that it is acknowledged.
async fn paced<S, A, W>(
    send: impl Fn() -> S,
    in_flight: usize,
    mut pace: Pace,
    clock: &Clock,
    until: Duration,
) -> anyhow::Result<Run>
where
    S: Future<Output = anyhow::Result<A>>,
    A: Future<Output = Result<W, OperationError>>,
{
    let mut under_way = VecDeque::with_capacity(in_flight.max(1));
    let mut run = Run::new()?;
    loop {
        let now = clock.elapsed();
        let has_room = under_way.len() < in_flight.max(1);
        let due = pace.due(now);
        let sends = has_room && now < until && due < until;
        if sends && due <= now {
            let from = pace.sent(now);
            under_way.push_back((Box::pin(send().await?), from));
            continue;
        }
        let next = async {
            match sends {
                true => tokio::time::sleep(due - now).await,
                false => std::future::pending().await,
            }
        };
        let Some((front, from)) = under_way.front_mut() else {
            if sends {
                next.await;
                continue;
            }
            run.unsent = pace.unsent(until);
            return Ok(run);
        };
        // Both arms may be cancelled: what is under way is polled again, and the time is looked at again.
        tokio::select! {
            biased;
            written = front => { written?; }
            () = next => continue,
        }
        let now = clock.elapsed();
        run.acknowledged(now.saturating_sub(*from))?;
        if !has_room {
            // There is room from now on: what was due before was kept from being sent.
            pace.no_room(now);
        }
        under_way.pop_front();
    }
}

/// Reads everything back, one partition after the other; bytes per second.
async fn consume(client: &Client, clock: &Clock, name: &str) -> anyhow::Result<f64> {
    let topic = client.topic(name).await?;
    let started = clock.elapsed();
    let progress = output::Progress::of("bytes read back", true);
    let mut bytes = 0;
    for partition in &topic.partitions {
        let mut reader = client.reader(&topic, partition.index, Offset::ZERO).await?;
        loop {
            let fetched = reader.read(&ReadLimits { wait_ms: 0, ..ReadLimits::default() }).await?;
            bytes += fetched.records.len();
            progress.at(bytes as u64);
            if fetched.records.is_empty() || reader.position() >= fetched.high_watermark {
                break;
            }
        }
    }
    Ok(bytes as f64 / (clock.elapsed() - started).as_secs_f64().max(1e-9))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::ready;

    use super::*;

    /// A broker that answers each request at once, but the first one after `stall`.
    async fn stalled(every: Option<Duration>, in_flight: usize, stall: Duration) -> Run {
        let clock = Clock::manual(Timestamp(0));
        let stalls = Cell::new(true);
        let send = || {
            let (stalls, clock) = (stalls.replace(false), clock.clone());
            ready(Ok(async move {
                if stalls {
                    clock.set(Timestamp(0).plus_ms(i64::try_from(stall.as_millis()).unwrap()));
                }
                Ok(())
            }))
        };
        let until = stall + Duration::from_millis(5);
        paced(send, in_flight, Pace::new(Duration::ZERO, every), &clock, until).await.unwrap()
    }

    #[tokio::test]
    async fn at_a_rate_what_a_stall_kept_from_being_sent_is_measured_from_when_it_was_due() {
        let every = Some(Duration::from_millis(10));
        let run = stalled(every, 1, Duration::from_millis(50)).await;
        let counted = |ms: u64| run.micros.count_between(ms * 1_000 - 500, ms * 1_000 + 500);
        assert_eq!((run.requests, run.unsent), (6, 0));
        assert_eq!([50, 40, 30, 20, 10].map(counted), [1; 5], "{}", run.micros.max());
    }

    #[test]
    fn an_acknowledgement_that_took_long_counts_as_long_as_it_took() {
        let mut run = Run::new().unwrap();
        for ms in [1, 1, 5_000] {
            run.acknowledged(Duration::from_millis(ms)).unwrap();
        }
        assert_eq!((run.requests, run.micros.value_at_quantile(0.5)), (3, 1_000));
        let longest_us = run.micros.max();
        assert!((4_990_000..5_010_000).contains(&longest_us), "{longest_us}");
    }
}
