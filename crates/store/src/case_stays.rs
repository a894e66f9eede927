//! Cases at one venue with the times of their stays, and the alerts that stand there: what matching by time
//! band looks at ([`domain::time_band`]).

use domain::id::{CaseId, NoticeId, VenueId};
use domain::notice::NoticeState;
use domain::service_day::ServiceDay;
use domain::time_band::Span;

use crate::cases::case_id;
use crate::notices::notice_id;
use crate::{StoreError, Tx, row};

/// A case's stay at a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseStay {
    /// The case.
    pub case: CaseId,
    /// The service day on which it counts.
    pub day: ServiceDay,
    /// From when to when.
    pub stay: Span,
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

impl Tx {
    /// Every stay of a case at a venue, on any day that is kept; withdrawn cases don't count.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn stays_at(&mut self, venue: VenueId) -> Result<Vec<CaseStay>, StoreError> {
        let rows = sqlx::query(
            "select v.case_id, v.day, v.from_at, v.to_at, c.close_contacts from case_visit v \
             join case_record c on c.case_id = v.case_id \
             where v.venue_id = $1 and v.to_at > 0 and c.state <> 'withdrawn' order by v.from_at, v.case_id, v.day",
        )
        .bind(venue.as_i64())
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(CaseStay {
                    case: case_id(row)?,
                    day: row::day(row, "day")?,
                    stay: row::known(row::span(row)?, "to_at")?,
                    close_contacts: row::number(row, "close_contacts")? != 0,
                })
            })
            .collect()
    }

    /// Every day of every alert at a venue, the newest alert first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn alerts_at(&mut self, venue: VenueId) -> Result<Vec<AlertDay>, StoreError> {
        let rows = sqlx::query(
            "select n.notice_id, n.state, d.day, d.from_at, d.to_at from notice_day d \
             join notice n on n.notice_id = d.notice_id where d.venue_id = $1 and n.kind = 'alert' \
             order by n.created_at desc, d.day",
        )
        .bind(venue.as_i64())
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AlertDay {
                    notice: notice_id(row)?,
                    state: row::known(NoticeState::from_stored(&row::text(row, "state")?), "state")?,
                    day: row::day(row, "day")?,
                    band: row::span(row)?,
                })
            })
            .collect()
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
