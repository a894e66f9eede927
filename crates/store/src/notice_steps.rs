//! The steps of a notice: proposed, approved, declined, stopped, released, settled.
//!
//! Each step is one statement that names the state it expects; if another officer was faster, nothing
//! changes and [`StoreError::Conflict`] says so.

use domain::clock::Instant;
use domain::id::{CaseId, NoticeId, OfficerId, VenueId};
use domain::notice::{Approved, Released};
use domain::service_day::ServiceDay;
use domain::time_band::Span;

use crate::notices::{Expanded, Notice, NoticeDay, PROGRESS, Progress, notice_id, progress, ways_as_text};
use crate::{StoreError, Tx, many, row};

/// A notice that is to be proposed, with what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// The notice.
    pub notice: &'a Notice,
    /// Its venues and days.
    pub days: &'a [NoticeDay],
    /// Its cases.
    pub cases: &'a [CaseId],
}

impl Tx {
    /// Stores a notice that waits for an officer.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn propose_notice(
        &mut self,
        notice: &Notice,
        days: &[NoticeDay],
        cases: &[CaseId],
    ) -> Result<(), StoreError> {
        self.propose_notices(&[Proposal { notice, days, cases }]).await
    }

    /// Stores notices that wait for an officer.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn propose_notices(&mut self, proposals: &[Proposal<'_>]) -> Result<(), StoreError> {
        for proposals in many::groups(proposals) {
            let mut query = sqlx::query(many::text(format!(
                "insert into notice (notice_id, kind, state, created_at, created_by, pack_version, received_at, \
                 others, others_by, published, decided_by, reason, sent, failed) values {}",
                many::rows(proposals.len(), 14)
            )));
            for Proposal { notice: new, .. } in proposals {
                query = query
                    .bind(new.id.as_bytes().as_slice())
                    .bind(new.kind.as_str())
                    .bind("proposed")
                    .bind(new.created_at.as_micros())
                    .bind(new.created_by.as_str())
                    .bind(new.pack_version.as_str())
                    .bind(new.received_at.as_micros())
                    .bind(i64::try_from(new.others).unwrap_or(i64::MAX))
                    .bind(ways_as_text(&new.others_by))
                    .bind(i64::from(new.published))
                    .bind("")
                    .bind("")
                    .bind(0i64)
                    .bind(0i64);
            }
            query.execute(&mut *self.inner).await?;
        }
        self.put_notice_days(proposals).await?;
        let cases: Vec<(NoticeId, CaseId)> =
            proposals.iter().flat_map(|new| new.cases.iter().map(|case| (new.notice.id, *case))).collect();
        for cases in many::groups(&cases) {
            let mut query = sqlx::query(many::text(format!(
                "insert into notice_case (notice_id, case_id) values {} on conflict do nothing",
                many::rows(cases.len(), 2)
            )));
            for (notice, case) in cases {
                query = query.bind(notice.as_bytes().as_slice()).bind(case.as_bytes().as_slice());
            }
            query.execute(&mut *self.inner).await?;
        }
        Ok(())
    }

    async fn put_notice_days(&mut self, proposals: &[Proposal<'_>]) -> Result<(), StoreError> {
        let days: Vec<(NoticeId, &NoticeDay)> =
            proposals.iter().flat_map(|new| new.days.iter().map(|day| (new.notice.id, day))).collect();
        for days in many::groups(&days) {
            let mut query = sqlx::query(many::text(format!(
                "insert into notice_day (notice_id, venue_id, day, venue_name, cases, needed, row_record, expanded, \
                 from_at, to_at, consent) values {}",
                many::rows(days.len(), 11)
            )));
            for (notice, day) in days {
                let (from, to) = row::ends(day.band);
                query = query
                    .bind(notice.as_bytes().as_slice())
                    .bind(day.venue.as_i64())
                    .bind(day.day.to_string())
                    .bind(day.venue_name.as_str())
                    .bind(i64::from(day.cases))
                    .bind(i64::from(day.needed))
                    .bind(day.row_record.as_str())
                    .bind(Expanded::No.as_str())
                    .bind(from)
                    .bind(to)
                    .bind(i64::from(day.consent));
            }
            query.execute(&mut *self.inner).await?;
        }
        Ok(())
    }

    /// A further case belongs to a notice: it is not written to either.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn join_notice(&mut self, notice: NoticeId, case: CaseId) -> Result<(), StoreError> {
        sqlx::query("insert into notice_case (notice_id, case_id) values ($1, $2) on conflict do nothing")
            .bind(notice.as_bytes().as_slice())
            .bind(case.as_bytes().as_slice())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// The notice about a venue and day that officers declined or stopped knowing every case that counts
    /// there now: matching again, when a day closes, must not ask them anew. With a further case, or when
    /// one of its own was withdrawn, there is none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn kept_back_at(
        &mut self,
        venue: VenueId,
        day: ServiceDay,
    ) -> Result<Option<NoticeId>, StoreError> {
        let found = sqlx::query(
            "select n.notice_id from notice_day d join notice n on n.notice_id = d.notice_id \
             where d.venue_id = $1 and d.day = $2 and n.kind = 'alert' and n.state in ('declined', 'stopped') \
             and not exists (select 1 from case_visit v join case_record c on c.case_id = v.case_id \
                where v.venue_id = $1 and v.day = $2 and c.state <> 'withdrawn' and not exists ( \
                   select 1 from notice_case k where k.notice_id = n.notice_id and k.case_id = v.case_id)) \
             and not exists (select 1 from notice_case k join case_record c on c.case_id = k.case_id \
                where k.notice_id = n.notice_id and c.state = 'withdrawn') \
             order by n.created_at desc limit 1",
        )
        .bind(venue.as_i64())
        .bind(day.to_string())
        .fetch_optional(&mut *self.inner)
        .await?;
        found.as_ref().map(notice_id).transpose()
    }

    /// The operator agreed that this notice names the venue. Only before the first approval: what was approved
    /// isn't worded otherwise afterwards.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody approved or decided already, or the notice isn't about that venue.
    pub async fn consent_to_naming(&mut self, id: NoticeId, venue: VenueId) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "update notice_day set consent = 1 where notice_id = $1 and venue_id = $2 \
             and exists (select 1 from notice n where n.notice_id = $1 and n.state = 'proposed') \
             and not exists (select 1 from notice_approval a where a.notice_id = $1)",
        )
        .bind(id.as_bytes().as_slice())
        .bind(venue.as_i64())
        .execute(&mut *self.inner)
        .await?;
        if changed.rows_affected() > 0 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    /// Who has approved a notice so far.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn approvals(&mut self, id: NoticeId) -> Result<Vec<OfficerId>, StoreError> {
        let rows = sqlx::query("select officer_id from notice_approval where notice_id = $1 order by at")
            .bind(id.as_bytes().as_slice())
            .fetch_all(&mut *self.inner)
            .await?;
        rows.iter()
            .map(|row| row::known(OfficerId::from_stored(&row::bytes(row, "officer_id")?), "officer_id"))
            .collect()
    }

    /// Notes one officer's approval.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn add_approval(
        &mut self,
        id: NoticeId,
        by: OfficerId,
        now: Instant,
    ) -> Result<(), StoreError> {
        sqlx::query("insert into notice_approval (notice_id, officer_id, at) values ($1, $2, $3) on conflict do nothing")
            .bind(id.as_bytes().as_slice())
            .bind(by.as_bytes().as_slice())
            .bind(now.as_micros())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Enough have approved: the hold begins.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it doesn't wait for approval any more.
    pub async fn approve(&mut self, approved: Approved, by: &str, now: Instant) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "update notice set state = 'approved', decided_by = $1, decided_at = $2, release_at = $3 \
             where notice_id = $4 and state = 'proposed'",
        )
        .bind(by)
        .bind(now.as_micros())
        .bind(approved.release_at().as_micros())
        .bind(approved.id().as_bytes().as_slice())
        .execute(&mut *self.inner)
        .await?;
        expect_one(changed.rows_affected())
    }

    /// An officer declines, with a reason.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it doesn't wait for approval any more.
    pub async fn decline(
        &mut self,
        id: NoticeId,
        by: &str,
        reason: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "update notice set state = 'declined', decided_by = $1, decided_at = $2, reason = $3 \
             where notice_id = $4 and state = 'proposed'",
        )
        .bind(by)
        .bind(now.as_micros())
        .bind(reason)
        .bind(id.as_bytes().as_slice())
        .execute(&mut *self.inner)
        .await?;
        expect_one(changed.rows_affected())
    }

    /// An officer stops it, during the hold or while it is being sent: nothing more goes out.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is nothing to stop.
    pub async fn stop(
        &mut self,
        id: NoticeId,
        by: &str,
        reason: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "update notice set state = 'stopped', decided_by = $1, decided_at = $2, reason = $3, key_wrapped = null \
             where notice_id = $4 and state in ('approved', 'released')",
        )
        .bind(by)
        .bind(now.as_micros())
        .bind(reason)
        .bind(id.as_bytes().as_slice())
        .execute(&mut *self.inner)
        .await?;
        expect_one(changed.rows_affected())?;
        self.stops = true;
        let sent = self.progress(id).await?;
        sqlx::query("update notice set sent = $1, failed = $2 where notice_id = $3")
            .bind(i64::try_from(sent.sent).unwrap_or(i64::MAX))
            .bind(i64::try_from(sent.failed).unwrap_or(i64::MAX))
            .bind(id.as_bytes().as_slice())
            .execute(&mut *self.inner)
            .await?;
        sqlx::query(
            "update outbox set state = 'cancelled', sealed = $1 where notice_id = $2 and state = 'waiting'",
        )
        .bind([].as_slice())
        .bind(id.as_bytes().as_slice())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The hold is over: recipients may be opened. The key of their hashes comes with it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it was stopped meanwhile.
    pub async fn release(
        &mut self,
        released: Released,
        key_wrapped: &[u8],
        now: Instant,
    ) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "update notice set state = 'released', released_at = $1, key_wrapped = $2 \
             where notice_id = $3 and state = 'approved'",
        )
        .bind(now.as_micros())
        .bind(key_wrapped)
        .bind(released.id().as_bytes().as_slice())
        .execute(&mut *self.inner)
        .await?;
        expect_one(changed.rows_affected())
    }

    /// How far the writing to a venue's and day's people has come.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn set_expanded(
        &mut self,
        notice: Released,
        venue: VenueId,
        (day, band): (ServiceDay, Option<Span>),
        expanded: Expanded,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update notice_day set expanded = $1 \
             where notice_id = $2 and venue_id = $3 and day = $4 and from_at = $5",
        )
        .bind(expanded.as_str())
        .bind(notice.id().as_bytes().as_slice())
        .bind(venue.as_i64())
        .bind(day.to_string())
        .bind(row::ends(band).0)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Everyone was written to, or could not be: the key goes, and the hashes are noise.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it was stopped meanwhile.
    pub async fn settle(&mut self, notice: Released, now: Instant) -> Result<Progress, StoreError> {
        let progress = self.progress(notice.id()).await?;
        let changed = sqlx::query(
            "update notice set state = 'settled', settled_at = $1, sent = $2, failed = $3, key_wrapped = null \
             where notice_id = $4 and state = 'released'",
        )
        .bind(now.as_micros())
        .bind(i64::try_from(progress.sent).unwrap_or(i64::MAX))
        .bind(i64::try_from(progress.failed).unwrap_or(i64::MAX))
        .bind(notice.id().as_bytes().as_slice())
        .execute(&mut *self.inner)
        .await?;
        expect_one(changed.rows_affected())?;
        Ok(progress)
    }

    async fn progress(&mut self, id: NoticeId) -> Result<Progress, StoreError> {
        let rows = sqlx::query(PROGRESS).bind(id.as_bytes().as_slice()).fetch_all(&mut *self.inner).await?;
        progress(&rows)
    }
}

fn expect_one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
