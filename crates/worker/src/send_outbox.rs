//! Claim → open → deliver → settle.
//!
//! Rows are claimed a hundred at a time under the lease of a turn, and go side by side over the courier's ways
//! (`mail_ways`). While they do, the next hundred is claimed; what the mail server said is written down as soon as
//! somebody can write, for all that it has answered by then. Whether a notice or its channel was stopped is asked
//! right before each mail, or milliseconds ago (`gate`). A server that can't be reached costs no row an attempt.
//!
//! Only the ring's owner sends, and there is one. So a worker that has just become it ends the leases that
//! it finds: their holder was killed, and its rows need not wait until they run out. A database that fails while
//! messages are on their way costs nobody a second one either: what became of them is kept in memory, and written
//! down before anything else is claimed.
//!
//! A mail of which nobody knows whether the server took it (its answer was lost, or the worker was killed) is sent
//! again under the same `Message-ID`; where the settings hold such mails, it ends as unknown instead, and officers
//! see how many. There nothing is claimed while mails are on their way, so that few are unknown after a kill.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use deliver::error::DeliveryError;
use domain::contact::Channel;
use domain::id::{LeaseId, NoticeId};
use domain::service_day::ServiceDay;
use seal::day_key::{DayOpener, Opened};
use store::outbox::{Held, Outgoing};

use crate::job::{LAST_ATTEMPT, back_off};
use crate::letter::Letter;
use crate::mail_ways::{ByMail, Delivered, Delivery, MailWays};
use crate::{JobError, Worker, metrics, traces};

/// Rows claimed at once.
const CLAIM: usize = 100;

/// The same where mails are held of which nobody knows if they were taken: so many are unknown after a kill.
const CLAIM_WHERE_HELD: usize = 10;

/// Claims in one turn, and for how long at most another is begun: confirmations and decisions don't wait behind a
/// hundred thousand notices, and no lease of the turn can run out before its last claim.
const CLAIMS: usize = 50;
const LONGEST_CLAIMING: Duration = Duration::from_secs(1);

/// So many refusals for good in one claim, and no success, are not the recipients' fault: a relay that
/// doesn't know us says "denied" to each. The first two times nobody is given up.
const SUSPICIOUS: usize = 20;

/// What became of rows, until it is written down.
pub(crate) struct Unsettled {
    lease: LeaseId,
    sent: Vec<Outgoing>,
    unknown: Vec<Outgoing>,
}

/// A claim's rows that go by mail, until the last has come back.
#[derive(Default)]
struct Claim {
    under_way: usize,
    sent: usize,
    refused: Vec<(Outgoing, String)>,
}

/// What a turn needs of notices and days.
#[derive(Default)]
struct Known {
    letters: HashMap<NoticeId, Arc<Letter>>,
    openers: HashMap<ServiceDay, Option<Arc<DayOpener>>>,
}

/// Whether refusals look like the relay's and not like the recipients': many of them, or the same words to all.
fn suspicious(refused: &[(Outgoing, String)]) -> bool {
    let same_words = refused.len() >= 2 && refused.iter().all(|(_, reply)| *reply == refused[0].1);
    same_words || refused.len() >= SUSPICIOUS
}

/// A turn's sending.
struct Sending {
    lease: LeaseId,
    /// The connection on which rows are claimed: its picture of the outbox stays warm.
    held: Held,
    ways: MailWays,
    known: Known,
    claims: Vec<Claim>,
    why_unreachable: Option<String>,
}

impl Sending {
    /// Whether the mail server took something in this turn.
    fn was_taken(&self) -> bool {
        self.claims.iter().any(|claim| claim.sent > 0)
    }
}

