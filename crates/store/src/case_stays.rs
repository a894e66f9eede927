//! Cases at some venues with the times of their stays, and the alerts that stand there: what is looked at to find
//! out who counts together.

use std::collections::BTreeMap;

use domain::id::{CaseId, NoticeId, VenueId};
use domain::notice::NoticeState;
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use sqlx::any::AnyRow;

use crate::cases::case_id;
use crate::notices::notice_id;
use crate::{StoreError, Tx, many, row};

/// A case's stay at a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseStay {
    /// The case.
    pub case: CaseId,
    /// The service day on which it counts.
    pub day: ServiceDay,
    /// From when to when, where visits are matched by time band.
    pub stay: Option<Span>,
    /// Whether its close contacts are known and spoken to.
    pub close_contacts: bool,
}

/// A day of an alert at a venue.
#[derive(Clone, Debug)]
pub struct AlertDay {
    /// The alert.
    pub notice: NoticeId,
    /// Where it stands.
    pub state: NoticeState,
    /// The day.
    pub day: ServiceDay,
    /// The band; `None` is the whole day.
    pub band: Option<Span>,
}

const STAYS: &str = "select v.venue_id, v.case_id, v.day, v.from_at, v.to_at, c.close_contacts";

const OF_CASE: &str = "join case_record c on c.case_id = v.case_id where c.state <> 'withdrawn'";

const STAYS_SORTED: &str = "order by v.from_at, v.case_id, v.day";

const ALERTS: &str = "select d.venue_id, n.notice_id, n.state, d.day, d.from_at, d.to_at";

const OF_NOTICE: &str = "join notice n on n.notice_id = d.notice_id where n.kind = 'alert'";

const ALERTS_SORTED: &str = "order by n.created_at desc, d.day";

impl Tx {
    /// Every stay of a case at these venues, on any day that is kept; withdrawn cases don't count.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn stays_at(
        &mut self,
        venues: &[VenueId],
    ) -> Result<BTreeMap<VenueId, Vec<CaseStay>>, StoreError> {
        let mut found = BTreeMap::new();
        for venues in many::lists(venues) {
            let text = format!(
                "{STAYS} from case_visit v {OF_CASE} and v.venue_id in ({}) {STAYS_SORTED}",
                many::parameters(0, venues.len())
            );
            let query =
                venues.iter().fold(sqlx::query(many::text(text)), |query, at| query.bind(at.as_i64()));
            stays(&query.fetch_all(&mut *self.inner).await?, &mut found)?;
        }
        Ok(found)
    }

    /// The same, of these days and venues alone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn stays_on(
        &mut self,
        places: &[(ServiceDay, VenueId)],
    ) -> Result<BTreeMap<VenueId, Vec<CaseStay>>, StoreError> {
        let mut found = BTreeMap::new();
        for places in many::lists(places) {
            let text = format!(
                "{} {STAYS} from place p cross join case_visit v {OF_CASE} \
                 and v.day = p.day and v.venue_id = p.venue_id {STAYS_SORTED}",
                many::places(places.len())
            );
            let query = places.iter().fold(sqlx::query(many::text(text)), |query, (day, venue)| {
                query.bind(day.to_string()).bind(venue.as_i64())
            });
            stays(&query.fetch_all(&mut *self.inner).await?, &mut found)?;
        }
        Ok(found)
    }

    /// Every day of every alert at these venues, the newest alert first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn alerts_at(
        &mut self,
        venues: &[VenueId],
    ) -> Result<BTreeMap<VenueId, Vec<AlertDay>>, StoreError> {
        let mut found = BTreeMap::new();
        for venues in many::lists(venues) {
            let text = format!(
                "{ALERTS} from notice_day d {OF_NOTICE} and d.venue_id in ({}) {ALERTS_SORTED}",
                many::parameters(0, venues.len())
            );
            let query =
                venues.iter().fold(sqlx::query(many::text(text)), |query, at| query.bind(at.as_i64()));
            alerts(&query.fetch_all(&mut *self.inner).await?, &mut found)?;
        }
        Ok(found)
    }

    /// The same, of these days and venues alone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn alerts_on(
        &mut self,
        places: &[(ServiceDay, VenueId)],
    ) -> Result<BTreeMap<VenueId, Vec<AlertDay>>, StoreError> {
        let mut found = BTreeMap::new();
        for places in many::lists(places) {
            let text = format!(
                "{} {ALERTS} from place p cross join notice_day d {OF_NOTICE} \
                 and d.day = p.day and d.venue_id = p.venue_id {ALERTS_SORTED}",
                many::places(places.len())
            );
            let query = places.iter().fold(sqlx::query(many::text(text)), |query, (day, venue)| {
                query.bind(day.to_string()).bind(venue.as_i64())
            });
            alerts(&query.fetch_all(&mut *self.inner).await?, &mut found)?;
        }
        Ok(found)
    }

    /// The cases of a notice, and whether one of them was withdrawn.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn known_to(&mut self, notice: NoticeId) -> Result<(Vec<CaseId>, bool), StoreError> {
        let rows = sqlx::query(
            "select k.case_id, c.state from notice_case k join case_record c on c.case_id = k.case_id \
             where k.notice_id = $1 order by k.case_id",
        )
        .bind(notice.as_bytes().as_slice())
        .fetch_all(&mut *self.inner)
        .await?;
        let cases = rows.iter().map(case_id).collect::<Result<_, _>>()?;
        let states = rows.iter().map(|row| row::text(row, "state")).collect::<Result<Vec<_>, _>>()?;
        Ok((cases, states.iter().any(|state| state == "withdrawn")))
    }
}

fn stays(rows: &[AnyRow], found: &mut BTreeMap<VenueId, Vec<CaseStay>>) -> Result<(), StoreError> {
    for row in rows {
        found.entry(row::venue(row, "venue_id")?).or_default().push(CaseStay {
            case: case_id(row)?,
            day: row::day(row, "day")?,
            stay: row::span(row)?,
            close_contacts: row::number(row, "close_contacts")? != 0,
        });
    }
    Ok(())
}

fn alerts(rows: &[AnyRow], found: &mut BTreeMap<VenueId, Vec<AlertDay>>) -> Result<(), StoreError> {
    for row in rows {
        found.entry(row::venue(row, "venue_id")?).or_default().push(AlertDay {
            notice: notice_id(row)?,
            state: row::known(NoticeState::from_stored(&row::text(row, "state")?), "state")?,
            day: row::day(row, "day")?,
            band: row::span(row)?,
        });
    }
    Ok(())
}
