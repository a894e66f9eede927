//! What the canary leaves: cases of the worker's own, the notice that came of them to a mailbox of our own, and the
//! check-in of who is told.

use domain::id::{NoticeId, VenueId};
use domain::service_day::ServiceDay;

use crate::{Intake, Office, StoreError, backend};

/// Who proposes the canary's notices and has its cases. No officer has this name: none holds a colon.
pub const CANARY: &str = "worker:canary";

impl Intake {
    /// The canary's check-ins at a venue that is no venue. A day that was closed meanwhile keeps them: its file never
    /// changes.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_canary(&self, day: ServiceDay, venue: VenueId) -> Result<(), StoreError> {
        let Some(mut tables) = backend::open_unclosed_day(self, day).await? else { return Ok(()) };
        for statement in
            ["delete from {arrival} where venue_id = $1", "delete from {check_in} where venue_id = $1"]
        {
            let text = tables.text(statement);
            sqlx::query(text).bind(venue.as_i64()).execute(tables.connection()).await?;
        }
        tables.close().await
    }
}

impl Office {
    /// A notice that the canary proposed, with its message; no other, whatever number is given.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_canary(&self, notice: NoticeId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for statement in [
            "delete from outbox where notice_id in (select notice_id from notice where notice_id = $1 and created_by = $2)",
            "delete from notice_day where notice_id in (select notice_id from notice where notice_id = $1 and created_by = $2)",
            "delete from notice where notice_id = $1 and created_by = $2",
        ] {
            sqlx::query(statement)
                .bind(notice.as_bytes().as_slice())
                .bind(CANARY)
                .execute(&mut *tx.inner)
                .await?;
        }
        tx.commit().await
    }

    /// Every case of the canary's, with what came of it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_canary_cases(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for statement in [
            "delete from interview_visit where case_id in (select case_id from case_record where source = 'canary')",
            "delete from finding where case_id in (select case_id from case_record where source = 'canary')",
            "delete from case_visit where case_id in (select case_id from case_record where source = 'canary')",
            "delete from notice_case where case_id in (select case_id from case_record where source = 'canary')",
            "delete from case_record where source = 'canary'",
        ] {
            sqlx::query(statement).execute(&mut *tx.inner).await?;
        }
        tx.commit().await
    }
}
