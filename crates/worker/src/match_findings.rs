//! What comes of where cases were: who else was there is opened, each visit is decided on, and the second transaction
//! writes it all down.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::case::CaseSource;
use domain::clock::Instant;
use domain::decision::{Outcome, VenueDayFacts, decide};
use domain::id::{CaseId, NoticeId};
use domain::ledger::{Act, Entry};
use domain::notice::NoticeKind;
use domain::persons;
use domain::policy::{CloseContacts, Trigger};
use domain::threshold::RowInForce;
use store::Tx;
use store::cases::{CaseState, Finding};
use store::erasure::canary::CANARY;
use store::matching::Joining;
use store::notice_steps::Proposal;
use store::notices::{Expanded, Notice, NoticeDay};

use crate::match_cases::Matching;
use crate::others::{There, Wanted};
use crate::recipients::Identity;
use crate::touched::{Group, Located, Touched, Visited};
use crate::{JobError, Worker, traces};

/// The persons whose addresses each case reported.
type ReportedBy = BTreeMap<CaseId, HashSet<Identity>>;

/// A place where a case was, as far as it is known before anybody is opened.
struct Weighing {
    at: Touched,
    facts: VenueDayFacts,
    row_record: String,
    /// Where in what was opened its people stand; nowhere, where nobody needed to be.
    others: Option<std::ops::Range<usize>>,
}

/// What came of all places where a case was.
struct Weighed<'a> {
    of: &'a Located<'a>,
    visited: Visited,
    seen: Vec<Group>,
    findings: Vec<Finding>,
    openings: Vec<Entry>,
    proposal: Option<Proposed>,
    /// Cases of alerts that stand already and tell some of those whom they met.
    joins: BTreeSet<(NoticeId, CaseId)>,
}

/// A notice that is to be proposed.
struct Proposed {
    notice: Notice,
    days: Vec<NoticeDay>,
    cases: Vec<CaseId>,
    people: u32,
    joining: Vec<Joining>,
}

