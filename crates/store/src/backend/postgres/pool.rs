//! Connections to the server: what each is told at its beginning, and when one is asked whether it is still good.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _};

use super::{Server, UNDEFINED_TABLE, is};
use crate::StoreError;
use crate::backend::{Zone, drivers};

/// Who waits for a lock longer than SQLite's writers do is told so, and a node that vanished holds none for
/// ever. No `statement_timeout`: cut short while it waits for the standby, a commit would call itself done.
pub(super) const SESSION: &str = "set synchronous_commit = on; set lock_timeout = '5s'; \
     set idle_in_transaction_session_timeout = '60s'";

/// What waits in the office is found by an index in the order in which it is due, a hundred at a time. PostgreSQL guesses
/// that there are a few, whatever it knows of the table: it holds one in two hundred to be in a state of which it has seen
/// none yet, and would read all that wait into a bitmap and sort them, for each hundred anew (60 ms instead of 1.4 with 40,000).
/// Matching takes as long with bitmaps as without them.
const OFFICE_SESSION: &str = "set enable_bitmapscan = off";

/// The connections to a zone's database.
///
/// Statements are prepared, and PostgreSQL refuses one whose columns have changed since. A node goes on while a
/// newer program migrates, so each connection remembers the version under which it was opened, and one that was
/// opened under another is not used again. Asking is what finds a broken connection, too ([`Asking`]).
pub(crate) async fn pool(server: &Server, zone: Zone) -> Result<AnyPool, StoreError> {
    drivers();
    let url = server.url(zone)?;
    let mut connection = AnyConnection::connect(&url).await?;
    let found: Option<i64> = sqlx::query_scalar("select version from schema_version where zone = $1")
        .bind(zone.as_str())
        .fetch_optional(&mut connection)
        .await
        .or_else(|error| if is(&error, UNDEFINED_TABLE) { Ok(None) } else { Err(error) })?;
    zone.check(found.unwrap_or(0))?;
    connection.close().await?;
    let options = AnyPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .before_acquire(move |connection, known| {
            let asks = ASKING.asks(known.idle_for);
            Box::pin(async move {
                if !asks {
                    return Ok(true);
                }
                let text = sqlx::query_scalar(SAME_VERSION).bind(zone.as_str());
                let same: i64 = text.fetch_one(connection).await.inspect_err(|_| ASKING.doubt())?;
                if same != 1 {
                    ASKING.doubt();
                }
                Ok(same == 1)
            })
        })
        .after_connect(move |connection, _| {
            Box::pin(async move {
                (&mut *connection).execute(SESSION).await?;
                if matches!(zone, Zone::Office) {
                    (&mut *connection).execute(OFFICE_SESSION).await?;
                }
                sqlx::query(REMEMBER_VERSION).bind(zone.as_str()).execute(connection).await?;
                Ok(())
            })
        });
    Ok(options.connect(&url).await?)
}

/// When a connection is asked whether it is still good before it is used: one that lay idle always, one that comes
/// straight from another's hand now and then, for each question is a way to the server and back. After any sign that
/// the server went away or was migrated each is asked, until all have been in somebody's hand.
struct Asking {
    taken: AtomicU32,
    doubted: AtomicU32,
}

static ASKING: Asking = Asking { taken: AtomicU32::new(0), doubted: AtomicU32::new(0) };

/// Who lay there this long may have missed something.
const IDLE: Duration = Duration::from_millis(5);

/// Of so many that are taken one is asked, and after a doubt so many are.
const SOME: u32 = 64;

impl Asking {
    fn asks(&self, idle_for: Duration) -> bool {
        let turn = self.taken.fetch_add(1, Ordering::Relaxed).is_multiple_of(SOME);
        let less = |left: u32| left.checked_sub(1);
        let doubted = self.doubted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        doubted || turn || idle_for >= IDLE
    }

    fn doubt(&self) {
        self.doubted.store(SOME, Ordering::Relaxed);
    }
}

/// Takes an error as a sign, where it is one.
pub(crate) fn note(error: &sqlx::Error) {
    if matches!(error, sqlx::Error::Io(_)) || is(error, CHANGED_COLUMNS) {
        ASKING.doubt();
    }
}

/// A prepared statement whose columns have changed since: it did nothing.
const CHANGED_COLUMNS: &str = "0A000";

const REMEMBER_VERSION: &str = "select pg_catalog.set_config('tadori.schema', cast(version as text), false) from schema_version where zone = $1";

const SAME_VERSION: &str = "select count(*) from schema_version \
     where zone = $1 and cast(version as text) = pg_catalog.current_setting('tadori.schema')";

pub(super) async fn connect(server: &Server, zone: Zone) -> Result<AnyConnection, StoreError> {
    drivers();
    let mut connection = AnyConnection::connect(&server.url(zone)?).await?;
    connection.execute(SESSION).await?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lay_idle_is_asked_and_after_a_doubt_everybody() {
        let asking = Asking { taken: AtomicU32::new(1), doubted: AtomicU32::new(0) };
        let asked = |times: u32| (0..times).filter(|_| asking.asks(Duration::ZERO)).count();
        assert!(asking.asks(IDLE));
        assert_eq!(asked(4 * SOME), 4, "one of so many");
        asking.doubt();
        assert_eq!(asked(SOME), 64);
        assert_eq!(asked(SOME), 1);
    }
}
