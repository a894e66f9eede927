//! The service day: the civil day, in the jurisdiction's zone, that a check-in counts for.
//!
//! A day begins at the boundary hour (midnight unless the policy says otherwise: a bar's night may end
//! at five), and this file is the one place where an instant becomes a day (DESIGN section 10).

use std::fmt;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::clock::Instant;

/// The latest hour at which a service day may begin.
pub const LATEST_BOUNDARY: u8 = 6;

/// A day of use, as the jurisdiction's calendar has it. Written `2026-11-22`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceDay(Date);

impl ServiceDay {
    /// The last day that can be written.
    pub const LAST: Self = Self(jiff::civil::date(2199, 12, 31));

    /// Reads `2026-11-22`, and nothing looser: this is the stored form and the form of date fields.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 10 {
            return None;
        }
        let date: Date = text.parse().ok()?;
        (2000..2200).contains(&date.year()).then_some(Self(date))
    }

    /// The day `days` later (earlier where negative), saturating at the ends of the calendar.
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(Span::new().try_days(days).unwrap_or_default()))
    }

    /// The same date `months` calendar months later; the last of the month where that date is missing
    /// (OSK-30: "two months after registration" are calendar months).
    pub fn plus_months(self, months: u32) -> Self {
        Self(self.0.saturating_add(Span::new().try_months(months).unwrap_or_default()))
    }

    /// How many days lie between; negative if `other` is earlier.
    pub fn days_until(self, other: Self) -> i64 {
        self.0.until(other.0).map_or(0, |span| i64::from(span.get_days()))
    }

    /// Every day from this one to `last`, both included; empty if `last` is earlier.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        let days = self.days_until(last);
        (0..=days.max(-1)).map(move |n| self.plus_days(n))
    }

    /// What a wording makes a date of: year, month and day in figures, `sun` and `nov` in words.
    pub fn words(self) -> [(&'static str, String); 5] {
        let word = |form: &str| self.0.strftime(form).to_string().to_lowercase();
        [
            ("year", self.0.year().to_string()),
            ("month", self.0.month().to_string()),
            ("day", self.0.day().to_string()),
            ("weekday", word("%a")),
            ("month_name", word("%b")),
        ]
    }

    /// As people in Japan write it: `2026年11月22日（日）`.
    pub fn in_japanese(self) -> String {
        let weekday = match self.0.weekday() {
            jiff::civil::Weekday::Monday => '月',
            jiff::civil::Weekday::Tuesday => '火',
            jiff::civil::Weekday::Wednesday => '水',
            jiff::civil::Weekday::Thursday => '木',
            jiff::civil::Weekday::Friday => '金',
            jiff::civil::Weekday::Saturday => '土',
            jiff::civil::Weekday::Sunday => '日',
        };
        format!("{}年{}月{}日（{weekday}）", self.0.year(), self.0.month(), self.0.day())
    }
}

