//! The one place that reads a clock. Everything else takes time as an argument or asks this handle.
//!
//! Always: `now` never goes back, and advances with the monotonic clock: a wall clock that is set back by an hour does
//! not stop session timers for an hour. [`Clock::correct`] brings it towards the wall. Never here: waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hence_base::Timestamp;

use crate::limits;

/// A handle on the clock; clones share it.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    /// The machine's clocks: the wall at `anchor`, plus what passed since.
    System { anchor: Instant, wall_at_anchor_ms: AtomicI64, newest_ms: AtomicI64 },
    /// Set by hand: tests and simulation.
    Manual { start_ms: i64, now_ms: AtomicI64 },
}

impl Clock {
    /// The machine's clock.
    #[allow(clippy::disallowed_methods, reason = "this module owns the clock")]
    pub fn system() -> Self {
        Self(Arc::new(Source::System {
            anchor: Instant::now(),
            wall_at_anchor_ms: AtomicI64::new(wall_ms()),
            newest_ms: AtomicI64::new(i64::MIN),
        }))
    }

    /// A clock that stands at `start` until [`Clock::set`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Arc::new(Source::Manual { start_ms: start.0, now_ms: AtomicI64::new(start.0) }))
    }

    /// The time now, in milliseconds since 1970; never less than it answered before.
    pub fn now(&self) -> Timestamp {
        self.now_and_elapsed().0
    }

    /// Both [`Clock::now`] and [`Clock::elapsed`], for one look at the clock: the hot path takes one per turn.
    pub fn now_and_elapsed(&self) -> (Timestamp, Duration) {
        let elapsed = self.elapsed();
        let now = match &*self.0 {
            Source::System { wall_at_anchor_ms, newest_ms, .. } => {
                let elapsed_ms = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
                let now = wall_at_anchor_ms.load(Ordering::Relaxed).saturating_add(elapsed_ms);
                Timestamp(newest_ms.fetch_max(now, Ordering::Relaxed).max(now))
            }
            Source::Manual { now_ms, .. } => Timestamp(now_ms.load(Ordering::Relaxed)),
        };
        (now, elapsed)
    }

    /// Monotonic time since the clock was made: for durations.
    #[allow(clippy::disallowed_methods, reason = "this module owns the clock")]
    pub fn elapsed(&self) -> Duration {
        match &*self.0 {
            Source::System { anchor, .. } => Instant::now().saturating_duration_since(*anchor),
            Source::Manual { start_ms, now_ms } => {
                let passed_ms = now_ms.load(Ordering::Relaxed).saturating_sub(*start_ms);
                Duration::from_millis(u64::try_from(passed_ms).unwrap_or(0))
            }
        }
    }

    /// Moves a manual clock forward to `now`; the machine's clock cannot be set.
    pub fn set(&self, now: Timestamp) {
        if let Source::Manual { now_ms, .. } = &*self.0 {
            now_ms.fetch_max(now.0, Ordering::Relaxed);
        }
    }

    /// How far the wall is ahead of the machine's clock, in milliseconds; negative where it is behind.
    pub fn drift_ms(&self) -> i64 {
        match &*self.0 {
            Source::System { .. } => wall_ms().saturating_sub(self.now().0),
            Source::Manual { .. } => 0,
        }
    }

    /// Brings the machine's clock towards the wall, from which it differs by so much: forward at once (somebody set it, or
    /// the machine slept), back in small steps.
    pub fn correct(&self, drift_ms: i64) {
        if let Source::System { wall_at_anchor_ms, .. } = &*self.0 {
            let step_ms = drift_ms.max(-limits::CLOCK_STEP_BACK_MS_MAX);
            wall_at_anchor_ms.fetch_add(step_ms, Ordering::Relaxed);
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "this module owns the clock")]
fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_that_is_set_back_never_takes_the_clock_back_and_is_followed_in_small_steps() {
        let clock = Clock::system();
        let before = clock.now();
        clock.correct(-3_600_000);
        let after = clock.now();
        assert!(after >= before, "{after} < {before}");
        let Source::System { wall_at_anchor_ms, .. } = &*clock.0 else { panic!("a system clock") };
        assert!(wall_at_anchor_ms.load(Ordering::Relaxed) <= before.0 - limits::CLOCK_STEP_BACK_MS_MAX + 100);
    }

    #[test]
    fn a_wall_that_jumped_ahead_is_followed_at_once() {
        let clock = Clock::system();
        let ahead = clock.now().0 + 3_600_000;
        clock.correct(3_600_000);
        assert!(clock.now().0 >= ahead);
    }

    #[test]
    fn drift_is_how_far_the_wall_is_ahead() {
        let clock = Clock::system();
        let about = |ms: i64| (ms - 1_000..ms + 1_000).contains(&clock.drift_ms());
        assert!(about(0), "{}", clock.drift_ms());
        clock.correct(3_600_000);
        assert!(about(-3_600_000), "{}", clock.drift_ms());
    }

    #[test]
    fn a_manual_clock_stands_until_it_is_set() {
        let clock = Clock::manual(Timestamp(1_000));
        assert_eq!(clock.now(), Timestamp(1_000));
        clock.set(Timestamp(3_500));
        assert_eq!(clock.now(), Timestamp(3_500));
        assert_eq!(clock.elapsed(), Duration::from_millis(2_500));
    }
}
