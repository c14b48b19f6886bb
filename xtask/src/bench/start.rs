//! The cell of starting and stopping: from the start of the process to the first acknowledged record on an empty
//! directory, memory at rest and under load, and how long a clean stop under load takes.
//!
//! The generator is started first and tries until a record is acknowledged. Kafka's directory is formatted before the
//! clock starts. Both processes' times are the wall clock of one machine. What others took is of the whole run, from before
//! the start to after the stop.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde_json::{Value, json};

use super::binaries::{Binaries, finish};
use super::cells::{Cell, Shape};
use super::contestant::{Contestant, hence_options, kafka_options, kafka_properties};
use super::results::{Results, Run, Side, summarise};
use super::run::{Plan, produce_arguments, short, undisturbed};
use super::{contestant, machine, probes};
use crate::peer::{self, Hence, Peer};

const IDLE_FOR: Duration = Duration::from_secs(3);
const SHAPE: Shape = Shape { record_bytes: 1024, batch_bytes: 16 * 1024, partitions: 1, per_request: 1 };
/// Longer than any load here: the broker's end ends it.
const LOAD_SECONDS: f64 = 3_600.0;
const TOPIC: &str = "first";

/// Runs the cell.
pub fn run(cell: &Cell, binaries: &Binaries, plan: Plan) -> anyhow::Result<Results> {
    let disk_mb_per_s = probes::disk_mb_per_s(binaries, plan);
    let mut runs = Vec::new();
    let (mut base, mut hence) = (Value::Null, Value::Null);
    for n in 1..=plan.runs {
        for side in [Side::Base, Side::Hence] {
            let report = undisturbed(cell, plan, || {
                let (description, report) = once(side, cell, binaries, plan)?;
                match side {
                    Side::Base => base = description,
                    Side::Hence => hence = description,
                }
                Ok(report)
            })?;
            println!("{} run {n}/{}: {side:?}: {}", cell.name, plan.runs, short(cell, &report));
            runs.push(Run { side, report });
        }
    }
    Ok(Results {
        cell: cell.name.to_owned(),
        commit: binaries.commit.clone(),
        date: machine::today(),
        pinned: plan.pinned,
        warm_up_s: 0.0,
        seconds: plan.seconds,
        rate: None,
        machine: machine::describe(&contestant::work_dir()),
        disk_mb_per_s,
        base,
        hence,
        summary: summarise(cell, &runs),
        runs,
    })
}

fn once(side: Side, cell: &Cell, binaries: &Binaries, plan: Plan) -> anyhow::Result<(Value, Value)> {
    let before = machine::Ticks::now()?;
    let port = peer::free_port()?;
    let first = ["first-ack", "--broker", &format!("127.0.0.1:{port}"), "--topic", TOPIC].map(str::to_owned);
    let waiting = binaries.start(&first)?;
    let (contestant, started_in) = match side {
        Side::Base => {
            let peer = Peer::start(&kafka_options(cell.base, port)?)?;
            let started_in = peer.started_in;
            (Contestant::Kafka { peer, properties: kafka_properties(cell.base) }, started_in)
        }
        Side::Hence => {
            let hence = Hence::start(&hence_options(binaries, cell.durability, port)?)?;
            let started_in = hence.started_in;
            (Contestant::Hence(hence), started_in)
        }
    };
    let started_at = since_epoch().saturating_sub(started_in);
    let acknowledged = finish(waiting, &first)?;
    let acknowledged = acknowledged["acknowledged_at_epoch_ns"].as_u64().context("no time in a report")?;
    let start = Duration::from_nanos(acknowledged).saturating_sub(started_at);
    peer::pause(IDLE_FOR);
    let rss_idle_mib = machine::rss_mib(contestant.pid())?;
    let load = Plan { seconds: LOAD_SECONDS, ..plan };
    let mut loading =
        binaries.start_quietly(&produce_arguments("produce", &contestant, TOPIC, SHAPE, load))?;
    peer::pause(Duration::from_secs_f64(plan.seconds));
    let rss_load_mib = machine::rss_mib(contestant.pid())?;
    let description = contestant.describe();
    let stopping = peer::now();
    let stopped = contestant.stop();
    let stop = stopping.elapsed();
    // It has lost its broker and says so; nothing of it is needed.
    let _ = loading.kill();
    let _ = loading.wait();
    stopped?;
    let report = json!({
        "start_ms": start.as_secs_f64() * 1e3,
        "rss_idle_mib": rss_idle_mib,
        "rss_load_mib": rss_load_mib,
        "stop_ms": stop.as_secs_f64() * 1e3,
        // Both processes have been waited for: what they used is known.
        "cost": { "others_share": machine::Ticks::now()?.others_share(before) },
    });
    Ok((description, report))
}

#[allow(clippy::disallowed_methods, reason = "two processes compare their wall clocks")]
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
