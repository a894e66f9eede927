//! The exposure window: the days on which a case's visits count.
//!
//! OSK-17: from the day the infection was found back to two days before onset. A case without symptoms
//! counts from two days before sampling (REQUIREMENTS section 9, no. 7). Both numbers are the disease's,
//! and so data of the pack.

use serde::Deserialize;

use crate::case::{CaseDates, Course};
use crate::policy::in_language;
use crate::policy::pack::Problems;
use crate::service_day::ServiceDay;

/// What the window takes from the disease.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Disease {
    /// What it is called on pages and in mails.
    pub name: String,
    /// The same in English; the Japanese name where it has none.
    pub name_en: Option<String>,
    /// Days before onset from which visits count, 0 to 14 (D4).
    pub days_before_onset: u8,
    /// Days before sampling from which visits of a case without symptoms count, 0 to 14 (D6).
    pub days_before_sampling: u8,
}

impl Disease {
    pub(crate) fn check(&self, problems: &mut Problems<'_>) {
        problems.unless(self.days_before_onset <= 14, "disease.days_before_onset", "0 to 14");
        problems.unless(self.days_before_sampling <= 14, "disease.days_before_sampling", "0 to 14");
    }

    /// Its name in a language.
    pub fn name(&self, language: &str) -> &str {
        in_language(&self.name, self.name_en.as_deref(), language)
    }
}

/// First and last day of exposure, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day that counts.
    pub first: ServiceDay,
    /// The last: the day of the positive test.
    pub last: ServiceDay,
}

impl Window {
    /// The window of a case.
    pub fn of(dates: &CaseDates, disease: &Disease) -> Self {
        let first = match dates.course() {
            Course::OnsetOn(onset) => onset.plus_days(-i64::from(disease.days_before_onset)),
            Course::SampledOn(sampled) => sampled.plus_days(-i64::from(disease.days_before_sampling)),
        };
        Self { first, last: dates.positive_on() }
    }

    /// Whether a visit on that day counts.
    pub fn contains(&self, day: ServiceDay) -> bool {
        self.first <= day && day <= self.last
    }

    /// Every day of it.
    pub fn days(&self) -> impl Iterator<Item = ServiceDay> {
        self.first.through(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OSK-16, OSK-17: two days before onset to the day of the positive test, both included.
    #[test]
    fn the_window_has_both_its_ends() {
        let disease =
            Disease { name: "COVID-19".into(), name_en: None, days_before_onset: 2, days_before_sampling: 2 };
        let day = |n| ServiceDay::parse("2026-11-22").unwrap().plus_days(n);
        let with = Window::of(&CaseDates::from_stored(Course::OnsetOn(day(-3)), day(0)), &disease);
        assert_eq!((with.first, with.last), (day(-5), day(0)));
        assert!(
            with.contains(day(-5))
                && with.contains(day(0))
                && !with.contains(day(-6))
                && !with.contains(day(1))
        );
        let without = Window::of(&CaseDates::from_stored(Course::SampledOn(day(-1)), day(0)), &disease);
        assert_eq!((without.first, without.days().count()), (day(-3), 4));
    }
}
