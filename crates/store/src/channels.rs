//! Channels of the outbox: rows that go in one call, what became of each channel, and which is stopped.
//!
//! A call to LINE has up to 500 recipients and one retry key. The key is stored with every row of the group
//! before the first try, and from then on the group is claimed, sent and settled whole: were a part of it sent
//! under the key of the whole, LINE would take the rest for delivered.

use domain::clock::Instant;
use domain::contact::Channel;
use domain::id::{LeaseId, MessageId, NoticeId};
use sqlx::{AssertSqlSafe, Row as _};

use crate::outbox::{GROUP, LEASE, Outgoing, named, outgoing};
use crate::{Office, StoreError, Tx, row};

/// The last word on a recipient who has blocked the account.
const BLOCKED: &str = "blocked";

/// The last word on one of whom nobody ever said whether the message was taken.
const UNKNOWN: &str = "unknown";

/// Rows that go in one call.
#[derive(Clone, Debug)]
pub struct Group {
    /// By which LINE tells a repeat.
    pub key: MessageId,
    /// When it may have been sent first: now, where it was never claimed before.
    pub since: Instant,
    /// All of its rows.
    pub rows: Vec<Outgoing>,
}

/// What became of a notice's messages on one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelProgress {
    /// `mail`, `line`; empty for those whose address was not opened yet.
    pub channel: String,
    /// Still to be sent.
    pub waiting: u64,
    /// Taken over by the server.
    pub sent: u64,
    /// Not to be delivered, those who blocked the account among them.
    pub failed: u64,
    /// Who blocked the account, and so is not reached.
    pub blocked: u64,
    /// Of whom it is unknown whether they were told; they are counted as failed.
    pub unknown: u64,
}

/// A channel that was stopped, or is again in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelStop {
    /// `mail`, `line`
    pub channel: String,
    /// Whether nothing is sent by it.
    pub stopped: bool,
    /// By which officer.
    pub changed_by: String,
    /// When.
    pub changed_at: Instant,
}

