//! Service days: their public keys, their files, and where each stands.

use domain::clock::Instant;
use domain::service_day::ServiceDay;
use sqlx::any::AnyRow;

use crate::{Intake, StoreError, backend, row};

/// Where a service day stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayState {
    /// Takes check-ins, today or in days to come.
    Open,
    /// Past, rewritten in the order of venues, never changed again.
    Closed,
    /// Being erased: nothing reads it any more.
    Expiring,
    /// Gone.
    Erased,
}

impl DayState {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Expiring => "expiring",
            Self::Erased => "erased",
        }
    }

    const fn is_ending(self) -> bool {
        matches!(self, Self::Expiring | Self::Erased)
    }

    fn from_stored(word: &str) -> Option<Self> {
        [Self::Open, Self::Closed, Self::Expiring, Self::Erased].into_iter().find(|s| s.as_str() == word)
    }
}

/// A service day as the store knows it.
#[derive(Clone, Debug)]
pub struct Day {
    /// Which.
    pub day: ServiceDay,
    /// HPKE suite.
    pub suite: i64,
    /// The public half of its key.
    pub public_key: Vec<u8>,
    /// The key ring's signature over it.
    pub signature: Vec<u8>,
    /// Where it stands.
    pub state: DayState,
    /// Check-ins, counted when it closed.
    pub check_ins: u64,
}

fn day(row: &AnyRow) -> Result<Day, StoreError> {
    Ok(Day {
        day: row::day(row, "day")?,
        suite: row::number(row, "suite")?,
        public_key: row::bytes(row, "public_key")?,
        signature: row::bytes(row, "signature")?,
        state: row::known(DayState::from_stored(&row::text(row, "state")?), "state")?,
        check_ins: row::count(row, "check_ins")?,
    })
}

impl Intake {
    /// Prepares a day: its file first, then its row, so that a day that is listed can be written to.
    /// A day that is there already stays as it is, and one that is being erased gets no file again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn make_day(&self, day: &Day, now: Instant) -> Result<(), StoreError> {
        if self.day(day.day).await?.is_some_and(|found| found.state.is_ending()) {
            return Ok(());
        }
        backend::create_day(self, day.day).await?;
        sqlx::query(
            "insert into service_day (day, suite, public_key, signature, state, check_ins, changed_at) \
             values ($1, $2, $3, $4, 'open', 0, $5) on conflict (day) do nothing",
        )
        .bind(day.day.to_string())
        .bind(day.suite)
        .bind(day.public_key.as_slice())
        .bind(day.signature.as_slice())
        .bind(now.as_micros())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// One day.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn day(&self, which: ServiceDay) -> Result<Option<Day>, StoreError> {
        let found = sqlx::query("select * from service_day where day = $1")
            .bind(which.to_string())
            .fetch_optional(&self.pool)
            .await?;
        found.as_ref().map(day).transpose()
    }

    /// Every day that isn't erased, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn days(&self) -> Result<Vec<Day>, StoreError> {
        let rows = sqlx::query("select * from service_day where state <> 'erased' order by day")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(day).collect()
    }

    /// Moves a day on. Its file is not touched.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn set_day_state(
        &self,
        which: ServiceDay,
        state: DayState,
        now: Instant,
    ) -> Result<(), StoreError> {
        sqlx::query("update service_day set state = $1, changed_at = $2 where day = $3")
            .bind(state.as_str())
            .bind(now.as_micros())
            .bind(which.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Closes a day: its file is rewritten once, clustered by venue and instant, and counted.
    ///
    /// Whatever crash comes, one whole file is there: the new one replaces the old by a rename.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn close_day(&self, which: ServiceDay, now: Instant) -> Result<u64, StoreError> {
        let check_ins = backend::rewrite_closed(self, which).await?;
        sqlx::query(
            "update service_day set state = 'closed', check_ins = $1, changed_at = $2 \
             where day = $3 and state in ('open', 'closed')",
        )
        .bind(i64::try_from(check_ins).unwrap_or(i64::MAX))
        .bind(now.as_micros())
        .bind(which.to_string())
        .execute(&self.pool)
        .await?;
        Ok(check_ins)
    }
}
