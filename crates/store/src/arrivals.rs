//! Arrivals: what is still to be confirmed by mail. A row here was committed together with what it
//! confirms, and goes when the mail was accepted (architecture invariant 2).

use domain::clock::Instant;
use domain::id::{MessageId, VenueId};
use domain::service_day::ServiceDay;
use sqlx::{Any, Transaction};

use crate::check_ins::{SealedCheckIn, check_in};
use crate::{Intake, StoreError, backend, row};

/// A mail to an operator, as it is queued with the registration.
#[derive(Clone, Debug)]
pub struct NewOperatorMail {
    /// Constant over retries.
    pub id: MessageId,
    /// About which venue.
    pub venue: VenueId,
    /// Address and link, sealed to the office's key.
    pub sealed: Vec<u8>,
    /// The poster; empty where the mail has the link only.
    pub attachment: Vec<u8>,
    /// When.
    pub queued_at: Instant,
}

/// A queued mail to an operator.
#[derive(Clone, Debug)]
pub struct OperatorMail {
    /// What was queued.
    pub mail: NewOperatorMail,
    /// How often it was tried.
    pub attempts: u32,
    /// Why an officer declined the registration; empty if none did.
    pub declined: String,
}

/// When a mail is due that waits for an officer's decision.
pub(crate) const UNDECIDED: i64 = i64::MAX;

pub(crate) async fn insert_operator_mail(
    tx: &mut Transaction<'_, Any>,
    new: &NewOperatorMail,
    decided: bool,
) -> Result<(), StoreError> {
    let due = if decided { new.queued_at.as_micros() } else { UNDECIDED };
    sqlx::query(
        "insert into operator_mail (mail_id, venue_id, sealed, attachment, declined, queued_at, attempts, due) \
         values ($1, $2, $3, $4, '', $5, 0, $6)",
    )
    .bind(new.id.as_bytes().as_slice())
    .bind(new.venue.as_i64())
    .bind(new.sealed.as_slice())
    .bind(new.attachment.as_slice())
    .bind(new.queued_at.as_micros())
    .bind(due)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Intake {
    /// Check-ins of a day that are still to be confirmed, the oldest first, after skipping `skip` of them
    /// (those whose mail server asked to come back later). A closed day has none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn arrivals(
        &self,
        day: ServiceDay,
        limit: i64,
        skip: i64,
    ) -> Result<Vec<SealedCheckIn>, StoreError> {
        let Some(mut tables) = backend::open_unclosed_day(self, day).await? else {
            return Ok(Vec::new());
        };
        let text = tables.text(tables.texts().arrivals);
        let rows = sqlx::query(text).bind(limit).bind(skip).fetch_all(tables.connection()).await?;
        tables.close().await?;
        rows.iter().map(|row| check_in(day, row)).collect()
    }

    /// How many check-ins of a day are still to be confirmed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn count_arrivals(&self, day: ServiceDay) -> Result<u64, StoreError> {
        let Some(mut tables) = backend::open_unclosed_day(self, day).await? else { return Ok(0) };
        let text = tables.text(tables.texts().count_arrivals);
        let found = sqlx::query(text).fetch_one(tables.connection()).await?;
        tables.close().await?;
        row::count(&found, "arrivals")
    }

    /// Mails to operators that are due.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn operator_mails(&self, now: Instant, limit: i64) -> Result<Vec<OperatorMail>, StoreError> {
        let rows = sqlx::query("select * from operator_mail where due <= $1 order by due limit $2")
            .bind(now.as_micros())
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let mail = NewOperatorMail {
                    id: row::known(MessageId::from_stored(&row::bytes(row, "mail_id")?), "mail_id")?,
                    venue: row::venue(row, "venue_id")?,
                    sealed: row::bytes(row, "sealed")?,
                    attachment: row::bytes(row, "attachment")?,
                    queued_at: row::instant(row, "queued_at")?,
                };
                Ok(OperatorMail {
                    mail,
                    attempts: row::small(row, "attempts")?,
                    declined: row::text(row, "declined")?,
                })
            })
            .collect()
    }

    /// A mail to an operator is to be tried again later; `attempts` is how often it was tried by now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn postpone_operator_mail(
        &self,
        id: MessageId,
        attempts: u32,
        due: Instant,
    ) -> Result<(), StoreError> {
        sqlx::query("update operator_mail set attempts = $1, due = $2 where mail_id = $3")
            .bind(i64::from(attempts))
            .bind(due.as_micros())
            .bind(id.as_bytes().as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
