//! What can go wrong with a store, as its callers need to tell it apart.

/// Why a store didn't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue of check-ins is full: answer 503 and ask to come back.
    #[error("more check-ins are waiting than can be taken")]
    Full,
    /// There is no day file or key for that day: answer 503, store nothing.
    #[error("the service day {0} is not prepared")]
    NoSuchDay(String),
    /// The row has waited too long; storing it now could put it into a closed day.
    #[error("the check-in waited too long to be stored")]
    TooLate,
    /// A stored value that no version of this program wrote.
    #[error("column {column} holds what cannot be there")]
    Corrupt {
        /// Where it stands.
        column: &'static str,
    },
    /// Someone else changed it first.
    #[error("it has changed meanwhile")]
    Conflict,
    /// The database was made or changed by another version of this program.
    #[error(
        "the schema of {zone} is version {found}, and this program knows version {known}: {}",
        if found < known { "`tadori migrate` brings it up to date" } else { "a newer tadori was here; use that one" }
    )]
    Schema {
        /// Which database.
        zone: &'static str,
        /// Its version.
        found: i64,
        /// The program's.
        known: i64,
    },
    /// What a file says is no database's address.
    #[error(
        "{path}: not an address like postgres://role:password@host/database (TLS is a setting of its own)"
    )]
    Address {
        /// Which file.
        path: String,
    },
    /// The folder or a file could not be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The database said no, is locked, or its disk is full.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        crate::backend::postgres::note(&error);
        Self::Database(error)
    }
}

impl StoreError {
    /// Whether a unique key was hit: the row is there already.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { path, source }
    }
}
