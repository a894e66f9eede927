//! Where the engines differ: SQLite, whose zones are folders and whose days are files ([`sqlite`]), and
//! PostgreSQL, whose zones are databases and whose days are tables ([`postgres`]).
//!
//! Everything else in this crate speaks one SQL. What it names of a day's tables it writes in braces,
//! `{check_in}`, `{arrival}`, `{tag_index}`, and `DayTables::text` puts the engine's name there.

pub mod postgres;
pub mod sqlite;

use std::path::PathBuf;
use std::sync::{Arc, Once};
use std::time::Duration;

use domain::service_day::ServiceDay;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Transaction};

use crate::{Intake, Office, StoreError};

use postgres::{Server, TableWriter};
use sqlite::Folder;

/// The schema of each zone, step by step: forward only.
const INTAKE: [&str; 1] = [include_str!("../migrations/intake/0001_intake.sql")];
const OFFICE: [&str; 1] = [include_str!("../migrations/office/0001_office.sql")];
const DAY: &str = include_str!("../migrations/day/0001_day.sql");
const INDEX: &str = include_str!("../migrations/index/0001_index.sql");

/// Where both zones lie.
#[derive(Clone, Debug)]
pub enum Root {
    /// On SQLite: a folder.
    Folder(Folder),
    /// On PostgreSQL: two databases.
    Server(Server),
}

impl Root {
    /// A folder; it need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self::Folder(Folder::new(folder))
    }
}

/// A database of its own rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// What the public web server reaches.
    Intake,
    /// What only the worker and officers' door reach.
    Office,
}

impl Zone {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Office => "office",
        }
    }

    const fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Intake => &INTAKE,
            Self::Office => &OFFICE,
        }
    }

    /// The version that this program knows.
    fn version(self) -> i64 {
        i64::try_from(self.steps().len()).unwrap_or(i64::MAX)
    }

    /// Refuses a schema that another program made.
    fn check(self, found: i64) -> Result<(), StoreError> {
        let known = self.version();
        if found == known { Ok(()) } else { Err(StoreError::Schema { zone: self.as_str(), found, known }) }
    }
}

/// Makes or brings up to date both databases (`tadori migrate`). Doing it again changes nothing.
///
/// # Errors
/// [`StoreError`]; a failed migration leaves the version before it. [`StoreError::Schema`] if a newer program
/// was here: nothing is changed then.
pub async fn migrate(root: &Root) -> Result<(), StoreError> {
    match root {
        Root::Folder(folder) => sqlite::migrate(folder).await,
        Root::Server(server) => postgres::migrate(server).await,
    }
}

impl Root {
    async fn pool(&self, zone: Zone) -> Result<AnyPool, StoreError> {
        match self {
            Self::Folder(folder) => sqlite::pool(folder, zone).await,
            Self::Server(server) => postgres::pool(server, zone).await,
        }
    }

    const fn begin(&self, zone: Zone) -> &'static str {
        match self {
            Self::Folder(_) => sqlite::BEGIN,
            Self::Server(_) => postgres::begin(zone),
        }
    }

    /// What a claim adds to its choice of rows, so that two who claim at once don't wait for each other's.
    pub(crate) const fn skip_claimed(&self) -> &'static str {
        match self {
            Self::Folder(_) => "",
            Self::Server(_) => postgres::SKIP_CLAIMED,
        }
    }
}

impl Intake {
    /// Opens the public zone.
    ///
    /// # Errors
    /// [`StoreError`] if it isn't there (`tadori migrate` makes it), can't be read, or was made by another
    /// version of this program.
    pub async fn open(root: &Root) -> Result<Self, StoreError> {
        Ok(Self { pool: root.pool(Zone::Intake).await?, root: root.clone() })
    }

    /// Begins an act that writes.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.pool.begin_with(self.root.begin(Zone::Intake)).await?)
    }

    /// Writes everything back into the main files, so that no journal holds an old page. On PostgreSQL the
    /// journal's keeping is the server's (docs/deploying.md).
    ///
    /// # Errors
    /// [`StoreError`], also when somebody who still reads an old state kept it from being done.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        match &self.root {
            Root::Folder(_) => sqlite::write_back(&self.pool).await,
            Root::Server(_) => Ok(()),
        }
    }
}

impl Office {
    /// Opens the office's zone.
    ///
    /// # Errors
    /// As [`Intake::open`].
    pub async fn open(root: &Root) -> Result<Self, StoreError> {
        Ok(Self { pool: root.pool(Zone::Office).await?, root: root.clone() })
    }

    /// How an act that writes begins.
    pub(crate) const fn begins_act(&self) -> &'static str {
        self.root.begin(Zone::Office)
    }

    /// Begins an act that writes; the one before it must have ended.
    pub(crate) async fn begin_act(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.pool.begin_with(self.root.begin(Zone::Office)).await?)
    }

    /// Writes everything back into the main file, so that no journal holds an old page. On PostgreSQL the
    /// journal's keeping is the server's (docs/deploying.md).
    ///
    /// # Errors
    /// [`StoreError`], also when somebody who still reads an old state kept it from being done.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        match &self.root {
            Root::Folder(_) => sqlite::write_back(&self.pool).await,
            Root::Server(_) => Ok(()),
        }
    }
}

