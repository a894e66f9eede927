//! From a case to a notice: the heart of the product.
//!
//! Where was the case, in its exposure window? How many cases were there that day, and how many does the
//! table ask for? Who else was there? Then [`domain::decision::decide`] says what comes of it, and every
//! visit gets its finding, so that an officer sees why a warning is proposed, or why not.
//!
//! Two transactions: the first remembers where the case was, the second writes findings, notice and
//! ledger at once. A crash between them leaves the case waiting, and doing it again changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::case::InterviewVisit;
use domain::contact::Contact;
use domain::decision::{Outcome, VenueDayFacts, decide};
use domain::id::{CaseId, NoticeId};
use domain::ledger::{Act, Entry};
use domain::notice::NoticeKind;
use domain::policy::{CloseContacts, Trigger};
use domain::service_day::ServiceDay;
use domain::threshold::RowInForce;
use store::cases::{CaseRecord, CaseState, Finding};
use store::days::DayState;
use store::notices::{Expanded, Notice, NoticeDay};
use store::{StoreError, Tx};

use crate::recipients::Identity;
use crate::search_open_days::Search;
use crate::touched::{Place, Touched, Visited};
use crate::{JobError, Worker};

/// Whoever has blocked the account on LINE is counted apart: no message reaches them.
const BLOCKED: &str = "blocked";

impl Worker {
    /// Matches every case that waits for it.
    pub(crate) async fn match_cases(&mut self) -> Result<usize, JobError> {
        let waiting = self.office.cases_to_match().await?;
        let mut search = self.search(&waiting).await;
        let mut failed = Ok(waiting.len());
        for case in &waiting {
            // One case that can't be matched (a damaged file, a planted record) must not stop the others.
            if let Err(error) = self.match_case(case, &mut search).await {
                tracing::error!(case = %case.id, %error, "a case could not be matched");
                failed = Err(error);
            }
        }
        failed
    }

    async fn match_case(&mut self, case: &CaseRecord, search: &mut Search) -> Result<(), JobError> {
        search.looks_for(case.id)?;
        let mut findings = Vec::new();
        let mut places = BTreeSet::new();
        for visit in self.office.interview_visits(case.id).await? {
            match visit.venue {
                None => findings.push(plain(&visit, Outcome::VenueNotRegistered)),
                Some(_) if !case.window.contains(visit.day) => {
                    findings.push(plain(&visit, Outcome::OutsideWindow))
                }
                Some(venue) => {
                    places.insert(Place { venue, day: visit.day, stay: visit.stay });
                }
            }
        }
        if case.contacts_sealed.is_some() {
            let contacts = self.own_contacts(case.id).await?;
            let (found, erased) = self.places_of(case, &contacts, search).await?;
            findings.extend(erased.into_iter().map(|day| about(Some(day), Outcome::DayErased)));
            if found.is_empty() {
                findings.push(about(None, Outcome::NoCheckIn));
            }
            places.extend(found);
        }
        let (touched, visited) = self.remember_visits(case, &places).await?;
        self.decide_on(case, touched, &visited, findings).await
    }

    /// Where the reported addresses were used, day by day through the window; and which of its days are erased.
    async fn places_of(
        &mut self,
        case: &CaseRecord,
        contacts: &[Contact],
        search: &mut Search,
    ) -> Result<(BTreeSet<Place>, Vec<ServiceDay>), JobError> {
        let reach = self.pack.policy.reach();
        let stay = |at| reach.map(|reach| reach.stay_from(at));
        let (mut found, mut erased) = (BTreeSet::new(), Vec::new());
        // A window may reach beyond today; those days are looked at when they close. One that is closed already has
        // been: then it is this clock that is behind.
        let today = self.pack.policy.newest_day(self.clock.now());
        for day in case.window.days() {
            let Some(stored) = self.intake.day(day).await? else { continue };
            match stored.state {
                DayState::Open if day > today => {}
                DayState::Expiring | DayState::Erased => erased.push(day),
                DayState::Open => {
                    let places = self.search_open_day(day, case.id, search).await?;
                    found.extend(places.into_iter().map(|(venue, at)| Place { venue, day, stay: stay(at) }));
                }
                DayState::Closed => {
                    self.index_day(day, "陽性者の照合").await?;
                    let key = self.ring.tag_key(day)?;
                    for contact in contacts {
                        let places = self.office.places_of(day, &key.tag(contact)).await?;
                        found.extend(places.into_iter().map(|place| Place {
                            venue: place.venue,
                            day,
                            stay: stay(place.at),
                        }));
                    }
                }
            }
        }
        Ok((found, erased))
    }

