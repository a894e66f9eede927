//! Who was somewhere at the same time as whom, as the model says it: by its own sums, and not by the worker's.

use std::collections::BTreeSet;

use domain::policy::Policy;
use domain::service_day::{Calendar, ServiceDay};
use domain::time_band::{Reach, Span};

use crate::history::{Case, CheckIn, History, Place, Said, TurnNumber};

/// How far a stay reaches, and when days begin.
#[derive(Clone, Debug)]
pub struct Bands {
    reach: Reach,
    calendar: Calendar,
}

/// Cases whose stays at a place hang together.
pub struct Met<'a> {
    /// From when to when others must have come to have met one of them.
    pub span: Span,
    /// The days of the stays, and all that the span touches.
    pub days: BTreeSet<ServiceDay>,
    pub cases: Vec<&'a Case>,
}

impl Bands {
    /// Stays that reach so far.
    pub const fn new(reach: Reach, calendar: Calendar) -> Self {
        Self { reach, calendar }
    }

    /// A policy's, if it matches by time band.
    pub fn of(policy: &Policy) -> Option<Self> {
        Some(Self::new(policy.reach()?, policy.calendar.clone()))
    }

    /// When others must have come to have met who stayed from then to then.
    fn around(&self, stay: Span) -> Span {
        Span { from: stay.from.minus(self.reach.stay), to: stay.to.plus(self.reach.lingering) }
    }

    fn stay(&self, from: domain::clock::Instant) -> Span {
        Span { from, to: from.plus(self.reach.stay) }
    }

    /// Where the interview brought no time, the whole day counts.
    fn whole(&self, day: ServiceDay) -> Span {
        Span::day(day, &self.calendar)
    }
}

impl History {
    /// The cases that met others at a place, as far as it could be known in a turn: of these cases, by what is sure or by
    /// all that may be.
    pub fn met<'a>(
        &self,
        bands: &Bands,
        cases: impl IntoIterator<Item = &'a Case>,
        place: Place,
        turn: TurnNumber,
        surely: bool,
    ) -> Vec<Met<'a>> {
        let mut met: Vec<Met<'a>> = Vec::new();
        for case in cases {
            for (day, stay) in self.stays(bands, case, place, turn, surely) {
                let span = bands.around(stay);
                let days = span.days(&bands.calendar).chain([day]).collect();
                join(&mut met, Met { span, days, cases: vec![case] });
            }
        }
        met
    }

    fn stays(
        &self,
        bands: &Bands,
        case: &Case,
        place: Place,
        turn: TurnNumber,
        surely: bool,
    ) -> Vec<(ServiceDay, Span)> {
        if case.entered > turn {
            return Vec::new();
        }
        let told = case.visits.iter().filter(|at| at.0 == place).map(|at| {
            (at.1, case.told_from.get(at).map_or_else(|| bands.whole(at.1), |from| bands.stay(*from)))
        });
        let own = self.check_ins.iter().filter(|sent| {
            let said = sent.said == Said::Yes || (sent.said == Said::Nothing && !surely);
            sent.at.0 == place && sent.turn <= turn && said && case.contacts.contains(&sent.who)
        });
        let own = own.map(|sent| (sent.at.1, bands.stay(sent.moment)));
        told.chain(own).filter(|(day, _)| case.window.contains(*day)).collect()
    }

    /// Who came to a place in a span, up to a turn, and was thanked.
    pub fn came_in(&self, place: Place, span: Span, until: TurnNumber) -> impl Iterator<Item = &CheckIn> {
        self.check_ins.iter().filter(move |sent| {
            let there = sent.at.0 == place && span.contains(sent.moment);
            there && sent.said == Said::Yes && sent.turn <= until
        })
    }
}

/// Puts another to those whom it touches, which may bring two of them together.
fn join<'a>(met: &mut Vec<Met<'a>>, mut new: Met<'a>) {
    met.retain_mut(|old| {
        let apart = old.span.to < new.span.from || new.span.to < old.span.from;
        if !apart {
            let span = Span { from: old.span.from.min(new.span.from), to: old.span.to.max(new.span.to) };
            new.span = span;
            new.days.append(&mut old.days);
            for case in &old.cases {
                if !new.cases.iter().any(|known| known.id == case.id) {
                    new.cases.push(case);
                }
            }
        }
        apart
    });
    met.push(new);
}
