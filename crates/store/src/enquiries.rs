//! What operators ask the desk, until the desk has it (KNG-18). The sealed part is emptied then
//! ([`crate::erasure`]); the row stays for a form's life, so that a form sent again isn't asked again.

use domain::clock::Instant;
use domain::id::MessageId;

use crate::again::{Fate, again};
use crate::{Intake, StoreError, row};

/// An operator's question as it waits for the worker.
#[derive(Clone, Debug)]
pub struct WaitingEnquiry {
    /// Made of form and words; becomes the mail's number.
    pub id: MessageId,
    /// Number, address and question, sealed to the office's key.
    pub sealed: Vec<u8>,
    /// When it was asked.
    pub asked_at: Instant,
    /// How often it was tried to mail it.
    pub attempts: u32,
}

impl Intake {
    /// Stores a question; the same one a second time changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_enquiry(
        &self,
        id: MessageId,
        sealed: &[u8],
        asked_at: Instant,
    ) -> Result<(), StoreError> {
        again(Fate::Same, || async {
            sqlx::query(
                "insert into enquiry (enquiry_id, sealed, asked_at, attempts, due) \
             values ($1, $2, $3, 0, $3) on conflict do nothing",
            )
            .bind(id.as_bytes().as_slice())
            .bind(sealed)
            .bind(asked_at.as_micros())
            .execute(&self.pool)
            .await?;
            Ok(())
        })
        .await
    }

    /// Whether this question was stored: it may be on its way or already with the desk.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn has_enquiry(&self, id: MessageId) -> Result<bool, StoreError> {
        let found = sqlx::query("select count(*) as enquiries from enquiry where enquiry_id = $1")
            .bind(id.as_bytes().as_slice())
            .fetch_one(&self.pool)
            .await?;
        Ok(row::count(&found, "enquiries")? == 1)
    }

    /// Questions that are due to be mailed, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn enquiries(&self, now: Instant, limit: i64) -> Result<Vec<WaitingEnquiry>, StoreError> {
        let rows =
            sqlx::query("select * from enquiry where length(sealed) > 0 and due <= $1 order by due limit $2")
                .bind(now.as_micros())
                .bind(limit)
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|row| {
                Ok(WaitingEnquiry {
                    id: row::known(MessageId::from_stored(&row::bytes(row, "enquiry_id")?), "enquiry_id")?,
                    sealed: row::bytes(row, "sealed")?,
                    asked_at: row::instant(row, "asked_at")?,
                    attempts: row::small(row, "attempts")?,
                })
            })
            .collect()
    }

    /// A question is to be mailed later; `attempts` is how often it was tried by now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn postpone_enquiry(
        &self,
        id: MessageId,
        attempts: u32,
        due: Instant,
    ) -> Result<(), StoreError> {
        sqlx::query("update enquiry set attempts = $1, due = $2 where enquiry_id = $3")
            .bind(i64::from(attempts))
            .bind(due.as_micros())
            .bind(id.as_bytes().as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