    /// Decides on each, then writes it all down in the second transaction.
    async fn decide_on(
        &mut self,
        case: &CaseRecord,
        touched: Vec<Touched>,
        visited: &Visited,
        mut findings: Vec<Finding>,
    ) -> Result<(), JobError> {
        let now = self.clock.now();
        let notice = NoticeId::from_random(self.randomness.bytes());
        let seen: Vec<_> = touched.iter().map(|at| at.group.clone()).collect();
        let mut openings = Vec::new();
        let weighed = self.weigh(notice, touched, &mut findings, &mut openings).await;
        let Weighed { proposed, told, cases: of_notice, people } = match weighed {
            Ok(weighed) => weighed,
            Err(error) => {
                // What was opened until then is on record all the same.
                let mut tx = self.office.begin().await?;
                record_all(&mut tx, &openings).await?;
                tx.commit().await?;
                return Err(error);
            }
        };
        let mut tx = self.office.begin().await?;
        record_all(&mut tx, &openings).await?;
        // Contacts were opened outside of any transaction: if an officer withdrew a case or decided meanwhile,
        // that is all that is written, and the case is matched anew at the next turn.
        if tx.case_state(case.id).await? != Some(CaseState::Received) {
            return Ok(tx.commit().await?);
        }
        let mut now_there = Vec::new();
        for (venue, days) in visited {
            now_there.extend(self.groups(&mut tx, case.id, venue, days).await?);
        }
        if now_there != seen {
            return Ok(tx.commit().await?);
        }
        if !findings.iter().any(|finding| finding.outcome == Outcome::NoCheckIn) {
            tx.forget_no_check_in(case.id).await?;
        }
        for finding in &findings {
            tx.put_finding(case.id, finding, now).await?;
            if let (Outcome::AlreadyNoticed, Some(existing)) = (finding.outcome, finding.notice) {
                tx.join_notice(existing, case.id).await?;
            }
        }
        if !proposed.is_empty() {
            let version = &self.pack.version;
            let new = Notice {
                received_at: case.received_at,
                others: told.len() as u64,
                others_by: counted(told.values()),
                ..Notice::proposed(notice, NoticeKind::Alert, now, "worker", version)
            };
            let days: Vec<NoticeDay> = proposed
                .iter()
                .flat_map(|(at, cases, needed, row_record)| {
                    at.group.told.iter().map(|(day, band)| NoticeDay {
                        venue: at.venue,
                        day: *day,
                        venue_name: at.name.clone(),
                        cases: *cases,
                        needed: *needed,
                        row_record: row_record.clone(),
                        expanded: Expanded::No,
                        band: *band,
                        consent: at.consent,
                    })
                })
                .collect();
            tx.propose_notice(&new, &days, &of_notice).await?;
            for (at, ..) in &proposed {
                for (day, _) in &at.group.told {
                    tx.join_findings(*day, at.venue, at.group.band, notice).await?;
                }
            }
            let detail = format!("陽性者{people}人、施設と利用日{}件、対象{}人", days.len(), told.len());
            tx.record(&self.entry(Act::NoticeProposed, notice.to_string(), detail)).await?;
        }
        let outcomes: Vec<&str> = findings.iter().map(|finding| finding.outcome.as_str()).collect();
        // Stands right behind the notice that came of it, whose venue and days are kept: it names no case.
        tx.record(&self.entry(Act::CaseMatched, "", outcomes.join(", "))).await?;
        tx.set_case_state(case.id, CaseState::Matched, now).await?;
        Ok(tx.commit().await?)
    }

