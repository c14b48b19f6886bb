//! Creating and deleting topics over a blocking connection, retried while a broker is still coming up.
//!
//! Not measured; a run has a topic of its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::{clock, wire};

const ANSWER_WITHIN: Duration = Duration::from_secs(30);
const RETRY_AFTER: Duration = Duration::from_millis(1);
const RESPONSE_BYTES_MAX: usize = 1 << 20;
/// Codes that a broker gives while it comes up: not available, not leader, not controller, timed out.
const TRANSIENT: &[i16] = &[5, 6, 7, 15, 41];
const TOPIC_EXISTS: i16 = 36;

#[derive(clap::Args)]
pub struct CreateArgs {
    /// Where the broker listens
    #[arg(long)]
    pub broker: SocketAddr,
    /// Name of the topic
    #[arg(long)]
    pub topic: String,
    /// How many partitions
    #[arg(long, default_value_t = 1)]
    pub partitions: i32,
    /// Settings of the topic, as NAME=VALUE
    #[arg(long = "config")]
    pub configs: Vec<String>,
}

#[derive(clap::Args)]
pub struct DeleteArgs {
    /// Where the broker listens
    #[arg(long)]
    broker: SocketAddr,
    /// Name of the topic
    #[arg(long)]
    topic: String,
}

/// Creates a topic and waits until it takes records.
pub fn create(args: &CreateArgs) -> anyhow::Result<String> {
    let mut stream = connect(args.broker)?;
    let configs: Vec<_> = args
        .configs
        .iter()
        .map(|config| config.split_once('=').with_context(|| format!("{config} is not NAME=VALUE")))
        .collect::<anyhow::Result<_>>()?;
    let request = wire::create_topic(&args.topic, args.partitions, &configs);
    let deadline = clock::now() + ANSWER_WITHIN;
    loop {
        let (code, text) = wire::created(&call(&mut stream, &request)?)?;
        match code {
            0 | TOPIC_EXISTS => break,
            code if TRANSIENT.contains(&code) && clock::now() < deadline => {
                clock::pause(RETRY_AFTER);
            }
            code => bail!("creating topic {:?} was answered with error {code}: {text}", args.topic),
        }
    }
    for partition in 0..args.partitions {
        wait_for_leader(&mut stream, &args.topic, partition, deadline)?;
    }
    Ok(serde_json::json!({ "topic": args.topic, "partitions": args.partitions }).to_string())
}

/// A created topic takes records once its partitions have a leader, which may be later.
fn wait_for_leader(
    stream: &mut TcpStream,
    topic: &str,
    partition: i32,
    deadline: Instant,
) -> anyhow::Result<()> {
    let request = wire::fetch(topic, partition, 0, 1, 0);
    loop {
        let response = call(stream, &request)?;
        match wire::fetched_nothing(&response) {
            Ok(()) => return Ok(()),
            Err(error) if clock::now() > deadline => return Err(error),
            Err(_) => clock::pause(RETRY_AFTER),
        }
    }
}

/// Deletes a topic.
pub fn delete(args: &DeleteArgs) -> anyhow::Result<String> {
    let mut stream = connect(args.broker)?;
    wire::deleted(&call(&mut stream, &wire::delete_topic(&args.topic))?)?;
    Ok(serde_json::json!({ "topic": args.topic }).to_string())
}

/// A blocking connection.
pub fn connect(broker: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(broker).with_context(|| format!("no broker at {broker}"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    Ok(stream)
}

/// Sends a request and reads its response, without the length.
pub fn call(stream: &mut TcpStream, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut response = Vec::new();
    call_into(stream, request, &mut response)?;
    Ok(response)
}

/// As [`call`], into a buffer that is used again.
pub fn call_into(stream: &mut TcpStream, request: &[u8], response: &mut Vec<u8>) -> anyhow::Result<()> {
    stream.write_all(request)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    ensure!(length <= RESPONSE_BYTES_MAX, "a response of {length} bytes");
    response.resize(length, 0);
    stream.read_exact(response).context("reading a response")
}
