//! What the canary leaves: a notice of the worker's own to a mailbox of our own, and the check-in that it rests on.

use domain::id::{NoticeId, VenueId};
use domain::service_day::ServiceDay;

use crate::{Intake, Office, StoreError, backend};

/// Who proposes the canary's notices; no officer's name.
pub const CANARY: &str = "canary";

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
}