impl Worker {
    /// Decides on each visit of these cases, of which no two share a venue, and writes it down.
    pub(crate) async fn decide_on(
        &mut self,
        located: &[Located<'_>],
        turn: &mut Matching,
    ) -> Result<(), JobError> {
        let now = self.clock.now();
        let remembered = self.remember_visits(located, &mut turn.states).await?;
        let cases = remembered.iter().flat_map(|(touched, _)| touched).flat_map(|at| &at.group.cases);
        let known = self.reported_by(&cases.copied().collect()).await?;
        let (mut wanted, mut weighings, mut visited) = (Vec::new(), Vec::new(), Vec::new());
        for (touched, places) in remembered {
            let weighing = touched.into_iter().map(|at| self.facts(at, &known, &mut wanted));
            weighings.push(weighing.collect::<Vec<_>>());
            visited.push(places);
        }
        let mut there = Vec::new();
        let opened = self.open_others(&wanted, &mut turn.readings, &mut there);
        if let Err(error) = traces::step("who else was there", opened).await {
            // What was opened until then is on record all the same.
            let openings: Vec<Entry> = self.openings(&wanted, &there).collect();
            let mut tx = self.office.begin().await?;
            tx.record_all(&openings).await?;
            tx.commit().await?;
            return Err(error);
        }
        let mut weighed = Vec::with_capacity(located.len());
        for ((of, weighings), visited) in located.iter().zip(weighings).zip(visited) {
            weighed.push(self.weigh(of, visited, weighings, &known, (&wanted, &there), now));
        }
        traces::step("write down", self.write_down(weighed, now)).await
    }

    /// What is known of a place before anybody is opened. Who is to be opened is added to `wanted`: contacts are
    /// opened where everything else already speaks for a notice.
    fn facts(&self, at: Touched, known: &ReportedBy, wanted: &mut Vec<Wanted>) -> Weighing {
        let (needed, row_record) = basis(self.pack.policy.notices.trigger, at.row.as_ref());
        let flagged = self.pack.policy.notices.close_contacts == CloseContacts::OfficerFlag;
        let facts = VenueDayFacts {
            in_window: true,
            erased: at.erased,
            cases: people(&at.group.cases, known),
            needed,
            others: 1,
            already_noticed: at.group.noticed.is_some(),
            close_contacts_identified: flagged && at.group.contacts_known,
        };
        let others = (decide(&facts) == Outcome::Proposed).then(|| {
            let first = wanted.len();
            wanted.extend(at.group.told.iter().map(|(day, band)| Wanted {
                day: *day,
                venue: at.venue,
                band: *band,
            }));
            first..wanted.len()
        });
        Weighing { at, facts, row_record, others }
    }

    /// What the ledger says of what was opened.
    fn openings<'a>(
        &'a self,
        wanted: &'a [Wanted],
        there: &'a [There],
    ) -> impl Iterator<Item = Entry> + use<'a> {
        let begun = wanted.iter().zip(there).filter(|(_, there)| there.begun);
        begun.map(|(at, there)| {
            there.tell(at);
            let reason = format!("お知らせの対象を数えるため：登録{}件", there.read);
            self.entry(Act::ContactsOpened, format!("{} {}", at.venue, at.day), reason)
        })
    }

    /// What comes of each place where a case was, and the notice that comes of them.
    fn weigh<'a>(
        &self,
        of: &'a Located<'a>,
        visited: Visited,
        weighings: Vec<Weighing>,
        known: &ReportedBy,
        (wanted, there): (&[Wanted], &[There]),
        now: Instant,
    ) -> Weighed<'a> {
        let notice = NoticeId::from_random(self.randomness.bytes());
        let seen = weighings.iter().map(|weighing| weighing.at.group.clone()).collect();
        let (mut findings, mut openings) = (of.findings.clone(), Vec::new());
        let mut told: HashMap<Identity, &'static str> = HashMap::new();
        let (mut proposed, mut joins) = (Vec::new(), BTreeSet::new());
        for Weighing { at, mut facts, row_record, others } in weighings {
            let mut people = HashMap::new();
            if let Some(others) = others {
                openings.extend(self.openings(&wanted[others.clone()], &there[others.clone()]));
                let own = self.own_of(&at.group.cases, known);
                let all = there[others].iter().flat_map(|there| &there.people);
                people
                    .extend(all.filter(|(person, _)| !own.contains(*person)).map(|(who, way)| (*who, *way)));
                facts.others = people.len() as u64;
            }
            let outcome = match (decide(&facts), at.group.decided) {
                // Officers decide, or did, on an alert about all whom it met.
                (Outcome::NobodyElse, Some(_)) => Outcome::AlreadyNoticed,
                (outcome, _) => outcome,
            };
            let about = match outcome {
                Outcome::Proposed => Some(notice),
                Outcome::AlreadyNoticed => at.group.noticed.or(at.group.decided),
                _ => at.group.noticed,
            };
            if matches!(outcome, Outcome::Proposed | Outcome::AlreadyNoticed) {
                let cases = || at.group.cases.iter().copied();
                joins.extend(at.group.standing.iter().flat_map(|of| cases().map(|case| (*of, case))));
            }
            findings.extend(at.group.visited.iter().map(|(day, visited_at)| Finding {
                day: Some(*day),
                venue: Some(at.venue),
                venue_text: at.name.clone(),
                outcome,
                cases: facts.cases,
                reports: u32::try_from(at.group.cases.len()).unwrap_or(u32::MAX),
                row_record: row_record.clone(),
                notice: about,
                visited_at: *visited_at,
                band: at.group.band,
            }));
            if outcome == Outcome::Proposed {
                told.extend(people);
                proposed.push((at, facts, row_record));
            }
        }
        let proposal = (!proposed.is_empty()).then(|| self.proposal(notice, of, &proposed, told, known, now));
        Weighed { of, visited, seen, findings, openings, proposal, joins }
    }

    /// The notice about these places, which tells these people.
    fn proposal(
        &self,
        id: NoticeId,
        of: &Located<'_>,
        proposed: &[(Touched, VenueDayFacts, String)],
        mut told: HashMap<Identity, &'static str>,
        known: &ReportedBy,
        now: Instant,
    ) -> Proposed {
        let cases: BTreeSet<CaseId> =
            proposed.iter().flat_map(|(at, ..)| at.group.cases.iter().copied()).collect();
        let cases: Vec<CaseId> = cases.into_iter().collect();
        // As at the release: nobody who is one of the notice's cases.
        let own = self.own_of(&cases, known);
        told.retain(|person, _| !own.contains(person));
        let (mut days, mut joining) = (Vec::new(), Vec::new());
        for (at, facts, row_record) in proposed {
            for (day, band) in &at.group.told {
                days.push(NoticeDay {
                    venue: at.venue,
                    day: *day,
                    venue_name: at.name.clone(),
                    cases: facts.cases,
                    needed: facts.needed.unwrap_or(0),
                    row_record: row_record.clone(),
                    expanded: Expanded::No,
                    band: *band,
                    consent: at.consent,
                });
                joining.push(Joining { day: *day, venue: at.venue, band: at.group.band, notice: id });
            }
        }
        let by = if of.case.source == CaseSource::Canary { CANARY } else { "worker" };
        let notice = Notice {
            received_at: of.case.received_at,
            others: told.len() as u64,
            others_by: counted(told.values()),
            ..Notice::proposed(id, NoticeKind::Alert, now, by, &self.pack.version)
        };
        Proposed { notice, days, people: people(&cases, known), cases, joining }
    }

    /// The persons that these cases are, who aren't told, unless the policy tells them too (E20).
    fn own_of(&self, cases: &[CaseId], known: &ReportedBy) -> HashSet<Identity> {
        match self.pack.policy.notices.exclude_index_contact {
            true => cases.iter().filter_map(|case| known.get(case)).flatten().copied().collect(),
            false => HashSet::new(),
        }
    }

    /// The second transaction. Contacts were opened outside of any: where an officer withdrew a case or decided
    /// meanwhile, nothing but the openings is written, and the case is matched anew at the next turn.
    async fn write_down(&self, weighed: Vec<Weighed<'_>>, now: Instant) -> Result<(), JobError> {
        let mut tx = self.office.begin().await?;
        let ids: Vec<CaseId> = weighed.iter().map(|own| own.of.case.id).collect();
        let states = tx.case_states(&ids).await?;
        let visited: Vec<&Visited> = weighed.iter().map(|own| &own.visited).collect();
        let standing = self.standing(&mut tx, &visited).await?;
        let (mut entries, mut standing_still) = (Vec::new(), Vec::new());
        for own in &weighed {
            entries.extend(own.openings.iter().cloned());
            if states.get(&own.of.case.id) != Some(&CaseState::Received) {
                continue;
            }
            let now_there = self.groups_of(&mut tx, own.of.case.id, &own.visited, &standing).await?;
            if now_there.into_iter().map(|(_, group)| group).ne(own.seen.iter().cloned()) {
                continue;
            }
            if let Some(new) = &own.proposal {
                let (days, told) = (new.days.len(), new.notice.others);
                let detail = format!("陽性者{}人、施設と利用日{days}件、対象{told}人", new.people);
                entries.push(self.entry(Act::NoticeProposed, new.notice.id.to_string(), detail));
            }
            let outcomes: Vec<&str> = own.findings.iter().map(|finding| finding.outcome.as_str()).collect();
            // Stands right behind the notice that came of it, whose venue and days are kept: it names no case.
            entries.push(self.entry(Act::CaseMatched, "", outcomes.join(", ")));
            standing_still.push(own);
        }
        write_findings(&mut tx, &standing_still, now).await?;
        tx.record_all(&entries).await?;
        Ok(tx.commit().await?)
    }
}