impl Office {
    /// Notes by which channel claimed rows go. The lease stays.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn mark_channel(
        &self,
        lease: LeaseId,
        rows: &[Outgoing],
        channel: Channel,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for group in rows.chunks(GROUP) {
            let text = format!(
                "{} update outbox set channel = $1 from named where outbox.notice_id = named.notice_id \
                 and outbox.recipient_hash = named.recipient_hash and outbox.lease = $2",
                named(group.len(), 3)
            );
            let mut query =
                sqlx::query(AssertSqlSafe(text)).bind(channel.as_str()).bind(lease.as_bytes().as_slice());
            for outgoing in group {
                query = query
                    .bind(outgoing.notice.as_bytes().as_slice())
                    .bind(outgoing.recipient_hash.as_slice());
            }
            query.execute(&mut *tx.inner).await?;
        }
        tx.commit().await
    }

    /// Puts claimed rows into one group with its key. They are due at once; this claim counts as no attempt.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn group(
        &self,
        lease: LeaseId,
        rows: &[Outgoing],
        channel: Channel,
        key: MessageId,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for outgoing in rows {
            sqlx::query(
                "update outbox set channel = $1, group_key = $2, group_since = 0, attempts = attempts - 1, \
                 lease_until = 0 \
                 where notice_id = $3 and recipient_hash = $4 and lease = $5 and lease_until > 0 \
                 and state = 'waiting'",
            )
            .bind(channel.as_str())
            .bind(key.as_bytes().as_slice())
            .bind(outgoing.notice.as_bytes().as_slice())
            .bind(outgoing.recipient_hash.as_slice())
            .bind(lease.as_bytes().as_slice())
            .execute(&mut *tx.inner)
            .await?;
        }
        tx.commit().await
    }

    /// Claims the rows of one group that is due, all of them.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn claim_group(&self, lease: LeaseId, now: Instant) -> Result<Option<Group>, StoreError> {
        // In one act, and acts come one after another: else two could each claim a part of the group.
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "update outbox set lease = $1, lease_until = $2, attempts = attempts + 1, \
             group_since = case when group_since = 0 then $3 else group_since end \
             where state = 'waiting' and group_key = (select o.group_key from outbox o \
             cross join notice n where n.notice_id = o.notice_id and o.state = 'waiting' and o.group_key is not null \
             and o.due <= $3 and o.lease_until <= $3 and n.state = 'released' and not exists \
             (select 1 from channel_stop s where s.channel = o.channel and s.stopped = 1) \
             order by o.due limit 1) \
             returning notice_id, recipient_hash, message_id, day, venue_id, at, nonce, sealed, attempts, channel, \
             group_key, group_since",
        )
        .bind(lease.as_bytes().as_slice())
        .bind(now.plus(LEASE).as_micros())
        .bind(now.as_micros())
        .fetch_all(&mut *tx.inner)
        .await?;
        tx.commit().await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let key = row::known(MessageId::from_stored(&row::bytes(first, "group_key")?), "group_key")?;
        // The oldest counts: a worker may have been killed while it gave some of them back.
        let since = rows.iter().map(|row| row::instant(row, "group_since")).collect::<Result<Vec<_>, _>>()?;
        let since = since.into_iter().min().unwrap_or(now);
        let rows = rows.iter().map(outgoing).collect::<Result<_, _>>()?;
        Ok(Some(Group { key, since, rows }))
    }

    /// The recipient has blocked the account: counted as one who can't be reached.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn settle_blocked(&self, lease: LeaseId, blocked: &Outgoing) -> Result<(), StoreError> {
        self.settle_failed(lease, blocked, BLOCKED).await
    }

    /// Whether the message was taken was never heard, and can't be asked any more: it isn't sent again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn settle_unknown(&self, lease: LeaseId, unknown: &Outgoing) -> Result<(), StoreError> {
        self.settle_failed(lease, unknown, UNKNOWN).await
    }

    /// Mails that may have been on their way when the worker before this one ended: whether they were taken nobody
    /// knows, and they aren't sent again. For a worker that begins, and only while it owns the key ring. How many.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn settle_lost_mails(&self) -> Result<u64, StoreError> {
        let lost = sqlx::query(
            "update outbox set state = 'failed', sealed = $1, reply = $2, lease_until = 0 \
             where state = 'waiting' and lease_until > 0 and group_key is null and channel = $3",
        )
        .bind([].as_slice())
        .bind(UNKNOWN)
        .bind(Channel::Email.as_str())
        .execute(&self.pool)
        .await?;
        Ok(lost.rows_affected())
    }

    /// What became of a notice's messages by channel, until the day's end takes the rows.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn channel_progress(&self, notice: NoticeId) -> Result<Vec<ChannelProgress>, StoreError> {
        let rows = sqlx::query(
            "select channel, state, count(*) as messages, \
             cast(sum(case when reply = $1 then 1 else 0 end) as bigint) as blocked, \
             cast(sum(case when reply = $2 then 1 else 0 end) as bigint) as unknown \
             from outbox where notice_id = $3 group by channel, state order by channel, state",
        )
        .bind(BLOCKED)
        .bind(UNKNOWN)
        .bind(notice.as_bytes().as_slice())
        .fetch_all(&self.pool)
        .await?;
        let mut found: Vec<ChannelProgress> = Vec::new();
        for row in &rows {
            let (channel, messages) = (row::text(row, "channel")?, row::count(row, "messages")?);
            if found.last().is_none_or(|last| last.channel != channel) {
                found.push(ChannelProgress { channel, ..ChannelProgress::default() });
            }
            let Some(of_channel) = found.last_mut() else { continue };
            match row.try_get::<String, _>("state")?.as_str() {
                "waiting" => of_channel.waiting += messages,
                "sent" => of_channel.sent += messages,
                "failed" => {
                    of_channel.failed += messages;
                    of_channel.blocked += row::count(row, "blocked")?;
                    of_channel.unknown += row::count(row, "unknown")?;
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Channels that were ever stopped, and how they stand.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn channel_stops(&self) -> Result<Vec<ChannelStop>, StoreError> {
        let rows = sqlx::query("select * from channel_stop order by channel").fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                Ok(ChannelStop {
                    channel: row::text(row, "channel")?,
                    stopped: row::number(row, "stopped")? != 0,
                    changed_by: row::text(row, "changed_by")?,
                    changed_at: row::instant(row, "changed_at")?,
                })
            })
            .collect()
    }

    /// Whether nothing is sent by a channel.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn is_stopped(&self, channel: Channel) -> Result<bool, StoreError> {
        let stops = self.channel_stops().await?;
        Ok(stops.iter().any(|stop| stop.stopped && stop.channel == channel.as_str()))
    }

    /// How many messages wait on each channel, over all notices that are being sent.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn waiting_by_channel(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sqlx::query(
            "select o.channel, count(*) as messages from outbox o cross join notice n \
             where n.notice_id = o.notice_id and o.state = 'waiting' and n.state = 'released' group by o.channel order by o.channel",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok((row::text(row, "channel")?, row::count(row, "messages")?))).collect()
    }
}

impl Tx {
    /// Stops a channel, or puts it in use again; `false` if it stood so already.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn set_channel_stop(
        &mut self,
        channel: Channel,
        stopped: bool,
        by: &str,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "insert into channel_stop (channel, stopped, changed_by, changed_at) select $1, $2, $3, $4 \
             where $2 = 1 or exists (select 1 from channel_stop where channel = $1) \
             on conflict (channel) do update set stopped = excluded.stopped, changed_by = excluded.changed_by, \
             changed_at = excluded.changed_at where channel_stop.stopped <> excluded.stopped",
        )
        .bind(channel.as_str())
        .bind(i64::from(stopped))
        .bind(by)
        .bind(now.as_micros())
        .execute(&mut *self.inner)
        .await?;
        self.stops |= stopped;
        Ok(changed.rows_affected() == 1)
    }
}
