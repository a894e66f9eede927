//! Quotas end: with a right try, or some time after they are over.

use domain::clock::Instant;

use crate::quotas::Quota;
use crate::{Intake, StoreError};

impl Intake {
    /// A right try: the count begins anew.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_quota(&self, quota: &Quota) -> Result<(), StoreError> {
        sqlx::query("delete from quota where mark = $1")
            .bind(quota.mark.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Quotas that were over before then, whosever they were.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_quotas(&self, over_before: Instant) -> Result<(), StoreError> {
        sqlx::query("delete from quota where ends_at < $1")
            .bind(over_before.as_micros())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
