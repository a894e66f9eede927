//! Time bands: who was somewhere at the same time as a case, where not everyone of that day counts
//! (STM, KNG; REQUIREMENTS section 11, B5 and B6, and section 9, no. 3).
//!
//! Nobody checks out. So each check-in is taken for a *stay* of the policy's `time_band_minutes`, and the air
//! stays infectious for the disease's `lingering_minutes` after a case left. Someone met a case if the two
//! stays, the case's with its lingering, have a moment in common:
//!
//! ```text
//! case checks in at t       stays   t .. t + band          (or the times that an interview brought)
//! air is infectious                 t .. t + band + lingering
//! who counts checked in at  t - band .. t + band + lingering
//! ```
//!
//! That last span is the case's *band*. Whoever came before the case and was still there is in it, and whoever
//! came within the lingering time after the case had left. Bands at one venue that touch each other are a
//! *chain*: its cases count together against the threshold, and everyone in it is told. A chain is the same in
//! whatever order its cases come in. Neither bands nor chains end with a service day.

use std::time::Duration;

use crate::clock::Instant;
use crate::service_day::{Calendar, ServiceDay};

/// A span of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first moment.
    pub from: Instant,
    /// The last.
    pub to: Instant,
}

impl Span {
    /// A whole service day.
    pub fn day(day: ServiceDay, calendar: &Calendar) -> Self {
        Self { from: calendar.start_of(day), to: calendar.end_of(day).minus(TICK) }
    }

    /// Whether a moment lies in it.
    pub fn contains(&self, at: Instant) -> bool {
        self.from <= at && at <= self.to
    }

    /// Whether both have a moment in common.
    pub fn touches(&self, other: &Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// What is left of it without those.
    pub fn without(self, others: &[Self]) -> Vec<Self> {
        let mut left = vec![self];
        for gone in others {
            left = left.into_iter().flat_map(|span| span.less(gone)).collect();
        }
        left
    }

    /// The service days that it touches.
    pub fn days(&self, calendar: &Calendar) -> impl Iterator<Item = ServiceDay> + use<> {
        calendar.day_of(self.from).through(calendar.day_of(self.to))
    }

    fn less(self, gone: &Self) -> Vec<Self> {
        if !self.touches(gone) {
            return vec![self];
        }
        let before = (self.from < gone.from).then(|| Self { from: self.from, to: gone.from.minus(TICK) });
        let after = (gone.to < self.to).then(|| Self { from: gone.to.plus(TICK), to: self.to });
        before.into_iter().chain(after).collect()
    }
}

/// The shortest time there is.
const TICK: Duration = Duration::from_micros(1);

/// How far a visit reaches: the policy's band and the disease's lingering time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// How long a stay is taken to be that nobody told the end of.
    pub stay: Duration,
    /// How long the air stays infectious after it.
    pub lingering: Duration,
}

impl Reach {
    /// The stay of a case that checked in.
    pub fn stay_from(&self, at: Instant) -> Span {
        Span { from: at, to: at.plus(self.stay) }
    }

    /// The stay of a case that an interview brought: from when, to when, as far as it is known.
    pub fn stay_told(&self, from: Option<Instant>, to: Option<Instant>) -> Option<Span> {
        match (from, to) {
            (Some(from), Some(to)) => Some(Span { from, to: to.max(from) }),
            (Some(from), None) => Some(self.stay_from(from)),
            (None, Some(to)) => Some(Span { from: to.minus(self.stay), to }),
            (None, None) => None,
        }
    }

    /// The band of a case's stay: when others checked in who met it.
    pub fn band(&self, stay: &Span) -> Span {
        Span { from: stay.from.minus(self.stay), to: stay.to.plus(self.lingering) }
    }
}

/// Bands that touch each other, and whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<T> {
    /// From the first band's beginning to the last one's end.
    pub band: Span,
    /// Whose bands they are.
    pub of: Vec<T>,
}

