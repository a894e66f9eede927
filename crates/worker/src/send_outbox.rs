//! Claim → open → deliver → settle.
//!
//! Rows are claimed a hundred at a time under a lease and handed over side by side; whatever the mail
//! server says is written down before the next hundred. An officer's *stop* takes effect with the next
//! claim, within seconds. A server that can't be reached costs no row an attempt.
//!
//! Only the ring's owner sends, and there is one. So a worker that has just become it ends the leases that
//! it finds: their holder was killed, and its rows need not wait until they run out. A database that fails while
//! messages are on their way costs nobody a second one either: what became of them is kept in memory, and written
//! down before anything else is claimed.
//!
//! A mail of which nobody knows whether the server took it (its answer was lost, or the worker was killed) is sent
//! again under the same `Message-ID`; where the settings hold such mails, it ends as unknown instead, and officers
//! see how many.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use deliver::error::DeliveryError;
use domain::clock::Instant;
use domain::contact::Channel;
use domain::id::{LeaseId, NoticeId, VenueId};
use domain::message::{self, Mail, Named};
use domain::notice::NoticeKind;
use domain::service_day::ServiceDay;
use seal::day_key::{DayOpener, Opened};
use seal::tag::RecipientKey;
use store::notices::Notice;
use store::outbox::Outgoing;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::job::{LAST_ATTEMPT, back_off};
use crate::{JobError, Worker, metrics};

/// Rows claimed at once.
const CLAIM: i64 = 100;

/// The same where mails are held of which nobody knows if they were taken: so many are unknown after a kill.
const CLAIM_WHERE_HELD: i64 = 10;

/// Claims in one turn, so that confirmations and decisions don't wait behind a hundred thousand notices.
const CLAIMS: usize = 10;

/// How long one message may take: the row's lease outlasts it, so that no other worker sends it too.
pub(crate) const LONGEST_DELIVERY: Duration = Duration::from_secs(500);

/// So many refusals for good in one claim, and no success, are not the recipients' fault: a relay that
/// doesn't know us says "denied" to each. The first two times nobody is given up.
const SUSPICIOUS: usize = 20;

/// Rows that were claimed, until what became of them is written down.
pub(crate) struct Unsettled {
    lease: LeaseId,
    sent: Vec<Outgoing>,
    unknown: Vec<Outgoing>,
}

/// What became of one message.
enum Delivery {
    Sent,
    /// The notice was stopped meanwhile: nothing was sent.
    Stopped,
    Failed(DeliveryError),
}

/// Whether refusals look like the relay's and not like the recipients': many of them, or the same words to all.
fn suspicious(refused: &[(Outgoing, String)]) -> bool {
    let same_words = refused.len() >= 2 && refused.iter().all(|(_, reply)| *reply == refused[0].1);
    same_words || refused.len() >= SUSPICIOUS
}

/// What is the same for all recipients of a notice.
pub(crate) struct Letter {
    pub kind: NoticeKind,
    pub named: HashMap<(ServiceDay, VenueId), Named>,
    /// The notice's own key, by which the address of a page is made.
    pub key: Option<RecipientKey>,
    /// When it was released: the same at each attempt.
    pub dated: Instant,
}

impl Worker {
    /// Sends what is due.
    pub(crate) async fn send_outbox(&mut self) -> Result<usize, JobError> {
        // While the mail server rests, rows for LINE and push are still found and go.
        if !self.take_over().await? || (self.mail_rests() && self.line.is_none() && self.push.is_none()) {
            return Ok(0);
        }
        self.settle_unsettled().await?;
        let mut letters = HashMap::new();
        let mut openers = HashMap::new();
        let mut done = 0;
        for _ in 0..CLAIMS {
            let lease = LeaseId::from_random(self.randomness.bytes());
            let most = if self.holds_unanswered { CLAIM_WHERE_HELD } else { CLAIM };
            self.unsettled = Some(Unsettled { lease, sent: Vec::new(), unknown: Vec::new() });
            let claimed = self.office.claim(lease, self.clock.now(), most).await?;
            if claimed.is_empty() {
                self.unsettled = None;
                break;
            }
            done += claimed.len();
            self.send_claimed(lease, claimed, &mut letters, &mut openers).await?;
        }
        Ok(done)
    }

    /// Writes down what became of rows when the database couldn't be written; those of which nothing was sent are due
    /// again at once.
    async fn settle_unsettled(&mut self) -> Result<(), JobError> {
        let Some(Unsettled { lease, sent, unknown }) = &self.unsettled else { return Ok(()) };
        self.office.settle_sent(*lease, sent, self.clock.now()).await?;
        for outgoing in unknown {
            self.office.settle_unknown(*lease, outgoing).await?;
        }
        self.office.end_leases().await?;
        self.unsettled = None;
        Ok(())
    }

