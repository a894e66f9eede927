//! The outbox: one row a recipient, claimed with a lease, settled by whoever holds it.
//!
//! Delivery is at least once with a constant message number: after a crash between the mail server's
//! "250" and the row's "sent", the same message goes again under the same number, and no other way.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Instant;
use domain::contact::Channel;
use domain::id::{LeaseId, MessageId, NoticeId};
use domain::notice::Released;
use sqlx::any::AnyRow;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection as _, Executor};

use crate::again::{Fate, again};
use crate::check_ins::SealedCheckIn;
use crate::leases::RING;
use crate::{Office, Root, StoreError, Tx, row};

/// How long a claim lasts: longer than the longest conversation with a mail server.
pub const LEASE: Duration = Duration::from_secs(600);

/// One recipient to be written to.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Under which notice.
    pub notice: NoticeId,
    /// The recipient, under the notice's own key.
    pub recipient_hash: [u8; 16],
    /// Constant over retries.
    pub message: MessageId,
    /// The check-in whose ciphertext holds the address.
    pub check_in: SealedCheckIn,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// By which channel it goes, where that is known without opening it.
    pub channel: Option<Channel>,
}

/// Somebody who is to be written to, for the first time.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// Under the notice's own key.
    pub hash: [u8; 16],
    /// The message's number.
    pub message: MessageId,
    /// The check-in whose ciphertext holds the address.
    pub check_in: &'a SealedCheckIn,
    /// By which channel it goes, for whoever has opened it.
    pub channel: Option<Channel>,
}

impl Tx {
    /// Puts a recipient into the outbox; `false` if that person is there already, or if the notice was
    /// stopped meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_outgoing(
        &mut self,
        notice: Released,
        recipient_hash: &[u8; 16],
        message: MessageId,
        check_in: &SealedCheckIn,
        due: Instant,
    ) -> Result<bool, StoreError> {
        let recipient = Recipient { hash: *recipient_hash, message, check_in, channel: None };
        Ok(self.put_recipients(notice, &[recipient], due).await? == 1)
    }

    /// The same for many at once; how many of them weren't there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_recipients(
        &mut self,
        notice: Released,
        recipients: &[Recipient<'_>],
        due: Instant,
    ) -> Result<u64, StoreError> {
        let mut put = 0;
        for group in recipients.chunks(INSERTED) {
            let text = insertion(group.len());
            let mut query = sqlx::query(AssertSqlSafe(text))
                .bind(notice.id().as_bytes().as_slice())
                .bind(due.as_micros());
            for Recipient { hash, message, check_in: SealedCheckIn { place, sealed }, channel } in group {
                query = query
                    .bind(hash.as_slice())
                    .bind(message.as_bytes().as_slice())
                    .bind(place.day.to_string())
                    .bind(place.venue.as_i64())
                    .bind(place.at.as_micros())
                    .bind(place.nonce.as_bytes().as_slice())
                    .bind(sealed.as_slice())
                    .bind(channel.map_or("", Channel::as_str));
            }
            put += query.execute(&mut *self.inner).await?.rows_affected();
        }
        Ok(put)
    }
}

/// For so long a message may go by what was found when somebody last looked. Whoever stops something waits as long before
/// it is said that it was stopped ([`Tx::commit`]). At ten thousand messages a second each would wait for a way to the
/// database and back, which costs more than handing it over.
pub const LOOK_COUNTS: Duration = Duration::from_millis(10);

/// Rows of the outbox that one statement names: a way to the database and back costs as much as ten of them.
pub(crate) const GROUP: usize = 64;

/// Rows that one statement puts there: SQLite looks each bound value up among all.
const INSERTED: usize = 16;

