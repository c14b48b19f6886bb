//! One request at a time on one blocking connection: the latency of an acknowledgement when nothing else happens.
//!
//! The generator's share is one write and one read.

use crate::report::{Counts, Latencies, Report};
use crate::requests::Shape;
use crate::watch::{Phases, Target, Watch};
use crate::{admin, clock, wire};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// An existing topic
    #[arg(long, default_value = "bench")]
    topic: String,
    #[command(flatten)]
    shape: Shape,
    #[command(flatten)]
    phases: Phases,
}

/// Asks, waits, asks again.
pub fn run(args: &Args) -> anyhow::Result<String> {
    let batch = args.shape.batch()?;
    let requests = args.shape.requests(&args.topic, &batch.bytes, 1).remove(0);
    let mut stream = admin::connect(args.target.broker)?;
    let mut latencies = Latencies::new()?;
    let mut response = Vec::new();
    let mut requests = requests.iter().cycle();
    let mut once = |latencies: &mut Latencies| -> anyhow::Result<std::time::Instant> {
        let Some(request) = requests.next() else { anyhow::bail!("nothing to send") };
        let sent = clock::now();
        admin::call_into(&mut stream, request, &mut response)?;
        let now = clock::now();
        latencies.add(now - sent);
        wire::produced(&response)?;
        Ok(now)
    };
    let warm = clock::now() + args.phases.warm_up();
    while once(&mut latencies)? < warm {}
    latencies.clear();
    let watch = Watch::start(args.target.pid)?;
    let end = watch.started() + args.phases.window();
    let mut requests = 1;
    while once(&mut latencies)? < end {
        requests += 1;
    }
    let records = requests * u64::from(batch.records);
    let counts = Counts { requests, records, bytes: requests * batch.bytes.len() as u64 };
    Report::of(counts, watch.end()?).acks(&latencies).json()
}
