//! A copy of both zones while they are written to, and the way back (SQLite).
//!
//! Each database is copied by `vacuum into`: one moment of it, read beside whoever writes, without pages that
//! were freed. The databases are copied one after another, and the order is what makes the whole consistent:
//!
//! ```text
//! intake.db   a report that the worker takes over meanwhile is in both: taken over twice is taken over once
//! day/*.db    a day that is closed or erased meanwhile is met as after a crash
//! office.db   what it says of a day or a report is no older than those
//! index/*.db  each that office.db calls written is there
//! ```
//!
//! A day that is erased while its file is read leaves noise in the copy: its key went first.

use std::path::{Path, PathBuf};

use domain::service_day::ServiceDay;
use sqlx::{AnyConnection, Connection as _};

use crate::backend::sqlite::{self, Folder};
use crate::days::DayState;
use crate::{Intake, Office, Root, StoreError, erasure, row};

/// In the order of copying: a zone's own database, then its folder of days.
const ZONES: [(&str, &str); 2] = [("intake/intake.db", "intake/day"), ("office/office.db", "office/index")];

/// What lies in a day's file that an old installation left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// No such file.
    Nothing,
    /// It doesn't open, or isn't whole.
    Damaged,
    /// It is whole, and has so many check-ins.
    Whole(u64),
}

/// Copies both zones into an empty folder; the files, relative to it, in the order of copying.
///
/// # Errors
/// [`StoreError`]; what was copied until then is no backup.
pub async fn copy_to(root: &Folder, to: &Path) -> Result<Vec<String>, StoreError> {
    let mut copied = Vec::new();
    for (database, days) in ZONES {
        make_private(&to.join(days))?;
        copy_database(&root.path().join(database), &to.join(database)).await?;
        copied.push(database.to_owned());
        for day in days_in(&root.path().join(days))? {
            let name = format!("{days}/{day}.db");
            let from = root.path().join(&name);
            match copy_database(&from, &to.join(&name)).await {
                // Erased since it was listed: an empty file that nobody will miss is all there is of it.
                Err(_) if !from.exists() => {
                    tracing::info!(%day, "the day was erased while it was to be copied");
                    erasure::unlink_copy(&to.join(&name))?;
                }
                done => {
                    done?;
                    copied.push(name);
                }
            }
        }
        sqlite::sync_folder_of(&to.join(database))?;
        sqlite::sync_folder_of(&to.join(days).join("x"))?;
    }
    Ok(copied)
}

async fn copy_database(from: &Path, to: &Path) -> Result<(), StoreError> {
    sqlite::make_file(to)?;
    let mut connection = sqlite::connect(from, "rw").await?;
    sqlx::query("vacuum main into $1").bind(to.display().to_string()).execute(&mut connection).await?;
    connection.close().await?;
    let mut copy = sqlite::connect(to, "rw").await?;
    let whole = is_whole(&mut copy).await?;
    copy.close().await?;
    if !whole {
        return Err(sqlx::Error::Protocol(format!("{}: the copy isn't whole", to.display())).into());
    }
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(StoreError::file(to))
}

async fn is_whole(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let found: String =
        sqlx::query_scalar("select quick_check from pragma_quick_check").fetch_one(connection).await?;
    Ok(found == "ok")
}

/// Whether a file of a copy has a name that [`copy_to`] gives, and so leads nowhere else.
pub fn is_known(name: &str) -> bool {
    ZONES.iter().any(|(database, days)| {
        let day = name.strip_prefix(days).and_then(|rest| rest.strip_prefix('/')?.strip_suffix(".db"));
        name == *database || day.is_some_and(|day| ServiceDay::parse(day).is_some())
    })
}

/// Whether nothing of an installation lies there yet. Its folders may: owners and rights are given to them
/// beforehand.
///
/// # Errors
/// [`StoreError`]
pub fn is_empty(root: &Folder) -> Result<bool, StoreError> {
    for (database, days) in ZONES {
        let path = root.path().join(database);
        let folder = root.path().join(days);
        if path.exists() || has_entries(&folder)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_entries(folder: &Path) -> Result<bool, StoreError> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::file(folder)(error)),
    }
}

/// Puts a copy's files back, days first and the databases last: until they are there, nothing starts.
///
/// # Errors
/// [`StoreError`]; what was put back until then has to be taken away before it is tried again.
pub async fn put_back(root: &Folder, from: &Path, files: &[String]) -> Result<(), StoreError> {
    sqlite::make_folders(root)?;
    let (databases, days): (Vec<&String>, Vec<&String>) =
        files.iter().partition(|name| ZONES.iter().any(|(database, _)| name == database));
    for name in days.into_iter().chain(databases) {
        let (from, to) = (from.join(name), root.path().join(name));
        sqlite::make_file(&to)?;
        copy_bytes(&from, &to)?;
        sqlite::sync_folder_of(&to)?;
    }
    sqlite::migrate(root).await
}

