//! The broker's own tasks: flushing, driving, timers, retention, correcting the clock.
//!
//! Always: each is short, sleeps until there is something to do, and ends with the broker. Never here: connections.

mod retention;

use std::sync::Arc;
use std::time::Duration;

use hence_base::Timestamp;
use hence_core::StepClock;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::host::Host;
use crate::limits;
use crate::options::{Flush, Options};

/// Starts the tasks; they end when the set is dropped.
pub fn spawn(host: &Arc<Host>, clock: &Clock, options: &Options) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    if options.flush == Flush::EndOfTurn {
        tasks.spawn(flush(Arc::clone(host)));
    }
    tasks.spawn(drive(Arc::clone(host)));
    tasks.spawn(timers(Arc::clone(host), clock.clone()));
    tasks.spawn(retention::run(Arc::clone(host), clock.clone(), options.retention_interval_ms));
    tasks.spawn(correct_clock(Arc::clone(host), clock.clone()));
    tasks
}

/// Flushes what was submitted, once per turn of the event loop: yielding lets every connection that is ready come first.
async fn flush(host: Arc<Host>) {
    loop {
        host.bells.flush.notified().await;
        tokio::task::yield_now().await;
        host.journal().flush();
    }
}

/// Goes on where a task left commands or work behind.
async fn drive(host: Arc<Host>) {
    loop {
        host.bells.drive.notified().await;
        host.drive();
        tokio::task::yield_now().await;
    }
}

async fn timers(host: Arc<Host>, clock: Clock) {
    loop {
        let Some(due) = host.next_timer() else {
            host.bells.timer.notified().await;
            continue;
        };
        let left = until(due, clock.now());
        // Both arms may be cancelled: a bell that rang before is kept, and the time is looked at again.
        tokio::select! {
            biased;
            () = host.bells.timer.notified() => {}
            () = tokio::time::sleep(left.max(limits::TIMER_PAUSE_MIN)) => {
                if until(due, clock.now()).is_zero() {
                    host.tick();
                }
            }
        }
    }
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(due.0.saturating_sub(now.0)).unwrap_or(0))
}

async fn correct_clock(host: Arc<Host>, clock: Clock) {
    let mut interval = tokio::time::interval(limits::CLOCK_CORRECTION_INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        correct(&host, &clock, clock.drift_ms()).await;
    }
}

/// Corrects the clock by `drift_ms`. The core learns of a step forward before any turn can have the new time; where it does
/// not take that in, the clock stays as it is until the next correction.
async fn correct(host: &Host, clock: &Clock, drift_ms: i64) {
    if drift_ms >= limits::CLOCK_STEP_MS_MIN {
        if let Err(unavailable) = host.call(StepClock { ms: drift_ms }).await {
            tracing::warn!(step_ms = drift_ms, %unavailable, "clock is behind and does not step forward yet");
            return;
        }
        tracing::warn!(step_ms = drift_ms, "clock stepped forward: it was set, or the machine slept");
    }
    clock.correct(drift_ms);
}

#[cfg(test)]
mod tests;
