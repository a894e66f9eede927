//! A day's tag index: where a reported contact was, found without opening the day again.

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Instant;
use domain::service_day::ServiceDay;
use sqlx::Connection as _;

use crate::{Office, StoreError, backend, row};

impl Office {
    /// Whether a day has been indexed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn is_indexed(&self, day: ServiceDay) -> Result<bool, StoreError> {
        let found = sqlx::query("select count(*) as days from indexed_day where day = $1")
            .bind(day.to_string())
            .fetch_one(&self.pool)
            .await?;
        Ok(row::count(&found, "days")? > 0)
    }

    /// Writes a day's whole index; what was there of it is replaced.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn write_index(
        &self,
        day: ServiceDay,
        tags: &[([u8; 16], CheckInPlace)],
        now: Instant,
    ) -> Result<(), StoreError> {
        backend::create_index(&self.root, day).await?;
        let mut connection = backend::open_index(&self.root, day)
            .await?
            .ok_or_else(|| StoreError::NoSuchDay(day.to_string()))?;
        let mut tx = connection.begin_with(backend::BEGIN).await?;
        crate::erasure::empty_index(&mut tx).await?;
        for (tag, place) in tags {
            sqlx::query("insert into tag_index (tag, venue_id, at, nonce) values ($1, $2, $3, $4) on conflict do nothing")
                .bind(tag.as_slice())
                .bind(place.venue.as_i64())
                .bind(place.at.as_micros())
                .bind(place.nonce.as_bytes().as_slice())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        connection.close().await?;
        sqlx::query("insert into indexed_day (day, rows, built_at) values ($1, $2, $3) on conflict (day) do update set rows = excluded.rows")
            .bind(day.to_string())
            .bind(i64::try_from(tags.len()).unwrap_or(i64::MAX))
            .bind(now.as_micros())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Where a contact with that tag was on that day.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn places_of(&self, day: ServiceDay, tag: &[u8; 16]) -> Result<Vec<CheckInPlace>, StoreError> {
        let Some(mut connection) = backend::open_index(&self.root, day).await? else { return Ok(Vec::new()) };
        let rows = sqlx::query("select * from tag_index where tag = $1 order by venue_id, at")
            .bind(tag.as_slice())
            .fetch_all(&mut connection)
            .await?;
        connection.close().await?;
        rows.iter()
            .map(|row| {
                let nonce = row::known(CheckInNonce::from_stored(&row::bytes(row, "nonce")?), "nonce")?;
                Ok(CheckInPlace {
                    day,
                    venue: row::venue(row, "venue_id")?,
                    at: row::instant(row, "at")?,
                    nonce,
                })
            })
            .collect()
    }
}
