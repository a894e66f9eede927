//! The exposure window: the days on which a case's visits count.
//!
//! OSK-17: from the day the infection was found back to two days before onset. A case without symptoms
//! counts from two days before sampling (REQUIREMENTS section 9, no. 7). Numbers, anchor and end are the
//! disease's, and so data of the pack ([`crate::disease`]).

use crate::case::{CaseDates, Course};
use crate::disease::{AsymptomaticAnchor, Disease, ExposureEnd};
use crate::service_day::ServiceDay;

/// First and last day of exposure, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day that counts.
    pub first: ServiceDay,
    /// The last: the day of the positive test, or so many days after onset.
    pub last: ServiceDay,
}

impl Window {
    /// The window of a case (D4 to D7). It never ends before it begins: a test long after the illness leaves
    /// the days around onset.
    pub fn of(dates: &CaseDates, disease: &Disease) -> Self {
        let (anchor, before) = match (dates.course(), disease.asymptomatic_anchor) {
            (Course::OnsetOn(onset), _) => (onset, disease.before_onset()),
            (Course::SampledOn(sampled), AsymptomaticAnchor::SamplingDate) => {
                (sampled, disease.before_sampling())
            }
            (Course::SampledOn(_), AsymptomaticAnchor::PositiveDate) => {
                (dates.positive_on(), disease.before_sampling())
            }
        };
        let last = match (dates.course(), disease.exposure_end) {
            (Course::OnsetOn(onset), ExposureEnd::DaysAfterOnset) => {
                onset.plus_days(i64::from(disease.days_after_onset))
            }
            _ => dates.positive_on(),
        };
        Self { first: anchor.plus_days(-i64::from(before)), last }
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
    use crate::disease::tests::disease;
    use proptest::prelude::*;

    fn day(n: i64) -> ServiceDay {
        ServiceDay::parse("2026-11-22").unwrap().plus_days(n)
    }

    fn window(course: Course, lines: &str) -> (ServiceDay, ServiceDay) {
        let window = Window::of(&CaseDates::from_stored(course, day(0)), &disease(lines));
        (window.first, window.last)
    }

    /// OSK-16, OSK-17: two days before onset to the day of the positive test, both included.
    #[test]
    fn the_window_has_both_its_ends() {
        let dates = CaseDates::from_stored(Course::OnsetOn(day(-3)), day(0));
        let with = Window::of(&dates, &disease("profile = \"covid-19\""));
        assert_eq!((with.first, with.last), (day(-5), day(0)));
        assert!(with.contains(day(-5)) && with.contains(day(0)));
        assert!(!with.contains(day(-6)) && !with.contains(day(1)));
        let without = Window::of(&CaseDates::from_stored(Course::SampledOn(day(-1)), day(0)), &disease(""));
        assert_eq!((without.first, without.days().count()), (day(-3), 4));
    }

    /// D4 to D6: measles counts around the rash, whenever it was tested; without symptoms to the test.
    #[test]
    fn anchor_and_end_are_the_diseases() {
        let measles = "profile = \"measles\"";
        assert_eq!(window(Course::OnsetOn(day(-9)), measles), (day(-13), day(-5)));
        assert_eq!(window(Course::OnsetOn(day(-1)), measles), (day(-5), day(3)));
        assert_eq!(window(Course::SampledOn(day(-1)), measles), (day(-5), day(0)));
        let tested = "asymptomatic_anchor = \"positive_date\"";
        assert_eq!(window(Course::SampledOn(day(-1)), tested), (day(-2), day(0)));
        assert_eq!(window(Course::OnsetOn(day(-1)), tested), (day(-3), day(0)));
    }

    /// D7: whoever seeks the source counts further back, and the end stays where it is.
    #[test]
    fn the_source_is_sought_further_back() {
        let source = "backward_days = 10";
        assert_eq!(window(Course::OnsetOn(day(-1)), source), (day(-11), day(0)));
        assert_eq!(window(Course::SampledOn(day(-1)), source), (day(-11), day(0)));
        assert_eq!(window(Course::OnsetOn(day(-1)), "backward_days = 1"), (day(-3), day(0)));
    }

    proptest! {
        #[test]
        fn a_window_holds_the_onset(onset in -20i64..=0, before in 0u8..=14, after in 0u8..=21, ends: bool) {
            let end = if ends { "days_after_onset" } else { "positive_date" };
            let lines = format!(
                "days_before_onset = {before}\ndays_after_onset = {after}\nexposure_end = {end:?}"
            );
            let (first, last) = window(Course::OnsetOn(day(onset)), &lines);
            prop_assert!(first <= day(onset) && day(onset) <= last);
        }
    }
}
