//! From a case to a notice: the heart of the product.
//!
//! Where was the case, in its exposure window? How many cases were there that day, and how many does the
//! table ask for? Who else was there? Then [`domain::decision::decide`] says what comes of it, and every
//! visit gets its finding, so that an officer sees why a warning is proposed, or why not.
//!
//! Two transactions: the first remembers where the case was, the second writes findings, notice and
//! ledger at once. A crash between them leaves the case waiting, and doing it again changes nothing.
//!
//! Cases that wait go the way together, some dozens at a time, and each is decided on as if it went alone: who shares
//! a venue with one before it waits until that one is written. Where something fails they go one by one.

use std::collections::{BTreeMap, BTreeSet};

use domain::case::InterviewVisit;
use domain::decision::Outcome;
use domain::id::{CaseId, VenueId};
use domain::ledger::Act;
use domain::service_day::ServiceDay;
use store::cases::{CaseRecord, Finding};
use store::days::DayState;

use crate::others::Readings;
use crate::search_open_days::Search;
use crate::touched::{Located, Place};
use crate::{JobError, Worker, traces};

/// As many cases go the way together.
const TOGETHER: usize = 64;

/// Where service days stand, as far as a turn has asked: nobody but this worker moves them on.
pub(crate) type DayStates = BTreeMap<ServiceDay, Option<DayState>>;

/// What one turn of matching holds until it ends.
pub(crate) struct Matching {
    search: Search,
    pub states: DayStates,
    pub readings: Readings,
}

/// Where a case's reported addresses were used, and which days of its window are erased.
#[derive(Default)]
struct Reported {
    places: BTreeSet<Place>,
    erased: Vec<ServiceDay>,
}

impl Worker {
    /// Matches every case that waits for it.
    pub(crate) async fn match_cases(&mut self) -> Result<usize, JobError> {
        let waiting = self.office.cases_to_match().await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let mut failed = Ok(waiting.len());
        let mut turn = Matching {
            search: self.search(&waiting).await?,
            states: DayStates::new(),
            readings: [(); 4].map(|()| self.intake.day_readings()),
        };
        let mut sound = Vec::with_capacity(waiting.len());
        for case in &waiting {
            match turn.search.looks_for(case.id) {
                Ok(()) => sound.push(case),
                Err(error) => failed = Err(stuck(case, error)),
            }
        }
        for cases in sound.chunks(TOGETHER) {
            let mut left: BTreeSet<CaseId> = cases.iter().map(|case| case.id).collect();
            let Err(error) = self.match_together(cases, &mut turn, &mut left).await else { continue };
            if let [case] = cases {
                failed = Err(stuck(case, error));
                continue;
            }
            // One case that can't be matched (a damaged file, a planted record) must not stop the others.
            tracing::warn!(%error, "cases could not be matched together and are matched one by one");
            let left: Vec<_> = cases.iter().filter(|case| left.contains(&case.id)).collect();
            for case in left {
                let mut own = BTreeSet::new();
                if let Err(error) = self.match_together(&[case], &mut turn, &mut own).await {
                    failed = Err(stuck(case, error));
                }
            }
        }
        for readings in &mut turn.readings {
            readings.let_go().await?;
        }
        failed
    }

    /// Matches these cases; `left` are those that are not matched yet, also when it fails.
    async fn match_together(
        &mut self,
        cases: &[&CaseRecord],
        turn: &mut Matching,
        left: &mut BTreeSet<CaseId>,
    ) -> Result<(), JobError> {
        let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
        let mut visits = self.office.interview_visits(&ids).await?;
        let mut reported = traces::step("where cases were", self.reported_places(cases, turn)).await?;
        let mut waiting: Vec<Located<'_>> = cases
            .iter()
            .map(|case| {
                located(case, &visits.remove(&case.id).unwrap_or_default(), reported.remove(&case.id))
            })
            .collect();
        while !waiting.is_empty() {
            let (now, later) = apart(waiting);
            self.decide_on(&now, turn).await?;
            for at in &now {
                left.remove(&at.case.id);
            }
            waiting = later;
        }
        Ok(())
    }

