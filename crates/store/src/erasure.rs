//! Every erasing statement of Tadori (architecture invariant 5).
//!
//! A day is erased key first: the key ring destroys its key before anything here is called, so a crash in
//! between leaves noise, never data. Every step can be done again.

mod arrivals;
pub mod canary;
mod cases;
mod quotas;
mod restore;

pub(crate) use arrivals::{END_ALL_ARRIVALS, END_ARRIVALS};
pub(crate) use restore::unlink_copy;

use std::path::{Path, PathBuf};

use domain::clock::Instant;
use domain::id::{CaseId, MessageId, OfficerId, VenueId};
use domain::service_day::ServiceDay;
use sqlx::{Any, AssertSqlSafe, Transaction};

use crate::again::{Fate, again};
use crate::backend::{self, Kind};
use crate::days::DayState;
use crate::{Intake, Office, StoreError, Tx, row};

/// What an erased day held, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Check-ins.
    pub check_ins: u64,
    /// Rows of its tag index.
    pub index_rows: u64,
    /// Rows of the outbox.
    pub outbox_rows: u64,
}

/// An erasure as the public page shows it.
#[derive(Clone, Debug)]
pub struct PublicErasure {
    /// The day that is gone.
    pub day: ServiceDay,
    /// When it went.
    pub erased_at: Instant,
    /// What it held.
    pub erased: Erased,
    /// Whether it was looked at afterwards: file gone, key gone, opening failed.
    pub verified: bool,
}

impl Intake {
    /// Removes an expired day's file with its journals; how much it held. Its key is gone already.
    ///
    /// That is what was counted when the day closed, when each row was rewritten: so it costs the same however much
    /// it held. Only a day that was never closed, or held nothing when it was, is counted now.
    ///
    /// # Errors
    /// [`StoreError`]; doing it again finishes what is left.
    pub async fn erase_day_file(&self, day: ServiceDay) -> Result<u64, StoreError> {
        let recorded = self.day(day).await?.map_or(0, |found| found.check_ins);
        let counted = self.shut_day(day, recorded).await.unwrap_or_else(|error| {
            // What can't be read must not be kept for that.
            tracing::warn!(%day, %error, "an expired day goes uncounted");
            recorded
        });
        backend::remove(&self.root, &self.pool, Kind::Day, day).await?;
        Ok(if counted > 0 { counted } else { recorded })
    }

    /// Takes no more check-ins of a day: a writer that still holds the file open would store them in a file
    /// without a name. How many there are.
    async fn shut_day(&self, day: ServiceDay, recorded: u64) -> Result<u64, StoreError> {
        let Some(mut tables) = backend::open_day(self, day).await? else { return Ok(0) };
        if recorded > 0 && !tables.is_unclosed().await? {
            tables.close().await?;
            return Ok(recorded);
        }
        let (arrival, count) =
            (tables.text("{arrival}"), tables.text("select count(*) as check_ins from {check_in}"));
        let mut tx = tables.begin().await?;
        end_all_arrivals(&mut tx, &arrival.0).await?;
        let found = sqlx::query(count).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        tables.close().await?;
        row::count(&found, "check_ins")
    }

