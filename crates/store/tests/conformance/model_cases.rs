//! Cases, their visits and findings against a plain model, until days and cases are erased.

use std::collections::{BTreeMap, BTreeSet};

use domain::case::{CaseSource, InterviewVisit};
use domain::clock::Instant;
use domain::decision::Outcome;
use domain::exposure::Window;
use domain::time_band::Span;
use proptest::prelude::*;
use store::case_stays::CaseStay;
use store::cases::{CaseRecord, CaseState, Finding, SealedContacts};
use store::matching::Joining;

use crate::models::{Walked, same, walked};
use crate::samples::{case, case_id, day, finding, later, notice_id, venue, visit};
use crate::stores::Stores;

const CASES: u64 = 6;
/// One of them is the canary's.
const CANARYS: u64 = 4;
const VENUES: i64 = 2;
const DAYS: std::ops::Range<i64> = -3..1;

#[derive(Clone, Debug)]
enum Step {
    Add { case: u64, contacts: bool, close: bool, visits: Vec<(Option<i64>, i64, Option<u64>)> },
    State(u64, bool),
    MatchAgain(i64),
    Visit { day: i64, venue: i64, case: u64, stay: Option<(u64, u64)> },
    Found { case: u64, about: Option<(i64, i64)>, what: usize, at: Option<u64> },
    Join { day: i64, venue: i64, band: Option<(u64, u64)> },
    ForgetNone(u64),
    Withdraw(u64),
    EraseDay(i64),
    EraseCases(i64),
    EraseCanary,
}

const OUTCOMES: [Outcome; 5] = [
    Outcome::Proposed,
    Outcome::BelowThreshold { cases: 1, needed: 3 },
    Outcome::AlreadyNoticed,
    Outcome::NoCheckIn,
    Outcome::NobodyElse,
];

fn step() -> impl Strategy<Value = Step> {
    let told = (proptest::option::of(0..VENUES), DAYS, proptest::option::of(0..100u64));
    let visits = proptest::collection::vec(told, 0..3);
    let stay = proptest::option::of((0..100u64, 1..50u64));
    prop_oneof![
        6 => (0..CASES, any::<bool>(), any::<bool>(), visits)
            .prop_map(|(case, contacts, close, visits)| Step::Add { case, contacts, close, visits }),
        4 => (0..CASES, any::<bool>()).prop_map(|(case, matched)| Step::State(case, matched)),
        2 => DAYS.prop_map(Step::MatchAgain),
        6 => (DAYS, 0..VENUES, 0..CASES, stay.clone())
            .prop_map(|(day, venue, case, stay)| Step::Visit { day, venue, case, stay }),
        6 => (0..CASES, proptest::option::of((DAYS, 0..VENUES)), 0..OUTCOMES.len(), proptest::option::of(1..100u64))
            .prop_map(|(case, about, what, at)| Step::Found { case, about, what, at }),
        2 => (DAYS, 0..VENUES, stay).prop_map(|(day, venue, band)| Step::Join { day, venue, band }),
        1 => (0..CASES).prop_map(Step::ForgetNone),
        2 => (0..CASES).prop_map(Step::Withdraw),
        1 => DAYS.prop_map(Step::EraseDay),
        1 => DAYS.prop_map(Step::EraseCases),
        1 => Just(Step::EraseCanary),
    ]
}

/// Day as text, venue, what it is called, when the visit began: what a finding of a case is about.
type About = (String, i64, String, i64);

#[derive(Default)]
struct Model {
    cases: BTreeMap<u64, CaseRecord>,
    told: BTreeMap<u64, Vec<InterviewVisit>>,
    /// By day, venue, case and beginning; with the end.
    visits: BTreeMap<(i64, i64, u64, i64), i64>,
    findings: BTreeMap<(u64, About), Finding>,
}

fn span(of: Option<(u64, u64)>) -> Option<Span> {
    of.map(|(from, length)| Span { from: later(from), to: later(from + length) })
}

fn ends(span: Option<Span>) -> (i64, i64) {
    span.map_or((0, 0), |span| (span.from.as_micros(), span.to.as_micros()))
}

fn record(n: u64, contacts: bool, close: bool) -> CaseRecord {
    let mut own = case(n);
    let back = i64::try_from(n % 3).expect("small");
    own.dates = domain::case::CaseDates::from_stored(own.dates.course(), day(-back));
    own.window = Window { first: day(-2 - back), last: day(-back) };
    own.close_contacts = close;
    own.contacts_sealed = own.contacts_sealed.filter(|_| contacts);
    if n == CANARYS {
        own.source = CaseSource::Canary;
    }
    own
}

impl Model {
    fn counts(&self, case: u64) -> bool {
        self.cases.get(&case).is_some_and(|own| own.state != CaseState::Withdrawn)
    }

    /// Cases that count at a venue and day.
    fn at(&self, on: i64, of: i64) -> BTreeSet<u64> {
        let there = self.visits.keys().filter(|(day, venue, ..)| (*day, *venue) == (on, of));
        there.map(|(_, _, case, _)| *case).filter(|case| self.counts(*case)).collect()
    }