fn copy_bytes(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut source = std::fs::File::open(from).map_err(StoreError::file(from))?;
    let mut target = std::fs::File::options().write(true).open(to).map_err(StoreError::file(to))?;
    std::io::copy(&mut source, &mut target).map_err(StoreError::file(to))?;
    target.sync_all().map_err(StoreError::file(to))
}

/// The days whose files lie in an installation's folder.
///
/// # Errors
/// [`StoreError`]
pub fn days_of(root: &Folder) -> Result<Vec<ServiceDay>, StoreError> {
    days_in(&root.path().join(ZONES[0].1))
}

fn days_in(folder: &Path) -> Result<Vec<ServiceDay>, StoreError> {
    let mut days = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(StoreError::file(folder))? {
        let name = entry.map_err(StoreError::file(folder))?.file_name();
        let day = name.to_str().and_then(|name| name.strip_suffix(".db")).and_then(ServiceDay::parse);
        days.extend(day);
    }
    days.sort();
    Ok(days)
}

impl Intake {
    /// Takes a day's file that the installation before left, with its journal, in the place of the backup's, if it
    /// is whole and has no fewer check-ins. The old file stays as it is: a copy is opened.
    ///
    /// # Errors
    /// [`StoreError`] of the new place; damage of the old one is an answer.
    pub async fn recover_day(&self, old: &Folder, day: ServiceDay) -> Result<Left, StoreError> {
        let Root::Folder(root) = &self.root else { return Ok(Left::Nothing) };
        let (from, to) = (old.day_file(day), root.day_file(day));
        if !from.exists() {
            return Ok(Left::Nothing);
        }
        let aside = to.with_extension("making");
        erasure::unlink_copy(&aside)?;
        sqlite::make_file(&aside)?;
        let copied = copy_bytes(&from, &aside).and_then(|()| {
            let journal = beside(&from);
            if !journal.exists() {
                return Ok(());
            }
            sqlite::make_file(&beside(&aside))?;
            copy_bytes(&journal, &beside(&aside))
        });
        let counted = match copied {
            Ok(()) => count_whole(&aside).await.unwrap_or(None),
            Err(_) => None,
        };
        let Some(counted) = counted else {
            erasure::unlink_copy(&aside)?;
            return Ok(Left::Damaged);
        };
        if counted < self.count_check_ins(day).await? {
            erasure::unlink_copy(&aside)?;
            return Ok(Left::Whole(counted));
        }
        erasure::unlink_journals(&to)?;
        std::fs::rename(&aside, &to).map_err(StoreError::file(&to))?;
        sqlite::sync_folder_of(&to)?;
        Ok(Left::Whole(counted))
    }

    /// Every day that the restored database doesn't call erased, with what its file has.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn counted_days(&self) -> Result<Vec<(ServiceDay, DayState, u64)>, StoreError> {
        let mut counted = Vec::new();
        for stored in self.days().await? {
            counted.push((stored.day, stored.state, self.count_check_ins(stored.day).await?));
        }
        Ok(counted)
    }
}

/// How many check-ins a day's file has, its journal read; `None` if it isn't whole.
async fn count_whole(path: &Path) -> Result<Option<u64>, StoreError> {
    let mut connection = sqlite::connect(path, "rw").await?;
    if !is_whole(&mut connection).await? {
        return Ok(None);
    }
    let found = sqlx::query("select count(*) as check_ins from check_in").fetch_one(&mut connection).await?;
    sqlite::write_back(&mut connection).await?;
    connection.close().await?;
    row::count(&found, "check_ins").map(Some)
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// A folder for its owner alone, and those above it.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(StoreError::file(path))
}

impl Office {
    /// Closes every connection, so that no journal is left beside the file.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

impl Intake {
    /// Closes every connection, so that no journal is left beside the file.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_not_known() {
        for name in
            ["intake/intake.db", "office/office.db", "intake/day/2026-11-22.db", "office/index/2026-01-01.db"]
        {
            assert!(is_known(name), "{name}");
        }
        for name in [
            "",
            "intake/day/../../x.db",
            "/etc/passwd",
            "office/day/2026-11-22.db",
            "intake/day/2026-13-01.db",
            "ring.age",
        ] {
            assert!(!is_known(name), "{name}");
        }
    }
}
