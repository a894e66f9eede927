//! What the worker makes of a machine's clock that is set while it runs.
//!
//! Closing and erasing a day can't be taken back, and both are done by the clock. A clock that is set ahead by an hour
//! or more erases nothing until it is set back or an engineer vouches for it. And whichever way it was set, no day is
//! closed until it has run steadily for an hour: a clock that is wrong for some minutes must not keep the rest of
//! today's visitors out. A machine that slept looks the same, and closes its days an hour later.
//!
//! Only what happens while the worker runs is seen here; the last moment that it wrote down says the rest
//! (`domain::retention`).

use std::time::Duration;

use domain::clock::{Clock, Instant};
use domain::retention::Guard;

/// A clock's own corrections are smaller.
const NOTICED: i64 = 60 * 1_000_000;

/// Nothing is erased by a clock that is set further ahead than this.
const BELIEVED: i64 = 3_600 * 1_000_000;

/// How long it must run steadily before a day is closed.
const STEADY: Duration = Duration::from_secs(3_600);

/// What was seen of the clock.
#[derive(Debug, Default)]
pub(crate) struct ClockWatch {
    /// How far it had jumped at the last look.
    seen: i64,
    /// How far it had jumped when it was believed last.
    believed: i64,
    /// Since when it runs steadily; `None` since we began.
    steady_since: Option<Instant>,
}

impl ClockWatch {
    /// Looks at the clock.
    pub fn look(&mut self, clock: &Clock) {
        self.see(clock.jumped(), clock.now());
    }

    fn see(&mut self, jumped: i64, now: Instant) {
        if jumped.abs_diff(self.seen) >= NOTICED.unsigned_abs() {
            let seconds = jumped.saturating_sub(self.seen) / 1_000_000;
            tracing::warn!(seconds, "the machine's clock was set, or the machine slept");
            (self.seen, self.steady_since) = (jumped, Some(now));
        }
    }

    /// Whether it has run steadily for long enough to close a day by it.
    pub fn is_steady(&self, now: Instant) -> bool {
        self.steady_since.is_none_or(|since| now >= since.plus(STEADY))
    }

    /// Why nothing may be erased by it.
    pub fn guard(&self) -> Option<Guard> {
        let ahead = self.seen.saturating_sub(self.believed);
        let days = u64::try_from(ahead / 86_400_000_000).unwrap_or(0);
        (ahead >= BELIEVED).then_some(Guard::ClockJumped(days))
    }

    /// An engineer vouches for it as it is.
    pub fn believe(&mut self) {
        self.believed = self.seen;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = BELIEVED;

    fn at(hours: i64) -> Instant {
        Instant::from_micros(1_790_000_000_000_000 + hours * HOUR)
    }

    #[test]
    fn a_clock_that_runs_is_believed() {
        let mut watch = ClockWatch::default();
        watch.see(NOTICED - 1, at(1));
        assert!(watch.is_steady(at(1)) && watch.guard().is_none());
    }

    #[test]
    fn a_clock_set_ahead_erases_nothing_and_closes_nothing_at_once() {
        let mut watch = ClockWatch::default();
        watch.see(24 * HOUR, at(24));
        assert!(!watch.is_steady(at(24)) && watch.is_steady(at(25)));
        assert_eq!(watch.guard(), Some(Guard::ClockJumped(1)));
        // Set back: it is believed again, and closes again after an hour.
        watch.see(0, at(0));
        assert_eq!((watch.is_steady(at(0)), watch.is_steady(at(1)), watch.guard()), (false, true, None));
    }

    #[test]
    fn an_engineer_vouches_for_the_clock_as_it_is() {
        let mut watch = ClockWatch::default();
        watch.see(48 * HOUR, at(48));
        watch.believe();
        assert_eq!(watch.guard(), None);
        watch.see(50 * HOUR, at(50));
        assert_eq!(watch.guard(), Some(Guard::ClockJumped(0)));
    }
}
