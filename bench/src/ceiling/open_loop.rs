//! Probe 2 in an open loop: frames leave at fixed times, dealt out over the connections, whatever the server does.
//!
//! A latency runs from the intended time to the acknowledgement. What is on its way at the end of the window is waited for
//! and counted, so that a stall there costs what any other does; rates are of the window.

use std::time::Duration;

use anyhow::{Context, ensure};

use crate::load::{Producer, Protocol};
use crate::poller::Poller;
use crate::report::{Counts, Latencies, Report};
use crate::requests::Shape;
use crate::watch::{Phases, Target, Watch};
use crate::{clock, requests};

const SCRATCH_BYTES: usize = 64 * 1024;
/// The alarm ends a wait before.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// What was sent is acknowledged so long after the window, or never will be.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    shape: Shape,
    /// Connections
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Frames per second, over all connections
    #[arg(long)]
    rate: f64,
    #[command(flatten)]
    phases: Phases,
}

/// Runs the schedule.
pub fn run(args: &Args) -> anyhow::Result<String> {
    ensure!(args.rate > 0.0 && args.connections > 0, "a rate above 0 over at least one connection");
    let bytes = args.shape.batch()?.bytes;
    let mut poller = Poller::new()?;
    let mut producers = requests::probe(&bytes, args.connections)
        .into_iter()
        .enumerate()
        .map(|(token, frames)| Producer::open(args.target.broker, Protocol::Probe, frames, &poller, token))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (mut scratch, mut ready) = (vec![0; SCRATCH_BYTES], Vec::new());
    let (mut acknowledged, mut late) = (Latencies::new()?, Latencies::new()?);
    let commits = |producers: &[Producer]| producers.iter().map(|own| own.commits).max().unwrap_or_default();
    let start = clock::now();
    let at = |n: u32| start + Duration::from_secs_f64(f64::from(n) / args.rate);
    let warm = start + args.phases.warm_up();
    let end = warm + args.phases.window();
    let (mut sent, mut answered, mut before) = (0u32, 0u64, 0);
    let (mut watch, mut window) = (None::<Watch>, None);
    while window.is_none() || producers.iter().any(|producer| producer.in_flight() > 0) {
        let now = clock::now();
        if watch.is_none() && window.is_none() && now >= warm {
            (answered, before) = (0, commits(&producers));
            acknowledged.clear();
            late.clear();
            watch = Some(Watch::start(args.target.pid)?);
        }
        if now >= end
            && let Some(watch) = watch.take()
        {
            window = Some((watch.end()?, answered, commits(&producers) - before));
        }
        while at(sent) <= now.min(end) {
            late.add(now - at(sent));
            let connection = sent as usize % producers.len();
            producers[connection].push(at(sent));
            sent += 1;
        }
        for producer in &mut producers {
            producer.flush(&poller)?;
        }
        ensure!(
            now < end + ANSWERED_WITHIN,
            "frames are not acknowledged {} s after the window",
            ANSWERED_WITHIN.as_secs()
        );
        poller.wake_after(if window.is_some() { WAIT_MAX } else { at(sent) - clock::now().min(at(sent)) })?;
        poller.wait(WAIT_MAX, &mut ready)?;
        for &event in &ready {
            let Some(producer) = producers.get_mut(event.token) else { continue };
            let now = clock::now();
            producer.on_ready(event, &mut scratch, |intended| {
                acknowledged.add(now - intended);
                answered += 1;
            })?;
        }
    }
    let (cost, requests, commits) = window.context("the run ended before its warm-up")?;
    let counts = Counts { requests, records: requests, bytes: requests * bytes.len() as u64 };
    Report::of(counts, cost).acks(&acknowledged).late(&late).syncs(commits).json()
}
