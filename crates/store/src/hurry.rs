//! What was put off by a clock that was far ahead is due now. Whoever asks says what lies further ahead than anybody
//! would ever put it (`worker/mend_times`).

use domain::clock::Instant;

use crate::arrivals::UNDECIDED;
use crate::{Intake, Office, StoreError};

impl Office {
    /// Messages that wait until after `latest` are due `now`; how many.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn hurry_outbox(&self, latest: Instant, now: Instant) -> Result<u64, StoreError> {
        let text = "update outbox set due = $1 where state = 'waiting' and due > $2";
        let moved = sqlx::query(text).bind(now.as_micros()).bind(latest.as_micros());
        Ok(moved.execute(&self.pool).await?.rows_affected())
    }
}

impl Intake {
    /// Mails to operators that wait until after `latest`, but not for an officer, are due `now`; how many.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn hurry_operator_mails(&self, latest: Instant, now: Instant) -> Result<u64, StoreError> {
        let text = "update operator_mail set due = $1 where due > $2 and due < $3";
        let moved = sqlx::query(text).bind(now.as_micros()).bind(latest.as_micros()).bind(UNDECIDED);
        Ok(moved.execute(&self.pool).await?.rows_affected())
    }

    /// Questions to the desk that wait until after `latest` are due `now`; how many.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn hurry_enquiries(&self, latest: Instant, now: Instant) -> Result<u64, StoreError> {
        let text = "update enquiry set due = $1 where due > $2";
        let moved = sqlx::query(text).bind(now.as_micros()).bind(latest.as_micros());
        Ok(moved.execute(&self.pool).await?.rows_affected())
    }
}
