//! Approved and held long enough: the recipients are opened, one message a person, none to the cases.
//!
//! A notice's recipients are hashed under the notice's own random key, so that one person who was at
//! three matching places on two days is one row. A day that is still open is gone through again after it
//! closes: whoever came later that day is told too. Doing any of it again meets the same hashes.
//!
//! That key is wrapped under the newest day of the notice, and ends with it: then nobody is left to write
//! to, and the notice settles.

use domain::contact::{Channel, Contact};
use domain::id::MessageId;
use domain::ledger::Act;
use domain::message::Named;
use domain::message::line::{has_page, named_in_line};
use domain::notice::{Approved, NoticeKind, NoticeState, Released};
use domain::policy::Policy;
use domain::service_day::ServiceDay;
use seal::key_ring::RingError;
use seal::tag::RecipientKey;
use store::days::DayState;
use store::notices::{Expanded, Notice, NoticeDay};
use store::outbox::Recipient;

use crate::{JobError, Worker, traces};

impl Worker {
    /// Releases what is due, writes recipients into the outbox, settles what is done.
    pub(crate) async fn release_notices(&mut self) -> Result<usize, JobError> {
        let now = self.clock.now();
        let mut done = 0;
        for notice in self.office.notices(NoticeState::Approved).await? {
            let held = notice.release_at.map(|at| Approved::loaded(notice.id, at));
            let Some(released) = held.and_then(|approved| approved.release(now)) else { continue };
            let key = RecipientKey::new(&self.randomness);
            let day = newest(&self.office.notice_days(notice.id).await?);
            let wrapped = gone(day, |day| self.ring.wrap_notice_key(day, notice.id, &key))?;
            let wrapped = wrapped.unwrap_or_default();
            let mut tx = self.office.begin().await?;
            tx.release(released, &wrapped, now).await?;
            tx.record(&self.entry(Act::NoticeReleased, notice.id.to_string(), "")).await?;
            tx.commit().await?;
            done += 1;
        }
        let mut failed = None;
        for notice in self.office.notices(NoticeState::Released).await? {
            match self.expand_and_settle(&notice).await {
                Ok(more) => done += more,
                Err(error) => {
                    tracing::error!(notice = %notice.id, %error, "a notice could not be released");
                    failed = Some(error);
                }
            }
        }
        failed.map_or(Ok(done), Err)
    }

    async fn expand_and_settle(&mut self, notice: &Notice) -> Result<usize, JobError> {
        Ok(self.expand(notice).await? + self.settle(notice).await?)
    }

    /// Writes the recipients of each venue and day that isn't done.
    async fn expand(&mut self, notice: &Notice) -> Result<usize, JobError> {
        let released = Released::loaded(notice.id);
        let Some(wrapped) = &notice.key_wrapped else { return Ok(0) };
        let days = self.office.notice_days(notice.id).await?;
        let newest = newest(&days);
        let mut done = 0;
        for at in days.clone() {
            let state = self.intake.day(at.day).await?.map(|day| day.state);
            let expanded = match (at.expanded, state) {
                (Expanded::Done, _) | (Expanded::Open, Some(DayState::Open)) => continue,
                (_, Some(DayState::Open)) => Expanded::Open,
                _ => Expanded::Done,
            };
            let key = gone(newest, |day| self.ring.unwrap_notice_key(day, notice.id, wrapped))?;
            let Some(key) = key else {
                let mut tx = self.office.begin().await?;
                tx.set_expanded(released, at.venue, (at.day, at.band), Expanded::Done).await?;
                tx.commit().await?;
                tracing::info!(notice = %notice.id, day = %at.day, "its keys are gone: nobody to write to");
                done += 1;
                continue;
            };
            let writing = self.write_recipients(notice, &days, &at, &key, expanded);
            let written = traces::step("write recipients", writing).await?;
            tracing::info!(notice = %notice.id, day = %at.day, written, "recipients written");
            done += 1;
        }
        Ok(done)
    }

