//! Check-ins on their way into a day's tables: a group is one statement, one turn and one transaction.
//!
//! Four arrays are bound, whatever the group's size, so one prepared text does for all of them, and nothing is bound
//! by the row. `sqlx::Any` knows no arrays: this connection is PostgreSQL's own.
//!
//! One group of a node is on its way at a time. Two to four were measured, and each made it slower: who comes meanwhile
//! makes the next group larger, and a large one costs less a row than two small ones (docs/decisions.md).

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use domain::service_day::ServiceDay;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::super::{DayWriter, Zone, named};
use super::Server;
use super::days::suffix;
use super::pool::SESSION;
use crate::StoreError;
use crate::check_ins::SealedCheckIn;

/// How long the server may take for a group. One that vanished with its machine says nothing at all, and the network
/// would wait for it for a quarter of an hour.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that writes into one day's tables.
#[derive(Debug)]
pub(crate) struct TableWriter {
    connection: PgConnection,
    text: Arc<str>,
}

impl TableWriter {
    /// Stores check-ins with their arrivals; who is there already stays.
    ///
    /// In the order of their keys, so that of two nodes' groups that hold the same forms one waits for the other, and
    /// never each for each.
    pub async fn put(&mut self, rows: &[&SealedCheckIn]) -> Result<(), StoreError> {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| (row.place.venue.as_i64(), row.place.nonce));
        let venues: Vec<i64> = rows.iter().map(|row| row.place.venue.as_i64()).collect();
        let instants: Vec<i64> = rows.iter().map(|row| row.place.at.as_micros()).collect();
        let nonces: Vec<&[u8]> = rows.iter().map(|row| row.place.nonce.as_bytes().as_slice()).collect();
        let sealed: Vec<&[u8]> = rows.iter().map(|row| row.sealed.as_slice()).collect();
        let stored = sqlx::query(AssertSqlSafe(Arc::clone(&self.text)))
            .bind(venues)
            .bind(instants)
            .bind(nonces)
            .bind(sealed)
            .execute(&mut self.connection);
        // Whoever drops this future without its answer drops the connection too.
        match tokio::time::timeout(PATIENCE, stored).await {
            Ok(stored) => Ok(stored.map(|_| ())?),
            Err(_) => Err(sqlx::Error::Io(ErrorKind::TimedOut.into()).into()),
        }
    }

    /// Lets go of it.
    pub async fn close(self) -> Result<(), sqlx::Error> {
        self.connection.close().await
    }
}

/// Check-ins and their arrivals in one statement. Bound are venues, instants, nonces and sealed contacts.
///
/// Who is there already is left as it is in both tables, and neither is read: the web server's role may insert
/// and nothing more. A day that was closed has no table of arrivals, so nothing can be stored in it.
fn check_in_text(suffix: &str) -> String {
    format!(
        "with to_confirm as (insert into arrival{suffix} (venue_id, at, nonce, ended) \
         select came.venue_id, came.at, came.nonce, 0 \
         from unnest(cast($1 as bigint[]), cast($2 as bigint[]), cast($3 as bytea[])) \
         as came (venue_id, at, nonce) \
         on conflict do nothing) \
         insert into check_in{suffix} (venue_id, at, nonce, sealed) \
         select came.venue_id, came.at, came.nonce, came.sealed \
         from unnest(cast($1 as bigint[]), cast($2 as bigint[]), cast($3 as bytea[]), cast($4 as bytea[])) \
         as came (venue_id, at, nonce, sealed) on conflict do nothing"
    )
}

/// Opens a day for the writer of check-ins.
pub(crate) async fn open_writer(
    server: &Server,
    day: ServiceDay,
    patience: Duration,
) -> Result<Option<DayWriter>, StoreError> {
    let suffix = suffix(day);
    let connecting = tokio::time::timeout(PATIENCE, PgConnection::connect(&server.url(Zone::Intake)?)).await;
    let mut connection = connecting.map_err(|_| sqlx::Error::Io(ErrorKind::TimedOut.into()))??;
    connection.execute(SESSION).await?;
    let arrivals: bool = sqlx::query_scalar("select pg_catalog.to_regclass($1) is not null")
        .bind(named("{arrival}", &suffix))
        .fetch_one(&mut connection)
        .await?;
    if !arrivals {
        connection.close().await?;
        return Ok(None);
    }
    let milliseconds = patience.as_millis();
    // The statement's plan is always the same: it is made once.
    let own = format!("set lock_timeout = {milliseconds}; set plan_cache_mode = force_generic_plan");
    connection.execute(AssertSqlSafe(own)).await?;
    Ok(Some(DayWriter::Tables(TableWriter { connection, text: check_in_text(&suffix).into() })))
}