    /// Whether nothing of the day's file, or of its tables, is left.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn day_file_is_gone(&self, day: ServiceDay) -> Result<bool, StoreError> {
        backend::is_gone(&self.root, &self.pool, day).await
    }

    /// Publishes that a day is gone. The first publication stands.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn publish_erasure(&self, of: &PublicErasure) -> Result<(), StoreError> {
        sqlx::query(
            "insert into erasure (day, erased_at, check_ins, index_rows, outbox_rows, verified) \
             values ($1, $2, $3, $4, $5, $6) on conflict (day) do nothing",
        )
        .bind(of.day.to_string())
        .bind(of.erased_at.as_micros())
        .bind(i64::try_from(of.erased.check_ins).unwrap_or(i64::MAX))
        .bind(i64::try_from(of.erased.index_rows).unwrap_or(i64::MAX))
        .bind(i64::try_from(of.erased.outbox_rows).unwrap_or(i64::MAX))
        .bind(i64::from(of.verified))
        .execute(&self.pool)
        .await?;
        self.set_day_state(of.day, DayState::Erased, of.erased_at).await
    }

    /// The public record of erasures, the newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erasures(&self, limit: i64) -> Result<Vec<PublicErasure>, StoreError> {
        let rows = sqlx::query("select * from erasure order by day desc limit $1")
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(PublicErasure {
                    day: row::day(row, "day")?,
                    erased_at: row::instant(row, "erased_at")?,
                    erased: Erased {
                        check_ins: row::count(row, "check_ins")?,
                        index_rows: row::count(row, "index_rows")?,
                        outbox_rows: row::count(row, "outbox_rows")?,
                    },
                    verified: row::number(row, "verified")? != 0,
                })
            })
            .collect()
    }

    /// An operator's mail was sent, or can't be.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_operator_mail(&self, id: MessageId) -> Result<(), StoreError> {
        again(Fate::Same, || async {
            sqlx::query("delete from operator_mail where mail_id = $1")
                .bind(id.as_bytes().as_slice())
                .execute(&self.pool)
                .await?;
            Ok(())
        })
        .await
    }

    /// The desk has an operator's question, or never will: number, address and words go.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn empty_enquiry(&self, id: MessageId) -> Result<(), StoreError> {
        again(Fate::Same, || async {
            sqlx::query("update enquiry set sealed = $1 where enquiry_id = $2")
                .bind([].as_slice())
                .bind(id.as_bytes().as_slice())
                .execute(&self.pool)
                .await?;
            Ok(())
        })
        .await
    }

    /// What is left of questions asked before then goes too: their forms are good no more.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_enquiries(&self, asked_before: Instant) -> Result<(), StoreError> {
        sqlx::query("delete from enquiry where length(sealed) = 0 and asked_at < $1")
            .bind(asked_before.as_micros())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A withdrawn or declined venue's operator: contact person, e-mail and telephone go, and a mail that still waits. What
    /// the public may know of the venue stays.
    ///
    /// # Errors
    /// [`StoreError`]; doing it again finishes what is left.
    pub async fn erase_operator(&self, id: VenueId) -> Result<(), StoreError> {
        sqlx::query("delete from operator_mail where venue_id = $1")
            .bind(id.as_i64())
            .execute(&self.pool)
            .await?;
        sqlx::query(
            "update venue set operator_sealed = $1 where venue_id = $2 and status in ('revoked', 'declined')",
        )
        .bind([].as_slice())
        .bind(id.as_i64())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// An account was answered, or it is too late for it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_line_reply(&self, id: MessageId) -> Result<(), StoreError> {
        again(Fate::Same, || async {
            sqlx::query("delete from line_reply where reply_id = $1")
                .bind(id.as_bytes().as_slice())
                .execute(&self.pool)
                .await?;
            Ok(())
        })
        .await
    }

    /// Numbers of events that were taken before `before`, when none of them could be taken again; and the moments
    /// of blocks, against which no older event can come.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_line_events(&self, before: Instant) -> Result<(), StoreError> {
        for statement in [
            "delete from line_event where seen_at < $1",
            "update line_friend set turned_at = 0 where turned_at > 0 and turned_at < $1",
        ] {
            sqlx::query(statement).bind(before.as_micros()).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Marks of accounts of which nothing was heard since `before`: what they wrote is gone by then, and who
    /// comes back is asked anew.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_line_friends(&self, before: Instant) -> Result<(), StoreError> {
        sqlx::query("delete from line_friend where changed_at < $1")
            .bind(before.as_micros())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The pages that told who was where on a day, and answers that were sealed to it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_line_day(&self, day: ServiceDay) -> Result<(), StoreError> {
        for statement in ["delete from notice_page where day = $1", "delete from line_reply where day = $1"] {
            sqlx::query(statement).bind(day.to_string()).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// The worker has taken a report over: what it held goes; its code stays used.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn empty_report(&self, id: CaseId) -> Result<(), StoreError> {
        sqlx::query("update report set sealed = $1 where report_id = $2")
            .bind([].as_slice())
            .bind(id.as_bytes().as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Codes that ended before `before`, and then the marks of their use: never a mark whose code is still
    /// there, or that code would be good again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn erase_codes(&self, before: Instant) -> Result<(), StoreError> {
        sqlx::query("delete from one_time_code where valid_until < $1")
            .bind(before.as_micros())
            .execute(&self.pool)
            .await?;
        sqlx::query(
            "delete from report where length(sealed) = 0 \
             and not exists (select 1 from one_time_code c where c.code_hash = report.code_hash)",
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

impl Office {
    /// Removes a day's tag index and everything of the office that says who was where on that day. What
    /// remains of it are the notices' venues, figures and threshold rows, and the ledger.
    ///
    /// # Errors
    /// [`StoreError`]; doing it again finishes what is left.
    pub async fn erase_day(&self, day: ServiceDay) -> Result<Erased, StoreError> {
        backend::remove(&self.root, &self.pool, Kind::Index, day).await?;
        let mut tx = self.begin().await?;
        let text = day.to_string();
        let index = sqlx::query("select rows from indexed_day where day = $1")
            .bind(text.as_str())
            .fetch_optional(&mut *tx.inner)
            .await?;
        let index_rows = index.as_ref().map(|found| row::count(found, "rows")).transpose()?.unwrap_or(0);
        let outbox = sqlx::query("delete from outbox where day = $1")
            .bind(text.as_str())
            .execute(&mut *tx.inner)
            .await?;
        sqlx::query("delete from case_visit where day = $1")
            .bind(text.as_str())
            .execute(&mut *tx.inner)
            .await?;
        sqlx::query("delete from finding where day = $1").bind(text.as_str()).execute(&mut *tx.inner).await?;
        sqlx::query("delete from interview_visit where day = $1")
            .bind(text.as_str())
            .execute(&mut *tx.inner)
            .await?;
        // What a notice says of a venue and day is about no person; which case it was about is. A notice
        // of several days keeps its cases until the last of them, for they are not to be written to.
        sqlx::query(
            "delete from notice_case where notice_id in (select notice_id from notice_day where day = $1) \
             and notice_id not in (select notice_id from notice_day where day > $1)",
        )
        .bind(text.as_str())
        .execute(&mut *tx.inner)
        .await?;
        sqlx::query("delete from indexed_day where day = $1")
            .bind(text.as_str())
            .execute(&mut *tx.inner)
            .await?;
        tx.commit().await?;
        Ok(Erased { check_ins: 0, index_rows, outbox_rows: outbox.rows_affected() })
    }

    /// Ends one session, and all that have run out.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_session(&self, token_hash: &[u8], now: Instant) -> Result<(), StoreError> {
        sqlx::query("delete from session where token_hash = $1 or expires_at <= $2")
            .bind(token_hash)
            .bind(now.as_micros())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

impl Tx {
    /// Removes an officer's account: password, authenticator and sessions go, and nobody can sign in with it
    /// any more. Its number and name stay, for notices and the ledger say who did what. `false` where it was
    /// removed before.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn remove_officer(&mut self, id: OfficerId) -> Result<bool, StoreError> {
        sqlx::query("delete from session where officer_id = $1")
            .bind(id.as_bytes().as_slice())
            .execute(&mut *self.inner)
            .await?;
        let removed = sqlx::query(
            "update officer set password_hash = '', totp_secret = $1 where officer_id = $2 and password_hash <> ''",
        )
        .bind([].as_slice())
        .bind(id.as_bytes().as_slice())
        .execute(&mut *self.inner)
        .await?;
        Ok(removed.rows_affected() == 1)
    }

    /// A check-in was found after all: "nothing found" goes.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn forget_no_check_in(&mut self, id: CaseId) -> Result<(), StoreError> {
        sqlx::query("delete from finding where case_id = $1 and outcome = 'no_check_in'")
            .bind(id.as_bytes().as_slice())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// A case entered by mistake: its visits count nowhere any more. The case itself stays, withdrawn.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn withdraw_case(&mut self, id: CaseId) -> Result<(), StoreError> {
        for statement in [
            "delete from case_visit where case_id = $1",
            "update case_record set state = 'withdrawn', contacts_sealed = null where case_id = $1",
        ] {
            sqlx::query(statement).bind(id.as_bytes().as_slice()).execute(&mut *self.inner).await?;
        }
        Ok(())
    }
}

fn files_of(database: &Path) -> Vec<PathBuf> {
    let copies = ["making", "closing"].map(|extension| database.with_extension(extension));
    let of = |database: &Path| [vec![database.to_owned()], journals_of(database)].concat();
    [of(database), copies.iter().flat_map(|copy| of(copy)).collect()].concat()
}

fn journals_of(database: &Path) -> Vec<PathBuf> {
    let beside = |suffix: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    ["-wal", "-shm", "-journal"].map(beside).to_vec()
}

/// Whether neither a database file nor anything beside it is there.
pub(crate) fn is_unlinked(path: &Path) -> bool {
    files_of(path).iter().all(|file| !file.exists())
}

/// Removes a database file with its journals and whatever a crash left of making it.
pub(crate) fn unlink_database(path: &Path) -> Result<(), StoreError> {
    for file in files_of(path) {
        remove(&file)?;
    }
    backend::sqlite::sync_folder_of(path)
}

/// Empties a day's tag index, in the act that writes it anew.
pub(crate) const EMPTY_INDEX: &str = "delete from {tag_index}";

/// Ends every confirmation of a day, and with their table the taking of check-ins, whoever holds it open.
pub(crate) async fn end_all_arrivals(tx: &mut Transaction<'_, Any>, arrival: &str) -> Result<(), StoreError> {
    drop_table(tx, arrival).await
}

/// Removes a day's table with all that it holds.
pub(crate) async fn drop_table(tx: &mut Transaction<'_, Any>, table: &str) -> Result<(), StoreError> {
    sqlx::query(AssertSqlSafe(format!("drop table if exists {table}"))).execute(&mut **tx).await?;
    Ok(())
}

/// Removes the journals beside a database that was written back whole, or that is begun anew.
pub(crate) fn unlink_journals(path: &Path) -> Result<(), StoreError> {
    journals_of(path).iter().try_for_each(|file| remove(file))
}

fn remove(file: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file(file)(error)),
        _ => Ok(()),
    }
}