impl Worker {
    /// Sends what is due.
    pub(crate) async fn send_outbox(&mut self) -> Result<usize, JobError> {
        // While the mail server rests, rows for LINE and push are still found and go.
        if !self.take_over().await? || (self.mail_rests() && self.line.is_none() && self.push.is_none()) {
            return Ok(0);
        }
        self.settle_unsettled().await?;
        let lease = LeaseId::from_random(self.randomness.bytes());
        let mut sending = Sending {
            lease,
            held: self.office.hold().await?,
            ways: MailWays::open(&self.courier, &self.pack),
            known: Known::default(),
            claims: Vec::new(),
            why_unreachable: None,
        };
        self.unsettled = Some(Unsettled { lease, sent: Vec::new(), unknown: Vec::new() });
        let claimed = self.claim_and_settle(&mut sending).await;
        // Whatever happened: what is on its way comes back, and is remembered before the turn ends.
        sending.ways.close();
        let settled = self.settle_rest(&mut sending).await;
        self.looks.end().await;
        let done = claimed?;
        settled?;
        self.unsettled = None;
        match sending.why_unreachable {
            None => Ok(done),
            Some(why) => {
                self.let_mail_rest();
                Err(JobError::Mail(why))
            }
        }
    }

    /// Claims as long as there is something due, and writes down what became of the rows before.
    async fn claim_and_settle(&mut self, sending: &mut Sending) -> Result<usize, JobError> {
        let (began, mut done) = (self.clock.now(), 0);
        let (most, ahead) = if self.holds_unanswered { (CLAIM_WHERE_HELD, 0) } else { (CLAIM, CLAIM) };
        while sending.claims.len() < CLAIMS && self.clock.now().since(began) < LONGEST_CLAIMING {
            let claimed = self.claim_and_hand_over(sending, most).await?;
            if claimed == 0 {
                break;
            }
            done += claimed;
            // Nothing is claimed ahead before the mail server has taken something: it may not be there.
            while sending.ways.under_way() > if sending.was_taken() { ahead } else { 0 } {
                let delivered = traces::step("wait for the mail server", sending.ways.delivered()).await;
                traces::step("settle", self.settle_delivered(sending, delivered)).await?;
            }
            if sending.why_unreachable.is_some() {
                break;
            }
        }
        Ok(done)
    }

    /// Waits for the last of those that are on their way. After an error the others are remembered, and nothing is
    /// written any more.
    async fn settle_rest(&mut self, sending: &mut Sending) -> Result<(), JobError> {
        let mut result = Ok(());
        loop {
            let delivered = sending.ways.delivered().await;
            if delivered.is_empty() {
                return result;
            }
            if result.is_ok() {
                result = self.settle_delivered(sending, delivered).await;
            } else {
                self.remember_delivered(delivered);
            }
        }
    }

    /// Writes down what became of rows when the database couldn't be written; those of which nothing was sent are due
    /// again at once.
    async fn settle_unsettled(&mut self) -> Result<(), JobError> {
        if self.unsettled.is_some() {
            self.settle_remembered().await?;
            self.office.end_leases().await?;
            self.unsettled = None;
        }
        Ok(())
    }

    /// Writes down what is remembered. Whatever can't be is remembered still.
    pub(crate) async fn settle_remembered(&mut self) -> Result<(), JobError> {
        let Some(Unsettled { lease, sent, unknown }) = &mut self.unsettled else { return Ok(()) };
        if !sent.is_empty() {
            self.office.settle_sent(*lease, sent, self.clock.now()).await?;
            sent.clear();
        }
        for outgoing in &*unknown {
            self.office.settle_unknown(*lease, outgoing).await?;
        }
        unknown.clear();
        Ok(())
    }

