//! What a restore takes away: confirmations that were sent since, sessions, and copies that aren't taken.

use std::path::Path;

use domain::service_day::ServiceDay;

use crate::{Intake, StoreError, Tx, backend};

impl Intake {
    /// No confirmation of a day that came out of a backup is sent: most were, since then.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_restored_arrivals(&self, day: ServiceDay) -> Result<u64, StoreError> {
        let Some(mut tables) = backend::open_unclosed_day(self, day).await? else { return Ok(0) };
        let text = tables.text(tables.texts().end_all_arrivals);
        let ended = sqlx::query(text).execute(tables.connection()).await?.rows_affected();
        tables.close().await?;
        Ok(ended)
    }
}

impl Tx {
    /// Signs every officer out.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_sessions(&mut self) -> Result<(), StoreError> {
        sqlx::query("delete from session").execute(&mut *self.inner).await?;
        Ok(())
    }
}

/// Removes a copy that was made aside and isn't taken, with its journals.
pub(crate) fn unlink_copy(path: &Path) -> Result<(), StoreError> {
    super::remove(path)?;
    super::unlink_journals(path)
}
