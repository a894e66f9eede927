//! PostgreSQL: zones are two databases, a day is a table.
//!
//! ```text
//! intake database   venue, service_day, …   check_in_20261122, arrival_20261122, …
//! office database   case_record, outbox, …  tag_index_20261122, …
//! ```
//!
//! Plain tables, never partitions of a parent: the statements always know their day, and a parent got plans
//! seventeen times as slow. Intake keeps to what distributed PostgreSQL runs unchanged: the venue stands first
//! in every key of a day's tables, and there is no sequence, trigger, foreign key or advisory lock.
//!
//! Check-ins are written by `writer`, everything else through `sqlx::Any`.
//!
//! A web server's role may insert check-ins and see none of them. So a writer can't ask whether a row is
//! there already: an arrival is not deleted when it is confirmed, but marked, and goes with the day's closing.

mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::service_day::ServiceDay;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Executor as _, Transaction};

use super::{DAY, DayConnection, DayTables, Kind, Texts, Zone, drivers, escaped, named};
use crate::{StoreError, erasure};

pub(crate) use writer::{TableWriter, open_writer};

/// How a connection is protected.
#[derive(Clone, Debug)]
pub enum Tls {
    /// Not at all: for a socket on this machine.
    None,
    /// The server proves by its certificate that it is the one that the address names.
    Verify {
        /// A private authority's certificates, beside the public ones.
        ca_file: Option<PathBuf>,
    },
}

/// Two databases. Their addresses hold passwords, so they lie in files, which are read when a zone is opened:
/// the visitors' door has no office's.
#[derive(Clone, Debug)]
pub struct Server {
    /// Holds `postgres://role:password@host/database` of the public zone.
    pub intake_url_file: PathBuf,
    /// The office's.
    pub office_url_file: PathBuf,
    /// How connections to both are protected.
    pub tls: Tls,
}

impl Server {
    fn url(&self, zone: Zone) -> Result<String, StoreError> {
        let file = match zone {
            Zone::Intake => &self.intake_url_file,
            Zone::Office => &self.office_url_file,
        };
        let url = std::fs::read_to_string(file).map_err(StoreError::file(file))?;
        let url = url.trim();
        let good = url.starts_with("postgres://") || url.starts_with("postgresql://");
        if !good || url.contains("sslmode") {
            return Err(StoreError::Address { path: file.display().to_string() });
        }
        let tls = match &self.tls {
            Tls::None => "sslmode=disable".to_owned(),
            Tls::Verify { ca_file: None } => "sslmode=verify-full".to_owned(),
            Tls::Verify { ca_file: Some(file) } => {
                format!("sslmode=verify-full&sslrootcert={}", escaped(&file.display().to_string()))
            }
        };
        Ok(format!("{url}{}{tls}", if url.contains('?') { '&' } else { '?' }))
    }
}

/// Who waits for a lock longer than SQLite's writers do is told so, and a node that vanished holds none for
/// ever. No `statement_timeout`: cut short while it waits for the standby, a commit would call itself done.
const SESSION: &str = "set synchronous_commit = on; set lock_timeout = '5s'; \
     set idle_in_transaction_session_timeout = '60s'";

/// What waits in the office is found by an index in the order in which it is due, a hundred at a time. PostgreSQL guesses
/// that there are a few, whatever it knows of the table: it holds one in two hundred to be in a state of which it has seen
/// none yet, and would read all that wait into a bitmap and sort them, for each hundred anew (60 ms instead of 1.4 with 40,000).
/// Matching takes as long with bitmaps as without them.
const OFFICE_SESSION: &str = "set enable_bitmapscan = off";

/// Acts of the office come one after another, as on SQLite: the ledger's chain and two officers' approvals at
/// once rely on it. The lock is the transaction's, on a number of ours. Intake has no such lock.
const OFFICE_ACT: &str =
    "begin isolation level read committed; select pg_catalog.pg_advisory_xact_lock(8388608)";
const INTAKE_ACT: &str = "begin isolation level read committed";

pub(crate) const SKIP_CLAIMED: &str = "for update of o skip locked";

pub(crate) const fn begin(zone: Zone) -> &'static str {
    match zone {
        Zone::Intake => INTAKE_ACT,
        Zone::Office => OFFICE_ACT,
    }
}

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

