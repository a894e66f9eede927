//! What matching reads and writes, of many cases at once: a thousand that come in one hour are some dozens of
//! statements for every few dozen cases, not eighty for each.

use std::collections::{BTreeMap, BTreeSet};

use domain::case::InterviewVisit;
use domain::clock::Instant;
use domain::decision::Outcome;
use domain::id::{CaseId, NoticeId, VenueId};
use domain::service_day::ServiceDay;
use domain::time_band::Span;

use crate::cases::{CaseState, Finding, SealedContacts, case_id};
use crate::{Office, StoreError, Tx, many, row};

/// That a case was at a venue on a day, and when, where that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseVisit {
    /// The case.
    pub case: CaseId,
    /// The venue.
    pub venue: VenueId,
    /// The day.
    pub day: ServiceDay,
    /// From when to when.
    pub stay: Option<Span>,
}

/// Findings at this venue and day, or in this band of it, that are part of a notice now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joining {
    /// The day.
    pub day: ServiceDay,
    /// The venue.
    pub venue: VenueId,
    /// The band; `None` is the whole day.
    pub band: Option<Span>,
    /// The notice.
    pub notice: NoticeId,
}

impl Tx {
    /// Moves cases on; one that was withdrawn stays it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn set_case_state(
        &mut self,
        ids: &[CaseId],
        state: CaseState,
        now: Instant,
    ) -> Result<(), StoreError> {
        for ids in many::lists(ids) {
            let mut query = sqlx::query(many::text(format!(
                "update case_record set state = $1, matched_at = $2 where case_id in ({}) and state <> 'withdrawn'",
                many::parameters(2, ids.len())
            )))
            .bind(state.as_str())
            .bind(now.as_micros());
            for id in &ids {
                query = query.bind(id.as_bytes().as_slice());
            }
            query.execute(&mut *self.inner).await?;
        }
        Ok(())
    }

    /// Where cases stand now, as far as they are there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn case_states(&mut self, ids: &[CaseId]) -> Result<BTreeMap<CaseId, CaseState>, StoreError> {
        let mut found = BTreeMap::new();
        for ids in many::lists(ids) {
            let mut query = sqlx::query(many::text(format!(
                "select case_id, state from case_record where case_id in ({})",
                many::parameters(0, ids.len())
            )));
            for id in &ids {
                query = query.bind(id.as_bytes().as_slice());
            }
            for row in &query.fetch_all(&mut *self.inner).await? {
                let state = row::known(CaseState::from_stored(&row::text(row, "state")?), "state")?;
                found.insert(case_id(row)?, state);
            }
        }
        Ok(found)
    }

    /// Remembers where cases were. A stay that is there already ends as it is told last.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_case_visits(&mut self, visits: &[CaseVisit]) -> Result<(), StoreError> {
        // No row twice in one statement.
        let stays: BTreeMap<_, _> = visits
            .iter()
            .map(|visit| {
                let (from, to) = row::ends(visit.stay);
                ((visit.day, visit.venue, visit.case, from), to)
            })
            .collect();
        let stays: Vec<_> = stays.into_iter().collect();
        for stays in many::groups(&stays) {
            let mut query = sqlx::query(many::text(format!(
                "insert into case_visit (day, venue_id, case_id, from_at, to_at) values {} \
                 on conflict (day, venue_id, case_id, from_at) do update set to_at = excluded.to_at",
                many::rows(stays.len(), 5)
            )));
            for ((day, venue, case, from), to) in stays {
                query = query
                    .bind(day.to_string())
                    .bind(venue.as_i64())
                    .bind(case.as_bytes().as_slice())
                    .bind(*from)
                    .bind(*to);
            }
            query.execute(&mut *self.inner).await?;
        }
        Ok(())
    }

    /// Writes down what came of visits. A later match replaces it, but "there is a notice already" doesn't
    /// replace the notice that came of it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_findings(
        &mut self,
        findings: &[(CaseId, &Finding)],
        now: Instant,
    ) -> Result<(), StoreError> {
        for findings in many::groups(&last_of_each(findings)) {
            let mut query = sqlx::query(many::text(format!(
                "insert into finding (case_id, day, venue_id, venue_text, outcome, cases, reports, needed, row_record, \
                 notice_id, decided_at, visited_at, from_at, to_at) values {} \
                 on conflict (case_id, day, venue_id, venue_text, visited_at) do update set \
                 outcome = excluded.outcome, from_at = excluded.from_at, to_at = excluded.to_at, \
                 cases = excluded.cases, reports = excluded.reports, needed = excluded.needed, row_record = excluded.row_record, \
                 notice_id = excluded.notice_id, decided_at = excluded.decided_at \
                 where finding.notice_id is null or excluded.outcome <> 'already_noticed'",
                many::rows(findings.len(), 14)
            )));
            for (case, found) in findings {
                let needed = match found.outcome {
                    Outcome::BelowThreshold { needed, .. } => needed,
                    _ => 0,
                };
                let (from, to) = row::ends(found.band);
                query = query
                    .bind(case.as_bytes().as_slice())
                    .bind(found.day.map_or_else(String::new, |day| day.to_string()))
                    .bind(found.venue.map_or(0, VenueId::as_i64))
                    .bind(found.venue_text.as_str())
                    .bind(found.outcome.as_str())
                    .bind(i64::from(found.cases))
                    .bind(i64::from(found.reports))
                    .bind(i64::from(needed))
                    .bind(found.row_record.as_str())
                    .bind(found.notice.map(|id| id.as_bytes().to_vec()))
                    .bind(now.as_micros())
                    .bind(found.visited_at.map_or(0, Instant::as_micros))
                    .bind(from)
                    .bind(to);
            }
            query.execute(&mut *self.inner).await?;
        }
        Ok(())
    }

    /// Those of the cases of which it was found that they checked in nowhere.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn without_check_in(&mut self, ids: &[CaseId]) -> Result<BTreeSet<CaseId>, StoreError> {
        let mut found = BTreeSet::new();
        for ids in many::lists(ids) {
            let mut query = sqlx::query(many::text(format!(
                "select case_id from finding where case_id in ({}) and outcome = 'no_check_in'",
                many::parameters(0, ids.len())
            )));
            for id in &ids {
                query = query.bind(id.as_bytes().as_slice());
            }
            for row in &query.fetch_all(&mut *self.inner).await? {
                found.insert(case_id(row)?);
            }
        }
        Ok(found)
    }

    /// Earlier cases at these places that were below the threshold are part of the notices now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn join_findings(&mut self, joining: &[Joining]) -> Result<(), StoreError> {
        let below = self.places_below(joining).await?;
        for at in joining.iter().filter(|at| below.contains(&(at.day, at.venue))) {
            let (from, to) = at.band.map_or((0, i64::MAX), |band| row::ends(Some(band)));
            sqlx::query(
                "update finding set outcome = 'proposed', notice_id = $1 where day = $2 and venue_id = $3 \
                 and outcome = 'below_threshold' and visited_at between $4 and $5",
            )
            .bind(at.notice.as_bytes().as_slice())
            .bind(at.day.to_string())
            .bind(at.venue.as_i64())
            .bind(from)
            .bind(to)
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }

    /// Days and venues at which some case is below the threshold: at most places there is none.
    async fn places_below(
        &mut self,
        joining: &[Joining],
    ) -> Result<BTreeSet<(ServiceDay, VenueId)>, StoreError> {
        let places: BTreeSet<_> = joining.iter().map(|at| (at.day, at.venue)).collect();
        let mut found = BTreeSet::new();
        for places in many::lists(&places.into_iter().collect::<Vec<_>>()) {
            let mut query = sqlx::query(many::text(format!(
                "{} select distinct f.day, f.venue_id from place p cross join finding f \
                 where f.outcome = 'below_threshold' and f.day = p.day and f.venue_id = p.venue_id",
                many::places(places.len())
            )));
            for (day, venue) in &places {
                query = query.bind(day.to_string()).bind(venue.as_i64());
            }
            for row in &query.fetch_all(&mut *self.inner).await? {
                found.insert((row::day(row, "day")?, row::venue(row, "venue_id")?));
            }
        }
        Ok(found)
    }
}

