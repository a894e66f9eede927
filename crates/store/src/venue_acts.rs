//! What becomes of a venue after its registration: rooms, an officer's decision, corrections, later days,
//! withdrawal; and registrations that come as a table.

use domain::clock::Instant;
use domain::held::Held;
use domain::id::VenueId;
use domain::venue::{Venue, VenueName};
use sqlx::{Any, Transaction};

use crate::again::{Fate, again};
use crate::arrivals::{NewOperatorMail, insert_operator_mail};
use crate::venues::{Registration, insert_venue};
use crate::{Intake, StoreError, row};

impl Intake {
    /// Adds rooms or floors to a venue, all of them or none.
    ///
    /// `false` if this form was sent before, or if there would be more than `most` then: nothing is added.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn add_rooms(
        &self,
        of: VenueId,
        rooms: &[Registration],
        most: usize,
    ) -> Result<bool, StoreError> {
        again(Fate::Once, || async {
            let mut tx = self.begin().await?;
            lock_venue(&mut tx, of).await?;
            let found = sqlx::query("select count(*) as rooms from venue where parent_id = $1")
                .bind(of.as_i64())
                .fetch_one(&mut *tx)
                .await?;
            let there = usize::try_from(row::count(&found, "rooms")?).unwrap_or(usize::MAX);
            if there.saturating_add(rooms.len()) > most {
                return Ok(false);
            }
            for room in rooms {
                if !insert_venue(&mut tx, room).await? {
                    return Ok(false);
                }
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Registers a table's venues with their operators' mails, in one transaction. Those that were
    /// registered before are left as they are. How many are new.
    ///
    /// # Errors
    /// [`StoreError`], and then nothing is registered.
    pub async fn import_venues(
        &self,
        new: &[(Registration, Option<NewOperatorMail>)],
    ) -> Result<u64, StoreError> {
        again(Fate::Once, || async {
            let mut tx = self.begin().await?;
            let mut imported = 0;
            for (registration, mail) in new {
                if insert_venue(&mut tx, registration).await? {
                    if let Some(mail) = mail {
                        insert_operator_mail(&mut tx, mail, true).await?;
                    }
                    imported += 1;
                }
            }
            tx.commit().await?;
            Ok(imported)
        })
        .await
    }

    /// An officer approves a venue, and with it the rooms that wait; its operator's mail is due now.
    /// `false` if it doesn't wait for a decision.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn approve_venue(&self, id: VenueId, now: Instant) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let decided = decide(&mut tx, id, "active", None).await?;
        if decided {
            sqlx::query("update operator_mail set due = $1 where venue_id = $2")
                .bind(now.as_micros())
                .bind(id.as_i64())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(decided)
    }

    /// An officer declines a venue, and with it the rooms that wait; its operator's mail says why, and no
    /// poster goes with it. `false` if it doesn't wait for a decision.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn decline_venue(&self, id: VenueId, reason: &str, now: Instant) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let decided = decide(&mut tx, id, "declined", Some(now)).await?;
        if decided {
            sqlx::query(
                "update operator_mail set declined = $1, attachment = $2, due = $3 where venue_id = $4",
            )
            .bind(reason)
            .bind([].as_slice())
            .bind(now.as_micros())
            .bind(id.as_i64())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(decided)
    }

    /// Withdraws a venue's code, and those of its rooms. `false` if it was withdrawn before.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn revoke_venue(&self, id: VenueId, now: Instant) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query(
            "update venue set status = 'revoked', ended_at = $1 where venue_id = $2 and status <> 'revoked'",
        )
        .bind(now.as_micros())
        .bind(id.as_i64())
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "update venue set status = 'revoked', ended_at = $1 where parent_id = $2 and status <> 'revoked'",
        )
        .bind(now.as_micros())
        .bind(id.as_i64())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(changed.rows_affected() == 1)
    }

    /// Corrects name and address of a venue, and the name that its rooms carry; the codes stay.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn correct_venue(&self, corrected: &Venue) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("update venue set likeness = $1 where venue_id = $2")
            .bind(corrected.likeness())
            .bind(corrected.id.as_i64())
            .execute(&mut *tx)
            .await?;
        let name: &VenueName = &corrected.name;
        sqlx::query(
            "update venue set name = $1, postal_code = $2, address = $3 where venue_id = $4 or parent_id = $4",
        )
        .bind(name.as_str())
        .bind(corrected.postal_code.as_str())
        .bind(corrected.address.as_str())
        .bind(corrected.id.as_i64())
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Gives an event, and its rooms, other days. `false` if its days are no longer what they were: somebody
    /// else changed them meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn set_held(&self, id: VenueId, before: &Held, after: &Held) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query("update venue set held = $1 where venue_id = $2 and held = $3")
            .bind(after.to_string())
            .bind(id.as_i64())
            .bind(before.to_string())
            .execute(&mut *tx)
            .await?;
        if changed.rows_affected() == 1 {
            sqlx::query("update venue set held = $1 where parent_id = $2")
                .bind(after.to_string())
                .bind(id.as_i64())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(changed.rows_affected() == 1)
    }
}

/// Holds a venue until the act ends, so that what is read of it stays true.
pub(crate) async fn lock_venue(tx: &mut Transaction<'_, Any>, id: VenueId) -> Result<(), StoreError> {
    // Written as it is: a lock that every engine has.
    sqlx::query("update venue set status = status where venue_id = $1")
        .bind(id.as_i64())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn decide(
    tx: &mut Transaction<'_, Any>,
    id: VenueId,
    status: &str,
    ended_at: Option<Instant>,
) -> Result<bool, StoreError> {
    let own =
        sqlx::query("update venue set status = $1, ended_at = $2 where venue_id = $3 and status = 'pending'")
            .bind(status)
            .bind(ended_at.map(Instant::as_micros))
            .bind(id.as_i64())
            .execute(&mut **tx)
            .await?;
    let decided = own.rows_affected() == 1;
    if decided {
        sqlx::query(
            "update venue set status = $1, ended_at = $2 where parent_id = $3 and status = 'pending'",
        )
        .bind(status)
        .bind(ended_at.map(Instant::as_micros))
        .bind(id.as_i64())
        .execute(&mut **tx)
        .await?;
    }
    Ok(decided)
}