async fn connect(server: &Server, zone: Zone) -> Result<AnyConnection, StoreError> {
    drivers();
    let mut connection = AnyConnection::connect(&server.url(zone)?).await?;
    connection.execute(SESSION).await?;
    Ok(connection)
}

/// Makes or brings up to date both databases, which the administrator made, empty, with their roles.
pub(crate) async fn migrate(server: &Server) -> Result<(), StoreError> {
    for zone in [Zone::Intake, Zone::Office] {
        let mut connection = connect(server, zone).await?;
        make_version(&mut connection, zone).await?;
        for (number, step) in (1i64..).zip(zone.steps()) {
            let mut tx = connection.begin_with(INTAKE_ACT).await?;
            let done = hold_version(&mut tx, zone).await?;
            if done < number {
                tx.execute(AssertSqlSafe(columns(step))).await?;
                sqlx::query("update schema_version set version = $1 where zone = $2")
                    .bind(number)
                    .bind(zone.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
        }
        let granted = doors_have_roles(&mut connection).await?;
        let mut tx = connection.begin_with(INTAKE_ACT).await?;
        zone.check(hold_version(&mut tx, zone).await?)?;
        if granted {
            tx.execute(grants(zone)).await?;
        }
        tx.commit().await?;
        connection.close().await?;
    }
    Ok(())
}

/// How far a zone has come. Its row is locked by being written, for another process may be migrating at this
/// moment, and two can't grant at once.
async fn hold_version(tx: &mut Transaction<'_, Any>, zone: Zone) -> Result<i64, StoreError> {
    let text = "update schema_version set version = version where zone = $1 returning version";
    Ok(sqlx::query_scalar(text).bind(zone.as_str()).fetch_one(&mut **tx).await?)
}

/// What each door's role may do. An installation whose doors have the worker's own role has none of them.
const fn grants(zone: Zone) -> &'static str {
    match zone {
        Zone::Intake => include_str!("../../migrations/roles/intake.sql"),
        Zone::Office => include_str!("../../migrations/roles/office.sql"),
    }
}

/// The visitors' door inserts and sees nothing; officers' door counts, and sees no contact even sealed.
fn day_grants(suffix: &str) -> String {
    format!(
        "grant insert on check_in{suffix}, arrival{suffix} to tadori_visitors; \
         grant select (venue_id, at, nonce) on check_in{suffix} to tadori_officers"
    )
}

async fn doors_have_roles(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let roles: i64 = sqlx::query_scalar(
        "select count(*) from pg_catalog.pg_roles where rolname in ('tadori_visitors', 'tadori_officers')",
    )
    .fetch_one(connection)
    .await?;
    Ok(roles == 2)
}

/// Makes the table that says how far a zone has come, and the zone's row in it.
async fn make_version(connection: &mut AnyConnection, zone: Zone) -> Result<(), StoreError> {
    let table =
        "create table schema_version (zone text collate \"C\" not null primary key, version bigint not null)";
    if !is_there(connection, "schema_version").await?
        && let Err(error) = connection.execute(table).await
        && !made_meanwhile(&error)
    {
        return Err(error.into());
    }
    sqlx::query("insert into schema_version (zone, version) values ($1, 0) on conflict do nothing")
        .bind(zone.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// The same schema in PostgreSQL's words. Texts are compared byte by byte, as SQLite does: by a language's
/// rules an update of the operating system could reorder an index under us.
fn columns(schema: &str) -> String {
    schema
        .replace(" blob ", " bytea ")
        .replace(" blob,", " bytea,")
        .replace(" text ", " text collate \"C\" ")
        .replace(" text,", " text collate \"C\",")
}

/// A day's schema under the names of that day, the venue first in each key. PostgreSQL appends to the heap
/// whatever the key, so nothing is gained by the form's time in front, and each venue's rows are found at once.
fn day_schema(kind: Kind, suffix: &str) -> String {
    let schema =
        ["(nonce, venue_id)", "(at, nonce, venue_id)"].iter().fold(columns(kind.schema()), |schema, key| {
            schema.replace(&format!("primary key {key}"), "primary key (venue_id, nonce)")
        });
    let schema = ["check_in", "arrival", "tag_index"].iter().fold(schema, |schema, table| {
        schema.replace(&format!("create table {table} ("), &format!("create table {table}{suffix} ("))
    });
    if kind == Kind::Index {
        return schema;
    }
    let arrival = format!("create table arrival{suffix} (");
    let marked = schema.replace(&arrival, &format!("{arrival} ended bigint not null,"));
    format!("{marked} create index arrival{suffix}_waiting on arrival{suffix} (at, nonce) where {WAITS}")
}

fn suffix(day: ServiceDay) -> String {
    format!("_{}", day.to_string().replace('-', ""))
}

const fn main_table(kind: Kind) -> &'static str {
    match kind {
        Kind::Day => "{check_in}",
        Kind::Index => "{tag_index}",
    }
}

/// Makes a day's tables, all of them in one act.
pub(crate) async fn create(pool: &AnyPool, kind: Kind, day: ServiceDay) -> Result<(), StoreError> {
    let suffix = suffix(day);
    let main = named(main_table(kind), &suffix);
    let mut connection = pool.acquire().await?;
    if is_there(&mut connection, &main).await? {
        return Ok(());
    }
    let granted = kind == Kind::Day && doors_have_roles(&mut connection).await?;
    let mut tx = connection.begin_with(INTAKE_ACT).await?;
    match tx.execute(AssertSqlSafe(day_schema(kind, &suffix))).await {
        Ok(_) => {}
        Err(error) if made_meanwhile(&error) => return Ok(tx.rollback().await?),
        Err(error) => return Err(error.into()),
    }
    if granted {
        tx.execute(AssertSqlSafe(day_grants(&suffix))).await?;
    }
    Ok(tx.commit().await?)
}

/// Opens a day's tables.
pub(crate) async fn open(
    pool: &AnyPool,
    kind: Kind,
    day: ServiceDay,
) -> Result<Option<DayTables>, StoreError> {
    let suffix = suffix(day);
    let mut connection = pool.acquire().await?;
    if !is_there(&mut connection, &named(main_table(kind), &suffix)).await? {
        return Ok(None);
    }
    Ok(Some(DayTables { connection: DayConnection::Pooled(connection), texts: &TEXTS, suffix }))
}

/// The same for a day whose tables were there a moment ago.
pub(crate) async fn open_again(pool: &AnyPool, day: ServiceDay) -> Result<DayTables, StoreError> {
    let connection = DayConnection::Pooled(pool.acquire().await?);
    Ok(DayTables { connection, texts: &TEXTS, suffix: suffix(day) })
}

/// Whether a table is there.
pub(crate) async fn is_there(connection: &mut AnyConnection, table: &str) -> Result<bool, StoreError> {
    let found: i64 =
        sqlx::query_scalar("select count(*) from pg_catalog.pg_class where oid = pg_catalog.to_regclass($1)")
            .bind(table)
            .fetch_one(connection)
            .await?;
    Ok(found == 1)
}

/// An arrival that is still to be confirmed. Its index holds these and no others: a length is something of which PostgreSQL
/// guesses that one row in two hundred has it, and what it guesses of an index counts less.
const WAITS: &str = "ended = 0 and length(nonce) = 16";

/// What only PostgreSQL is told about a day. An open day is read in the order of its own key. Of a closed day it is said
/// twice that no venue comes before the first: of a row that is greater than another, PostgreSQL guesses that as many are as
/// there are in half a day, and would read the whole of it. Arrivals are chosen before
/// anything is joined to them: else all that wait would be joined and sorted, for each hundred anew.
static TEXTS: Texts = Texts {
    open_page: "select * from {check_in} c where (venue_id, nonce) > ($2, $1) and venue_id between $3 and $4 \
         and length(c.nonce) = 16 order by venue_id, nonce limit $5",
    closed_page: "select * from {check_in} c where (venue_id, at, nonce) > ($1, $2, $3) \
         and venue_id between $1 and $4 \
         and length(c.nonce) = 16 order by venue_id, at, nonce limit $5",
    arrivals: "with next as materialized (select at, nonce, venue_id from {arrival} \
         where ended = 0 and length(nonce) = 16 order by at, nonce limit $1 offset $2) \
         select c.venue_id, c.at, c.nonce, c.sealed from next a join {check_in} c \
         on c.venue_id = a.venue_id and c.nonce = a.nonce order by a.at, a.nonce",
    count_arrivals: "select count(*) as arrivals from {arrival} where ended = 0",
    // One at a time, by its key: nobody waits for these rows, and for many the server reads all there are, while it
    // doesn't know yet how many that is.
    end_arrivals: ("update {arrival} set ended = 1 where {these}", 1),
    unsound: "select count(*) as found from {check_in} c where length(c.nonce) <> 16",
    begin: INTAKE_ACT,
};

/// Rewrites a past day into a new table, clustered by venue and instant, and counts its check-ins.
///
/// The arrivals end first: whoever writes at this moment is waited for, and who comes later finds no table.
/// All of it is one act, so whatever crash comes, one whole table is there.
pub(crate) async fn rewrite_closed(pool: &AnyPool, day: ServiceDay) -> Result<u64, StoreError> {
    let suffix = suffix(day);
    let (check_in, arrival) = (named("{check_in}", &suffix), named("{arrival}", &suffix));
    let closing = format!("{check_in}_closing");
    let mut connection = pool.acquire().await?;
    if !is_there(&mut connection, &check_in).await? {
        return Err(StoreError::NoSuchDay(day.to_string()));
    }
    let granted = doors_have_roles(&mut connection).await?;
    let mut tx = connection.begin_with(INTAKE_ACT).await?;
    erasure::end_all_arrivals(&mut tx, &arrival).await?;
    erasure::drop_table(&mut tx, &closing).await?;
    tx.execute(AssertSqlSafe(closed_schema(&closing))).await?;
    let text = format!(
        "insert into {closing} (venue_id, at, nonce, sealed) \
         select venue_id, at, nonce, sealed from {check_in} order by venue_id, at, nonce"
    );
    let rewritten = tx.execute(AssertSqlSafe(text)).await?.rows_affected();
    erasure::drop_table(&mut tx, &check_in).await?;
    tx.execute(AssertSqlSafe(format!("alter table {closing} rename to {check_in}"))).await?;
    if granted {
        // For officers' counts; visitors' door has no business with a closed day.
        let count = format!("grant select (venue_id, at, nonce) on {check_in} to tadori_officers");
        tx.execute(AssertSqlSafe(count)).await?;
    }
    tx.execute(AssertSqlSafe(format!("analyze {check_in}"))).await?;
    tx.commit().await?;
    Ok(rewritten)
}

/// An open day's columns under a closed day's key.
fn closed_schema(table: &str) -> String {
    let check_in = DAY.split_inclusive(");").next().unwrap_or(DAY);
    columns(check_in)
        .replace("create table check_in (", &format!("create table {table} ("))
        .replace("primary key (nonce, venue_id)", "primary key (venue_id, at, nonce)")
}

/// Removes a day's tables, in one act.
pub(crate) async fn remove(pool: &AnyPool, kind: Kind, day: ServiceDay) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await?;
    let mut tx = connection.begin_with(INTAKE_ACT).await?;
    for table in tables_of(kind, day) {
        erasure::drop_table(&mut tx, &table).await?;
    }
    Ok(tx.commit().await?)
}

/// Whether none of a day's tables is left.
pub(crate) async fn is_gone(pool: &AnyPool, kind: Kind, day: ServiceDay) -> Result<bool, StoreError> {
    let mut connection = pool.acquire().await?;
    for table in tables_of(kind, day) {
        if is_there(&mut connection, &table).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A day's tables, and what somebody may have left beside them.
fn tables_of(kind: Kind, day: ServiceDay) -> Vec<String> {
    let suffix = suffix(day);
    let names: &[&str] = match kind {
        Kind::Day => &["{arrival}", "{check_in}", "{check_in}_closing"],
        Kind::Index => &["{tag_index}"],
    };
    names.iter().map(|name| named(name, &suffix)).collect()
}

const UNDEFINED_TABLE: &str = "42P01";

fn is(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|found| found == code)
}

/// Whether somebody else made the same table at the same moment: the server finds that out by the table's name,
/// by that of its row type, or by the catalogue's own key.
fn made_meanwhile(error: &sqlx::Error) -> bool {
    ["42P07", "42710", "23505"].iter().any(|code| is(error, code))
}

/// Whether a code says that a statement waited for somebody else's lock in vain.
pub(crate) fn is_lock_timeout(code: &str) -> bool {
    code == "55P03"
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