/// What is left of findings that are written one after another, each about its own visit: no row twice in one
/// statement.
fn last_of_each<'a>(findings: &[(CaseId, &'a Finding)]) -> Vec<(CaseId, &'a Finding)> {
    let mut last: BTreeMap<_, &Finding> = BTreeMap::new();
    for (case, found) in findings {
        let visit = (*case, found.day, found.venue, found.venue_text.as_str(), found.visited_at);
        let stays = last
            .get(&visit)
            .is_some_and(|there| there.notice.is_some() && found.outcome == Outcome::AlreadyNoticed);
        if !stays {
            last.insert(visit, found);
        }
    }
    last.into_iter().map(|((case, ..), found)| (case, found)).collect()
}

impl Office {
    /// Visits that the interviews of these cases brought, in their order.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn interview_visits(
        &self,
        ids: &[CaseId],
    ) -> Result<BTreeMap<CaseId, Vec<InterviewVisit>>, StoreError> {
        let mut found: BTreeMap<CaseId, Vec<InterviewVisit>> = BTreeMap::new();
        for ids in many::lists(ids) {
            let mut query = sqlx::query(many::text(format!(
                "select * from interview_visit where case_id in ({}) order by case_id, seq",
                many::parameters(0, ids.len())
            )));
            for id in &ids {
                query = query.bind(id.as_bytes().as_slice());
            }
            for row in &query.fetch_all(&self.pool).await? {
                found.entry(case_id(row)?).or_default().push(InterviewVisit {
                    venue: row::number_or_null(row, "venue_id")?.map(VenueId::from_stored),
                    venue_text: row::text(row, "venue_text")?,
                    day: row::day(row, "day")?,
                    stay: row::span(row)?,
                });
            }
        }
        Ok(found)
    }

    /// Reported addresses of several cases, still sealed, with the case that each belongs to.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sealed_contacts(&self, ids: &[CaseId]) -> Result<Vec<SealedContacts>, StoreError> {
        let mut found = BTreeMap::new();
        for ids in many::lists(ids) {
            let mut query = sqlx::query(many::text(format!(
                "select case_id, received_at, contacts_sealed from case_record \
                 where case_id in ({}) and contacts_sealed is not null",
                many::parameters(0, ids.len())
            )));
            for id in &ids {
                query = query.bind(id.as_bytes().as_slice());
            }
            for row in &query.fetch_all(&self.pool).await? {
                let (case, received_at) = (case_id(row)?, row::instant(row, "received_at")?);
                let sealed = row::bytes(row, "contacts_sealed")?;
                found.insert(case, SealedContacts { case, received_at, sealed });
            }
        }
        // In the order in which they were asked for.
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }
}