    /// Where the reported addresses were used, day by day through each case's window.
    async fn reported_places(
        &mut self,
        cases: &[&CaseRecord],
        turn: &mut Matching,
    ) -> Result<BTreeMap<CaseId, Reported>, JobError> {
        let cases: Vec<&&CaseRecord> = cases.iter().filter(|case| case.contacts_sealed.is_some()).collect();
        let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
        let mut found: BTreeMap<CaseId, Reported> =
            ids.iter().map(|case| (*case, Reported::default())).collect();
        let mut contacts = Vec::new();
        for sealed in self.office.sealed_contacts(&ids).await? {
            // If they don't open, nothing may be said of where the case was.
            contacts.push((sealed.case, self.opened(&sealed)?));
        }
        let reach = self.pack.policy.reach();
        let stay = |at| reach.map(|reach| reach.stay_from(at));
        // A window may reach beyond today; those days are looked at when they close. One that is closed already has
        // been: then it is this clock that is behind.
        let today = self.pack.policy.newest_day(self.clock.now());
        let days: BTreeSet<ServiceDay> = cases.iter().flat_map(|case| case.window.days()).collect();
        for day in days {
            let concerned: BTreeSet<CaseId> =
                cases.iter().filter(|case| case.window.contains(day)).map(|case| case.id).collect();
            match self.day_state(day, &mut turn.states).await? {
                None => {}
                Some(DayState::Open) if day > today => {}
                Some(DayState::Expiring | DayState::Erased) => {
                    for case in concerned {
                        found.entry(case).or_default().erased.push(day);
                    }
                }
                Some(DayState::Open) => {
                    for case in concerned {
                        let places = self.search_open_day(day, case, &mut turn.search).await?;
                        let places =
                            places.into_iter().map(|(venue, at)| Place { venue, day, stay: stay(at) });
                        found.entry(case).or_default().places.extend(places);
                    }
                }
                Some(DayState::Closed) => {
                    self.index_day(day, "陽性者の照合").await?;
                    let key = self.ring.tag_key(day)?;
                    let own = contacts.iter().filter(|(case, _)| concerned.contains(case));
                    let tags: Vec<(CaseId, [u8; 16])> = own
                        .flat_map(|(case, own)| own.iter().map(|contact| (*case, key.tag(contact))))
                        .collect();
                    let asked: Vec<[u8; 16]> = tags.iter().map(|(_, tag)| *tag).collect();
                    let places = self.office.places_of(day, &asked).await?;
                    for (case, tag) in tags {
                        let there = places.get(&tag).into_iter().flatten();
                        let there = there.map(|at| Place { venue: at.venue, day, stay: stay(at.at) });
                        found.entry(case).or_default().places.extend(there);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Where a day stands; asked of the store once a turn.
    pub(crate) async fn day_state(
        &self,
        day: ServiceDay,
        states: &mut DayStates,
    ) -> Result<Option<DayState>, JobError> {
        if let Some(known) = states.get(&day) {
            return Ok(*known);
        }
        let state = self.intake.day(day).await?.map(|stored| stored.state);
        states.insert(day, state);
        Ok(state)
    }

    pub(crate) async fn record(&self, act: Act, subject: &str, detail: &str) -> Result<(), JobError> {
        Ok(self.office.record(&self.entry(act, subject, detail)).await?)
    }
}

/// Says that a case could not be matched.
fn stuck(case: &CaseRecord, error: JobError) -> JobError {
    tracing::error!(case = %case.id, %error, "a case could not be matched");
    error
}

/// Where a case was, by its interview and by its addresses, and what is known already of the other visits.
fn located<'a>(case: &'a CaseRecord, visits: &[InterviewVisit], reported: Option<Reported>) -> Located<'a> {
    let (mut places, mut findings) = (BTreeSet::new(), Vec::new());
    for visit in visits {
        match visit.venue {
            None => findings.push(plain(visit, Outcome::VenueNotRegistered)),
            Some(_) if !case.window.contains(visit.day) => {
                findings.push(plain(visit, Outcome::OutsideWindow))
            }
            Some(venue) => {
                places.insert(Place { venue, day: visit.day, stay: visit.stay });
            }
        }
    }
    if let Some(reported) = reported {
        findings.extend(reported.erased.into_iter().map(|day| about(Some(day), Outcome::DayErased)));
        if reported.places.is_empty() {
            findings.push(about(None, Outcome::NoCheckIn));
        }
        places.extend(reported.places);
    }
    Located { case, places, findings }
}

/// Cases of which none shares a venue with one before it, and the others: they must find what came of those.
fn apart(waiting: Vec<Located<'_>>) -> (Vec<Located<'_>>, Vec<Located<'_>>) {
    let mut taken: BTreeSet<VenueId> = BTreeSet::new();
    waiting.into_iter().partition(|at| {
        let own = || at.places.iter().map(|place| place.venue);
        let alone = own().all(|venue| !taken.contains(&venue));
        taken.extend(own());
        alone
    })
}

/// A finding about no venue.
fn about(day: Option<ServiceDay>, outcome: Outcome) -> Finding {
    let venue_text = String::new();
    let (cases, reports, row_record) = (0, 0, String::new());
    Finding {
        day,
        venue: None,
        venue_text,
        outcome,
        cases,
        reports,
        row_record,
        notice: None,
        visited_at: None,
        band: None,
    }
}

fn plain(visit: &InterviewVisit, outcome: Outcome) -> Finding {
    Finding {
        day: Some(visit.day),
        venue: visit.venue,
        venue_text: visit.venue_text.clone(),
        outcome,
        cases: 0,
        reports: 0,
        row_record: String::new(),
        notice: None,
        visited_at: None,
        band: None,
    }
}
