//! SQLite: zones are folders, a day is a file.
//!
//! On SQLite the zones are two folders with different owners:
//!
//! ```text
//! <root>/intake/intake.db          venues, days, codes, reports
//! <root>/intake/day/2026-11-22.db  one service day's check-ins
//! <root>/office/office.db          cases, notices, outbox, officers, ledger
//! <root>/office/index/2026-11-22.db  one day's tags
//! ```
//!
//! A worker and a web server may be different users of one group: what is made here is for its owner and
//! its group, whatever the umask, and for nobody else.
//!
//! `synchronous=FULL` is not negotiable: with NORMAL every simulated power cut lost acknowledged
//! check-ins, with FULL none. `secure_delete` overwrites what was deleted.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::service_day::ServiceDay;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Executor};

use super::{DayConnection, DayTables, DayWriter, FileWriter, Texts, Zone, drivers, escaped};
use crate::{StoreError, row};

/// How a writing transaction begins: with the lock in hand, so that it can't fail half-way for want of it.
pub(crate) const BEGIN: &str = "begin immediate";

const PRAGMAS: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on; \
     pragma temp_store = memory; pragma busy_timeout = 5000; pragma trusted_schema = off; \
     pragma cell_size_check = on; pragma wal_autocheckpoint = 4000";

/// The folder under which both zones lie.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder; it need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A service day's file.
    pub fn day_file(&self, day: ServiceDay) -> PathBuf {
        self.0.join("intake").join("day").join(format!("{day}.db"))
    }

    pub(crate) fn index_file(&self, day: ServiceDay) -> PathBuf {
        self.0.join("office").join("index").join(format!("{day}.db"))
    }

    fn file(&self, zone: Zone) -> PathBuf {
        let zone = zone.as_str();
        self.0.join(zone).join(format!("{zone}.db"))
    }
}

/// Makes or brings up to date both databases.
pub(crate) async fn migrate(root: &Folder) -> Result<(), StoreError> {
    make_folders(root)?;
    let _alone = alone_in(&root.0).await?;
    migrate_file(&root.file(Zone::Intake), Zone::Intake).await?;
    migrate_file(&root.file(Zone::Office), Zone::Office).await
}

/// Makes the folders of both zones; those that are there keep their rights.
pub(crate) fn make_folders(root: &Folder) -> Result<(), StoreError> {
    std::fs::create_dir_all(&root.0).map_err(StoreError::file(&root.0))?;
    ["intake", "intake/day", "office", "office/index"]
        .iter()
        .try_for_each(|folder| make_folder(&root.0.join(folder)))
}

/// Waits until nobody else migrates here, until what it answers is dropped. SQLite would not wait: of two who put a new
/// file in its journal mode at once, one is told that it is locked.
async fn alone_in(root: &Path) -> Result<File, StoreError> {
    let folder = File::open(root).map_err(StoreError::file(root))?;
    // A lock of the folder itself, so that it leaves nothing behind; it blocks its thread.
    tokio::task::spawn_blocking(move || folder.lock().map(|()| folder))
        .await
        .map_err(std::io::Error::other)
        .flatten()
        .map_err(StoreError::file(root))
}

const VERSION: &str = "select user_version from pragma_user_version";

async fn migrate_file(path: &Path, zone: Zone) -> Result<(), StoreError> {
    make_file(path)?;
    let mut connection = connect(path, "rw").await?;
    for (number, step) in (1i64..).zip(zone.steps()) {
        let mut tx = connection.begin_with(BEGIN).await?;
        // Asked under the lock: another process may be migrating at this moment.
        let done: i64 = sqlx::query_scalar(VERSION).fetch_one(&mut *tx).await?;
        if done < number {
            tx.execute(*step).await?;
            tx.execute(AssertSqlSafe(format!("pragma user_version = {number}"))).await?;
        }
        tx.commit().await?;
    }
    zone.check(sqlx::query_scalar(VERSION).fetch_one(&mut connection).await?)?;
    Ok(connection.close().await?)
}

