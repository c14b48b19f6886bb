//! Measures what the shell costs per produce: tasks that keep some produces in flight each, over the memory journal,
//! without sockets. `cargo run --release -p hence-broker --example hot_path [TASKS DEPTH BYTES SECONDS at-once]`
//!
//! Prints produces and megabytes per second and CPU microseconds per produce, the load generator included.

#![allow(clippy::print_stdout, reason = "what was measured is the output")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hence_base::{StreamId, Timestamp};
use hence_broker::core::{CreateTopics, NewTopic, Produce, ProduceBatch, TopicId, Trim, TrimTo};
use hence_broker::{Broker, CoreSettings, Flush, Options, Recovery, fresh_id};
use hence_journal::memory::{MemoryJournal, Options as MemoryOptions};
use hence_message::kafka::{BatchBuilder, BatchHeader, Codec, NewRecord};
use smallvec::smallvec;

struct Load {
    tasks: usize,
    depth: usize,
    bytes: usize,
    seconds: u64,
    flush: Flush,
}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let number = |index: usize, default| numbers.get(index).copied().unwrap_or(default);
    let load = Load {
        tasks: number(0, 8),
        depth: number(1, 1),
        bytes: number(2, 100),
        seconds: number(3, 3) as u64,
        flush: if std::env::args().any(|argument| argument == "at-once") {
            Flush::AtOnce
        } else {
            Flush::EndOfTurn
        },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(run(&load));
}

async fn run(load: &Load) {
    let memory = MemoryOptions::default();
    let opening = memory.opening();
    let journal = MemoryJournal::new(memory);
    let options = Options { flush: load.flush, ..Options::default() };
    let recovery = Recovery::new(CoreSettings::default());
    let broker = Broker::start(recovery, journal, opening, &options).await.expect("starts");
    let streams = topic(&broker, load.tasks).await;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let payload = payload(load.bytes);
    let tasks: Vec<_> = streams
        .iter()
        .map(|&stream| {
            let task =
                produce(broker.clone(), stream, payload.clone(), load.depth, stop.clone(), done.clone());
            tokio::spawn(task)
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (clock, cpu_before, done_before) = (&broker.plumbing().clock, cpu(), done.load(Ordering::Relaxed));
    let started_at = clock.elapsed();
    tokio::time::sleep(Duration::from_secs(load.seconds)).await;
    let (took, produced) = (clock.elapsed() - started_at, done.load(Ordering::Relaxed) - done_before);
    let used = cpu() - cpu_before;
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.expect("joins");
    }
    println!(
        "tasks={} depth={} bytes={} flush={:?}: {:.0} produces/s, {:.0} MB/s, {:.2} us CPU each",
        load.tasks,
        load.depth,
        load.bytes,
        load.flush,
        produced as f64 / took.as_secs_f64(),
        (produced as f64 * payload.0.len() as f64) / took.as_secs_f64() / 1e6,
        used.as_secs_f64() * 1e6 / produced as f64,
    );
}

async fn topic(broker: &Broker, partitions: usize) -> Arc<[StreamId]> {
    let partitions = i32::try_from(partitions).expect("few");
    let topic =
        NewTopic { name: "load".to_owned(), id: TopicId(fresh_id()), partitions, settings: Vec::new() };
    let created = broker.call(CreateTopics { topics: vec![topic], validate_only: false }).await;
    created.expect("durable").remove(0).expect("created").partitions.clone()
}

fn payload(bytes: usize) -> (Bytes, BatchHeader) {
    let mut builder = BatchBuilder::new(Codec::None);
    let value = vec![b'x'; bytes];
    let record = NewRecord { timestamp: Timestamp(1), key: None, value: Some(&value), headers: &[] };
    builder.push(&record);
    let batch = builder.build().expect("a batch");
    let header = BatchHeader::parse(&batch).expect("a header");
    (Bytes::from(batch), header)
}

async fn produce(
    broker: Broker,
    stream: StreamId,
    (payload, header): (Bytes, BatchHeader),
    depth: usize,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
) {
    let mut in_flight = VecDeque::new();
    let mut count = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        while in_flight.len() < depth {
            let batch =
                ProduceBatch { stream, header, max_timestamp: Timestamp(1), payload: payload.clone() };
            in_flight.push_back(broker.call(Produce { batches: smallvec![batch] }));
        }
        let produced = in_flight.pop_front().expect("depth is at least one").await.expect("durable");
        produced[0].as_ref().expect("appended");
        done.fetch_add(1, Ordering::Relaxed);
        count += 1;
        if count.is_multiple_of(1_000) {
            let trimmed = broker.call(Trim { streams: smallvec![(stream, TrimTo::End)] }).await;
            trimmed.expect("durable")[0].as_ref().expect("trimmed");
        }
    }
}

/// CPU time of this process.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
