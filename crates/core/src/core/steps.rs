//! Steps of the clock: time that passed by the calendar and that nobody lived through.
//!
//! Always: a step counts from the first turn that has the new time, whoever brings it; what is waited for is moved by the
//! whole step and no more. Never here: how a step is noticed (whoever owns the clock announces it).

use hence_base::Timestamp;

/// The steps so far.
#[derive(Debug, Default)]
pub struct Steps {
    /// All that are behind, in milliseconds.
    pub behind_ms: i64,
    /// The one that is expected: the time that it leads to at least, and its length.
    ahead: Option<(Timestamp, i64)>,
}

impl Steps {
    /// The clock, which shows `now`, is about to step.
    pub fn expect(&mut self, now: Timestamp, ms: i64) {
        self.ahead = (ms > 0).then(|| (now.plus_ms(ms), ms));
    }

    /// A turn has the time `now`.
    pub fn pass(&mut self, now: Timestamp) {
        if let Some((_, ms)) = self.ahead.take_if(|(to, _)| *to <= now) {
            self.behind_ms = self.behind_ms.saturating_add(ms);
        }
    }
}