/// The connections to a zone's main file.
///
/// SQLite takes a transaction back by itself when the disk is full, and the driver still counts it: that connection
/// begins no other ever again, and is thrown away when it is asked for next.
pub(crate) async fn pool(root: &Folder, zone: Zone) -> Result<AnyPool, StoreError> {
    drivers();
    let options = AnyPoolOptions::new()
        .max_connections(4)
        // No server is behind it that could have gone: asking costs each statement a way to SQLite's thread and back.
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(PRAGMAS).await?;
                Ok(())
            })
        })
        .before_acquire(|connection, _| {
            let usable = !connection.is_in_transaction();
            Box::pin(async move { Ok(usable) })
        });
    let pool = options.connect(&url(&root.file(zone), "rw")).await?;
    zone.check(sqlx::query_scalar(VERSION).fetch_one(&pool).await?)?;
    Ok(pool)
}

/// What only SQLite is told about a day.
static TEXTS: Texts = Texts {
    open_page: OPEN_PAGE,
    closed_page: CLOSED_PAGE,
    ahead: AHEAD,
    unsound_at: UNSOUND_AT,
    arrivals: ARRIVALS,
    count_arrivals: "select count(*) as arrivals from {arrival}",
    end_arrivals: (crate::erasure::END_ARRIVALS, 32),
    end_all_arrivals: crate::erasure::END_ALL_ARRIVALS,
    unsound: UNSOUND,
    begin: BEGIN,
};

/// Opens a day's file, or its index's.
pub(crate) async fn open(path: &Path) -> Result<Option<DayTables>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let connection = DayConnection::Own(connect(path, "rw").await?);
    Ok(Some(DayTables { connection, texts: &TEXTS, suffix: String::new() }))
}

/// Opens a day's file for the writer of check-ins.
pub(crate) async fn open_writer(
    path: &Path,
    powers: u32,
    patience: Duration,
) -> Result<Option<DayWriter>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let mut connection = connect(path, "rw").await?;
    if !is_unclosed(&mut connection).await? {
        connection.close().await?;
        return Ok(None);
    }
    // SQLite would look again after 1, 2, 5, 10, 15, 20 … milliseconds: too seldom where many write a little.
    connection.execute("pragma busy_timeout = 0").await?;
    let texts = (0..powers).map(|power| Arc::from(check_in_text(1 << power))).collect();
    Ok(Some(DayWriter::File(FileWriter { connection, texts, patience })))
}

/// So many check-ins in one statement, which is one transaction and one turn: each way to SQLite's thread and back
/// costs as much as thirty rows. Bound are venue, instant, nonce and sealed contact of each.
///
/// Who is there already is left as it is and has no second arrival ([`ARRIVES`]), be it confirmed by now or not.
fn check_in_text(rows: usize) -> String {
    // A numbered parameter is looked for by its name, again and again: 256 rows have 1,024 of them.
    let check_ins = vec!["(?, ?, ?, ?)"; rows].join(", ");
    format!("insert into check_in (venue_id, at, nonce, sealed) values {check_ins} on conflict do nothing")
}

/// Each check-in that is stored has its arrival, by the same statement. A day that was closed while it was held open has
/// no arrivals any more, so nothing can be stored in it.
const ARRIVES: &str = "create trigger arrives after insert on check_in begin \
     insert into arrival (at, nonce, venue_id) values (new.at, new.nonce, new.venue_id); end;";

/// The schema of a day's file.
pub(crate) fn day_schema() -> String {
    format!("{}{ARRIVES}", super::DAY)
}

/// A check-in `c` as this program writes it. SQLite keeps whatever somebody plants: a text for a number, an
/// identity of another length.
macro_rules! sound {
    () => {
        "typeof(c.venue_id) = 'integer' and typeof(c.at) = 'integer' and typeof(c.sealed) = 'blob' \
         and typeof(c.nonce) = 'blob' and length(c.nonce) = 16"
    };
}

/// An open day's check-ins from one on, in the order of its key.
const OPEN_PAGE: &str = concat!(
    "select * from {check_in} c where (nonce, venue_id) > ($1, $2) and venue_id between $3 and $4 and ",
    sound!(),
    " order by nonce, venue_id limit $5"
);

