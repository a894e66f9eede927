//! A case: one infected person. Reference, dates and visits; never a name.
//!
//! A case comes in one of two ways: the person reports with a one-time code from the health centre
//! (OSK-25), or an officer enters what an interview brought, with no registration by the patient. Most
//! warnings of 2020 failed because only the first way existed.

use crate::id::VenueId;
use crate::retention::{self, Keep};
use crate::service_day::ServiceDay;
use crate::text::{self, TextError};
use crate::time_band::Span;

/// The health centre's own number for a case: what officers say to each other. At most 40 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseReference(String);

impl CaseReference {
    /// Reads a reference as typed.
    ///
    /// # Errors
    /// [`TextError`]
    pub fn parse(typed: &str) -> Result<Self, TextError> {
        text::line(typed, 40).map(Self)
    }

    /// A stored reference.
    pub fn from_stored(reference: String) -> Self {
        Self(reference)
    }

    /// The reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// When the illness showed itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// With symptoms since this day.
    OnsetOn(ServiceDay),
    /// Without symptoms; the sample was taken on this day.
    SampledOn(ServiceDay),
}

/// The dates of a case, in an order that can be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseDates {
    course: Course,
    positive_on: ServiceDay,
}

/// What is wrong with the dates that were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseDatesError {
    /// The test's date lies ahead.
    #[error("the date of the positive test lies in the future")]
    PositiveInFuture,
    /// Onset after the positive test: such a case is entered as one without symptoms.
    #[error("the onset lies after the positive test")]
    OnsetAfterPositive,
    /// Sampled after the result.
    #[error("the sample was taken after the positive test")]
    SampledAfterPositive,
    /// Older than anything that is still kept.
    #[error("the positive test is older than anything that is kept")]
    TooOld,
    /// More than 60 days between onset and test: surely a slip.
    #[error("onset and positive test lie more than 60 days apart")]
    TooFarApart,
}

impl CaseDates {
    /// Checks the dates of a case against each other, against today, and against how long data are kept:
    /// what would be erased at once is refused with words instead.
    ///
    /// # Errors
    /// [`CaseDatesError`]
    pub fn new(
        course: Course,
        positive_on: ServiceDay,
        today: ServiceDay,
        keep: Keep,
    ) -> Result<Self, CaseDatesError> {
        if positive_on > today {
            return Err(CaseDatesError::PositiveInFuture);
        }
        if retention::expired(positive_on, today, keep) {
            return Err(CaseDatesError::TooOld);
        }
        let (earlier, error) = match course {
            Course::OnsetOn(onset) => (onset, CaseDatesError::OnsetAfterPositive),
            Course::SampledOn(sampled) => (sampled, CaseDatesError::SampledAfterPositive),
        };
        if earlier > positive_on {
            return Err(error);
        }
        if earlier.days_until(positive_on) > 60 {
            return Err(CaseDatesError::TooFarApart);
        }
        Ok(Self { course, positive_on })
    }

    /// Dates that were stored, and so were checked before.
    pub const fn from_stored(course: Course, positive_on: ServiceDay) -> Self {
        Self { course, positive_on }
    }

    /// Onset or sampling.
    pub const fn course(&self) -> Course {
        self.course
    }

    /// The date of the positive test.
    pub const fn positive_on(&self) -> ServiceDay {
        self.positive_on
    }
}

/// How a case came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseSource {
    /// The person's own report with a one-time code.
    SelfReport,
    /// An officer's entry after an interview.
    Officer,
    /// The worker's own, for its canary: nobody is ill, and moments later it is gone.
    Canary,
}

impl CaseSource {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SelfReport => "self_report",
            Self::Officer => "officer",
            Self::Canary => "canary",
        }
    }

    /// The source of a stored word.
    pub fn from_stored(word: &str) -> Self {
        match word {
            "officer" => Self::Officer,
            "canary" => Self::Canary,
            _ => Self::SelfReport,
        }
    }
}

/// A visit that an interview brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterviewVisit {
    /// The venue, if it is registered.
    pub venue: Option<VenueId>,
    /// What the officer typed for it: a name or a number.
    pub venue_text: String,
    /// The day of the visit.
    pub day: ServiceDay,
    /// From when to when, where the interview told it and the policy matches by time band.
    pub stay: Option<Span>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_cannot_be_true_are_refused() {
        let day = |n| ServiceDay::parse("2026-11-22").unwrap().plus_days(n);
        let new = |course, positive| CaseDates::new(course, day(positive), day(0), Keep::Months(2));
        assert!(new(Course::OnsetOn(day(-3)), -1).is_ok());
        assert!(new(Course::OnsetOn(day(0)), 0).is_ok());
        assert_eq!(new(Course::OnsetOn(day(0)), 1), Err(CaseDatesError::PositiveInFuture));
        assert_eq!(new(Course::OnsetOn(day(0)), -1), Err(CaseDatesError::OnsetAfterPositive));
        assert_eq!(new(Course::SampledOn(day(0)), -1), Err(CaseDatesError::SampledAfterPositive));
        assert_eq!(new(Course::OnsetOn(day(-94)), -94), Err(CaseDatesError::TooOld));
        assert_eq!(new(Course::OnsetOn(day(-61)), 0), Err(CaseDatesError::TooFarApart));
    }
}
