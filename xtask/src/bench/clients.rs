//! Cross-checks with real clients: their producers with their defaults, as many records as take about the plan's time.
//!
//! The client's own start is part of the window, and its cost is usually the limit: what the broker spent is what tells.

use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};

use super::binaries::Binaries;
use super::cells::Client;
use super::contestant::Contestant;
use super::run::{Plan, words};
use crate::peer::{self, Jars};

/// Records that one producer sends in a second at most, to size its run.
const RECORDS_PER_S_MAX: f64 = 300_000.0;

/// Runs a client once.
pub fn run(
    client: Client,
    binaries: &Binaries,
    contestant: &Contestant,
    topic: &str,
    record_bytes: u32,
    plan: Plan,
) -> anyhow::Result<Value> {
    let records = ((plan.seconds + plan.warm_up) * RECORDS_PER_S_MAX) as u64;
    let (broker, count, bytes) = (contestant.address(), records.to_string(), record_bytes.to_string());
    let mut arguments = words(&["around", "--pid", &contestant.pid().to_string(), "--"]);
    match client {
        Client::Java => {
            let mut tool = Jars::install()?.tool("org.apache.kafka.tools.ProducerPerformance");
            tool.args(["--topic", topic, "--throughput", "-1", "--num-records", &count]);
            tool.args(["--record-size", &bytes, "--bootstrap-server", &broker]);
            arguments.push(tool.get_program().to_string_lossy().into_owned());
            arguments.extend(tool.get_args().map(|word| word.to_string_lossy().into_owned()));
        }
        Client::Librdkafka => {
            let generator = binaries.generator.display();
            let pipe = format!(
                "'{generator}' lines --count {count} --bytes {bytes} | kcat -P -q -b {broker} -t {topic} -p 0"
            );
            arguments.extend(words(&["sh", "-c", &pipe]));
        }
    }
    let started = peer::now();
    let around = binaries.generate(&arguments)?;
    let rate = match client {
        Client::Java => {
            let printed = around["printed"].as_str().unwrap_or_default();
            java_rate(printed).with_context(|| format!("ProducerPerformance printed {printed:?}"))?
        }
        Client::Librdkafka => rate(records, started.elapsed()),
    };
    let cpu = around.pointer("/cost/broker/cpu_s").and_then(Value::as_f64).unwrap_or_default();
    let gb = records as f64 * f64::from(record_bytes) / 1e9;
    Ok(json!({
        "records": records,
        "records_per_s": rate,
        "mb_per_s": rate * f64::from(record_bytes) / 1e6,
        "broker_cpu_s_per_gb": cpu / gb,
        "cost": around["cost"],
    }))
}

fn rate(records: u64, time: Duration) -> f64 {
    records as f64 / time.as_secs_f64()
}

/// `… records sent, 123456.7 records/sec (…` on the last line.
pub fn java_rate(printed: &str) -> Option<f64> {
    let line = printed.lines().rfind(|line| line.contains("records/sec"))?;
    let before = line.split(" records/sec").next()?;
    before.rsplit(' ').next()?.parse().ok()
}
