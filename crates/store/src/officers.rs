//! Officers' accounts and sessions. Passwords and session tokens lie here as hashes only.

use domain::clock::Instant;
use domain::id::OfficerId;

use crate::{Office, StoreError, Tx, row};

/// An officer's account.
#[derive(Clone)]
pub struct Officer {
    /// Its number.
    pub id: OfficerId,
    /// The name to sign in with, which stands in the ledger.
    pub name: String,
    /// argon2id, PHC string; empty where the account was removed.
    pub password_hash: String,
    /// Sealed under the web servers' secret, which the database doesn't hold.
    pub totp_secret: Vec<u8>,
    /// The last step that was used; a code works once.
    pub totp_step: i64,
    /// Wrong sign-ins in a row.
    pub failed: u32,
    /// No sign-in before this.
    pub locked_until: Instant,
}

impl std::fmt::Debug for Officer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Officer({})", self.name)
    }
}

impl Tx {
    /// Adds an account.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::is_duplicate`] if the name is taken.
    pub async fn add_officer(&mut self, officer: &Officer, now: Instant) -> Result<(), StoreError> {
        sqlx::query(
            "insert into officer (officer_id, name, password_hash, totp_secret, totp_step, failed, locked_until, added_at) \
             values ($1, $2, $3, $4, 0, 0, 0, $5)",
        )
        .bind(officer.id.as_bytes().as_slice())
        .bind(officer.name.as_str())
        .bind(officer.password_hash.as_str())
        .bind(officer.totp_secret.as_slice())
        .bind(now.as_micros())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Begins a session; the TOTP step is used up in the same act, so a code can't begin two.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the step was used, or the account locked or removed meanwhile.
    pub async fn begin_session(
        &mut self,
        officer: OfficerId,
        totp_step: i64,
        token_hash: &[u8],
        now: Instant,
        expires: Instant,
    ) -> Result<(), StoreError> {
        let used = sqlx::query(
            "update officer set totp_step = $1, failed = 0, locked_until = 0 \
             where officer_id = $2 and totp_step < $1 and locked_until <= $3 and password_hash <> ''",
        )
        .bind(totp_step)
        .bind(officer.as_bytes().as_slice())
        .bind(now.as_micros())
        .execute(&mut *self.inner)
        .await?;
        if used.rows_affected() != 1 {
            return Err(StoreError::Conflict);
        }
        sqlx::query(
            "insert into session (token_hash, officer_id, created_at, expires_at) values ($1, $2, $3, $4)",
        )
        .bind(token_hash)
        .bind(officer.as_bytes().as_slice())
        .bind(now.as_micros())
        .bind(expires.as_micros())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Counts a wrong sign-in, and locks the account until `locked_until` with every `tries`th of them.
    /// Counted here and not by who read the account, since several may be wrong at once. How many there are
    /// by now, in a row.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sign_in_failed(
        &mut self,
        officer: OfficerId,
        tries: u32,
        locked_until: Instant,
    ) -> Result<u32, StoreError> {
        sqlx::query(
            "update officer set failed = failed + 1, \
             locked_until = case when (failed + 1) % $1 = 0 then $2 else locked_until end where officer_id = $3",
        )
        .bind(i64::from(tries))
        .bind(locked_until.as_micros())
        .bind(officer.as_bytes().as_slice())
        .execute(&mut *self.inner)
        .await?;
        let counted = sqlx::query("select failed from officer where officer_id = $1")
            .bind(officer.as_bytes().as_slice())
            .fetch_one(&mut *self.inner)
            .await?;
        row::small(&counted, "failed")
    }
}

impl Office {
    /// The account of that name.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn officer(&self, name: &str) -> Result<Option<Officer>, StoreError> {
        if !row::can_be_stored(name) {
            return Ok(None);
        }
        let found = sqlx::query("select * from officer where name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        found.as_ref().map(officer).transpose()
    }

    /// Whose session a token is, if it is still good.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn officer_of_session(
        &self,
        token_hash: &[u8],
        now: Instant,
    ) -> Result<Option<Officer>, StoreError> {
        let found = sqlx::query(
            "select o.* from session s join officer o on o.officer_id = s.officer_id \
             where s.token_hash = $1 and s.expires_at > $2",
        )
        .bind(token_hash)
        .bind(now.as_micros())
        .fetch_optional(&self.pool)
        .await?;
        found.as_ref().map(officer).transpose()
    }
}

fn officer(row: &sqlx::any::AnyRow) -> Result<Officer, StoreError> {
    Ok(Officer {
        id: row::known(OfficerId::from_stored(&row::bytes(row, "officer_id")?), "officer_id")?,
        name: row::text(row, "name")?,
        password_hash: row::text(row, "password_hash")?,
        totp_secret: row::bytes(row, "totp_secret")?,
        totp_step: row::number(row, "totp_step")?,
        failed: row::small(row, "failed")?,
        locked_until: row::instant(row, "locked_until")?,
    })
}
