//! What the worker makes of a machine's clock that is set while it runs.
//!
//! Closing and erasing a day can't be taken back, and both are done by the clock. A clock that is set ahead by an hour
//! or more erases nothing until it is set back or an engineer vouches for it. And whichever way it was set, no day is
//! closed until it has run steadily for an hour: a clock that is wrong for some minutes must not keep the rest of
//! today's visitors out. A machine that slept looks the same, and closes its days an hour later.
//!
//! A worker that begins an hour or more after the last moment that was written down can't tell whether it stood still
//! or its clock is ahead: it waits that hour too. Meanwhile visitors tell by coming: while somebody checks in on a
//! day that is over by our clock, it is ours that is wrong, and the hour begins anew.
//! Ten days after that moment an engineer is asked, as before erasing (`domain::retention`).

use std::collections::BTreeMap;
use std::time::Duration;

use domain::clock::{Clock, Instant};
use domain::retention::Guard;
use domain::service_day::ServiceDay;

/// A clock's own corrections are smaller.
const NOTICED: i64 = 60 * 1_000_000;

/// Nothing is erased by a clock that is set further ahead than this.
const BELIEVED: i64 = 3_600 * 1_000_000;

/// How long it must run steadily before a day is closed.
const STEADY: Duration = Duration::from_secs(3_600);

/// How often it is counted who came, while a clock is waited for: counting a large day takes a moment.
const COUNTED_EVERY: Duration = Duration::from_secs(600);

/// What was seen of the clock.
#[derive(Debug, Default)]
pub(crate) struct ClockWatch {
    /// How far it had jumped at the last look.
    seen: i64,
    /// How far it had jumped when it was believed last.
    believed: i64,
    /// Since when it runs steadily; `None` since we began.
    steady_since: Option<Instant>,
    /// Whether it was compared with the last moment that was written down.
    begun: bool,
    /// Check-ins of days that are over by it, and when they were counted.
    counted: Option<(BTreeMap<ServiceDay, u64>, Instant)>,
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

    /// Compares it, when the worker begins, with the last moment that was written down; with none an engineer vouches.
    pub fn begin(&mut self, last_seen: Option<Instant>, now: Instant) {
        if !self.begun && last_seen.is_some_and(|last| now.since(last) >= STEADY) {
            self.steady_since = Some(now);
        }
        self.begun = true;
    }

    /// Whether that was compared.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// Whether it has run steadily for long enough to close a day by it.
    fn is_steady(&self, now: Instant) -> bool {
        self.steady_since.is_none_or(|since| now >= since.plus(STEADY))
    }

    /// Whether days are closed by it without a count.
    pub fn is_believed(&self, now: Instant) -> bool {
        self.counted.is_none() && self.is_steady(now)
    }

    /// Whether it is time to count who came on the days that are over by it.
    pub fn counts(&self, now: Instant) -> bool {
        self.counted.as_ref().is_none_or(|(_, at)| now < *at || now.since(*at) >= COUNTED_EVERY)
    }

    /// Whether these days are closed by it, which have so many check-ins now. If one has more than before, it isn't over.
    pub fn may_close(&mut self, counts: BTreeMap<ServiceDay, u64>, now: Instant) -> bool {
        let before = self.counted.take().map(|(before, _)| before).unwrap_or_default();
        let more = |(day, count): (&ServiceDay, &u64)| before.get(day).is_some_and(|before| count > before);
        if counts.iter().any(more) {
            tracing::warn!("visitors come to a day that is over by our clock: it isn't closed");
            self.steady_since = Some(now);
        }
        let steady = self.is_steady(now);
        self.counted = (!steady).then_some((counts, now));
        steady
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
        assert!(watch.is_believed(at(1)) && watch.guard().is_none());
    }

    #[test]
    fn a_clock_set_ahead_erases_nothing_and_closes_nothing_at_once() {
        let mut watch = ClockWatch::default();
        watch.see(24 * HOUR, at(24));
        assert!(!watch.is_believed(at(24)) && watch.is_believed(at(25)));
        assert_eq!(watch.guard(), Some(Guard::ClockJumped(1)));
        // Set back: it is believed again, and closes again after an hour.
        watch.see(0, at(0));
        assert_eq!((watch.is_believed(at(0)), watch.is_believed(at(1)), watch.guard()), (false, true, None));
    }

    /// It begins an hour or a day after the last moment: it waits, and as long as somebody comes.
    #[test]
    fn a_worker_that_begins_late_waits_for_visitors_to_stay_away() {
        let began = |hours| {
            let mut watch = ClockWatch::default();
            watch.begin(hours, at(24));
            watch
        };
        assert!(began(None).is_believed(at(24)) && began(Some(at(24))).is_believed(at(24)));
        let mut watch = began(Some(at(23)));
        let day = ServiceDay::parse("2026-11-22").expect("a day");
        let mut close = |count, hour| {
            assert!(!watch.is_believed(at(hour)) && watch.counts(at(hour)));
            watch.may_close(BTreeMap::from([(day, count)]), at(hour))
        };
        assert!(!close(7, 24));
        assert!(!close(8, 25) && !close(9, 26), "somebody came");
        assert!(close(9, 27));
        assert!(watch.is_believed(at(27)));
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