fn insertion(recipients: usize) -> String {
    let columns = 8;
    let rows: Vec<String> = (0..recipients)
        .map(|row| {
            let values: Vec<String> =
                (3..3 + columns).map(|value| format!("${}", row * columns + value)).collect();
            format!("({})", values.join(", "))
        })
        .collect();
    format!(
        "with came (recipient_hash, message_id, day, venue_id, at, nonce, sealed, channel) as (values {}) \
         insert into outbox (notice_id, recipient_hash, message_id, day, venue_id, at, nonce, sealed, state, \
         attempts, due, lease, lease_until, reply, channel, group_since) \
         select n.notice_id, c.recipient_hash, c.message_id, c.day, c.venue_id, c.at, c.nonce, c.sealed, 'waiting', \
         0, $2, null, 0, '', c.channel, 0 from came c join notice n on n.notice_id = $1 where n.state = 'released' \
         on conflict do nothing",
        rows.join(", ")
    )
}

/// The rows of so many recipients as a table `named`, bound from this number on: notice and recipient of each. Whoever
/// changes them joins it: as a list of keys SQLite would read the whole outbox instead.
pub(crate) fn named(recipients: usize, first: usize) -> String {
    let rows: Vec<String> =
        (0..recipients).map(|row| format!("(${}, ${})", first + 2 * row, first + 2 * row + 1)).collect();
    format!("with named (notice_id, recipient_hash) as (values {})", rows.join(", "))
}

impl Office {
    /// Claims rows that are due, for the length of a lease. A lease that ran out is given out again. Rows of a
    /// group are claimed whole ([`Self::claim_group`]), those of a stopped channel not at all.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn claim(&self, lease: LeaseId, now: Instant, limit: i64) -> Result<Vec<Outgoing>, StoreError> {
        self.hold().await?.claim(lease, now, limit).await
    }

    /// Holds a connection, for whoever asks and writes many times in a row: what it has read stays warm. There are few.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn hold(&self) -> Result<Held, StoreError> {
        Ok(Held { connection: self.pool.acquire().await?, office: self.clone() })
    }

    /// The numbers of a notice's messages.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn messages_of(&self, notice: NoticeId) -> Result<Vec<MessageId>, StoreError> {
        let rows = sqlx::query("select message_id from outbox where notice_id = $1 order by message_id")
            .bind(notice.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| row::known(MessageId::from_stored(&row::bytes(row, "message_id")?), "message_id"))
            .collect()
    }

    /// Ends every lease that is out: for a worker that begins, and only while it owns the key ring. Nobody
    /// sends who doesn't own it, so whoever holds a lease then is dead. How many rows waited for that.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_leases(&self) -> Result<u64, StoreError> {
        let ended =
            sqlx::query("update outbox set lease_until = 0 where state = 'waiting' and lease_until > 0")
                .execute(&self.pool)
                .await?;
        Ok(ended.rows_affected())
    }

    /// Whether a notice may still be sent by this channel: neither it nor the channel was stopped, and the key ring isn't
    /// another worker's by now (`sender` is the asking one's number, where several share it). Asked right before each
    /// message, so that *stop* works at once, and a worker that stood still tells nobody twice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn may_be_sent(
        &self,
        notice: NoticeId,
        channel: Channel,
        sender: Option<LeaseId>,
    ) -> Result<bool, StoreError> {
        may_be_sent(&self.pool, notice, channel, sender).await
    }

    /// The mail server took these messages. Rows of another lease are left alone. Their ciphertext goes.
    ///
    /// A message that was on its way when its notice was stopped has been sent, and counts as that.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn settle_sent(
        &self,
        lease: LeaseId,
        sent: &[Outgoing],
        now: Instant,
    ) -> Result<(), StoreError> {
        again(Fate::Same, || async { self.hold().await?.settle_sent(lease, sent, now).await }).await
    }

    /// The message can't be delivered: the officer sees it in the count of failures.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn settle_failed(
        &self,
        lease: LeaseId,
        failed: &Outgoing,
        reply: &str,
    ) -> Result<(), StoreError> {
        again(Fate::Same, || async {
            sqlx::query(
                "update outbox set state = 'failed', sealed = $1, reply = $2, lease_until = 0 \
             where notice_id = $3 and recipient_hash = $4 and lease = $5 and state = 'waiting'",
            )
            .bind([].as_slice())
            .bind(reply)
            .bind(failed.notice.as_bytes().as_slice())
            .bind(failed.recipient_hash.as_slice())
            .bind(lease.as_bytes().as_slice())
            .execute(&self.pool)
            .await?;
            Ok(())
        })
        .await
    }

    /// Nobody was there to take the message: it is tried again later, and this claim counts as no attempt. Saying so
    /// again changes nothing, nor saying it of a claim that has ended otherwise.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn give_back(&self, lease: LeaseId, unsent: &Outgoing, due: Instant) -> Result<(), StoreError> {
        sqlx::query(
            "update outbox set due = $1, attempts = attempts - 1, lease_until = 0, \
             group_since = case when attempts <= 1 then 0 else group_since end \
             where notice_id = $2 and recipient_hash = $3 and lease = $4 and lease_until > 0 \
             and state = 'waiting'",
        )
        .bind(due.as_micros())
        .bind(unsent.notice.as_bytes().as_slice())
        .bind(unsent.recipient_hash.as_slice())
        .bind(lease.as_bytes().as_slice())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The message is to be tried again later.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn postpone(
        &self,
        lease: LeaseId,
        later: &Outgoing,
        due: Instant,
        reply: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update outbox set due = $1, reply = $2, lease_until = 0 \
             where notice_id = $3 and recipient_hash = $4 and lease = $5 and state = 'waiting'",
        )
        .bind(due.as_micros())
        .bind(reply)
        .bind(later.notice.as_bytes().as_slice())
        .bind(later.recipient_hash.as_slice())
        .bind(lease.as_bytes().as_slice())
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// A connection of the office's for the outbox.
#[derive(Debug)]
pub struct Held {
    connection: PoolConnection<Any>,
    office: Office,
}

