//! Notices: what they rest on and where they stand. The steps that move them are in
//! [`crate::notice_steps`].

use std::collections::BTreeMap;

use domain::clock::Instant;
use domain::id::{CaseId, NoticeId, OfficerId, VenueId};
use domain::message::Named;
use domain::notice::{NoticeKind, NoticeState};
use domain::policy::NoticePolicy;
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use sqlx::any::AnyRow;

use crate::{Office, StoreError, row};

/// A notice as it is stored.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its number.
    pub id: NoticeId,
    /// Alert or cluster.
    pub kind: NoticeKind,
    /// Where it stands.
    pub state: NoticeState,
    /// When it was proposed or declared.
    pub created_at: Instant,
    /// By whom: an officer's name or `worker`.
    pub created_by: String,
    /// The pack's version that it rests on.
    pub pack_version: String,
    /// When the report came that it goes back to.
    pub received_at: Instant,
    /// How many would be told, counted when it was proposed.
    pub others: u64,
    /// The same by the way in which they are reached (`mail`, `line`), and `blocked`; empty where nobody was opened.
    pub others_by: BTreeMap<String, u64>,
    /// Whether venue and days were made public, so that the mail names them (OSK-21).
    pub published: bool,
    /// Who decided.
    pub decided_by: String,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why it was declined or stopped.
    pub reason: String,
    /// When the hold ends.
    pub release_at: Option<Instant>,
    /// When it was released.
    pub released_at: Option<Instant>,
    /// When every recipient had been written to.
    pub settled_at: Option<Instant>,
    /// When the last message was accepted.
    pub last_sent_at: Option<Instant>,
    /// Messages accepted, counted when settled.
    pub sent: u64,
    /// Messages that could not be delivered, counted when settled.
    pub failed: u64,
    /// The recipients' key, wrapped by the ring.
    pub key_wrapped: Option<Vec<u8>>,
}

impl Notice {
    /// A notice that is proposed now and waits for an officer: nothing has been decided or sent. It goes back
    /// to no earlier report, tells nobody and is not published, unless the caller says otherwise.
    pub fn proposed(id: NoticeId, kind: NoticeKind, now: Instant, by: &str, pack_version: &str) -> Self {
        Self {
            id,
            kind,
            state: NoticeState::Proposed,
            created_at: now,
            created_by: by.to_owned(),
            pack_version: pack_version.to_owned(),
            received_at: now,
            others: 0,
            others_by: BTreeMap::new(),
            published: false,
            decided_by: String::new(),
            decided_at: None,
            reason: String::new(),
            release_at: None,
            released_at: None,
            settled_at: None,
            last_sent_at: None,
            sent: 0,
            failed: 0,
            key_wrapped: None,
        }
    }
}

impl Notice {
    /// What it may name to who was at this one of its venues and days: an alert nothing but where and when they
    /// were themselves, a cluster's notice all of its days.
    pub fn named(&self, policy: &NoticePolicy, days: &[NoticeDay], at: &NoticeDay) -> Named {
        let suspected: Vec<ServiceDay> = match self.kind {
            NoticeKind::Alert => vec![at.day],
            NoticeKind::Cluster => days.iter().map(|at| at.day).collect(),
        };
        policy.named(self.kind, self.published, at.consent, &at.venue_name, &suspected)
    }
}

/// How far the writing to the people of one venue and day has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expanded {
    /// Not begun.
    No,
    /// Everyone so far, but the day wasn't closed: who came later is told after it closes.
    Open,
    /// Everyone.
    Done,
}

impl Expanded {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Open => "open",
            Self::Done => "done",
        }
    }
}

/// A venue and day that a notice is about.
#[derive(Clone, Debug)]
pub struct NoticeDay {
    /// The venue.
    pub venue: VenueId,
    /// The day.
    pub day: ServiceDay,
    /// What the venue was called then.
    pub venue_name: String,
    /// Cases counted there.
    pub cases: u32,
    /// Cases that were needed; 0 for a cluster.
    pub needed: u32,
    /// Version and row of the table of thresholds.
    pub row_record: String,
    /// How far it has come.
    pub expanded: Expanded,
    /// Who is told: those who checked in in this band; `None` is everyone of the day.
    pub band: Option<Span>,
    /// Whether the operator agreed that this notice names the place (C18).
    pub consent: bool,
}

/// How far a notice's messages have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Accepted by the mail server.
    pub sent: u64,
    /// Refused for good.
    pub failed: u64,
    /// Still to be sent, or to be tried again.
    pub waiting: u64,
    /// Given up because the notice was stopped.
    pub cancelled: u64,
}

pub(crate) const PROGRESS: &str =
    "select state, count(*) as messages from outbox where notice_id = $1 group by state";

