//! The journal of a day's file, which its writer flushes itself.
//!
//! The connection of that writer has `synchronous = normal`: SQLite flushes the journal before it copies it back, the
//! database after that, and neither at a commit. The flush at the commit, which `full` adds, is [`Journal::flush`].
//! The journal is never locked by SQLite, so that a second open file of it takes nobody's lock away as it is closed.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{AnyConnection, Executor as _};

use crate::StoreError;

/// A day's journal as it lies beside its file.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    lost: AtomicBool,
}

impl Journal {
    /// Of a database on which a connection has been opened and has read: only then it is there.
    pub(crate) fn of(database: &Path) -> Result<Self, StoreError> {
        let mut name = OsString::from(database);
        name.push("-wal");
        Self::at(&PathBuf::from(name))
    }

    /// At a path.
    pub(crate) fn at(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::file(path))?;
        Ok(Self { file, lost: AtomicBool::new(false) })
    }

    /// Makes last what was committed before.
    ///
    /// # Errors
    /// Why it may not last. The system doesn't try again to write what it couldn't, so from then on nothing that is
    /// appended can be relied on either, until [`Self::recover`].
    pub(crate) fn flush(&self) -> std::io::Result<()> {
        let flushed = match self.is_lost() {
            true => Err(std::io::Error::other("an earlier flush of this journal failed")),
            false => self.file.sync_data(),
        };
        if flushed.is_err() {
            self.lost.store(true, Ordering::Release);
        }
        flushed
    }

    /// Whether a flush failed.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// After a failed flush: copies the journal back into its file, flushed, and empties it.
    ///
    /// # Errors
    /// [`StoreError`]; nothing may be appended then.
    pub(crate) async fn recover(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        if !self.is_lost() {
            return Ok(());
        }
        connection.execute("pragma synchronous = full").await?;
        super::write_back(&mut *connection).await?;
        connection.execute(UNFLUSHED).await?;
        self.lost.store(false, Ordering::Release);
        Ok(())
    }
}

/// What a connection is told whose journal is flushed beside it.
pub(crate) const UNFLUSHED: &str = "pragma synchronous = normal";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::sqlite::connect;

    /// What a failed flush left in doubt is in the file afterwards, and the journal empty.
    #[tokio::test]
    async fn a_failed_flush_is_made_good_before_anything_is_appended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("day.db");
        let mut connection = connect(&path, "rwc").await.unwrap();
        connection.execute("create table check_in (nonce blob)").await.unwrap();
        let journal = Journal::of(&path).unwrap();
        journal.flush().unwrap();
        let size = || std::fs::metadata(folder.path().join("day.db-wal")).unwrap().len();
        assert!(size() > 0);
        journal.recover(&mut connection).await.unwrap();
        assert!(size() > 0, "nothing was in doubt");

        journal.lost.store(true, Ordering::Release);
        assert!(journal.flush().is_err(), "in doubt until it is made good");
        journal.recover(&mut connection).await.unwrap();
        assert_eq!(size(), 0);
        journal.flush().unwrap();
    }
}