/// Reads a date as people type it, `2026/1/5` or `２０２６-01-05`.
pub fn date(typed: &str) -> Option<ServiceDay> {
    use unicode_normalization::UnicodeNormalization;
    let folded: String = typed.trim().chars().take(40).collect::<String>().nfkc().collect();
    let mut parts = folded.split(['-', '/', '.']);
    let mut number = |longest: usize| {
        let part = parts.next().filter(|part| (1..=longest).contains(&part.len()))?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    parts.next().is_none().then(|| ServiceDay::parse(&format!("{year:04}-{month:02}-{day:02}")))?
}

impl fmt::Display for ServiceDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

/// Reads a time of day, `9:05` or `２１：３０`, as minutes after midnight.
pub fn minutes_of_day(typed: &str) -> Option<u32> {
    use unicode_normalization::UnicodeNormalization;
    let folded: String = typed.trim().nfkc().collect();
    let (hour, minute) = folded.split_once(':')?;
    let number = |text: &str, longest: usize| -> Option<u32> {
        let plain = (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten()
    };
    let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    (hour < 24 && minute < 60).then_some(60 * hour + minute)
}

/// The jurisdiction's zone and day boundary: turns instants into service days and back.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    boundary: Duration,
}

impl Calendar {
    /// A calendar in the zone `zone` (an IANA name) whose days begin at `boundary_hour`, 0 to 6.
    /// `None` if the zone is unknown or the hour outside that range.
    pub fn new(zone: &str, boundary_hour: u8) -> Option<Self> {
        if boundary_hour > LATEST_BOUNDARY {
            return None;
        }
        let zone = TimeZone::get(zone).ok()?;
        Some(Self { zone, boundary: Duration::from_secs(3600 * u64::from(boundary_hour)) })
    }

    /// The same zone, with days that begin at another hour: the latest there is, where it is later.
    pub fn with_boundary(&self, hour: u8) -> Self {
        let boundary = Duration::from_secs(3600 * u64::from(hour.min(LATEST_BOUNDARY)));
        Self { zone: self.zone.clone(), boundary }
    }

    /// The service day of a moment.
    pub fn day_of(&self, at: Instant) -> ServiceDay {
        ServiceDay(self.zone.to_datetime(timestamp(at.minus(self.boundary))).date())
    }

    /// The date of a moment by the wall's calendar: what a person means by "today", also after midnight, when the service
    /// day of the evening still goes on.
    pub fn date_of(&self, at: Instant) -> ServiceDay {
        ServiceDay(self.zone.to_datetime(timestamp(at)).date())
    }

    /// When a service day begins.
    pub fn start_of(&self, day: ServiceDay) -> Instant {
        let midnight = day.0.at(0, 0, 0, 0);
        let at = self.zone.to_ambiguous_timestamp(midnight).compatible().unwrap_or(Timestamp::UNIX_EPOCH);
        Instant::from_micros(at.as_microsecond()).plus(self.boundary)
    }

    /// When a service day has ended: the start of the next.
    pub fn end_of(&self, day: ServiceDay) -> Instant {
        self.start_of(day.plus_days(1))
    }

    /// The moment `minutes` after midnight of a civil date: what a person means who says a day and a time.
    pub fn at(&self, date: ServiceDay, minutes: u32) -> Instant {
        self.start_of(date).minus(self.boundary).plus(Duration::from_secs(60 * u64::from(minutes)))
    }

    /// A moment by the jurisdiction's wall clock: `2026-11-22 18:05`.
    pub fn wall_clock(&self, at: Instant) -> String {
        self.zone.to_datetime(timestamp(at)).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Hour and minute by the jurisdiction's wall clock: `18:05`.
    pub fn time_of_day(&self, at: Instant) -> String {
        self.zone.to_datetime(timestamp(at)).strftime("%H:%M").to_string()
    }
}

fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_microsecond(at.as_micros()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> ServiceDay {
        ServiceDay::parse(text).unwrap()
    }

    fn at(text: &str) -> Instant {
        Instant::from_micros(text.parse::<Timestamp>().unwrap().as_microsecond())
    }

    /// REQUIREMENTS section 9, no. 5: midnight is the boundary unless the policy moves it.
    #[test]
    fn the_last_microsecond_and_midnight_are_two_days() {
        let tokyo = Calendar::new("Asia/Tokyo", 0).unwrap();
        assert_eq!(tokyo.day_of(at("2026-11-22T14:59:59.999999Z")), day("2026-11-22"));
        assert_eq!(tokyo.day_of(at("2026-11-22T15:00:00Z")), day("2026-11-23"));
        let night = Calendar::new("Asia/Tokyo", 5).unwrap();
        assert_eq!(night.day_of(at("2026-11-22T19:59:59Z")), day("2026-11-22"));
        assert_eq!(night.day_of(at("2026-11-22T20:00:00Z")), day("2026-11-23"));
    }

    /// OSK-30, REQUIREMENTS section 9, no. 6: two months are calendar months.
    #[test]
    fn months_are_calendar_months() {
        assert_eq!(day("2026-12-31").plus_months(2), day("2027-02-28"));
        assert_eq!(day("2026-11-22").plus_months(2), day("2027-01-22"));
    }

    #[test]
    fn times_of_day_are_read_as_people_write_them() {
        assert_eq!(minutes_of_day("9:00"), Some(540));
        assert_eq!(minutes_of_day(" ２３：５９ "), Some(1439));
        for bad in ["", "24:00", "9", "9:60", "九時", "-1:00", "9:00:00"] {
            assert_eq!(minutes_of_day(bad), None, "{bad}");
        }
        let night = Calendar::new("Asia/Tokyo", 5).unwrap();
        assert_eq!(night.day_of(night.at(day("2026-11-22"), 4 * 60)), day("2026-11-21"));
        assert_eq!(night.day_of(night.at(day("2026-11-22"), 5 * 60)), day("2026-11-22"));
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        for typed in ["2026-01-05", " 2026/1/5 ", "２０２６．０１．０５"] {
            assert_eq!(date(typed), Some(day("2026-01-05")), "{typed}");
        }
        for bad in ["", "1/5", "2026-02-30", "2026-1-5-1", "-2026-1-5", "26/1/5", "2026年1月5日"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_stored_form_is_read() {
        for bad in ["", "2026-1-1", "2026-02-30", "26-11-22", "2026/11/22", "1999-12-31", "２０２６-11-22"]
        {
            assert_eq!(ServiceDay::parse(bad), None, "{bad}");
        }
        assert_eq!(day("2026-11-22").in_japanese(), "2026年11月22日（日）");
    }

    proptest! {
        #[test]
        fn a_day_contains_its_moments(micros in 1_500_000_000_000_000i64..2_500_000_000_000_000, hour in 0u8..=6) {
            let calendar = Calendar::new("Asia/Tokyo", hour).unwrap();
            let now = Instant::from_micros(micros);
            let day = calendar.day_of(now);
            prop_assert!(calendar.start_of(day) <= now && now < calendar.end_of(day));
            prop_assert_eq!(ServiceDay::parse(&day.to_string()), Some(day));
            // By another boundary it is the same day or a neighbour, and by the same it is the same.
            let midnight = calendar.with_boundary(0);
            prop_assert!((0..=1).contains(&day.days_until(midnight.day_of(now))));
            prop_assert_eq!(midnight.with_boundary(hour).day_of(now), day);
        }

        #[test]
        fn through_counts_both_ends(start in 0i64..3000, length in 0i64..70) {
            let first = day("2020-01-01").plus_days(start);
            prop_assert_eq!(first.through(first.plus_days(length)).count() as i64, length + 1);
            prop_assert_eq!(first.through(first.plus_days(-1)).count(), 0);
        }
    }
}
