//! When each of the worker's jobs last ended well, whichever worker did it.

use domain::clock::Instant;
use sqlx::{Any, AssertSqlSafe};

use crate::{Office, StoreError, row};

impl Office {
    /// These jobs ended well at that moment.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn jobs_succeeded(&self, jobs: &[&str], at: Instant) -> Result<(), StoreError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let rows: Vec<String> = (0..jobs.len()).map(|job| format!("(${}, $1)", job + 2)).collect();
        let text = format!(
            "insert into job_success (job, at) values {} on conflict (job) do update set at = excluded.at",
            rows.join(", ")
        );
        let mut query = sqlx::query::<Any>(AssertSqlSafe(text)).bind(at.as_micros());
        for job in jobs {
            query = query.bind(*job);
        }
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// Every job that ever ended well, and when it last did.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn job_successes(&self) -> Result<Vec<(String, Instant)>, StoreError> {
        let rows = sqlx::query("select job, at from job_success order by job").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row::text(row, "job")?, row::instant(row, "at")?))).collect()
    }
}
