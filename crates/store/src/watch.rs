//! What is looked at from outside, for graphs and alarms: depths and ages, never a row.

use domain::clock::Instant;

use crate::{Intake, Office, StoreError, row};

/// Connections to one database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Open.
    pub open: u32,
    /// Of these, waiting for something to do.
    pub idle: u32,
}

/// What waits to be sent on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// `mail`, `line`; empty until an address was opened once.
    pub channel: String,
    /// How many messages.
    pub messages: u64,
    /// When the oldest of their notices was released.
    pub since: Instant,
}

impl Intake {
    /// The pool's connections.
    pub fn pool_use(&self) -> PoolUse {
        pool_use(&self.pool)
    }
}

impl Office {
    /// The pool's connections.
    pub fn pool_use(&self) -> PoolUse {
        pool_use(&self.pool)
    }

    /// What waits in the outbox, by channel.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn outbox_depth(&self) -> Result<Vec<Depth>, StoreError> {
        let rows = sqlx::query(
            "select o.channel, count(*) as messages, min(n.released_at) as since from outbox o \
             cross join notice n where n.notice_id = o.notice_id and o.state = 'waiting' and n.state = 'released' \
             group by o.channel order by o.channel",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Depth {
                    channel: row::text(row, "channel")?,
                    messages: row::count(row, "messages")?,
                    since: row::instant(row, "since")?,
                })
            })
            .collect()
    }
}

fn pool_use(pool: &sqlx::AnyPool) -> PoolUse {
    PoolUse { open: pool.size(), idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX) }
}
