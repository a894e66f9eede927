//! Notices: every step that an officer takes, and what it rests on.
//!
//! Each step is one statement that names the state it expects; if another officer was faster, nothing
//! changes and [`StoreError::Conflict`] says so.

use domain::clock::Instant;
use domain::id::{CaseId, NoticeId, OfficerId, VenueId};
use domain::notice::{Approved, NoticeKind, NoticeState, Released};
use domain::service_day::ServiceDay;
use sqlx::any::AnyRow;

use crate::{Office, StoreError, Tx, row};

/// A notice as it is stored.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its number.
    pub id: NoticeId,
    /// Alert or cluster.
    pub kind: NoticeKind,
    /// Where it stands.
    pub state: NoticeState,
    /// When it was proposed or declared.
    pub created_at: Instant,
    /// By whom: an officer's name or `worker`.
    pub created_by: String,
    /// The pack's version that it rests on.
    pub pack_version: String,
    /// When the report came that it goes back to.
    pub received_at: Instant,
    /// How many would be told, counted when it was proposed.
    pub others: u64,
    /// Whether venue and days were made public, so that the mail names them (OSK-21).
    pub published: bool,
    /// Who decided.
    pub decided_by: String,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why it was declined or stopped.
    pub reason: String,
    /// When the hold ends.
    pub release_at: Option<Instant>,
    /// When it was released.
    pub released_at: Option<Instant>,
    /// When every recipient had been written to.
    pub settled_at: Option<Instant>,
    /// When the last message was accepted.
    pub last_sent_at: Option<Instant>,
    /// Messages accepted, counted when settled.
    pub sent: u64,
    /// Messages that could not be delivered, counted when settled.
    pub failed: u64,
    /// The recipients' key, wrapped by the ring.
    pub key_wrapped: Option<Vec<u8>>,
}

/// How far the writing to the people of one venue and day has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expanded {
    /// Not begun.
    No,
    /// Everyone so far, but the day wasn't closed: who came later is told after it closes.
    Open,
    /// Everyone.
    Done,
}

impl Expanded {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Open => "open",
            Self::Done => "done",
        }
    }
}

/// A venue and day that a notice is about.
#[derive(Clone, Debug)]
pub struct NoticeDay {
    /// The venue.
    pub venue: VenueId,
    /// The day.
    pub day: ServiceDay,
    /// What the venue was called then.
    pub venue_name: String,
    /// Cases counted there.
    pub cases: u32,
    /// Cases that were needed; 0 for a cluster.
    pub needed: u32,
    /// Version and row of the table of thresholds.
    pub row_record: String,
    /// How far it has come.
    pub expanded: Expanded,
}

/// How far a notice's messages have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Accepted by the mail server.
    pub sent: u64,
    /// Refused for good.
    pub failed: u64,
    /// Still to be sent, or to be tried again.
    pub waiting: u64,
    /// Given up because the notice was stopped.
    pub cancelled: u64,
}

