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

mod days;
mod migrate;
mod pool;
mod writer;

use std::path::PathBuf;

use sqlx::AnyConnection;

use super::{Zone, escaped};
use crate::StoreError;

pub(crate) use days::{create, is_gone, open, open_again, remove, rewrite_closed};
pub(crate) use migrate::migrate;
pub(crate) use pool::{note, pool};
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

async fn doors_have_roles(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let roles: i64 = sqlx::query_scalar(
        "select count(*) from pg_catalog.pg_roles where rolname in ('tadori_visitors', 'tadori_officers')",
    )
    .fetch_one(connection)
    .await?;
    Ok(roles == 2)
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

/// Whether a table is there.
pub(crate) async fn is_there(connection: &mut AnyConnection, table: &str) -> Result<bool, StoreError> {
    let found: i64 =
        sqlx::query_scalar("select count(*) from pg_catalog.pg_class where oid = pg_catalog.to_regclass($1)")
            .bind(table)
            .fetch_one(connection)
            .await?;
    Ok(found == 1)
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
