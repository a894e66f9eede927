//! What the webhook and the worker tell each other of LINE accounts, and the pages that notices lead to.
//!
//! An account is known by a mark alone ([`LineFriend`]); what it is to be answered is sealed. One event is one
//! act ([`LineStep`]): its number, what became of the account, and the answer are committed together, or not at
//! all, and then LINE delivers the event again. Events may come in another order than they happened: what is older than
//! the last block, or the end of one, changes nothing of it.

use domain::clock::Instant;
use domain::id::MessageId;
use domain::service_day::ServiceDay;

use crate::again::{Fate, again};
use crate::{Intake, StoreError, row};

/// Whether an account is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FriendState {
    /// It has added ours, or has written to it.
    Following,
    /// It has blocked or removed ours.
    Blocked,
}

impl FriendState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Following => "following",
            Self::Blocked => "blocked",
        }
    }
}

/// What is known of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFriend {
    /// Whether it is reached.
    pub state: FriendState,
    /// The version that it agreed to; 0 if none.
    pub consent: u32,
}

/// An answer that is to be given.
#[derive(Clone, Debug)]
pub struct NewLineReply {
    /// Its number, to which it is sealed.
    pub id: MessageId,
    /// The day to whose key it is sealed.
    pub day: ServiceDay,
    /// The letter.
    pub sealed: Vec<u8>,
}

/// An answer that waits.
#[derive(Clone, Debug)]
pub struct LineReplyRow {
    /// What waits.
    pub reply: NewLineReply,
    /// Since when.
    pub queued_at: Instant,
    /// How often it was tried.
    pub attempts: u32,
}

/// What one event changes.
#[derive(Clone, Debug)]
pub struct LineStep<'a> {
    /// LINE's number of it.
    pub event_id: &'a str,
    /// When it happened, as LINE has it: events may arrive in another order.
    pub happened_at: Instant,
    /// Whether it is a block or the end of one: its moment is remembered, for as long as an older event could come.
    pub turns: bool,
    /// When it was taken.
    pub at: Instant,
    /// The beginning of that day. No more is kept beside a mark: the moment itself would lead to the check-in.
    pub heard_on: Instant,
    /// The account's mark.
    pub tag: [u8; 16],
    /// Whether it is reached now; `None` leaves what is known.
    pub state: Option<FriendState>,
    /// The version that it agreed to now; `None` leaves what is known.
    pub consent: Option<u32>,
    /// What it is answered.
    pub reply: Option<NewLineReply>,
}

/// A page that tells where and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticePage {
    /// The recipients' day: with it the page ends.
    pub day: ServiceDay,
    /// Empty where the policy names days only.
    pub venue_name: String,
    /// The days that it tells.
    pub days: Vec<ServiceDay>,
}

impl Intake {
    /// What is known of an account.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn line_friend(&self, tag: &[u8; 16]) -> Result<Option<LineFriend>, StoreError> {
        let found = sqlx::query("select state, consent from line_friend where tag = $1")
            .bind(tag.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        found
            .map(|row| {
                let blocked = row::text(&row, "state")? == FriendState::Blocked.as_str();
                let state = if blocked { FriendState::Blocked } else { FriendState::Following };
                Ok(LineFriend { state, consent: row::small(&row, "consent")? })
            })
            .transpose()
    }