impl Tx {
    /// Stores a notice that waits for an officer.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn propose_notice(
        &mut self,
        new: &Notice,
        days: &[NoticeDay],
        cases: &[CaseId],
    ) -> Result<(), StoreError> {
        sqlx::query(
            "insert into notice (notice_id, kind, state, created_at, created_by, pack_version, received_at, others, \
             published, decided_by, reason, sent, failed) values ($1, $2, 'proposed', $3, $4, $5, $6, $7, $8, '', '', 0, 0)",
        )
        .bind(new.id.as_bytes().as_slice())
        .bind(new.kind.as_str())
        .bind(new.created_at.as_micros())
        .bind(new.created_by.as_str())
        .bind(new.pack_version.as_str())
        .bind(new.received_at.as_micros())
        .bind(i64::try_from(new.others).unwrap_or(i64::MAX))
        .bind(i64::from(new.published))
        .execute(&mut *self.inner)
        .await?;
        for day in days {
            sqlx::query(
                "insert into notice_day (notice_id, venue_id, day, venue_name, cases, needed, row_record, expanded) \
                 values ($1, $2, $3, $4, $5, $6, $7, 'no')",
            )
            .bind(new.id.as_bytes().as_slice())
            .bind(day.venue.as_i64())
            .bind(day.day.to_string())
            .bind(day.venue_name.as_str())
            .bind(i64::from(day.cases))
            .bind(i64::from(day.needed))
            .bind(day.row_record.as_str())
            .execute(&mut *self.inner)
            .await?;
        }
        for case in cases {
            self.join_notice(new.id, *case).await?;
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

    /// The notice about a venue and day that wasn't declined or stopped, if there is one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notice_at(
        &mut self,
        venue: VenueId,
        day: ServiceDay,
    ) -> Result<Option<NoticeId>, StoreError> {
        let found = sqlx::query(
            "select n.notice_id from notice_day d join notice n on n.notice_id = d.notice_id \
             where d.venue_id = $1 and d.day = $2 and n.state not in ('declined', 'stopped') limit 1",
        )
        .bind(venue.as_i64())
        .bind(day.to_string())
        .fetch_optional(&mut *self.inner)
        .await?;
        found.as_ref().map(notice_id).transpose()
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
        day: ServiceDay,
        expanded: Expanded,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update notice_day set expanded = $1 where notice_id = $2 and venue_id = $3 and day = $4",
        )
        .bind(expanded.as_str())
        .bind(notice.id().as_bytes().as_slice())
        .bind(venue.as_i64())
        .bind(day.to_string())
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

const PROGRESS: &str = "select state, count(*) as messages from outbox where notice_id = $1 group by state";

impl Office {
    /// One notice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notice(&self, id: NoticeId) -> Result<Option<Notice>, StoreError> {
        let found = sqlx::query("select * from notice where notice_id = $1")
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await?;
        found.as_ref().map(notice).transpose()
    }

    /// Notices in one state, the oldest first: what has waited longest comes first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notices(&self, state: NoticeState) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query("select * from notice where state = $1 order by created_at, notice_id")
            .bind(state.as_str())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(notice).collect()
    }

    /// The newest notices.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn newest_notices(&self, limit: i64) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query("select * from notice order by created_at desc, notice_id limit $1")
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(notice).collect()
    }

    /// The notices that a case belongs to.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notices_of_case(&self, case: CaseId) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query(
            "select n.* from notice_case c join notice n on n.notice_id = c.notice_id \
             where c.case_id = $1 order by n.created_at",
        )
        .bind(case.as_bytes().as_slice())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(notice).collect()
    }

    /// Who has approved a notice, by name, and when.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn named_approvals(
        &self,
        id: NoticeId,
    ) -> Result<Vec<(OfficerId, String, Instant)>, StoreError> {
        let rows = sqlx::query(
            "select a.officer_id, o.name, a.at from notice_approval a join officer o on o.officer_id = a.officer_id \
             where a.notice_id = $1 order by a.at",
        )
        .bind(id.as_bytes().as_slice())
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let officer =
                    row::known(OfficerId::from_stored(&row::bytes(row, "officer_id")?), "officer_id")?;
                Ok((officer, row::text(row, "name")?, row::instant(row, "at")?))
            })
            .collect()
    }

    /// The cases that belong to a notice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn cases_of_notice(&self, id: NoticeId) -> Result<Vec<CaseId>, StoreError> {
        let rows = sqlx::query("select case_id from notice_case where notice_id = $1 order by case_id")
            .bind(id.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(crate::cases::case_id).collect()
    }

    /// The venues and days that a notice is about.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notice_days(&self, id: NoticeId) -> Result<Vec<NoticeDay>, StoreError> {
        let rows = sqlx::query("select * from notice_day where notice_id = $1 order by day, venue_name")
            .bind(id.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let expanded = match row::text(row, "expanded")?.as_str() {
                    "done" => Expanded::Done,
                    "open" => Expanded::Open,
                    _ => Expanded::No,
                };
                Ok(NoticeDay {
                    venue: row::venue(row, "venue_id")?,
                    day: row::day(row, "day")?,
                    venue_name: row::text(row, "venue_name")?,
                    cases: row::small(row, "cases")?,
                    needed: row::small(row, "needed")?,
                    row_record: row::text(row, "row_record")?,
                    expanded,
                })
            })
            .collect()
    }

    /// How far a notice's messages have come, counted in the outbox.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn progress(&self, id: NoticeId) -> Result<Progress, StoreError> {
        let rows = sqlx::query(PROGRESS).bind(id.as_bytes().as_slice()).fetch_all(&self.pool).await?;
        progress(&rows)
    }
}

fn expect_one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

fn progress(rows: &[AnyRow]) -> Result<Progress, StoreError> {
    let mut found = Progress::default();
    for row in rows {
        let messages = row::count(row, "messages")?;
        match row::text(row, "state")?.as_str() {
            "sent" => found.sent = messages,
            "failed" => found.failed = messages,
            "waiting" => found.waiting = messages,
            _ => found.cancelled = messages,
        }
    }
    Ok(found)
}

fn notice_id(row: &AnyRow) -> Result<NoticeId, StoreError> {
    row::known(NoticeId::from_stored(&row::bytes(row, "notice_id")?), "notice_id")
}

fn notice(row: &AnyRow) -> Result<Notice, StoreError> {
    Ok(Notice {
        id: notice_id(row)?,
        kind: NoticeKind::from_stored(&row::text(row, "kind")?),
        state: row::known(NoticeState::from_stored(&row::text(row, "state")?), "state")?,
        created_at: row::instant(row, "created_at")?,
        created_by: row::text(row, "created_by")?,
        pack_version: row::text(row, "pack_version")?,
        received_at: row::instant(row, "received_at")?,
        others: row::count(row, "others")?,
        published: row::number(row, "published")? != 0,
        decided_by: row::text(row, "decided_by")?,
        decided_at: row::instant_or_null(row, "decided_at")?,
        reason: row::text(row, "reason")?,
        release_at: row::instant_or_null(row, "release_at")?,
        released_at: row::instant_or_null(row, "released_at")?,
        settled_at: row::instant_or_null(row, "settled_at")?,
        last_sent_at: row::instant_or_null(row, "last_sent_at")?,
        sent: row::count(row, "sent")?,
        failed: row::count(row, "failed")?,
        key_wrapped: row::bytes_or_null(row, "key_wrapped")?,
    })
}