impl Held {
    /// As [`Office::claim`].
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn claim(
        &mut self,
        lease: LeaseId,
        now: Instant,
        limit: i64,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let text = claiming(&self.office.root);
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(lease.as_bytes().as_slice())
            .bind(now.plus(LEASE).as_micros())
            .bind(now.as_micros())
            .bind(limit)
            .fetch_all(&mut *self.connection)
            .await?;
        rows.iter().map(outgoing).collect()
    }

    /// As [`Office::may_be_sent`], or less than [`LOOK_COUNTS`] ago.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn may_be_sent(
        &mut self,
        notice: NoticeId,
        channel: Channel,
        sender: Option<LeaseId>,
    ) -> Result<bool, StoreError> {
        may_be_sent(&mut *self.connection, notice, channel, sender).await
    }

    /// As [`Office::settle_sent`], but once.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn settle_sent(
        &mut self,
        lease: LeaseId,
        sent: &[Outgoing],
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut by_notice = BTreeMap::<NoticeId, Vec<&Outgoing>>::new();
        for outgoing in sent {
            by_notice.entry(outgoing.notice).or_default().push(outgoing);
        }
        let mut tx = self.connection.begin_with(self.office.begins_act()).await?;
        for (notice, sent) in by_notice {
            let settled = settle_group(&mut tx, lease, &sent).await?;
            if settled == 0 {
                continue;
            }
            sqlx::query(
                "update notice set last_sent_at = $1, \
                 sent = case when state = 'stopped' then sent + $2 else sent end where notice_id = $3",
            )
            .bind(now.as_micros())
            .bind(i64::try_from(settled).unwrap_or(i64::MAX))
            .bind(notice.as_bytes().as_slice())
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Claims what is due, the oldest first. A cross join: SQLite would read the notices first otherwise, and all of their
/// messages, for each claim anew.
fn claiming(root: &Root) -> String {
    format!(
        "update outbox set lease = $1, lease_until = $2, attempts = attempts + 1 \
         where (notice_id, recipient_hash) in (select o.notice_id, o.recipient_hash from outbox o \
         cross join notice n where n.notice_id = o.notice_id and o.state = 'waiting' and o.due <= $3 \
         and o.lease_until <= $3 and o.group_key is null and n.state = 'released' and not exists \
         (select 1 from channel_stop s where s.channel = o.channel and s.stopped = 1) \
         order by o.due limit $4 {}) \
         returning notice_id, recipient_hash, message_id, day, venue_id, at, nonce, sealed, attempts, channel",
        root.skip_claimed()
    )
}

/// Marks rows of one notice as sent; how many of them were there under this lease.
async fn settle_group(tx: &mut AnyConnection, lease: LeaseId, sent: &[&Outgoing]) -> Result<u64, StoreError> {
    let mut settled = 0;
    for group in sent.chunks(GROUP) {
        let text = format!(
            "{} update outbox set state = 'sent', sealed = $1, lease_until = 0 from named \
             where outbox.notice_id = named.notice_id and outbox.recipient_hash = named.recipient_hash \
             and outbox.lease = $2 and outbox.state in ('waiting', 'cancelled')",
            named(group.len(), 3)
        );
        let mut query =
            sqlx::query(AssertSqlSafe(text)).bind([].as_slice()).bind(lease.as_bytes().as_slice());
        for outgoing in group {
            query =
                query.bind(outgoing.notice.as_bytes().as_slice()).bind(outgoing.recipient_hash.as_slice());
        }
        settled += query.execute(&mut *tx).await?.rows_affected();
    }
    Ok(settled)
}

pub(crate) fn outgoing(row: &AnyRow) -> Result<Outgoing, StoreError> {
    let hash = row::bytes(row, "recipient_hash")?;
    let place = CheckInPlace {
        day: row::day(row, "day")?,
        venue: row::venue(row, "venue_id")?,
        at: row::instant(row, "at")?,
        nonce: row::known(CheckInNonce::from_stored(&row::bytes(row, "nonce")?), "nonce")?,
    };
    Ok(Outgoing {
        notice: row::known(NoticeId::from_stored(&row::bytes(row, "notice_id")?), "notice_id")?,
        recipient_hash: row::known(hash.try_into().ok(), "recipient_hash")?,
        message: row::known(MessageId::from_stored(&row::bytes(row, "message_id")?), "message_id")?,
        check_in: SealedCheckIn { place, sealed: row::bytes(row, "sealed")? },
        attempts: row::small(row, "attempts")?,
        channel: Channel::from_word(&row::text(row, "channel")?),
    })
}

async fn may_be_sent(
    by: impl Executor<'_, Database = Any>,
    notice: NoticeId,
    channel: Channel,
    sender: Option<LeaseId>,
) -> Result<bool, StoreError> {
    let sender = sender.map_or_else(Vec::new, |sender| sender.as_bytes().to_vec());
    let found = sqlx::query(
        "select count(*) as released from notice where notice_id = $1 and state = 'released' \
         and not exists (select 1 from channel_stop where channel = $2 and stopped = 1) \
         and not exists (select 1 from lease where name = $3 and owner <> $4)",
    )
    .bind(notice.as_bytes().as_slice())
    .bind(channel.as_str())
    .bind(RING)
    .bind(sender)
    .fetch_one(by)
    .await?;
    Ok(row::count(&found, "released")? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend;

    /// The index of what waits, in its order: neither notices first nor a sort of all that waits.
    #[tokio::test]
    async fn a_claim_goes_by_what_is_due() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        backend::migrate(&root).await.unwrap();
        let office = Office::open(&root).await.unwrap();
        let text = format!("explain query plan {}", claiming(&root));
        let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&office.pool).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row::text(row, "detail").unwrap()).collect();
        assert!(plan.contains(&"SEARCH o USING INDEX outbox_due (due<?)".to_owned()), "{plan:#?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
    }
}