/// Which kind of a day's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its check-ins and arrivals, in intake.
    Day,
    /// Its tag index, in the office.
    Index,
}

impl Kind {
    const fn schema(self) -> &'static str {
        match self {
            Self::Day => DAY,
            Self::Index => INDEX,
        }
    }
}

/// The tables of one day, and a connection on which to speak of them.
#[derive(Debug)]
pub(crate) struct DayTables {
    connection: DayConnection,
    texts: &'static Texts,
    /// What PostgreSQL adds to each table's name; empty on SQLite, where the day is a file.
    suffix: String,
}

/// A connection to a day's own file, or one of those to its database.
#[derive(Debug)]
enum DayConnection {
    Own(AnyConnection),
    Pooled(PoolConnection<Any>),
}

/// What has to be said otherwise to each engine about a day.
#[derive(Debug)]
pub(crate) struct Texts {
    /// An open day's check-ins from one on, in the order of its key. Bound are nonce, venue, the first and
    /// last venue, and how many.
    pub open_page: &'static str,
    /// A closed day's, in the order of its own. Bound are venue, instant, nonce, the last venue, and how many.
    pub closed_page: &'static str,
    /// All that a closed day has at `{venues}`, a row for each, but no more in all than so many, which is bound first.
    pub ahead: &'static str,
    /// How many rows at each of `{venues}` this program didn't write.
    pub unsound_at: &'static str,
    /// What is still to be confirmed: how many, after how many.
    pub arrivals: &'static str,
    /// How much that is.
    pub count_arrivals: &'static str,
    /// Those of `{these}` are confirmed, or can't be, and how many go together. Bound are instant, nonce and venue of each.
    pub end_arrivals: (&'static str, usize),
    /// All of them are.
    pub end_all_arrivals: &'static str,
    /// How many rows this program didn't write.
    pub unsound: &'static str,
    /// Begins an act.
    pub begin: &'static str,
}

impl DayTables {
    /// The connection.
    pub fn connection(&mut self) -> &mut AnyConnection {
        match &mut self.connection {
            DayConnection::Own(connection) => connection,
            DayConnection::Pooled(connection) => connection,
        }
    }

    /// A text about this day's tables.
    pub fn text(&self, sql: &str) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(named(sql, &self.suffix).into())
    }

    /// What this day's engine is told otherwise.
    pub const fn texts(&self) -> &'static Texts {
        self.texts
    }

    /// Begins an act.
    pub async fn begin(&mut self) -> Result<Transaction<'_, Any>, StoreError> {
        let begin = self.texts.begin;
        Ok(self.connection().begin_with(begin).await?)
    }

    /// Lets go of it.
    pub async fn close(self) -> Result<(), StoreError> {
        match self.connection {
            DayConnection::Own(connection) => connection.close().await?,
            DayConnection::Pooled(connection) => drop(connection),
        }
        Ok(())
    }

    /// Keeps what may be kept while others are read: a file of its own, and no connection that all share.
    pub fn kept(self) -> Option<Self> {
        matches!(self.connection, DayConnection::Own(_)).then_some(self)
    }

    /// Whether the day still takes check-ins: a closed one has no arrivals, and another key.
    pub async fn is_unclosed(&mut self) -> Result<bool, StoreError> {
        match &self.connection {
            DayConnection::Own(_) => sqlite::is_unclosed(self.connection()).await,
            DayConnection::Pooled(_) => {
                let arrivals = named("{arrival}", &self.suffix);
                postgres::is_there(self.connection(), &arrivals).await
            }
        }
    }
}

fn named(sql: &str, suffix: &str) -> String {
    ["check_in", "arrival", "tag_index"]
        .iter()
        .fold(sql.to_owned(), |sql, table| sql.replace(&format!("{{{table}}}"), &format!("{table}{suffix}")))
}

/// Makes a day's tables; nothing happens if they are there.
pub(crate) async fn create_day(intake: &Intake, day: ServiceDay) -> Result<(), StoreError> {
    match &intake.root {
        Root::Folder(folder) => sqlite::create(&folder.day_file(day), &sqlite::day_schema()).await,
        Root::Server(_) => postgres::create(&intake.pool, Kind::Day, day).await,
    }
}

/// Makes a day's tag index.
pub(crate) async fn create_index(office: &Office, day: ServiceDay) -> Result<(), StoreError> {
    match &office.root {
        Root::Folder(folder) => sqlite::create(&folder.index_file(day), INDEX).await,
        Root::Server(_) => postgres::create(&office.pool, Kind::Index, day).await,
    }
}