    /// These were sent: remembered until it is written down, whatever the database does meanwhile.
    pub(crate) fn remember_sent(&mut self, sent: impl IntoIterator<Item = Outgoing>) {
        if let Some(unsettled) = &mut self.unsettled {
            unsettled.sent.extend(sent);
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

    /// Claims rows and puts those that go by mail on their way; how many were claimed.
    async fn claim_and_hand_over(&mut self, sending: &mut Sending, most: usize) -> Result<usize, JobError> {
        let lease = sending.lease;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let claimed = sending.held.claim(lease, self.clock.now(), most).await?;
        let (done, claim) = (claimed.len(), sending.claims.len());
        let (mut by_mail, mut by_line, mut by_push) = (Vec::new(), Vec::new(), Vec::new());
        for outgoing in claimed {
            let Some((letter, opener)) = self.known(&mut sending.known, &outgoing).await? else { continue };
            if outgoing.channel == Some(Channel::Email) {
                by_mail.push(ByMail { outgoing, letter, opener, claim });
                continue;
            }
            let place = &outgoing.check_in.place;
            let opened =
                opener.as_ref().and_then(|opener| opener.open(place, &outgoing.check_in.sealed).ok());
            match opened {
                Some(opened) => match opened.contact.channel() {
                    Channel::Line => by_line.push((outgoing, opened)),
                    Channel::Push => by_push.push((outgoing, opened)),
                    Channel::Email => {
                        // Who wrote the row didn't say so.
                        let row = std::slice::from_ref(&outgoing);
                        self.office.mark_channel(lease, row, Channel::Email).await?;
                        by_mail.push(ByMail { outgoing, letter, opener, claim });
                    }
                },
                None => self.settle_unopened(lease, &outgoing).await?,
            }
        }
        if self.mail_rests() {
            for row in std::mem::take(&mut by_mail) {
                self.office.give_back(lease, &row.outgoing, self.mail_rests_until).await?;
            }
        }
        sending.claims.push(Claim { under_way: by_mail.len(), ..Claim::default() });
        for row in by_mail {
            sending.ways.put(row);
        }
        self.sort_by_line(lease, by_line, &sending.known.letters).await?;
        self.send_claimed_by_push(sending, by_push).await?;
        Ok(done)
    }

    /// Browsers take their time: what the mail server says meanwhile is written down first.
    async fn send_claimed_by_push(
        &mut self,
        sending: &mut Sending,
        rows: Vec<(Outgoing, Opened)>,
    ) -> Result<(), JobError> {
        if rows.is_empty() {
            return Ok(());
        }
        while sending.ways.under_way() > 0 {
            let delivered = sending.ways.delivered().await;
            self.settle_delivered(sending, delivered).await?;
        }
        self.send_by_push(sending.lease, rows, &sending.known.letters).await
    }

    /// The notice of a row as it is sent, and what opens its day; nothing where there is no such notice.
    async fn known(
        &self,
        known: &mut Known,
        outgoing: &Outgoing,
    ) -> Result<Option<(Arc<Letter>, Option<Arc<DayOpener>>)>, JobError> {
        let (notice, day) = (outgoing.notice, outgoing.check_in.place.day);
        if let std::collections::hash_map::Entry::Vacant(letter) = known.letters.entry(notice) {
            let Some(stored) = self.office.notice(notice).await? else { return Ok(None) };
            letter.insert(Arc::new(self.letter(&stored).await?));
        }
        if let std::collections::hash_map::Entry::Vacant(opener) = known.openers.entry(day) {
            opener.insert(self.day_opener(day)?.map(Arc::new));
        }
        let opener = known.openers.get(&day).and_then(Clone::clone);
        Ok(known.letters.get(&notice).map(|letter| (Arc::clone(letter), opener)))
    }

    async fn settle_unopened(&self, lease: LeaseId, outgoing: &Outgoing) -> Result<(), JobError> {
        Ok(self.office.settle_failed(lease, outgoing, "the address can't be opened any more").await?)
    }

    /// Writes down what became of rows.
    async fn settle_delivered(
        &mut self,
        sending: &mut Sending,
        delivered: Vec<Delivered>,
    ) -> Result<(), JobError> {
        let lease = sending.lease;
        for one in &delivered {
            sending.claims[one.claim].under_way -= 1;
            sending.claims[one.claim].sent += usize::from(matches!(one.delivery, Delivery::Sent));
        }
        // What was sent is written down before anything else: nobody is written to twice for want of it.
        let others = self.remember_delivered(delivered);
        if let Some(Unsettled { sent, .. }) = &mut self.unsettled
            && !sent.is_empty()
            && sending.held.settle_sent(lease, sent, self.clock.now()).await.is_ok()
        {
            sent.clear();
        }
        // Where that failed, it is said again, on another connection.
        self.settle_remembered().await?;
        let now = self.clock.now();
        for Delivered { outgoing, claim, delivery } in others {
            match delivery {
                Delivery::Sent => {}
                Delivery::Stopped => self.office.give_back(lease, &outgoing, now).await?,
                Delivery::Unopened => self.settle_unopened(lease, &outgoing).await?,
                Delivery::Failed(DeliveryError::Permanent { reply, .. }) => {
                    sending.claims[claim].refused.push((outgoing, reply));
                }
                Delivery::Failed(DeliveryError::Unreachable(why)) => {
                    metrics::messages("later", 1);
                    self.office.give_back(lease, &outgoing, now.plus(Duration::from_secs(60))).await?;
                    sending.why_unreachable = Some(why.to_string());
                }
                Delivery::Failed(
                    DeliveryError::Transient { reply, .. } | DeliveryError::Unanswered { reply },
                ) => {
                    metrics::messages("later", 1);
                    self.put_off(lease, &outgoing, &reply).await?;
                }
            }
        }
        for claim in &mut sending.claims {
            if claim.under_way == 0 && !claim.refused.is_empty() {
                let refused = std::mem::take(&mut claim.refused);
                self.settle_refused(lease, refused, claim.sent == 0).await?;
            }
        }
        Ok(())
    }

    /// Remembers who was sent something, or may have been where such mails are held; what became of the others.
    fn remember_delivered(&mut self, delivered: Vec<Delivered>) -> Vec<Delivered> {
        let holds = self.holds_unanswered;
        let is_sent = |one: &Delivered| matches!(one.delivery, Delivery::Sent);
        let is_unknown = |one: &Delivered| {
            holds && matches!(one.delivery, Delivery::Failed(DeliveryError::Unanswered { .. }))
        };
        let (sent, others): (Vec<_>, Vec<_>) = delivered.into_iter().partition(is_sent);
        let (unknown, others): (Vec<_>, Vec<_>) = others.into_iter().partition(is_unknown);
        metrics::messages("sent", sent.len());
        metrics::messages("unknown", unknown.len());
        if let Some(unsettled) = &mut self.unsettled {
            unsettled.sent.extend(sent.into_iter().map(|one| one.outgoing));
            unsettled.unknown.extend(unknown.into_iter().map(|one| one.outgoing));
        }
        others
    }

    /// The message is tried again, unless it was too often.
    async fn put_off(&self, lease: LeaseId, outgoing: &Outgoing, reply: &str) -> Result<(), JobError> {
        if outgoing.attempts >= LAST_ATTEMPT {
            self.office.settle_failed(lease, outgoing, reply).await?;
        } else {
            let due = self.clock.now().plus(back_off(outgoing.attempts));
            self.office.postpone(lease, outgoing, due, reply).await?;
        }
        Ok(())
    }

    /// All of a claim that were refused for good; `alone` where none of it was sent.
    async fn settle_refused(
        &self,
        lease: LeaseId,
        refused: Vec<(Outgoing, String)>,
        alone: bool,
    ) -> Result<(), JobError> {
        metrics::messages("refused", refused.len());
        let suspicious = alone && suspicious(&refused);
        for (outgoing, reply) in &refused {
            if suspicious && outgoing.attempts < 3 {
                let due = self.clock.now().plus(back_off(outgoing.attempts + 1));
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
        Ok(())
    }
}
