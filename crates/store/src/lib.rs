//! Every SQL statement of Tadori. This crate cannot open what it keeps: it depends on `domain` alone and
//! knows no cipher.
//!
//! Two databases in two zones (DESIGN section 6): [`Intake`], which the public web server reaches, and
//! [`Office`], which only the worker and the officers' door reach. A service day is a file of its own in
//! intake, or a table of its own, so that erasing it costs the same however many check-ins it held.
//!
//! One SQL text serves SQLite and PostgreSQL through `sqlx::Any`; what must differ stands in [`backend`]
//! alone.
//! Every erasing statement stands in [`erasure`] (architecture invariant 5).

mod again;
pub mod backend;
pub mod backup;
pub mod error;
mod many;
mod row;
mod settings;

pub mod certificates;
pub mod days;
pub mod enquiries;
pub mod venue_acts;
pub mod venues;

pub mod arrivals;
pub mod check_in_pages;
pub mod check_ins;
mod day_writers;
pub mod line;
pub mod quotas;
pub mod reports;

pub mod case_stays;
pub mod cases;
pub mod channels;
pub mod index;
pub mod matching;
pub mod notice_steps;
pub mod notices;
pub mod outbox;

pub mod figures;
pub mod hurry;
pub mod job_successes;
pub mod leases;
pub mod ledger;
pub mod officers;
pub mod watch;

pub mod erasure;

pub use backend::Root;
pub use error::StoreError;

use sqlx::{Any, AnyPool, Transaction};

/// The public zone.
#[derive(Clone, Debug)]
pub struct Intake {
    pub(crate) pool: AnyPool,
    pub(crate) root: Root,
}

/// The office's zone.
#[derive(Clone, Debug)]
pub struct Office {
    pub(crate) pool: AnyPool,
    pub(crate) root: Root,
}

/// One act in the office's zone: everything in it happens, or nothing.
pub struct Tx {
    pub(crate) inner: Transaction<'static, Any>,
    /// Whether it stops what is being sent.
    pub(crate) stops: bool,
}

impl Office {
    /// Begins an act. Writers queue here rather than fail in the middle.
    ///
    /// # Errors
    /// [`StoreError`] when the database can't be written.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx { inner: self.begin_act().await?, stops: false })
    }
}

impl Tx {
    /// Makes it so. An act that stops a notice or a channel has come to its end when no look from before it counts any
    /// more ([`outbox::LOOK_COUNTS`]): who is told that it was stopped can rely on it.
    ///
    /// # Errors
    /// [`StoreError`], and then nothing of it has happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.inner.commit().await?;
        if self.stops {
            tokio::time::sleep(outbox::LOOK_COUNTS).await;
        }
        Ok(())
    }
}