/// Puts bands together that touch each other, directly or over others; in the order of time.
pub fn chains<T>(mut bands: Vec<(Span, T)>) -> Vec<Chain<T>> {
    bands.sort_by_key(|(band, _)| *band);
    let mut chains: Vec<Chain<T>> = Vec::new();
    for (band, of) in bands {
        match chains.last_mut().filter(|chain| chain.band.touches(&band)) {
            Some(chain) => {
                chain.band.to = chain.band.to.max(band.to);
                chain.of.push(of);
            }
            None => chains.push(Chain { band, of: vec![of] }),
        }
    }
    chains
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: u64 = 60;

    fn at(minute: u32) -> Instant {
        // Noon of 22 November 2026 in Tokyo.
        Instant::from_micros(1_795_316_400_000_000).plus(Duration::from_secs(MINUTE * u64::from(minute)))
    }

    fn span(from: u32, to: u32) -> Span {
        Span { from: at(from), to: at(to) }
    }

    fn reach(stay: u32, lingering: u32) -> Reach {
        let minutes = |n: u32| Duration::from_secs(MINUTE * u64::from(n));
        Reach { stay: minutes(stay), lingering: minutes(lingering) }
    }

    #[test]
    fn a_band_begins_with_those_who_were_still_there() {
        let reach = reach(120, 30);
        let stay = reach.stay_from(at(600));
        assert_eq!((stay, reach.band(&stay)), (span(600, 720), span(480, 750)));
        let told = reach.stay_told(Some(at(600)), Some(at(630))).unwrap();
        assert_eq!(reach.band(&told), span(480, 660));
        assert_eq!(reach.stay_told(Some(at(600)), None), Some(stay));
        assert_eq!(reach.stay_told(None, Some(at(720))), Some(stay));
        assert_eq!(reach.stay_told(None, None), None);
    }

    #[test]
    fn a_band_does_not_end_with_its_day() {
        let calendar = Calendar::new("Asia/Tokyo", 0).unwrap();
        let band = reach(120, 0).band(&reach(120, 0).stay_from(at(11 * 60)));
        let days: Vec<String> = band.days(&calendar).map(|day| day.to_string()).collect();
        assert_eq!(days, ["2026-11-22", "2026-11-23"]);
        let day = calendar.day_of(at(0));
        let whole = Span::day(day, &calendar);
        assert_eq!(whole.days(&calendar).collect::<Vec<_>>(), [day]);
        assert!(whole.contains(calendar.start_of(day)) && !whole.contains(calendar.end_of(day)));
    }

    proptest! {
        /// Minute by minute: both were there at one moment, or the air was still infectious.
        #[test]
        fn who_is_in_a_band_met_the_case(
            case in 1000u32..1400, other in 0u32..3000, stay in 30u32..=720, lingering in 0u32..=180,
        ) {
            let reach = reach(stay, lingering);
            let met = (other..=other + stay).any(|now| (case..=case + stay + lingering).contains(&now));
            prop_assert_eq!(reach.band(&reach.stay_from(at(case))).contains(at(other)), met);
        }

        /// The days of a band are the days of its moments, whatever hour they begin at.
        #[test]
        fn a_band_touches_the_days_of_its_moments(from in 0u32..4000, length in 0u32..3000, hour in 0u8..=6) {
            let calendar = Calendar::new("Asia/Tokyo", hour).unwrap();
            let mut days: Vec<_> = (from..=from + length).map(|now| calendar.day_of(at(now))).collect();
            days.dedup();
            prop_assert_eq!(span(from, from + length).days(&calendar).collect::<Vec<_>>(), days);
        }

        /// Against brute force: two are in one chain if a way of touching bands leads from one to the other.
        #[test]
        fn chains_are_what_touches(bands in prop::collection::vec((0u32..300, 0u32..40), 1..12)) {
            let bands: Vec<_> =
                bands.iter().enumerate().map(|(n, (from, length))| (span(*from, from + length), n)).collect();
            let mut group: Vec<usize> = (0..bands.len()).collect();
            for _ in 0..bands.len() {
                for (one, a) in &bands {
                    for (other, b) in &bands {
                        if one.touches(other) {
                            let least = group[*a].min(group[*b]);
                            group[*a] = least;
                            group[*b] = least;
                        }
                    }
                }
            }
            let found = chains(bands.clone());
            prop_assert_eq!(found.iter().map(|chain| chain.of.len()).sum::<usize>(), bands.len());
            for chain in &found {
                let of = |n: &usize| group[*n] == group[chain.of[0]];
                prop_assert!(chain.of.iter().all(of));
                prop_assert_eq!((0..bands.len()).filter(of).count(), chain.of.len());
                for now in 0..400 {
                    let member = |n: &usize| bands[*n].0.contains(at(now));
                    prop_assert_eq!(chain.band.contains(at(now)), chain.of.iter().any(member));
                }
            }
        }

        #[test]
        fn what_is_left_is_the_rest(
            whole in (0u32..100, 0u32..100), gone in prop::collection::vec((0u32..200, 0u32..40), 0..5),
        ) {
            let whole = span(whole.0, whole.0 + whole.1);
            let gone: Vec<_> = gone.iter().map(|(from, length)| span(*from, from + length)).collect();
            let left = whole.without(&gone);
            for now in 0..300 {
                let rest = whole.contains(at(now)) && !gone.iter().any(|span| span.contains(at(now)));
                prop_assert_eq!(left.iter().filter(|span| span.contains(at(now))).count(), usize::from(rest));
            }
        }
    }
}