/// Findings and notices of cases about which nothing changed meanwhile.
async fn write_findings(tx: &mut Tx, weighed: &[&Weighed<'_>], now: Instant) -> Result<(), JobError> {
    let found_somewhere: Vec<CaseId> = weighed
        .iter()
        .filter(|own| own.findings.iter().all(|finding| finding.outcome != Outcome::NoCheckIn))
        .map(|own| own.of.case.id)
        .collect();
    for case in tx.without_check_in(&found_somewhere).await? {
        tx.forget_no_check_in(case).await?;
    }
    let findings: Vec<(CaseId, &Finding)> =
        weighed.iter().flat_map(|own| own.findings.iter().map(|finding| (own.of.case.id, finding))).collect();
    tx.put_findings(&findings, now).await?;
    for (case, finding) in &findings {
        if let (Outcome::AlreadyNoticed, Some(existing)) = (finding.outcome, finding.notice) {
            tx.join_notice(existing, *case).await?;
        }
    }
    for own in weighed {
        for (standing, case) in &own.joins {
            tx.join_notice(*standing, *case).await?;
        }
    }
    let proposed = || weighed.iter().filter_map(|own| own.proposal.as_ref());
    let proposals: Vec<Proposal<'_>> =
        proposed().map(|new| Proposal { notice: &new.notice, days: &new.days, cases: &new.cases }).collect();
    tx.propose_notices(&proposals).await?;
    let joining: Vec<Joining> = proposed().flat_map(|new| new.joining.iter().copied()).collect();
    tx.join_findings(&joining).await?;
    let cases: Vec<CaseId> = weighed.iter().map(|own| own.of.case.id).collect();
    Ok(tx.set_case_state(&cases, CaseState::Matched, now).await?)
}

/// How many people these cases are, by the addresses that they reported.
fn people(cases: &[CaseId], known: &ReportedBy) -> u32 {
    let nobody = HashSet::new();
    persons::people(cases.iter().map(|case| known.get(case).unwrap_or(&nobody)))
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

/// How many are reached in each way.
fn counted<'a>(ways: impl Iterator<Item = &'a &'static str>) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for way in ways {
        *found.entry((*way).to_owned()).or_default() += 1;
    }
    found
}
