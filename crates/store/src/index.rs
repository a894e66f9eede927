//! A day's tag index: where a reported contact was, found without opening the day again.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Instant;
use domain::service_day::ServiceDay;
use sqlx::AssertSqlSafe;

use crate::{Office, StoreError, backend, erasure, many, row};

/// How many tags go into one statement.
const GROUP: usize = 64;

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
        backend::create_index(self, day).await?;
        let mut tables =
            backend::open_index(self, day).await?.ok_or_else(|| StoreError::NoSuchDay(day.to_string()))?;
        let empty = tables.text(erasure::EMPTY_INDEX);
        let (whole, rest) = (tables.text(&insertion(GROUP)), tables.text(&insertion(tags.len() % GROUP)));
        let mut tx = tables.begin().await?;
        sqlx::query(empty).execute(&mut *tx).await?;
        for tags in tags.chunks(GROUP) {
            let text = if tags.len() == GROUP { &whole } else { &rest };
            let mut query = sqlx::query(AssertSqlSafe(Arc::clone(&text.0)));
            for (tag, place) in tags {
                query = query
                    .bind(tag.as_slice())
                    .bind(place.venue.as_i64())
                    .bind(place.at.as_micros())
                    .bind(place.nonce.as_bytes().as_slice());
            }
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        tables.close().await?;
        sqlx::query("insert into indexed_day (day, rows, built_at) values ($1, $2, $3) on conflict (day) do update set rows = excluded.rows")
            .bind(day.to_string())
            .bind(i64::try_from(tags.len()).unwrap_or(i64::MAX))
            .bind(now.as_micros())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Where contacts with these tags were on that day.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn places_of(
        &self,
        day: ServiceDay,
        tags: &[[u8; 16]],
    ) -> Result<BTreeMap<[u8; 16], Vec<CheckInPlace>>, StoreError> {
        let mut found: BTreeMap<[u8; 16], Vec<CheckInPlace>> = BTreeMap::new();
        let Some(mut tables) = backend::open_index(self, day).await? else { return Ok(found) };
        for tags in many::lists(tags) {
            let text = tables.text(&format!(
                "select * from {{tag_index}} where tag in ({}) order by tag, venue_id, at",
                many::parameters(0, tags.len())
            ));
            let mut query = sqlx::query(text);
            for tag in &tags {
                query = query.bind(tag.as_slice());
            }
            for row in &query.fetch_all(tables.connection()).await? {
                let tag = row::known(row::bytes(row, "tag")?.try_into().ok(), "tag")?;
                let nonce = row::known(CheckInNonce::from_stored(&row::bytes(row, "nonce")?), "nonce")?;
                let (venue, at) = (row::venue(row, "venue_id")?, row::instant(row, "at")?);
                found.entry(tag).or_default().push(CheckInPlace { day, venue, at, nonce });
            }
        }
        tables.close().await?;
        Ok(found)
    }
}

fn insertion(tags: usize) -> String {
    let values: Vec<String> = (0..tags)
        .map(|tag| format!("(${}, ${}, ${}, ${})", 4 * tag + 1, 4 * tag + 2, 4 * tag + 3, 4 * tag + 4))
        .collect();
    format!(
        "insert into {{tag_index}} (tag, venue_id, at, nonce) values {} on conflict do nothing",
        values.join(", ")
    )
}
