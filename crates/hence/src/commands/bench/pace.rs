//! When requests are to be sent, and from when each is measured: in a closed loop as soon as there is room for one, at a
//! rate one after the other.
//!
//! Always: a request that found no room when it was due is measured from then, so that a broker that stands still is not
//! spared the requests that it kept from being sent. Lateness of the timer here is not counted. Never here: waiting.

use std::time::Duration;

/// The requests of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    started: Duration,
    /// From one to the next; none in a closed loop.
    every: Option<Duration>,
    sent: u32,
    /// Until when there last was no room.
    full_at: Option<Duration>,
}

impl Pace {
    /// The first one is due at `started`.
    pub const fn new(started: Duration, every: Option<Duration>) -> Self {
        Self { started, every, sent: 0, full_at: None }
    }

    /// When the next one is due.
    pub fn due(&self, now: Duration) -> Duration {
        let after = |every: Duration| self.started.saturating_add(every.saturating_mul(self.sent));
        self.every.map_or(now, after)
    }

    /// There was no room for one until now.
    pub const fn no_room(&mut self, now: Duration) {
        self.full_at = Some(now);
    }

    /// The next one is sent; from when it is measured.
    pub fn sent(&mut self, now: Duration) -> Duration {
        let due = self.due(now);
        self.sent = self.sent.saturating_add(1);
        if self.full_at.is_some_and(|full_at| due <= full_at) { due } else { now }
    }

    /// How many were due before `until` and were not sent.
    pub fn unsent(&self, until: Duration) -> u64 {
        let Some(every) = self.every.filter(|every| !every.is_zero()) else { return 0 };
        let left = until.saturating_sub(self.due(until));
        u64::try_from(left.as_nanos().div_ceil(every.as_nanos())).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn in_a_closed_loop_a_request_is_due_when_there_is_room_and_measured_from_then() {
        let mut pace = Pace::new(ms(0), None);
        assert_eq!((pace.due(ms(7)), pace.sent(ms(7))), (ms(7), ms(7)));
        pace.no_room(ms(7));
        assert_eq!(pace.sent(ms(30)), ms(30));
        assert_eq!(pace.unsent(ms(1_000)), 0);
    }

    #[test]
    fn at_a_rate_what_found_no_room_is_measured_from_when_it_was_due() {
        let mut pace = Pace::new(ms(100), Some(ms(10)));
        assert_eq!(pace.sent(ms(101)), ms(101), "the timer was late, not the broker");
        assert_eq!(pace.due(ms(101)), ms(110));
        pace.no_room(ms(105));
        assert_eq!(pace.sent(ms(111)), ms(111), "there was room again when it was due");
        // The broker stands still.
        pace.no_room(ms(145));
        assert_eq!([150; 3].map(|now| pace.sent(ms(now))), [ms(120), ms(130), ms(140)]);
        assert_eq!(pace.sent(ms(151)), ms(151));
        assert_eq!(pace.due(ms(151)), ms(160));
        assert_eq!((pace.unsent(ms(160)), pace.unsent(ms(161)), pace.unsent(ms(200))), (0, 1, 4));
    }
}