/// A closed day's, in the order of its own.
const CLOSED_PAGE: &str = concat!(
    "select * from {check_in} c where (venue_id, at, nonce) > ($1, $2, $3) and venue_id <= $4 and ",
    sound!(),
    " order by venue_id, at, nonce limit $5"
);

/// All that a closed day has at several venues: it goes from the list to the rows.
const AHEAD: &str = concat!(
    "with listed (id) as (values {venues}), v (id) as (select distinct id from listed) \
     select c.* from v cross join {check_in} c where c.venue_id = v.id and ",
    sound!(),
    " limit $1"
);

/// How many rows at each of several venues this program didn't write.
const UNSOUND_AT: &str = concat!(
    "with listed (id) as (values {venues}), v (id) as (select distinct id from listed) \
     select v.id as venue_id, (select count(*) from {check_in} c where c.venue_id = v.id and not (",
    sound!(),
    ")) as found from v"
);

/// A day's check-ins that are still to be confirmed.
const ARRIVALS: &str = concat!(
    "select c.venue_id, c.at, c.nonce, c.sealed from {arrival} a join {check_in} c \
     on c.nonce = a.nonce and c.venue_id = a.venue_id where ",
    sound!(),
    " order by a.at, a.nonce limit $1 offset $2"
);

/// How many of a day's rows this program didn't write.
const UNSOUND: &str = concat!("select count(*) as found from {check_in} c where not (", sound!(), ")");

/// Whether a day's file still takes check-ins: a closed one has no arrivals, and another key.
pub(crate) async fn is_unclosed(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let arrivals: i64 = sqlx::query_scalar("select count(*) from sqlite_master where name = 'arrival'")
        .fetch_one(connection)
        .await?;
    Ok(arrivals == 1)
}

/// One tree instead of two: the primary key is the table.
fn without_rowid(schema: &str) -> String {
    schema.replace("\n);", "\n) without rowid;")
}

/// Makes a day's file, or its index's; nothing happens if it is there.
pub(crate) async fn create(path: &Path, schema: &str) -> Result<(), StoreError> {
    if path.exists() {
        return Ok(());
    }
    // Made aside and renamed, so that nobody meets a file without its tables.
    let aside = path.with_extension("making");
    let _ = std::fs::remove_file(&aside);
    make_file(&aside)?;
    let mut connection = connect(&aside, "rw").await?;
    connection.execute(AssertSqlSafe(without_rowid(schema))).await?;
    connection.execute("pragma wal_checkpoint(truncate)").await?;
    connection.close().await?;
    std::fs::rename(&aside, path).map_err(StoreError::file(path))?;
    sync_folder_of(path)
}

/// Makes a folder whose files belong to its group, whoever makes them. One that is there keeps its rights:
/// they are the installation's.
fn make_folder(path: &Path) -> Result<(), StoreError> {
    match std::fs::create_dir(path) {
        Ok(()) => allow(path, 0o2770),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::file(path)(error)),
    }
}

/// Makes an empty file, which is an empty database; one that is there stays as it is. SQLite itself would
/// let others read it and the group not write it. Journals get their database's rights from SQLite.
pub(crate) fn make_file(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o660);
    match options.open(path) {
        // Said once more, since the umask has taken from it.
        Ok(_) => allow(path, 0o660),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::file(path)(error)),
    }
}

#[cfg(unix)]
fn allow(path: &Path, mode: u32) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(StoreError::file(path))
}

#[cfg(not(unix))]
fn allow(_: &Path, _: u32) -> Result<(), StoreError> {
    Ok(())
}

/// Makes a rename or an unlink last: the folder itself is flushed.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|f| f.sync_all()).map_err(StoreError::file(folder))
}

pub(crate) async fn connect(path: &Path, mode: &str) -> Result<AnyConnection, StoreError> {
    drivers();
    let mut connection = AnyConnection::connect(&url(path, mode)).await?;
    connection.execute(PRAGMAS).await?;
    Ok(connection)
}

/// Whether a code says that a statement waited for somebody else's lock in vain.
pub(crate) fn is_busy(code: &str) -> bool {
    // An extended code has more above the lowest byte, which is SQLITE_BUSY's. PostgreSQL's codes have five
    // places, and no extended one of SQLite has.
    code.len() < 5 && code.parse::<u32>().is_ok_and(|code| code & 0xff == 5)
}