    /// What comes of each; contacts are opened where everything else already speaks for a notice, and each opening is
    /// an entry for the ledger.
    async fn weigh(
        &mut self,
        notice: NoticeId,
        touched: Vec<Touched>,
        findings: &mut Vec<Finding>,
        openings: &mut Vec<Entry>,
    ) -> Result<Weighed, JobError> {
        let mut told: HashMap<Identity, &'static str> = HashMap::new();
        let mut proposed = Vec::new();
        let flagged = self.pack.policy.notices.close_contacts == CloseContacts::OfficerFlag;
        for at in touched {
            let (needed, row_record) = basis(self.pack.policy.notices.trigger, at.row.as_ref());
            let cases = self.people(&at.group.cases).await?;
            let mut facts = VenueDayFacts {
                in_window: true,
                erased: at.erased,
                cases,
                needed,
                others: 1,
                already_noticed: at.group.noticed.is_some(),
                close_contacts_identified: flagged && at.group.contacts_known,
            };
            let mut others = HashMap::new();
            if decide(&facts) == Outcome::Proposed {
                others = self.others_at(&at, openings).await?;
                facts.others = others.len() as u64;
            }
            let outcome = decide(&facts);
            findings.extend(at.group.visited.iter().map(|(day, visited_at)| Finding {
                day: Some(*day),
                venue: Some(at.venue),
                venue_text: at.name.clone(),
                outcome,
                cases,
                reports: u32::try_from(at.group.cases.len()).unwrap_or(u32::MAX),
                row_record: row_record.clone(),
                notice: if outcome == Outcome::Proposed { Some(notice) } else { at.group.noticed },
                visited_at: *visited_at,
                band: at.group.band,
            }));
            if outcome == Outcome::Proposed {
                told.extend(others);
                proposed.push((at, cases, needed.unwrap_or(0), row_record));
            }
        }
        let of_notice: BTreeSet<CaseId> =
            proposed.iter().flat_map(|(at, ..)| at.group.cases.clone()).collect();
        let cases: Vec<CaseId> = of_notice.into_iter().collect();
        let people = self.people(&cases).await?;
        // As at the release: nobody who is one of the notice's cases.
        let own = self.identities(&self.left_out(&cases).await?);
        told.retain(|person, _| !own.contains(person));
        Ok(Weighed { proposed, told, cases, people })
    }
    /// The others who were there, and how each is reached: every contact of that venue and day, or of the band, but
    /// the cases' own.
    async fn others_at(
        &mut self,
        at: &Touched,
        openings: &mut Vec<Entry>,
    ) -> Result<HashMap<Identity, &'static str>, JobError> {
        let own = self.identities(&self.left_out(&at.group.cases).await?);
        let mut others = HashMap::new();
        for (day, band) in &at.group.told {
            let (mut visitors, mut read) = (self.visitors(*day, Some(at.venue)).await?, 0);
            while let Some(page) = visitors.page().await? {
                read += page.len();
                for visitor in page.iter().filter(|visitor| visitor.is_in(*band)) {
                    let person = self.persons.hash(&visitor.contact);
                    if own.contains(&person) || others.contains_key(&person) {
                        continue;
                    }
                    let blocked = self.has_blocked(&visitor.contact).await?;
                    others.insert(person, if blocked { BLOCKED } else { visitor.contact.channel().as_str() });
                }
            }
            let reason = format!("お知らせの対象を数えるため：登録{read}件");
            openings.push(self.entry(Act::ContactsOpened, format!("{} {day}", at.venue), reason));
        }
        Ok(others)
    }

    pub(crate) async fn record(&self, act: Act, subject: &str, detail: &str) -> Result<(), JobError> {
        Ok(self.office.record(&self.entry(act, subject, detail)).await?)
    }
}

/// What came of all places where a case was.
struct Weighed {
    /// Where a notice is proposed: how many people were cases there, how many it takes, and by which row.
    proposed: Vec<(Touched, u32, u32, String)>,
    /// Whom it tells, and how each is reached.
    told: HashMap<Identity, &'static str>,
    /// Of which cases it is, and how many people they are.
    cases: Vec<CaseId>,
    people: u32,
}

async fn record_all(tx: &mut Tx, entries: &[Entry]) -> Result<(), StoreError> {
    for entry in entries {
        tx.record(entry).await?;
    }
    Ok(())
}

/// How many cases are needed, and what that rests on: a row of the table, or the policy's word (E1).
fn basis(trigger: Trigger, row: Option<&RowInForce>) -> (Option<u32>, String) {
    match trigger {
        Trigger::Threshold => {
            (row.map(|row| row.row.cases), row.map_or_else(String::new, RowInForce::record))
        }
        Trigger::AnyPositive | Trigger::OfficerJudgement => (Some(1), trigger.as_str().to_owned()),
    }
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

/// How many are reached in each way.
fn counted<'a>(ways: impl Iterator<Item = &'a &'static str>) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for way in ways {
        *found.entry((*way).to_owned()).or_default() += 1;
    }
    found
}