    fn sorted(&self, wanted: impl Fn(&CaseRecord) -> bool) -> Vec<CaseRecord> {
        let mut found: Vec<_> = self.cases.values().filter(|own| wanted(own)).cloned().collect();
        found.sort_by_key(|own| (own.received_at, *own.id.as_bytes()));
        found
    }

    fn forget(&mut self, gone: &[u64]) {
        self.cases.retain(|n, _| !gone.contains(n));
        self.told.retain(|n, _| !gone.contains(n));
        self.visits.retain(|(_, _, n, _), _| !gone.contains(n));
        self.findings.retain(|(n, _), _| !gone.contains(n));
    }

    fn put(&mut self, case: u64, found: Finding) {
        let about = (
            found.day.map_or_else(String::new, |day| day.to_string()),
            found.venue.map_or(0, |venue| venue.as_i64()),
            found.venue_text.clone(),
            found.visited_at.map_or(0, Instant::as_micros),
        );
        let there = self.findings.get(&(case, about.clone()));
        if there.is_none_or(|there| there.notice.is_none() || found.outcome != Outcome::AlreadyNoticed) {
            self.findings.insert((case, about), found);
        }
    }
}

async fn walk(steps: Vec<Step>) -> Walked {
    let stores = Stores::new().await;
    let mut model = Model::default();
    for (time, step) in (1..).zip(steps) {
        match step {
            Step::EraseDay(of) => {
                stores.office.erase_day(day(of)).await.expect("erased");
                model.visits.retain(|(on, ..), _| *on != of);
                model.findings.retain(|_, own| own.day != Some(day(of)));
                model.told.values_mut().for_each(|told| told.retain(|visit| visit.day != day(of)));
            }
            Step::EraseCases(before) => {
                let gone: Vec<u64> = model
                    .cases
                    .iter()
                    .filter(|(_, own)| own.dates.positive_on() < day(before))
                    .map(|(n, _)| *n)
                    .collect();
                same!(stores.office.erase_cases(day(before)).await.expect("erased"), gone.len());
                model.forget(&gone);
            }
            Step::EraseCanary => {
                stores.office.erase_canary_cases().await.expect("erased");
                let gone = model.cases.contains_key(&CANARYS).then_some(CANARYS);
                model.forget(gone.as_slice());
            }
            other => done(&stores, &mut model, other, later(1_000 + time)).await?,
        }
        compare(&stores, &model).await?;
    }
    Ok(())
}

async fn done(stores: &Stores, model: &mut Model, step: Step, now: Instant) -> Walked {
    let mut tx = stores.office.begin().await.expect("begun");
    match step {
        Step::Add { case, contacts, close, visits } => {
            let visits: Vec<_> = visits
                .into_iter()
                .map(|(at, on, from)| InterviewVisit {
                    venue: at.map(venue),
                    venue_text: "見本".to_owned(),
                    day: day(on),
                    stay: span(from.map(|from| (from, 30))),
                })
                .collect();
            let own = record(case, contacts, close);
            let new = !model.cases.contains_key(&case);
            same!(tx.add_case(&own, &visits).await.expect("added"), new);
            if new {
                model.cases.insert(case, own);
                model.told.insert(case, visits);
            }
        }
        Step::State(case, matched) => {
            let state = if matched { CaseState::Matched } else { CaseState::Received };
            tx.set_case_state(&[case_id(case)], state, now).await.expect("moved");
            if let Some(own) = model.cases.get_mut(&case).filter(|own| own.state != CaseState::Withdrawn) {
                (own.state, own.matched_at) = (state, Some(now));
            }
        }
        Step::MatchAgain(on) => {
            tx.match_again(day(on)).await.expect("asked");
            for (n, own) in &mut model.cases {
                let told =
                    model.told.get(n).is_some_and(|told| told.iter().any(|visit| visit.day == day(on)));
                if own.state == CaseState::Matched
                    && own.window.contains(day(on))
                    && (own.contacts_sealed.is_some() || told)
                {
                    own.state = CaseState::Received;
                }
            }
        }
        Step::Visit { day: on, venue: at, case, stay } => {
            tx.put_case_visits(&[visit(case, on, at, span(stay))]).await.expect("put");
            let (from, to) = ends(span(stay));
            model.visits.insert((on, at, case, from), to);
        }
        Step::Found { case, about, what, at } => {
            let found = Finding {
                notice: (what == 0).then(|| notice_id(case)),
                visited_at: at.map(later),
                band: span(at.map(|at| (at, 20))),
                ..finding(about.map(|(on, _)| day(on)), about.map(|(_, at)| at), OUTCOMES[what])
            };
            tx.put_findings(&[(case_id(case), &found)], now).await.expect("put");
            model.put(case, found);
        }
        Step::Join { day: on, venue: at, band } => {
            let at_band = Joining { day: day(on), venue: venue(at), band: span(band), notice: notice_id(9) };
            tx.join_findings(&[at_band]).await.expect("joined");
            let (from, to) = band.map_or((0, i64::MAX), |band| ends(span(Some(band))));
            for own in model.findings.values_mut() {
                let here = (own.day, own.venue) == (Some(day(on)), Some(venue(at)));
                let began = own.visited_at.map_or(0, Instant::as_micros);
                if here
                    && matches!(own.outcome, Outcome::BelowThreshold { .. })
                    && (from..=to).contains(&began)
                {
                    (own.outcome, own.notice) = (Outcome::Proposed, Some(notice_id(9)));
                }
            }
        }
        Step::ForgetNone(case) => {
            let none = |(n, _): &(u64, _), own: &Finding| *n == case && own.outcome == Outcome::NoCheckIn;
            let known = model.findings.iter().any(|(about, own)| none(about, own));
            let found = tx.without_check_in(&[case_id(case)]).await.expect("asked");
            same!(found.contains(&case_id(case)), known);
            tx.forget_no_check_in(case_id(case)).await.expect("forgotten");
            model.findings.retain(|(n, _), own| *n != case || own.outcome != Outcome::NoCheckIn);
        }
        Step::Withdraw(case) => {
            tx.withdraw_case(case_id(case)).await.expect("withdrawn");
            model.visits.retain(|(_, _, n, _), _| *n != case);
            if let Some(own) = model.cases.get_mut(&case) {
                (own.state, own.contacts_sealed) = (CaseState::Withdrawn, None);
            }
        }
        _ => {}
    }
    tx.commit().await.expect("committed");
    Ok(())
}

