//! How often a client did what is bounded: counted here, so that all web nodes count as one.
//!
//! A quota begins with its first try and ends some time later, and with the last try that it allows it is paused for
//! that time from then on. Whose it is the caller knows; here it is a mark.
//!
//! Nodes' clocks may differ by minutes. An end that lies further ahead than two pauses was written by a clock that
//! was wrong, and counts as over.

use std::time::Duration;

use domain::clock::Instant;

use crate::again::{Fate, again};
use crate::{Intake, StoreError, row};

/// A quota: whose, how much, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Whose, and of what.
    pub mark: [u8; 16],
    /// How many tries.
    pub most: u32,
    /// How long a try counts, and how long the pause is when they are used up.
    pub pause: Duration,
}

impl Quota {
    fn latest_end(&self, now: Instant) -> i64 {
        now.plus(2 * self.pause).as_micros()
    }
}

impl Intake {
    /// Uses one more; `false` if none is left, and then nothing is counted. Of many at once no more get one than
    /// there are.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn use_quota(&self, quota: &Quota, now: Instant) -> Result<bool, StoreError> {
        again(Fate::Once, || async {
            let used = sqlx::query(
            "insert into quota (mark, tries, ends_at) values ($1, 1, $2) on conflict (mark) do update set \
             tries = case when quota.ends_at <= $3 or quota.ends_at > $4 then 1 else quota.tries + 1 end, \
             ends_at = case when quota.ends_at <= $3 or quota.ends_at > $4 or quota.tries + 1 >= $5 \
             then excluded.ends_at else quota.ends_at end \
             where quota.tries < $5 or quota.ends_at <= $3 or quota.ends_at > $4",
        )
        .bind(quota.mark.as_slice())
        .bind(now.plus(quota.pause).as_micros())
        .bind(now.as_micros())
        .bind(quota.latest_end(now))
        .bind(i64::from(quota.most))
        .execute(&self.pool)
        .await?;
            Ok(used.rows_affected() == 1)
        })
        .await
    }

    /// How long the client has to wait until it may try again; `None` if it may now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn quota_pause(&self, quota: &Quota, now: Instant) -> Result<Option<Duration>, StoreError> {
        let found = sqlx::query(
            "select ends_at from quota where mark = $1 and tries >= $2 and ends_at > $3 and ends_at <= $4",
        )
        .bind(quota.mark.as_slice())
        .bind(i64::from(quota.most))
        .bind(now.as_micros())
        .bind(quota.latest_end(now))
        .fetch_optional(&self.pool)
        .await?;
        let ends = found.map(|found| row::instant(&found, "ends_at")).transpose()?;
        Ok(ends.map(|ends| ends.since(now).min(quota.pause)))
    }
}