/// Opens a day. `None` if there is none: nothing was prepared, or it was erased.
pub(crate) async fn open_day(intake: &Intake, day: ServiceDay) -> Result<Option<DayTables>, StoreError> {
    match &intake.root {
        Root::Folder(folder) => sqlite::open(&folder.day_file(day)).await,
        Root::Server(_) => postgres::open(&intake.pool, Kind::Day, day).await,
    }
}

/// Opens a day that was there a moment ago.
pub(crate) async fn open_day_again(
    intake: &Intake,
    day: ServiceDay,
) -> Result<Option<DayTables>, StoreError> {
    match &intake.root {
        Root::Folder(folder) => sqlite::open(&folder.day_file(day)).await,
        Root::Server(_) => postgres::open_again(&intake.pool, day).await.map(Some),
    }
}

/// Opens a day where it takes check-ins and confirmations; `None` also for a closed day.
pub(crate) async fn open_unclosed_day(
    intake: &Intake,
    day: ServiceDay,
) -> Result<Option<DayTables>, StoreError> {
    let Some(mut tables) = open_day(intake, day).await? else { return Ok(None) };
    if tables.is_unclosed().await? {
        return Ok(Some(tables));
    }
    tables.close().await?;
    Ok(None)
}

/// Opens a day's tag index, if there is one.
pub(crate) async fn open_index(office: &Office, day: ServiceDay) -> Result<Option<DayTables>, StoreError> {
    match &office.root {
        Root::Folder(folder) => sqlite::open(&folder.index_file(day)).await,
        Root::Server(_) => postgres::open(&office.pool, Kind::Index, day).await,
    }
}

/// Removes a day's check-ins, or its index, whole, with whatever a crash left of making them.
pub(crate) async fn remove(
    root: &Root,
    pool: &AnyPool,
    kind: Kind,
    day: ServiceDay,
) -> Result<(), StoreError> {
    match (root, kind) {
        (Root::Folder(folder), Kind::Day) => crate::erasure::unlink_database(&folder.day_file(day)),
        (Root::Folder(folder), Kind::Index) => crate::erasure::unlink_database(&folder.index_file(day)),
        (Root::Server(_), _) => postgres::remove(pool, kind, day).await,
    }
}

/// Whether nothing of it is left.
pub(crate) async fn is_gone(root: &Root, pool: &AnyPool, day: ServiceDay) -> Result<bool, StoreError> {
    match root {
        Root::Folder(folder) => Ok(crate::erasure::is_unlinked(&folder.day_file(day))),
        Root::Server(_) => postgres::is_gone(pool, Kind::Day, day).await,
    }
}

/// Rewrites a past day, clustered by venue and instant, and counts its check-ins. It has no arrivals any more.
pub(crate) async fn rewrite_closed(intake: &Intake, day: ServiceDay) -> Result<u64, StoreError> {
    match &intake.root {
        Root::Folder(folder) => sqlite::rewrite_closed(&folder.day_file(day)).await,
        Root::Server(_) => postgres::rewrite_closed(&intake.pool, day).await,
    }
}

/// A day as the writer of check-ins holds it: a connection of its own, whose statements stay prepared.
#[derive(Debug)]
pub(crate) enum DayWriter {
    /// To a day's own file.
    File(FileWriter),
    /// To a day's tables.
    Tables(TableWriter),
}

/// A day's file with the texts for 1, 2, 4, … rows, which all stay in the statement cache.
#[derive(Debug)]
pub(crate) struct FileWriter {
    /// The connection.
    pub connection: AnyConnection,
    /// A text for each power of two.
    pub texts: Vec<Arc<str>>,
    /// How long it waits while somebody else writes.
    pub patience: Duration,
}

impl DayWriter {
    /// Lets go of it.
    pub async fn close(self) {
        let _ = match self {
            Self::File(file) => file.connection.close().await,
            Self::Tables(tables) => tables.close().await,
        };
    }
}

/// Opens a day for the writer of check-ins, who waits no longer than `patience` for somebody else's lock.
pub(crate) async fn open_writer(
    intake: &Intake,
    day: ServiceDay,
    powers: u32,
    patience: Duration,
) -> Result<Option<DayWriter>, StoreError> {
    match &intake.root {
        Root::Folder(folder) => sqlite::open_writer(&folder.day_file(day), powers, patience).await,
        Root::Server(server) => postgres::open_writer(server, day, patience).await,
    }
}

/// Whether a statement waited for somebody else's lock in vain, and so did nothing.
pub(crate) fn was_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| Some(error.code()?.into_owned()));
    code.is_some_and(|code| sqlite::is_busy(&code) || postgres::is_lock_timeout(&code))
}

fn drivers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(sqlx::any::install_default_drivers);
}

/// A path or an address inside an address.
fn escaped(text: &str) -> String {
    // Neither a question mark nor a percent sign in a folder's name may end it.
    text.replace('%', "%25").replace('?', "%3F").replace('#', "%23").replace('&', "%26").replace('+', "%2B")
}
