//! On which days a venue is there: an event on its days, everything else always.
//!
//! A host who repeats an event keeps the code and adds its later days (STM-28): the instant of a check-in
//! tells one from the other, so nothing else has to be distinguished.

use std::fmt;

use crate::service_day::ServiceDay;

/// An event's days, each time its first and its last, in order; of anything else none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held(Vec<(ServiceDay, ServiceDay)>);

/// Why days can't be added to an event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeldError {
    /// The last day is before the first.
    #[error("the last day is before the first")]
    Order,
    /// Some of them are the event's already.
    #[error("some of these days are there already")]
    There,
    /// More than a host could mean.
    #[error("more than {} times", Held::MOST)]
    TooMany,
}

impl Held {
    /// How many times one code is held at most.
    pub const MOST: usize = 60;

    /// No event: there on every day.
    pub const fn always() -> Self {
        Self(Vec::new())
    }

    /// Held once, from one day to another.
    ///
    /// # Errors
    /// [`HeldError::Order`]
    pub fn once(first: ServiceDay, last: ServiceDay) -> Result<Self, HeldError> {
        let mut held = Self::always();
        held.add(first, last)?;
        Ok(held)
    }

    /// Held once more.
    ///
    /// # Errors
    /// [`HeldError`], and then nothing is added.
    pub fn add(&mut self, first: ServiceDay, last: ServiceDay) -> Result<(), HeldError> {
        if last < first {
            return Err(HeldError::Order);
        }
        if self.0.iter().any(|(from, to)| first <= *to && *from <= last) {
            return Err(HeldError::There);
        }
        if self.0.len() >= Self::MOST {
            return Err(HeldError::TooMany);
        }
        self.0.push((first, last));
        self.0.sort_unstable();
        Ok(())
    }

    /// Whether it is there on this day.
    pub fn on(&self, day: ServiceDay) -> bool {
        self.0.is_empty() || self.0.iter().any(|(first, last)| *first <= day && day <= *last)
    }

    /// Each time, first and last day.
    pub fn times(&self) -> &[(ServiceDay, ServiceDay)] {
        &self.0
    }

    /// From the stored text; `None` if no version of this program wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut held = Self::always();
        for time in text.split_whitespace() {
            let (first, last) = time.split_once('/')?;
            held.add(ServiceDay::parse(first)?, ServiceDay::parse(last)?).ok()?;
        }
        Some(held)
    }
}

/// As it is stored: `2026-11-22/2026-11-23 2026-12-01/2026-12-01`.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (first, last)) in self.0.iter().enumerate() {
            let space = if n == 0 { "" } else { " " };
            write!(f, "{space}{first}/{last}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(n: i64) -> ServiceDay {
        ServiceDay::parse("2026-11-22").unwrap().plus_days(n)
    }

    proptest! {
        /// Whatever is added in whatever order: it is there on exactly the days that were taken.
        #[test]
        fn it_is_there_on_its_days_and_read_back(times in prop::collection::vec((0i64..60, -2i64..5), 0..70)) {
            let mut held = Held::always();
            let mut days = std::collections::BTreeSet::new();
            for (first, length) in times {
                let own: Vec<i64> = (first..=first + length).collect();
                let free = !own.is_empty() && own.iter().all(|n| !days.contains(n));
                let added = held.add(day(first), day(first + length)).is_ok();
                prop_assert_eq!(added, free);
                if added {
                    days.extend(own);
                }
            }
            for n in -3..70 {
                prop_assert_eq!(held.on(day(n)), days.is_empty() || days.contains(&n));
            }
            prop_assert_eq!(Held::parse(&held.to_string()), Some(held));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = Held::parse(&text);
        }
    }

    #[test]
    fn a_code_is_held_sixty_times_and_no_more() {
        let mut held = Held::once(day(0), day(0)).unwrap();
        for n in 1..60 {
            held.add(day(n), day(n)).unwrap();
        }
        assert_eq!(held.add(day(99), day(99)), Err(HeldError::TooMany));
        assert_eq!(Held::once(day(1), day(0)), Err(HeldError::Order));
        assert_eq!(Held::parse("2026-11-22"), None);
    }
}
