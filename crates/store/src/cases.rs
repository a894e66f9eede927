//! Cases, where they were, and what came of each visit.

use domain::case::{CaseDates, CaseReference, CaseSource, Course, InterviewVisit};
use domain::clock::Instant;
use domain::decision::Outcome;
use domain::exposure::Window;
use domain::id::{CaseId, NoticeId, VenueId};
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use sqlx::any::AnyRow;

use crate::{Office, StoreError, Tx, row};

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseState {
    /// Waits for the worker to match it.
    Received,
    /// Every visit has its finding.
    Matched,
    /// Entered by mistake: counts nowhere.
    Withdrawn,
}

impl CaseState {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Matched => "matched",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub(crate) fn from_stored(word: &str) -> Option<Self> {
        [Self::Received, Self::Matched, Self::Withdrawn].into_iter().find(|state| state.as_str() == word)
    }
}

/// A case as it is stored.
#[derive(Clone, Debug)]
pub struct CaseRecord {
    /// Its number.
    pub id: CaseId,
    /// The health centre's own number.
    pub reference: CaseReference,
    /// How it came in.
    pub source: CaseSource,
    /// Its dates.
    pub dates: CaseDates,
    /// Its exposure window.
    pub window: Window,
    /// When it came in.
    pub received_at: Instant,
    /// By whose hand.
    pub entered_by: String,
    /// Reported addresses, sealed to the key of the day of `received_at`.
    pub contacts_sealed: Option<Vec<u8>>,
    /// Whether the close contacts are known and spoken to.
    pub close_contacts: bool,
    /// Where it stands.
    pub state: CaseState,
    /// When it was matched last.
    pub matched_at: Option<Instant>,
}

/// A case's reported addresses, still sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedContacts {
    /// The case that they belong to.
    pub case: CaseId,
    /// When it came in: they are sealed to that day's key.
    pub received_at: Instant,
    /// The sealed addresses.
    pub sealed: Vec<u8>,
}

/// What came of one visit.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The day; `None` where the finding is about none.
    pub day: Option<ServiceDay>,
    /// The venue; `None` where it has no code of ours.
    pub venue: Option<VenueId>,
    /// What it is called.
    pub venue_text: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Infected people counted there.
    pub cases: u32,
    /// As how many cases they were reported: more, where some share an address.
    pub reports: u32,
    /// Version and row of the table of thresholds, or empty.
    pub row_record: String,
    /// The notice that was proposed.
    pub notice: Option<NoticeId>,
    /// When the visit began, where visits are matched by time band.
    pub visited_at: Option<Instant>,
    /// The band that was looked at: who checked in in it counts.
    pub band: Option<Span>,
}

impl Tx {
    /// Adds a case with its visits from the interview. A case that is there already stays as it is, and
    /// `false` is returned: a report that was taken over before a crash is not taken twice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn add_case(
        &mut self,
        case: &CaseRecord,
        visits: &[InterviewVisit],
    ) -> Result<bool, StoreError> {
        let (onset, sampled) = match case.dates.course() {
            Course::OnsetOn(day) => (Some(day.to_string()), None),
            Course::SampledOn(day) => (None, Some(day.to_string())),
        };
        let added = sqlx::query(
            "insert into case_record (case_id, reference, source, onset_on, sampled_on, positive_on, first_day, \
             last_day, received_at, entered_by, contacts_sealed, close_contacts, state, matched_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'received', null) \
             on conflict (case_id) do nothing",
        )
        .bind(case.id.as_bytes().as_slice())
        .bind(case.reference.as_str())
        .bind(case.source.as_str())
        .bind(onset)
        .bind(sampled)
        .bind(case.dates.positive_on().to_string())
        .bind(case.window.first.to_string())
        .bind(case.window.last.to_string())
        .bind(case.received_at.as_micros())
        .bind(case.entered_by.as_str())
        .bind(case.contacts_sealed.as_deref())
        .bind(i64::from(case.close_contacts))
        .execute(&mut *self.inner)
        .await?;
        if added.rows_affected() == 0 {
            return Ok(false);
        }
        for (seq, visit) in (0i64..).zip(visits) {
            let (from, to) = row::ends(visit.stay);
            sqlx::query(
                "insert into interview_visit (case_id, seq, venue_id, venue_text, day, from_at, to_at) \
                 values ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(case.id.as_bytes().as_slice())
            .bind(seq)
            .bind(visit.venue.map(VenueId::as_i64))
            .bind(visit.venue_text.as_str())
            .bind(visit.day.to_string())
            .bind(from)
            .bind(to)
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(true)
    }

    /// Has every case matched again whose window holds `day` and whose addresses are known, or of whom an
    /// interview brought a visit on it: the day has closed, so a check-in after the first match counts too.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn match_again(&mut self, day: ServiceDay) -> Result<(), StoreError> {
        sqlx::query(
            "update case_record set state = 'received' where state = 'matched' and first_day <= $1 \
             and last_day >= $1 and (contacts_sealed is not null or exists (select 1 from interview_visit v \
             where v.case_id = case_record.case_id and v.day = $1))",
        )
        .bind(day.to_string())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The cases that were at a venue on a day; withdrawn ones don't count.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn cases_at(&mut self, day: ServiceDay, venue: VenueId) -> Result<Vec<CaseId>, StoreError> {
        let rows = sqlx::query(
            "select distinct v.case_id from case_visit v join case_record c on c.case_id = v.case_id \
             where v.day = $1 and v.venue_id = $2 and c.state <> 'withdrawn' order by v.case_id",
        )
        .bind(day.to_string())
        .bind(venue.as_i64())
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter().map(case_id).collect()
    }
}

