//! Cross-checks with real clients: one producer with its client's defaults, for about the plan's time.
//!
//! librdkafka loads for as long as the plan says and is measured after its warm-up. Kafka's tool sends a number of
//! records; its rate leaves the warm-up out, what it and the broker spent is of its whole life. How many processors the
//! client took is in the result: near one for each of its threads that works, it is the limit and not the broker.

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::binaries::Binaries;
use super::cells::Client;
use super::contestant::Contestant;
use super::run::{Plan, words};
use crate::peer::Jars;

/// Records that Kafka's tool sends in about a second, to size its run.
const JAVA_RECORDS_PER_S: f64 = 150_000.0;

/// What a client says of a run.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Sent {
    /// Its name and version.
    pub client: String,
    /// Records that were acknowledged while the broker was watched.
    pub records: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// The time that they would take at the client's rate.
    pub seconds: f64,
}

/// Latencies that a paced client tells, in the report under the same names.
const LATENCIES: [&str; 3] = ["end_to_end_us", "ack_us", "late_us"];

/// Runs a client once.
pub fn run(
    client: Client,
    binaries: &Binaries,
    contestant: &Contestant,
    topic: &str,
    record_bytes: u32,
    plan: Plan,
) -> anyhow::Result<Value> {
    let broker = contestant.address();
    match client {
        Client::Java => {
            let jars = Jars::install()?;
            let records = (plan.seconds + plan.warm_up) * JAVA_RECORDS_PER_S;
            let warm_up = plan.warm_up * JAVA_RECORDS_PER_S;
            let tool = java(&jars, &broker, topic, record_bytes, records as u64, warm_up as u64);
            let (printed, cost) = around(binaries, contestant, tool)?;
            let rate = java_rate(&printed).with_context(|| format!("its tool printed {printed:?}"))?;
            let client = format!("ProducerPerformance {}", jars.version());
            let bytes = records as u64 * u64::from(record_bytes);
            let sent = Sent { client, records: records as u64, bytes, seconds: records / rate };
            report(&sent, &cost)
        }
        Client::Librdkafka => {
            let producer = binaries.librdkafka()?.produce.display().to_string();
            let bytes = record_bytes.to_string();
            let (warm_up, seconds) = (plan.warm_up.to_string(), plan.seconds.to_string());
            let producer = words(&[&producer, &broker, topic, &bytes, &warm_up, &seconds]);
            let (printed, cost) = around(binaries, contestant, producer)?;
            report(&said(&printed)?, &cost)
        }
    }
}

/// Sends records one by one at a fixed rate through librdkafka, and receives them.
pub fn paced(
    binaries: &Binaries,
    contestant: &Contestant,
    topic: &str,
    record_bytes: u32,
    rate: u32,
    plan: Plan,
) -> anyhow::Result<Value> {
    let (program, broker) = (binaries.librdkafka()?.paced.display().to_string(), contestant.address());
    let (bytes, rate) = (record_bytes.to_string(), rate.to_string());
    let (warm_up, seconds) = (plan.warm_up.to_string(), plan.seconds.to_string());
    let client = words(&[&program, &broker, topic, &bytes, &rate, &warm_up, &seconds]);
    let (printed, cost) = around(binaries, contestant, client)?;
    let said: Value = said(&printed)?;
    let mut report = report(&Sent::deserialize(&said)?, &cost)?;
    for name in LATENCIES {
        report[name] = said.get(name).with_context(|| format!("no {name} in {printed:?}"))?.clone();
    }
    Ok(report)
}

/// Runs a client beside the broker: what it printed in the span that it counted, and what that span cost.
fn around(
    binaries: &Binaries,
    contestant: &Contestant,
    client: Vec<String>,
) -> anyhow::Result<(String, Value)> {
    let pid = contestant.pid().to_string();
    let mut around = binaries.generate(&[words(&["around", "--pid", &pid, "--"]), client].concat())?;
    let printed = around["printed"].as_str().context("nothing was printed")?.to_owned();
    Ok((printed, around["cost"].take()))
}

/// What a client says in JSON.
fn said<T: DeserializeOwned>(printed: &str) -> anyhow::Result<T> {
    serde_json::from_str(printed).with_context(|| format!("a client printed {printed:?}"))
}

/// Kafka's tool with its defaults, in words.
fn java(jars: &Jars, broker: &str, topic: &str, bytes: u32, records: u64, warm_up: u64) -> Vec<String> {
    let (bytes, records, warm_up) = (bytes.to_string(), records.to_string(), warm_up.to_string());
    let mut tool = jars.tool("org.apache.kafka.tools.ProducerPerformance");
    tool.args(["--bootstrap-server", broker, "--topic", topic, "--throughput", "-1"]);
    tool.args(["--record-size", &bytes, "--num-records", &records, "--warmup-records", &warm_up]);
    let words = std::iter::once(tool.get_program()).chain(tool.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect()
}

/// Rates and costs of a run.
pub fn report(sent: &Sent, cost: &Value) -> anyhow::Result<Value> {
    let Sent { client, records, bytes, seconds } = sent;
    ensure!(*records > 0, "{client}: nothing was acknowledged");
    let of = |pointer: &str| {
        cost.pointer(pointer).and_then(Value::as_f64).with_context(|| format!("no {pointer} in a cost"))
    };
    Ok(json!({
        "client": client,
        "records": records,
        "records_per_s": *records as f64 / seconds,
        "mb_per_s": *bytes as f64 / 1e6 / seconds,
        "broker_cpu_s_per_gb": of("/broker/cpu_s")? / (*bytes as f64 / 1e9),
        "client_processors": of("/generator_cpu_s")? / of("/seconds")?,
        "cost": cost,
    }))
}

/// `… records sent, 123456.7 records/sec (…` on the last line, which is about what came after the warm-up.
pub fn java_rate(printed: &str) -> Option<f64> {
    let line = printed.lines().rfind(|line| line.contains("records/sec"))?;
    let before = line.split(" records/sec").next()?;
    before.rsplit(' ').next()?.parse().ok()
}
