//! The ledger: appended to in the same transaction as the act that it records, verified as a whole.

use domain::clock::Instant;
use domain::ledger::{Entry, EntryHash, chain};

use crate::again::{Fate, again};
use crate::{Office, StoreError, Tx, many, row};

/// A stored entry, as the officers' page shows it.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// Its number, from 1.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// What.
    pub act: String,
    /// To which.
    pub subject: String,
    /// Why, or how many.
    pub detail: String,
    /// Its hash.
    pub hash: EntryHash,
}

/// What verifying the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every entry follows from the one before.
    Whole {
        /// How many.
        entries: u64,
        /// The last one's hash, to be printed and published.
        head: EntryHash,
    },
    /// This entry doesn't.
    BrokenAt(i64),
}

impl Tx {
    /// Appends an entry.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn record(&mut self, entry: &Entry) -> Result<(), StoreError> {
        self.record_all(std::slice::from_ref(entry)).await
    }

    /// Appends entries, in this order.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn record_all(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let last = sqlx::query("select seq, hash from ledger order by seq desc limit 1")
            .fetch_optional(&mut *self.inner)
            .await?;
        let (mut seq, mut before) = match &last {
            Some(last) => (row::number(last, "seq")?, hash(last, "hash")?),
            None => (0, EntryHash::GENESIS),
        };
        for entries in many::groups(entries) {
            let mut query = sqlx::query(many::text(format!(
                "insert into ledger (seq, at, actor, act, subject, detail, prev, hash) values {}",
                many::rows(entries.len(), 8)
            )));
            for Entry { at, actor, act, subject, detail } in entries {
                seq += 1;
                let own = chain(before, seq, *at, actor, act.as_str(), subject, detail);
                query = query
                    .bind(seq)
                    .bind(at.as_micros())
                    .bind(actor.as_str())
                    .bind(act.as_str())
                    .bind(subject.as_str())
                    .bind(detail.as_str())
                    .bind(before.as_bytes().to_vec())
                    .bind(own.as_bytes().to_vec());
                before = own;
            }
            query.execute(&mut *self.inner).await?;
        }
        // Openings, erasures, wrong sign-ins: what is recorded is counted.
        for entry in entries {
            metrics::counter!("tadori_ledger_entries_total", "act" => entry.act.as_str()).increment(1);
        }
        Ok(())
    }
}

impl Office {
    /// Records one act by itself.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn record(&self, entry: &Entry) -> Result<(), StoreError> {
        again(Fate::Once, || async {
            let mut tx = self.begin().await?;
            tx.record(entry).await?;
            tx.commit().await
        })
        .await
    }

    /// The newest entries before number `before` (all, where `None`), newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn ledger(&self, before: Option<i64>, limit: i64) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = sqlx::query("select * from ledger where seq < $1 order by seq desc limit $2")
            .bind(before.unwrap_or(i64::MAX))
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(entry).collect()
    }

    /// Verifies the whole chain, a thousand entries at a time.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn verify_ledger(&self) -> Result<Verified, StoreError> {
        // From the very first row that there is: one put before number 1 belongs to no chain either.
        self.verify_rows(i64::MIN, 0, EntryHash::GENESIS).await
    }

    /// Verifies what follows on an entry that was verified before, and that this one is still there. Entries
    /// before it are not looked at.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn verify_ledger_from(&self, seq: i64, head: EntryHash) -> Result<Verified, StoreError> {
        let known = sqlx::query("select hash from ledger where seq = $1")
            .bind(seq)
            .fetch_optional(&self.pool)
            .await?;
        match known {
            Some(row) if hash(&row, "hash")? == head => self.verify_rows(seq, seq, head).await,
            _ => Ok(Verified::BrokenAt(seq)),
        }
    }

    async fn verify_rows(
        &self,
        mut read: i64,
        mut entries: i64,
        mut head: EntryHash,
    ) -> Result<Verified, StoreError> {
        loop {
            let rows = sqlx::query("select * from ledger where seq > $1 order by seq limit 1000")
                .bind(read)
                .fetch_all(&self.pool)
                .await?;
            if rows.is_empty() {
                return Ok(Verified::Whole { entries: u64::try_from(entries).unwrap_or(0), head });
            }
            for row in &rows {
                let StoredEntry { seq, at, actor, act, subject, detail, hash: stored } = entry(row)?;
                (read, entries) = (seq, entries + 1);
                let own = chain(head, seq, at, &actor, &act, &subject, &detail);
                if seq != entries || hash(row, "prev")? != head || own != stored {
                    return Ok(Verified::BrokenAt(seq));
                }
                head = own;
            }
        }
    }
}

fn entry(row: &sqlx::any::AnyRow) -> Result<StoredEntry, StoreError> {
    Ok(StoredEntry {
        seq: row::number(row, "seq")?,
        at: row::instant(row, "at")?,
        actor: row::text(row, "actor")?,
        act: row::text(row, "act")?,
        subject: row::text(row, "subject")?,
        detail: row::text(row, "detail")?,
        hash: hash(row, "hash")?,
    })
}

fn hash(row: &sqlx::any::AnyRow, column: &'static str) -> Result<EntryHash, StoreError> {
    row::known(EntryHash::from_stored(&row::bytes(row, column)?), column)
}
