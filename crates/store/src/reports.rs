//! One-time codes and the reports made with them. Codes lie hashed; a report is sealed to the key of its
//! day, and a unique key on its code's hash makes the code good for one report only (OSK-25, D3).

use domain::clock::Instant;
use domain::id::CaseId;

use crate::again::{Fate, again};
use crate::{Intake, StoreError, row};

/// A patient's report as it waits for the worker.
#[derive(Clone, Debug)]
pub struct Report {
    /// Becomes the case's number.
    pub id: CaseId,
    /// When it was made.
    pub reported_at: Instant,
    /// Dates and addresses, sealed to the key of the day of `reported_at`.
    pub sealed: Vec<u8>,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// It is stored.
    Stored,
    /// No such code, or it has expired, or it was used: the page says the same of all three.
    CodeNotGood,
}

impl Intake {
    /// Makes a one-time code good until then.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn add_code(
        &self,
        hash: &[u8],
        issued_at: Instant,
        valid_until: Instant,
    ) -> Result<(), StoreError> {
        sqlx::query("insert into one_time_code (code_hash, issued_at, valid_until) values ($1, $2, $3)")
            .bind(hash)
            .bind(issued_at.as_micros())
            .bind(valid_until.as_micros())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Stores a report if its code is good, in one act.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_report(&self, report: &Report, code_hash: &[u8]) -> Result<Reported, StoreError> {
        again(Fate::Once, || async {
            // One statement for every outcome, so that a wrong code takes as long as a used one.
            let stored = sqlx::query(
                "insert into report (report_id, code_hash, reported_at, sealed) \
             select $1, code_hash, $2, $3 from one_time_code where code_hash = $4 and valid_until > $2 \
             and not exists (select 1 from report r where r.code_hash = $4) \
             on conflict do nothing",
            )
            .bind(report.id.as_bytes().as_slice())
            .bind(report.reported_at.as_micros())
            .bind(report.sealed.as_slice())
            .bind(code_hash)
            .execute(&self.pool)
            .await?;
            Ok(if stored.rows_affected() == 1 { Reported::Stored } else { Reported::CodeNotGood })
        })
        .await
    }

    /// Whether this report was stored: the same form sent twice is thanked for twice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn has_report(&self, id: CaseId) -> Result<bool, StoreError> {
        let found = sqlx::query("select count(*) as reports from report where report_id = $1")
            .bind(id.as_bytes().as_slice())
            .fetch_one(&self.pool)
            .await?;
        Ok(row::count(&found, "reports")? == 1)
    }

    /// Whether a code could be used now: asked before a form is checked in detail.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn code_is_good(&self, code_hash: &[u8], now: Instant) -> Result<bool, StoreError> {
        let found = sqlx::query(
            "select count(*) as good from one_time_code where code_hash = $1 and valid_until > $2 \
             and not exists (select 1 from report r where r.code_hash = $1)",
        )
        .bind(code_hash)
        .bind(now.as_micros())
        .fetch_one(&self.pool)
        .await?;
        Ok(row::count(&found, "good")? == 1)
    }

    /// Reports that the worker hasn't taken over yet. The sealed part is emptied when it has.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn waiting_reports(&self) -> Result<Vec<Report>, StoreError> {
        let rows = sqlx::query("select * from report where length(sealed) > 0 order by reported_at")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Report {
                    id: row::known(CaseId::from_stored(&row::bytes(row, "report_id")?), "report_id")?,
                    reported_at: row::instant(row, "reported_at")?,
                    sealed: row::bytes(row, "sealed")?,
                })
            })
            .collect()
    }

    /// How many codes were issued, used, and are still good.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn count_codes(&self, now: Instant) -> Result<CodeCounts, StoreError> {
        let found = sqlx::query(
            "select (select count(*) from one_time_code) as issued, \
             (select count(*) from report) as used, \
             (select count(*) from one_time_code c where c.valid_until > $1 \
                and not exists (select 1 from report r where r.code_hash = c.code_hash)) as good",
        )
        .bind(now.as_micros())
        .fetch_one(&self.pool)
        .await?;
        Ok(CodeCounts {
            issued: row::count(&found, "issued")?,
            used: row::count(&found, "used")?,
            good: row::count(&found, "good")?,
        })
    }
}

/// How many codes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeCounts {
    /// All that weren't erased.
    pub issued: u64,
    /// Used for a report.
    pub used: u64,
    /// Neither used nor expired.
    pub good: u64,
}