    async fn write_recipients(
        &mut self,
        notice: &Notice,
        days: &[NoticeDay],
        at: &NoticeDay,
        key: &RecipientKey,
        expanded: Expanded,
    ) -> Result<u64, JobError> {
        let now = self.clock.now();
        let named = notice.named(&self.pack.policy.notices, days, at);
        let kind = notice.kind;
        let notice = Released::loaded(notice.id);
        let cases = self.office.cases_of_notice(notice.id()).await?;
        let own: Vec<[u8; 16]> =
            self.left_out(&cases).await?.iter().map(|contact| key.hash(contact)).collect();
        let mut visitors = self.visitors(at.day, Some(at.venue)).await?;
        let (mut read, mut written) = (0, 0);
        while let Some(page) = visitors.page().await? {
            read += page.len();
            let mut recipients = Vec::with_capacity(page.len());
            for visitor in page.iter().filter(|visitor| visitor.is_in(at.band)) {
                if own.contains(&key.hash(&visitor.contact)) {
                    continue;
                }
                let told = told(&self.pack.policy, &named, &visitor.contact);
                let hash = recipient(kind, &told, at, key, &visitor.contact);
                let message = MessageId::from_random(self.randomness.bytes());
                let channel = Some(visitor.contact.channel());
                recipients.push(Recipient { hash, message, check_in: &visitor.check_in, channel });
            }
            let mut tx = self.office.begin().await?;
            written += tx.put_recipients(notice, &recipients, now).await?;
            tx.commit().await?;
        }
        let mut tx = self.office.begin().await?;
        tx.set_expanded(notice, at.venue, (at.day, at.band), expanded).await?;
        let detail = format!("お知らせ{}：登録{read}件、宛先{written}人", notice.id().number());
        tx.record(&self.entry(Act::ContactsOpened, format!("{} {}", at.venue, at.day), detail)).await?;
        tx.commit().await?;
        Ok(written)
    }

    /// Settles a notice whose days are all done and whose outbox is empty.
    async fn settle(&mut self, notice: &Notice) -> Result<usize, JobError> {
        let days = self.office.notice_days(notice.id).await?;
        if days.iter().any(|at| at.expanded != Expanded::Done) || self.office.has_waiting(notice.id).await? {
            return Ok(0);
        }
        let mut tx = self.office.begin().await?;
        let progress = tx.settle(Released::loaded(notice.id), self.clock.now()).await?;
        let detail = format!("送信済み{}通、届かず{}通", progress.sent, progress.failed);
        tx.record(&self.entry(Act::NoticeSettled, notice.id.to_string(), detail)).await?;
        tx.commit().await?;
        Ok(1)
    }
}

/// What a person is told of place and day: on LINE it may be less (A8), and what says nothing of them is one
/// message.
fn told(policy: &Policy, named: &Named, contact: &Contact) -> Named {
    match contact.channel() {
        Channel::Line if !has_page(policy, named) => named_in_line(policy, named.clone()),
        Channel::Line | Channel::Email | Channel::Push => named.clone(),
    }
}

/// One message a person (E19). An alert that names where or when is a message for each place or day that the person
/// was at: nobody is told of another place of the case's.
fn recipient(
    kind: NoticeKind,
    named: &Named,
    at: &NoticeDay,
    key: &RecipientKey,
    contact: &Contact,
) -> [u8; 16] {
    match (kind, named) {
        (NoticeKind::Cluster, _) | (_, Named::Nothing) => key.hash(contact),
        (_, Named::Days(_)) => key.hash_at(contact, at.day, None),
        (_, Named::Place { .. }) => key.hash_at(contact, at.day, Some(at.venue)),
    }
}

/// The newest day that a notice is about: with it the notice's key ends.
fn newest(days: &[NoticeDay]) -> Option<ServiceDay> {
    days.iter().map(|at| at.day).max()
}

/// What the ring says of a day; `None` where the day's keys were destroyed or never made here.
fn gone<T>(
    day: Option<ServiceDay>,
    ask: impl FnOnce(ServiceDay) -> Result<T, RingError>,
) -> Result<Option<T>, RingError> {
    match day.map(ask).transpose() {
        Err(RingError::Destroyed(_) | RingError::Unknown(_)) => Ok(None),
        answer => answer,
    }
}