impl Office {
    /// One case.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn case(&self, id: CaseId) -> Result<Option<CaseRecord>, StoreError> {
        let found = sqlx::query("select * from case_record where case_id = $1")
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await?;
        found.as_ref().map(case).transpose()
    }

    /// The newest cases, without those of the canary, of which officers see nothing.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn cases(&self, limit: i64) -> Result<Vec<CaseRecord>, StoreError> {
        let rows = sqlx::query(
            "select * from case_record where source <> 'canary' order by received_at desc, case_id limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(case).collect()
    }

    /// Cases that wait to be matched, in the order in which they came.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn cases_to_match(&self) -> Result<Vec<CaseRecord>, StoreError> {
        let rows =
            sqlx::query("select * from case_record where state = 'received' order by received_at, case_id")
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(case).collect()
    }

    /// What came of a case's visits.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn findings(&self, id: CaseId) -> Result<Vec<Finding>, StoreError> {
        let rows =
            sqlx::query("select * from finding where case_id = $1 order by day, venue_text, visited_at")
                .bind(id.as_bytes().as_slice())
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(finding).collect()
    }
}

pub(crate) fn case_id(row: &AnyRow) -> Result<CaseId, StoreError> {
    row::known(CaseId::from_stored(&row::bytes(row, "case_id")?), "case_id")
}

fn case(row: &AnyRow) -> Result<CaseRecord, StoreError> {
    let course = match (row::day_or_null(row, "onset_on")?, row::day_or_null(row, "sampled_on")?) {
        (Some(onset), _) => Course::OnsetOn(onset),
        (None, Some(sampled)) => Course::SampledOn(sampled),
        (None, None) => return Err(StoreError::Corrupt { column: "onset_on" }),
    };
    Ok(CaseRecord {
        id: case_id(row)?,
        reference: CaseReference::from_stored(row::text(row, "reference")?),
        source: CaseSource::from_stored(&row::text(row, "source")?),
        dates: CaseDates::from_stored(course, row::day(row, "positive_on")?),
        window: Window { first: row::day(row, "first_day")?, last: row::day(row, "last_day")? },
        received_at: row::instant(row, "received_at")?,
        entered_by: row::text(row, "entered_by")?,
        contacts_sealed: row::bytes_or_null(row, "contacts_sealed")?,
        close_contacts: row::number(row, "close_contacts")? != 0,
        state: row::known(CaseState::from_stored(&row::text(row, "state")?), "state")?,
        matched_at: row::instant_or_null(row, "matched_at")?,
    })
}

fn finding(row: &AnyRow) -> Result<Finding, StoreError> {
    let (cases, needed) = (row::small(row, "cases")?, row::small(row, "needed")?);
    let day = row::text(row, "day")?;
    let venue = row::number(row, "venue_id")?;
    let notice = row::bytes_or_null(row, "notice_id")?;
    Ok(Finding {
        day: ServiceDay::parse(&day),
        venue: (venue != 0).then(|| VenueId::from_stored(venue)),
        venue_text: row::text(row, "venue_text")?,
        outcome: row::known(Outcome::from_stored(&row::text(row, "outcome")?, cases, needed), "outcome")?,
        cases,
        reports: row::small(row, "reports")?,
        row_record: row::text(row, "row_record")?,
        notice: notice.map(|n| row::known(NoticeId::from_stored(&n), "notice_id")).transpose()?,
        visited_at: Some(row::instant(row, "visited_at")?).filter(|at| at.as_micros() != 0),
        band: row::span(row)?,
    })
}