    /// These were sent: remembered until it is written down, whatever the database does meanwhile.
    pub(crate) fn remember_sent(&mut self, sent: &[Outgoing]) {
        if let Some(unsettled) = &mut self.unsettled {
            unsettled.sent.extend_from_slice(sent);
        }
    }

    /// Whether this worker may send: it owns the ring. The first time that it does, leases of the owner before
    /// it end. Within a turn ownership can be lost (a ring that could not be written), and is taken again at a
    /// later one: by then another worker may have begun and ended, so that counts as the first time again.
    async fn take_over(&mut self) -> Result<bool, JobError> {
        if self.ring.is_read_only() {
            self.owns = false;
        } else if !self.owns {
            if self.holds_unanswered {
                let held = self.office.settle_lost_mails().await?;
                if held > 0 {
                    tracing::warn!(
                        held,
                        "another worker ended in the middle of these mails: they aren't sent again"
                    );
                }
            }
            let ended = self.office.end_leases().await?;
            if ended > 0 {
                tracing::warn!(ended, "another worker ended without settling its messages; they are due now");
            }
            self.owns = true;
        }
        Ok(self.owns)
    }

    async fn send_claimed(
        &mut self,
        lease: LeaseId,
        claimed: Vec<Outgoing>,
        letters: &mut HashMap<NoticeId, Letter>,
        openers: &mut HashMap<ServiceDay, Option<DayOpener>>,
    ) -> Result<(), JobError> {
        let mut deliveries = JoinSet::new();
        // One waits for each connection while another is on it, and no more: who waits can still be stopped.
        let turns = Arc::new(Semaphore::new(2 * self.courier.at_once()));
        let (mut by_mail, mut by_line, mut by_push) = (Vec::new(), Vec::new(), Vec::new());
        for outgoing in claimed {
            let notice = outgoing.notice;
            if let std::collections::hash_map::Entry::Vacant(letter) = letters.entry(notice) {
                let Some(stored) = self.office.notice(notice).await? else { continue };
                letter.insert(self.letter(&stored).await?);
            }
            let day = outgoing.check_in.place.day;
            if let std::collections::hash_map::Entry::Vacant(opener) = openers.entry(day) {
                opener.insert(self.day_opener(day)?);
            }
            let place = &outgoing.check_in.place;
            let opened = openers.get(&day).and_then(Option::as_ref);
            match opened.and_then(|opener| opener.open(place, &outgoing.check_in.sealed).ok()) {
                Some(opened) => match opened.contact.channel() {
                    Channel::Line => by_line.push((outgoing, opened)),
                    Channel::Push => by_push.push((outgoing, opened)),
                    Channel::Email => by_mail.push((outgoing, opened)),
                },
                None => {
                    self.office
                        .settle_failed(lease, &outgoing, "the address can't be opened any more")
                        .await?;
                }
            }
        }
        self.sort_by_line(lease, by_line, letters).await?;
        self.send_by_push(lease, by_push, letters).await?;
        for (outgoing, opened) in self.not_stopped(lease, by_mail).await? {
            let Some(letter) = letters.get(&outgoing.notice) else { continue };
            let mail = self.mail(letter, opened, &outgoing);
            let (courier, sender) = (self.courier.clone(), self.pack.policy.sender.clone());
            let (office, turns) = (self.office.clone(), Arc::clone(&turns));
            deliveries.spawn(async move {
                let _turn = turns.acquire().await;
                // Asked right before each message, so that an officer's stop works at once.
                if !matches!(office.is_released(outgoing.notice).await, Ok(true)) {
                    return (Delivery::Stopped, outgoing);
                }
                let delivery = tokio::time::timeout(LONGEST_DELIVERY, courier.deliver(&mail, &sender));
                let result = match delivery.await {
                    Ok(Ok(_)) => Delivery::Sent,
                    Ok(Err(error)) => Delivery::Failed(error),
                    Err(_) => {
                        Delivery::Failed(DeliveryError::Unanswered { reply: "took too long".to_owned() })
                    }
                };
                (result, outgoing)
            });
        }
        let (mut sent, mut refused, mut later, mut unreachable, mut unknown) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut why_unreachable = None;
        while let Some(delivered) = deliveries.join_next().await {
            let Ok((result, outgoing)) = delivered else { continue };
            match result {
                Delivery::Sent => sent.push(outgoing),
                Delivery::Stopped => {}
                Delivery::Failed(DeliveryError::Permanent { reply, .. }) => refused.push((outgoing, reply)),
                Delivery::Failed(DeliveryError::Unanswered { .. }) if self.holds_unanswered => {
                    unknown.push(outgoing);
                }
                Delivery::Failed(
                    DeliveryError::Transient { reply, .. } | DeliveryError::Unanswered { reply },
                ) => later.push((outgoing, reply)),
                Delivery::Failed(DeliveryError::Unreachable(why)) => {
                    unreachable.push(outgoing);
                    why_unreachable = Some(why.to_string());
                }
            }
        }
        // What was sent is written down before anything else: nobody is written to twice for want of it.
        self.remember_sent(&sent);
        if let Some(unsettled) = &mut self.unsettled {
            unsettled.unknown.extend_from_slice(&unknown);
        }
        self.office.settle_sent(lease, &sent, self.clock.now()).await?;
        for outgoing in &unknown {
            self.office.settle_unknown(lease, outgoing).await?;
        }
        metrics::messages("unknown", unknown.len());
        metrics::messages("sent", sent.len());
        metrics::messages("refused", refused.len());
        metrics::messages("later", later.len() + unreachable.len());
        let now = self.clock.now();
        for outgoing in &unreachable {
            self.office.give_back(lease, outgoing, now.plus(Duration::from_secs(60))).await?;
        }
        for (outgoing, reply) in &later {
            if outgoing.attempts >= LAST_ATTEMPT {
                self.office.settle_failed(lease, outgoing, reply).await?;
            } else {
                self.office.postpone(lease, outgoing, now.plus(back_off(outgoing.attempts)), reply).await?;
            }
        }
        let suspicious = sent.is_empty() && suspicious(&refused);
        for (outgoing, reply) in &refused {
            if suspicious && outgoing.attempts < 3 {
                let due = now.plus(back_off(outgoing.attempts + 1));
                self.office.postpone(lease, outgoing, due, reply).await?;
            } else {
                self.office.settle_failed(lease, outgoing, reply).await?;
            }
        }
        if suspicious {
            tracing::error!(
                refused = refused.len(),
                "the mail server refuses every recipient: does it relay for us?"
            );
        }
        self.unsettled = None;
        match why_unreachable {
            None => Ok(()),
            Some(why) => {
                self.let_mail_rest();
                Err(JobError::Mail(why))
            }
        }
    }