impl Office {
    /// One notice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notice(&self, id: NoticeId) -> Result<Option<Notice>, StoreError> {
        let found = sqlx::query("select * from notice where notice_id = $1")
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await?;
        found.as_ref().map(notice).transpose()
    }

    /// Notices in one state, the oldest first: what has waited longest comes first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notices(&self, state: NoticeState) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query("select * from notice where state = $1 order by created_at, notice_id")
            .bind(state.as_str())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(notice).collect()
    }

    /// The newest notices.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn newest_notices(&self, limit: i64) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query("select * from notice order by created_at desc, notice_id limit $1")
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(notice).collect()
    }

    /// The notices that a case belongs to.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notices_of_case(&self, case: CaseId) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query(
            "select n.* from notice_case c join notice n on n.notice_id = c.notice_id \
             where c.case_id = $1 order by n.created_at",
        )
        .bind(case.as_bytes().as_slice())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(notice).collect()
    }

    /// Who has approved a notice, by name, and when.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn named_approvals(
        &self,
        id: NoticeId,
    ) -> Result<Vec<(OfficerId, String, Instant)>, StoreError> {
        let rows = sqlx::query(
            "select a.officer_id, o.name, a.at from notice_approval a join officer o on o.officer_id = a.officer_id \
             where a.notice_id = $1 order by a.at",
        )
        .bind(id.as_bytes().as_slice())
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let officer =
                    row::known(OfficerId::from_stored(&row::bytes(row, "officer_id")?), "officer_id")?;
                Ok((officer, row::text(row, "name")?, row::instant(row, "at")?))
            })
            .collect()
    }

    /// The cases that belong to a notice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn cases_of_notice(&self, id: NoticeId) -> Result<Vec<CaseId>, StoreError> {
        let rows = sqlx::query("select case_id from notice_case where notice_id = $1 order by case_id")
            .bind(id.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(crate::cases::case_id).collect()
    }

    /// The venues and days that a notice is about.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn notice_days(&self, id: NoticeId) -> Result<Vec<NoticeDay>, StoreError> {
        let rows =
            sqlx::query("select * from notice_day where notice_id = $1 order by day, venue_name, from_at")
                .bind(id.as_bytes().as_slice())
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|row| {
                let expanded = match row::text(row, "expanded")?.as_str() {
                    "done" => Expanded::Done,
                    "open" => Expanded::Open,
                    _ => Expanded::No,
                };
                Ok(NoticeDay {
                    venue: row::venue(row, "venue_id")?,
                    day: row::day(row, "day")?,
                    venue_name: row::text(row, "venue_name")?,
                    cases: row::small(row, "cases")?,
                    needed: row::small(row, "needed")?,
                    row_record: row::text(row, "row_record")?,
                    expanded,
                    band: row::span(row)?,
                    consent: row::number(row, "consent")? != 0,
                })
            })
            .collect()
    }

    /// Whether some of a notice's messages are still to be sent. Counting them all costs a hundred times as much.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn has_waiting(&self, id: NoticeId) -> Result<bool, StoreError> {
        let found =
            sqlx::query("select message_id from outbox where notice_id = $1 and state = 'waiting' limit 1")
                .bind(id.as_bytes().as_slice())
                .fetch_optional(&self.pool)
                .await?;
        Ok(found.is_some())
    }

    /// How far a notice's messages have come, counted in the outbox.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn progress(&self, id: NoticeId) -> Result<Progress, StoreError> {
        let rows = sqlx::query(PROGRESS).bind(id.as_bytes().as_slice()).fetch_all(&self.pool).await?;
        progress(&rows)
    }
}

pub(crate) fn progress(rows: &[AnyRow]) -> Result<Progress, StoreError> {
    let mut found = Progress::default();
    for row in rows {
        let messages = row::count(row, "messages")?;
        match row::text(row, "state")?.as_str() {
            "sent" => found.sent = messages,
            "failed" => found.failed = messages,
            "waiting" => found.waiting = messages,
            _ => found.cancelled = messages,
        }
    }
    Ok(found)
}

pub(crate) fn notice_id(row: &AnyRow) -> Result<NoticeId, StoreError> {
    row::known(NoticeId::from_stored(&row::bytes(row, "notice_id")?), "notice_id")
}

/// `line 3 mail 2`, as it is stored.
pub(crate) fn ways_as_text(ways: &BTreeMap<String, u64>) -> String {
    ways.iter().map(|(way, people)| format!("{way} {people}")).collect::<Vec<_>>().join(" ")
}

fn ways(text: &str) -> BTreeMap<String, u64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.chunks_exact(2).filter_map(|pair| Some((pair[0].to_owned(), pair[1].parse().ok()?))).collect()
}

fn notice(row: &AnyRow) -> Result<Notice, StoreError> {
    Ok(Notice {
        id: notice_id(row)?,
        kind: NoticeKind::from_stored(&row::text(row, "kind")?),
        state: row::known(NoticeState::from_stored(&row::text(row, "state")?), "state")?,
        created_at: row::instant(row, "created_at")?,
        created_by: row::text(row, "created_by")?,
        pack_version: row::text(row, "pack_version")?,
        received_at: row::instant(row, "received_at")?,
        others: row::count(row, "others")?,
        others_by: ways(&row::text(row, "others_by")?),
        published: row::number(row, "published")? != 0,
        decided_by: row::text(row, "decided_by")?,
        decided_at: row::instant_or_null(row, "decided_at")?,
        reason: row::text(row, "reason")?,
        release_at: row::instant_or_null(row, "release_at")?,
        released_at: row::instant_or_null(row, "released_at")?,
        settled_at: row::instant_or_null(row, "settled_at")?,
        last_sent_at: row::instant_or_null(row, "last_sent_at")?,
        sent: row::count(row, "sent")?,
        failed: row::count(row, "failed")?,
        key_wrapped: row::bytes_or_null(row, "key_wrapped")?,
    })
}
