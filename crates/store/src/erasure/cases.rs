//! Cases whose time is over.

use domain::service_day::ServiceDay;

use crate::{Office, StoreError};

impl Office {
    /// Erases cases whose positive test lies before `before`, with all that hangs on them; the number of
    /// cases.
    ///
    /// It is asked each turn, and mostly nothing is due: then it is one look into an index, and no lock.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_cases(&self, before: ServiceDay) -> Result<u64, StoreError> {
        let text = before.to_string();
        let oldest: String = sqlx::query_scalar("select coalesce(min(positive_on), '') from case_record")
            .fetch_one(&self.pool)
            .await?;
        if oldest.is_empty() || oldest >= text {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        for statement in [
            "delete from interview_visit where case_id in (select case_id from case_record where positive_on < $1)",
            "delete from finding where case_id in (select case_id from case_record where positive_on < $1)",
            "delete from case_visit where case_id in (select case_id from case_record where positive_on < $1)",
            "delete from notice_case where case_id in (select case_id from case_record where positive_on < $1)",
        ] {
            sqlx::query(statement).bind(text.as_str()).execute(&mut *tx.inner).await?;
        }
        let gone = sqlx::query("delete from case_record where positive_on < $1")
            .bind(text.as_str())
            .execute(&mut *tx.inner)
            .await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }
}
