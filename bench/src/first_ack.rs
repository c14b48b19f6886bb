//! Waits for a broker that is being started and says when it acknowledged its first record.
//!
//! Started before the broker: it connects, creates a topic and produces, and begins again whenever something fails.

use std::net::SocketAddr;
use std::time::Duration;

use crate::requests::Shape;
use crate::{admin, clock, wire};

const RETRY_AFTER: Duration = Duration::from_micros(500);

#[derive(clap::Args)]
pub struct Args {
    /// Where the broker will listen
    #[arg(long)]
    broker: SocketAddr,
    /// Name of the topic to create
    #[arg(long, default_value = "first")]
    topic: String,
    /// Give up after so many seconds
    #[arg(long, default_value_t = 60.0)]
    within: f64,
}

/// Tries until a record is acknowledged.
pub fn run(args: &Args) -> anyhow::Result<String> {
    let shape = Shape { record_bytes: 100, batch_bytes: 1, partitions: 1, partitions_per_request: 1 };
    let batch = shape.batch()?;
    let request = wire::produce(0, &args.topic, &[0], &batch.bytes);
    let deadline = clock::now() + Duration::from_secs_f64(args.within);
    let mut last_error = None;
    while clock::now() < deadline {
        match attempt(args, &request) {
            Ok(()) => {
                let at = clock::since_epoch().as_nanos() as u64;
                return Ok(serde_json::json!({ "acknowledged_at_epoch_ns": at }).to_string());
            }
            Err(error) => last_error = Some(error),
        }
        clock::pause(RETRY_AFTER);
    }
    let last_error = last_error.unwrap_or_else(|| anyhow::anyhow!("nothing was tried"));
    Err(last_error.context(format!("no record was acknowledged within {} s", args.within)))
}

fn attempt(args: &Args, request: &[u8]) -> anyhow::Result<()> {
    let topic = args.topic.clone();
    admin::create(&admin::CreateArgs { broker: args.broker, topic, partitions: 1, configs: Vec::new() })?;
    let mut stream = admin::connect(args.broker)?;
    wire::produced(&admin::call(&mut stream, request)?)?;
    Ok(())
}