    /// Whether an event was taken before.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn line_event_was_taken(&self, event_id: &str) -> Result<bool, StoreError> {
        let found = sqlx::query("select count(*) as events from line_event where event_id = $1")
            .bind(event_id)
            .fetch_one(&self.pool)
            .await?;
        Ok(row::count(&found, "events")? > 0)
    }

    /// Takes an event; `false` if it was taken before, and then nothing changes.
    ///
    /// # Errors
    /// [`StoreError`], and then nothing of it has happened.
    pub async fn take_line_event(&self, step: &LineStep<'_>) -> Result<bool, StoreError> {
        again(Fate::Once, || async {
        let mut tx = self.begin().await?;
        let new =
            sqlx::query("insert into line_event (event_id, seen_at) values ($1, $2) on conflict do nothing")
                .bind(step.event_id)
                .bind(step.at.as_micros())
                .execute(&mut *tx)
                .await?;
        if new.rows_affected() == 0 {
            return Ok(false);
        }
        if step.state.is_some() || step.consent.is_some() {
            sqlx::query(
                "insert into line_friend (tag, state, consent, changed_at, turned_at) values ($1, $2, $3, $4, $5) \
                 on conflict (tag) do update set \
                 state = case when $6 = 1 and line_friend.turned_at <= $7 then excluded.state \
                 else line_friend.state end, \
                 consent = case when $8 = 1 then excluded.consent else line_friend.consent end, \
                 changed_at = excluded.changed_at, \
                 turned_at = case when excluded.turned_at > line_friend.turned_at then excluded.turned_at \
                 else line_friend.turned_at end",
            )
            .bind(step.tag.as_slice())
            .bind(step.state.unwrap_or(FriendState::Following).as_str())
            .bind(i64::from(step.consent.unwrap_or(0)))
            .bind(step.heard_on.as_micros())
            .bind(if step.turns { step.happened_at.as_micros() } else { 0 })
            .bind(i64::from(step.state.is_some()))
            .bind(step.happened_at.as_micros())
            .bind(i64::from(step.consent.is_some()))
            .execute(&mut *tx)
            .await?;
        }
        if let Some(reply) = &step.reply {
            sqlx::query(
                "insert into line_reply (reply_id, day, sealed, queued_at, attempts) values ($1, $2, $3, $4, 0)",
            )
            .bind(reply.id.as_bytes().as_slice())
            .bind(reply.day.to_string())
            .bind(reply.sealed.as_slice())
            .bind(step.at.as_micros())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(true)
        })
        .await
    }

    /// Answers that wait, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn line_replies(&self, limit: i64) -> Result<Vec<LineReplyRow>, StoreError> {
        let rows = sqlx::query("select * from line_reply order by queued_at limit $1")
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let reply = NewLineReply {
                    id: row::known(MessageId::from_stored(&row::bytes(row, "reply_id")?), "reply_id")?,
                    day: row::day(row, "day")?,
                    sealed: row::bytes(row, "sealed")?,
                };
                let (queued_at, attempts) = (row::instant(row, "queued_at")?, row::small(row, "attempts")?);
                Ok(LineReplyRow { reply, queued_at, attempts })
            })
            .collect()
    }

    /// An answer was tried and is to be tried again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn count_line_attempt(&self, id: MessageId) -> Result<(), StoreError> {
        sqlx::query("update line_reply set attempts = attempts + 1 where reply_id = $1")
            .bind(id.as_bytes().as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Puts a page; the same page is put once.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_notice_page(&self, hash: &[u8; 32], page: &NoticePage) -> Result<(), StoreError> {
        let days: Vec<String> = page.days.iter().map(ToString::to_string).collect();
        sqlx::query(
            "insert into notice_page (page_hash, day, venue_name, days) values ($1, $2, $3, $4) \
             on conflict do nothing",
        )
        .bind(hash.as_slice())
        .bind(page.day.to_string())
        .bind(page.venue_name.as_str())
        .bind(days.join(" "))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The page of an address.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notice_page(&self, hash: &[u8; 32]) -> Result<Option<NoticePage>, StoreError> {
        let found = sqlx::query("select * from notice_page where page_hash = $1")
            .bind(hash.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        found
            .map(|row| {
                let days = row::text(&row, "days")?;
                Ok(NoticePage {
                    day: row::day(&row, "day")?,
                    venue_name: row::text(&row, "venue_name")?,
                    days: days.split_whitespace().filter_map(ServiceDay::parse).collect(),
                })
            })
            .transpose()
    }
}