fn url(path: &Path, mode: &str) -> String {
    format!("sqlite://{}?mode={mode}", escaped(&path.display().to_string()))
}

/// Writes a journal back into its database, whole, and empties it.
pub(crate) async fn write_back(executor: impl Executor<'_, Database = Any>) -> Result<(), StoreError> {
    // A checkpoint that a reader kept from its end is no error to SQLite, but a row that says so.
    let done = sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(executor).await?;
    if row::number(&done, "busy")? == 0 {
        return Ok(());
    }
    Err(sqlx::Error::Protocol("a reader keeps the journal from being written back".into()).into())
}

/// Rewrites a past day's file, clustered by venue and instant, and counts its check-ins.
///
/// Nothing is to be confirmed of it any more, so the closed file has no arrivals. They end in the same
/// transaction that copies the check-ins: a writer that still holds the old file open, which the rename
/// takes away, can store nothing in it from there on.
pub(crate) async fn rewrite_closed(path: &Path) -> Result<u64, StoreError> {
    let mut connection = connect(path, "rw").await?;
    let aside = path.with_extension("closing");
    crate::erasure::unlink_journals(&aside)?;
    let _ = std::fs::remove_file(&aside);
    // A connection that makes none can't attach one that isn't there.
    make_file(&aside)?;
    sqlx::query("attach database $1 as closed")
        .bind(aside.display().to_string())
        .execute(&mut connection)
        .await?;
    connection.execute("pragma closed.journal_mode = delete").await?;
    connection.execute("pragma closed.synchronous = full").await?;
    connection
        .execute(
            "create table closed.check_in (venue_id bigint not null, at bigint not null, nonce blob not null, \
             sealed blob not null, primary key (venue_id, at, nonce)) without rowid",
        )
        .await?;
    let mut tx = connection.begin_with(BEGIN).await?;
    let rewritten = sqlx::query(
        "insert into closed.check_in (venue_id, at, nonce, sealed) \
         select venue_id, at, nonce, sealed from main.check_in order by venue_id, at, nonce",
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    crate::erasure::end_all_arrivals(&mut tx, "main.arrival").await?;
    tx.commit().await?;
    connection.execute("detach database closed").await?;
    write_back(&mut connection).await?;
    connection.close().await?;
    // In the journal mode of every connection, so that no reader changes the file by opening it.
    connect(&aside, "rw").await?.close().await?;
    File::open(&aside).and_then(|f| f.sync_all()).map_err(StoreError::file(&aside))?;
    crate::erasure::unlink_journals(path)?;
    std::fs::rename(&aside, path).map_err(StoreError::file(path))?;
    sync_folder_of(path)?;
    Ok(rewritten)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Root;

    /// Every second connection met a full disk in the middle of an act: none of them is ever given out again.
    #[tokio::test]
    async fn a_full_disk_leaves_no_connection_that_cannot_begin() {
        let folder = tempfile::tempdir().unwrap();
        let root = Folder::new(folder.path());
        crate::backend::migrate(&Root::Folder(root.clone())).await.unwrap();
        let pool = pool(&root, Zone::Office).await.unwrap();
        let mut connections = Vec::new();
        for _ in 0..4 {
            connections.push(pool.acquire().await.unwrap());
        }
        for (number, connection) in connections.iter_mut().enumerate().filter(|(n, _)| n % 2 == 0) {
            let mut tx = connection.begin_with(BEGIN).await.unwrap();
            tx.execute("pragma max_page_count = 1").await.unwrap();
            let name = format!("{number}{}", "x".repeat(1_000_000));
            let text = "insert into setting (name, value) values ($1, '')";
            let full = sqlx::query(text).bind(name).execute(&mut *tx).await.unwrap_err();
            assert!(full.to_string().contains("full"), "{full}");
        }
        drop(connections);
        for _ in 0..20 {
            pool.begin_with(BEGIN).await.unwrap().commit().await.unwrap();
        }
    }
}