async fn compare(stores: &Stores, model: &Model) -> Walked {
    let office = &stores.office;
    for n in 0..CASES {
        same!(office.case(case_id(n)).await.expect("read"), model.cases.get(&n));
        let told = model.told.get(&n).cloned().unwrap_or_default();
        let mut visits = office.interview_visits(&[case_id(n)]).await.expect("read");
        same!(visits.remove(&case_id(n)).unwrap_or_default(), told);
        let own = model.findings.iter().filter(|((case, _), _)| *case == n);
        let mut own: Vec<&Finding> = own.map(|(_, own)| own).collect();
        own.sort_by_key(|own| {
            (own.day.map_or_else(String::new, |day| day.to_string()), own.venue, own.visited_at)
        });
        let mut found = office.findings(case_id(n)).await.expect("read");
        found.sort_by_key(|own| {
            (own.day.map_or_else(String::new, |day| day.to_string()), own.venue, own.visited_at)
        });
        same!(found, own);
    }
    let mut newest = model.sorted(|own| own.source != CaseSource::Canary);
    newest.sort_by_key(|own| (std::cmp::Reverse(own.received_at), *own.id.as_bytes()));
    same!(office.cases(3).await.expect("listed"), newest.iter().take(3).collect::<Vec<_>>());
    let waiting = model.sorted(|own| own.state == CaseState::Received);
    same!(office.cases_to_match().await.expect("listed"), waiting);
    let ids: Vec<_> = (0..CASES).map(case_id).collect();
    let sealed = model.cases.values().filter_map(|own| {
        let sealed = own.contacts_sealed.clone()?;
        Some(SealedContacts { case: own.id, received_at: own.received_at, sealed })
    });
    same!(office.sealed_contacts(&ids).await.expect("read"), sealed.collect::<Vec<_>>());

    let mut tx = office.begin().await.expect("begun");
    for n in 0..CASES {
        let states = tx.case_states(&[case_id(n)]).await.expect("read");
        same!(states.get(&case_id(n)).copied(), model.cases.get(&n).map(|own| own.state));
    }
    for at in 0..VENUES {
        for on in DAYS {
            let cases = model.at(on, at);
            let cases: Vec<_> = cases.into_iter().map(case_id).collect();
            same!(tx.cases_at(day(on), venue(at)).await.expect("read"), cases);
        }
        let own = model.visits.iter().filter(|((_, venue, case, _), _)| *venue == at && model.counts(*case));
        let mut stays: Vec<CaseStay> = own
            .map(|((on, _, case, from), to)| CaseStay {
                case: case_id(*case),
                day: day(*on),
                stay: (*to != 0)
                    .then_some(Span { from: Instant::from_micros(*from), to: Instant::from_micros(*to) }),
                close_contacts: model.cases[case].close_contacts,
            })
            .collect();
        stays.sort_by_key(|own| (own.stay.map(|stay| stay.from), *own.case.as_bytes(), own.day));
        let mut found = tx.stays_at(&[venue(at)]).await.expect("read");
        same!(found.remove(&venue(at)).unwrap_or_default(), stays);
        for on in DAYS {
            let own: Vec<_> = stays.iter().filter(|own| own.day == day(on)).cloned().collect();
            let mut found = tx.stays_on(&[(day(on), venue(at))]).await.expect("read");
            same!(found.remove(&venue(at)).unwrap_or_default(), own);
        }
    }
    Ok(())
}

/// Cases, visits and findings in whatever order, matched again, withdrawn, erased by day and by age.
#[test]
fn cases_are_what_a_plain_model_says() {
    walked(step(), walk);
}