    /// Notes that these rows go by mail; gives them back where officers have stopped mail, or its server rests.
    async fn not_stopped(
        &self,
        lease: LeaseId,
        rows: Vec<(Outgoing, Opened)>,
    ) -> Result<Vec<(Outgoing, Opened)>, JobError> {
        let outgoing: Vec<Outgoing> = rows.iter().map(|(outgoing, _)| outgoing.clone()).collect();
        self.office.mark_channel(lease, &outgoing, Channel::Email).await?;
        if !self.mail_rests() && !self.office.is_stopped(Channel::Email).await? {
            return Ok(rows);
        }
        let due = self.mail_rests_until.max(self.clock.now());
        for outgoing in &outgoing {
            self.office.give_back(lease, outgoing, due).await?;
        }
        Ok(Vec::new())
    }

    pub(crate) async fn letter(&self, notice: &Notice) -> Result<Letter, JobError> {
        let days = self.office.notice_days(notice.id).await?;
        let policy = &self.pack.policy.notices;
        let named = days.iter().map(|at| ((at.day, at.venue), notice.named(policy, &days, at))).collect();
        // The same date at each attempt: the same message is the same bytes.
        let dated = notice.released_at.unwrap_or(notice.created_at);
        let newest = days.iter().map(|at| at.day).max();
        let key = match (newest, &notice.key_wrapped) {
            (Some(day), Some(wrapped)) => self.ring.unwrap_notice_key(day, notice.id, wrapped).ok(),
            _ => None,
        };
        Ok(Letter { kind: notice.kind, named, key, dated })
    }

    /// The words to one recipient.
    pub(crate) fn words(&self, letter: &Letter, language: &str, outgoing: &Outgoing) -> message::Text {
        let (policy, wording) = (&self.pack.policy, &self.pack.wording);
        let place = &outgoing.check_in.place;
        let named = letter.named.get(&(place.day, place.venue)).unwrap_or(&Named::Nothing);
        message::notice(policy, wording, language, letter.kind, named)
    }

    /// The mail to one recipient, in the language that they checked in with if it is offered.
    fn mail(&self, letter: &Letter, opened: Opened, outgoing: &Outgoing) -> Mail {
        let text = self.words(letter, &opened.language, outgoing);
        Mail {
            id: outgoing.message,
            to: opened.contact,
            reply_to: None,
            text,
            attachment: None,
            dated: letter.dated,
        }
    }
}
