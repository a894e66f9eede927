//! Time: instants in UTC microseconds, and the only clock of the program.
//!
//! Every rule takes the present as an argument. The one place where the machine's clock is read is
//! [`Clock::now`]; `clippy.toml` bans the global clocks everywhere else, so a test or the demo can move
//! two months ahead without waiting for them (DESIGN section 10).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A moment, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// From microseconds since the epoch, UTC, as the stores keep it.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch, UTC.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, UTC, as TOTP and mail headers want it; never negative.
    pub const fn as_secs(self) -> u64 {
        let secs = self.0.div_euclid(1_000_000);
        if secs < 0 { 0 } else { secs as u64 }
    }

    /// This moment and `later`, saturating at the end of time.
    pub fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(later.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This moment less `earlier`, saturating.
    pub fn minus(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(earlier.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// The clock that every job and request is given.
///
/// Two kinds: the machine's own clock, which the demo can push ahead, and one that stands still until a
/// test moves it. Clones share the same hands.
#[derive(Clone, Debug)]
pub struct Clock {
    began: Option<Began>,
    offset_or_now: Arc<AtomicI64>,
}

/// When the machine's clock was looked at first: what time it was, and where the hand stood that only runs.
#[derive(Clone, Copy, Debug)]
struct Began {
    time: std::time::SystemTime,
    running: std::time::Instant,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
        let began = Began { time: std::time::SystemTime::now(), running: std::time::Instant::now() };
        Self { began: Some(began), offset_or_now: Arc::new(AtomicI64::new(0)) }
    }

    /// The machine's clock with its hands moved: it shows `now`, and runs on.
    pub fn running_from(now: Instant) -> Self {
        let clock = Self::system();
        clock.offset_or_now.store(now.0.saturating_sub(clock.now().0), Ordering::SeqCst);
        clock
    }

    /// A clock that stands at `now` until it is moved.
    pub fn set_to(now: Instant) -> Self {
        Self { began: None, offset_or_now: Arc::new(AtomicI64::new(now.0)) }
    }

    /// The present.
    pub fn now(&self) -> Instant {
        let held = self.offset_or_now.load(Ordering::SeqCst);
        if self.began.is_none() {
            return Instant(held);
        }
        #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
        let now = std::time::SystemTime::now();
        let since_epoch = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX).saturating_add(held))
    }

    /// By how many microseconds the machine's clock was set ahead, or back, since this one was made: what it shows
    /// more than has passed. Nothing for one that stands until it is told, and for hands that [`Clock::advance`] moves.
    pub fn jumped(&self) -> i64 {
        let Some(began) = self.began else { return 0 };
        #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
        let (time, running) = (std::time::SystemTime::now(), std::time::Instant::now());
        let shown = match time.duration_since(began.time) {
            Ok(ahead) => i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX),
            Err(back) => -i64::try_from(back.duration().as_micros()).unwrap_or(i64::MAX),
        };
        let passed = i64::try_from(running.duration_since(began.running).as_micros()).unwrap_or(i64::MAX);
        shown.saturating_sub(passed)
    }

    /// How long this clock has run, by the hand that nobody sets; nothing for one that stands until it is told.
    pub fn ran_for(&self) -> Option<Duration> {
        let began = self.began?;
        #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
        let running = std::time::Instant::now();
        Some(running.duration_since(began.running))
    }

    /// Moves the hands ahead: for tests, and for the demo's page that lets two months pass.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.offset_or_now.fetch_add(by, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_moves_only_when_told() {
        let clock = Clock::set_to(Instant::from_micros(5_000_000));
        assert_eq!(clock.now(), clock.now());
        clock.clone().advance(Duration::from_secs(2));
        assert_eq!(clock.now().as_secs(), 7);
    }

    #[test]
    fn a_clock_with_moved_hands_runs_on() {
        let past = Instant::from_micros(1_000_000);
        let clock = Clock::running_from(past);
        assert!(clock.now() >= past && clock.now().since(past) < Duration::from_secs(3600));
        assert!(clock.ran_for().is_some(), "it runs");
        assert_eq!(Clock::set_to(past).ran_for(), None, "it stands");
    }

    /// Pushing the hands, as the demo does, is no jump of the machine's clock.
    #[test]
    fn hands_that_are_pushed_are_no_jump() {
        let (machine, set) = (Clock::system(), Clock::set_to(Instant::from_micros(0)));
        for clock in [&machine, &set] {
            clock.advance(Duration::from_secs(100_000));
        }
        assert!(machine.jumped().abs() < 60_000_000, "{}", machine.jumped());
        assert_eq!(set.jumped(), 0);
    }

    #[test]
    fn the_past_is_never_a_negative_duration() {
        let early = Instant::from_micros(1);
        assert_eq!(early.since(early.plus(Duration::from_secs(1))), Duration::ZERO);
    }
}
