//! How long a day is kept, and the guards that refuse to erase.
//!
//! OSK-30: data are erased two months after registration. Months are calendar months, anchored to the
//! registration; a day is expired when its last moment is that old, so on the day after. Erasing can't be
//! undone, so a clock that jumped, a day that is too young or too many days at once are refused and said
//! aloud (DESIGN section 10).

use std::time::Duration;

use crate::clock::Instant;
use crate::service_day::ServiceDay;

/// How long a day's data are kept (F1): calendar months, or days (REQUIREMENTS section 9, no. 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// So many calendar months.
    Months(u32),
    /// So many days.
    Days(u32),
}

impl Keep {
    /// The last day on which the day's data are still there.
    pub fn until(self, day: ServiceDay) -> ServiceDay {
        match self {
            Self::Months(months) => day.plus_months(months),
            Self::Days(days) => day.plus_days(days.into()),
        }
    }
}

/// Whether a day's data are to be erased.
pub fn expired(day: ServiceDay, today: ServiceDay, keep: Keep) -> bool {
    keep.until(day) < today
}

/// No day younger than this is ever erased, whatever a policy says.
pub const YOUNGEST: i64 = 14;

/// More days than this at once are surely a clock gone wrong: the worker erases one a day.
pub const MOST_AT_ONCE: usize = 14;

/// A gap between two looks at the clock that no ordinary maintenance makes.
pub const LONGEST_GAP: Duration = Duration::from_secs(10 * 24 * 3600);

/// Why nothing is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Guard {
    /// The clock stands before a moment that was already seen.
    #[error("the clock went back: now is before the last moment that was recorded")]
    ClockWentBack,
    /// The clock is far ahead of the last moment that was seen.
    #[error("the clock jumped ahead by {0} days, or the worker stood still that long")]
    ClockJumped(u64),
    /// A day is younger than anything that may be erased.
    #[error("{0} is younger than {YOUNGEST} days")]
    TooYoung(ServiceDay),
    /// Too many at once.
    #[error("{0} days at once are more than {MOST_AT_ONCE}")]
    TooMany(usize),
}

/// Which of `days` are to be erased now.
///
/// `last_seen` is the last moment that the worker recorded; `None` when an engineer has vouched for the
/// clock (`tadori doctor --trust-clock`), which lifts the guards on jumps and numbers, never the one on
/// age.
///
/// # Errors
/// [`Guard`], and then none of them is erased.
pub fn due(
    days: &[ServiceDay],
    today: ServiceDay,
    keep: Keep,
    now: Instant,
    last_seen: Option<Instant>,
) -> Result<Vec<ServiceDay>, Guard> {
    if let Some(last) = last_seen {
        if now.plus(Duration::from_secs(300)) < last {
            return Err(Guard::ClockWentBack);
        }
        if now.since(last) > LONGEST_GAP {
            return Err(Guard::ClockJumped(now.since(last).as_secs() / 86_400));
        }
    }
    let due: Vec<ServiceDay> = days.iter().copied().filter(|day| expired(*day, today, keep)).collect();
    if let Some(young) = due.iter().find(|day| day.days_until(today) < YOUNGEST) {
        return Err(Guard::TooYoung(*young));
    }
    if last_seen.is_some() && due.len() > MOST_AT_ONCE {
        return Err(Guard::TooMany(due.len()));
    }
    Ok(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> ServiceDay {
        ServiceDay::parse(text).unwrap()
    }

    const NOW: Instant = Instant::from_micros(1_790_000_000_000_000);

    /// OSK-30: kept through the day two calendar months later, gone on the next.
    #[test]
    fn two_calendar_months_and_not_a_day_less() {
        assert!(!expired(day("2026-11-22"), day("2027-01-22"), Keep::Months(2)));
        assert!(expired(day("2026-11-22"), day("2027-01-23"), Keep::Months(2)));
        assert!(!expired(day("2026-12-31"), day("2027-02-28"), Keep::Months(2)));
        assert!(expired(day("2026-12-31"), day("2027-03-01"), Keep::Months(2)));
    }

    /// F1: sixty days are not two months.
    #[test]
    fn days_are_counted_as_days() {
        assert!(!expired(day("2026-07-01"), day("2026-08-30"), Keep::Days(60)));
        assert!(expired(day("2026-07-01"), day("2026-08-31"), Keep::Days(60)));
        assert!(!expired(day("2026-07-01"), day("2026-08-31"), Keep::Months(2)));
    }

    #[test]
    fn a_clock_that_jumps_refuses_to_erase() {
        let days = [day("2026-06-01")];
        let today = day("2026-11-22");
        let seen = |ago: u64| Some(NOW.minus(Duration::from_secs(ago)));
        assert_eq!(due(&days, today, Keep::Months(2), NOW, seen(60)), Ok(vec![day("2026-06-01")]));
        assert_eq!(due(&days, today, Keep::Months(2), NOW, seen(11 * 86_400)), Err(Guard::ClockJumped(11)));
        assert_eq!(
            due(&days, today, Keep::Months(2), NOW, Some(NOW.plus(Duration::from_secs(301)))),
            Err(Guard::ClockWentBack)
        );
        assert_eq!(due(&days, today, Keep::Months(2), NOW, None), Ok(vec![day("2026-06-01")]));
    }

    #[test]
    fn the_young_and_the_many_are_refused() {
        let today = day("2026-11-22");
        assert_eq!(
            due(&[day("2026-11-10")], today, Keep::Days(0), NOW, None),
            Err(Guard::TooYoung(day("2026-11-10")))
        );
        let many: Vec<_> = day("2026-01-01").through(day("2026-01-15")).collect();
        assert_eq!(due(&many, today, Keep::Months(2), NOW, Some(NOW)), Err(Guard::TooMany(15)));
        assert_eq!(due(&many, today, Keep::Months(2), NOW, None).map(|d| d.len()), Ok(15));
    }
}
