//! The canary: once an hour a notice of our own goes the way that visitors' notices go, to a mailbox of our own.
//!
//! A check-in at a venue that is no venue is sealed to today's key and stored; a notice about it is approved by nobody but
//! this file; then the jobs that do it for everybody open it, put it into the outbox and send it. Whatever of that breaks
//! is noticed within the hour, before somebody is to be warned: the mail server took it, and it lies in the mailbox, where
//! one is read. Afterwards check-in, notice and message are erased; what stays are the ledger's entries.
//!
//! Not walked are the visitors' form and the matching of a case: those are watched by what visitors and officers do.
//!
//! Nobody else can be written to this way. The venue's number is new each time and stands for no code; its notice is
//! taken back unless it has exactly one recipient, and no one is added afterwards.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Instant;
use domain::contact::Contact;
use domain::id::{MessageId, NoticeId, VenueId};
use domain::notice::{Approved, NoticeKind, NoticeState, Released};
use domain::service_day::ServiceDay;
use seal::day_key::Sealer;
use store::check_ins::SealedCheckIn;
use store::erasure::canary::CANARY;
use store::notices::{Expanded, Notice, NoticeDay};

use crate::{JobError, Worker, metrics};

/// How often.
const EVERY: Duration = Duration::from_secs(3600);

/// How long the mail server may take.
const PATIENCE: Duration = Duration::from_secs(1800);

/// How much of a file is read in search of its `Message-ID`, and how many files.
const HEAD: u64 = 16 * 1024;
const FILES: usize = 2_000;

/// Where the canary flies to.
pub struct Canary {
    mailbox: Contact,
    maildir: Option<PathBuf>,
}

impl Canary {
    /// To this address, which is ours; `None` if it is none. Where its mail is delivered into a Maildir on this machine,
    /// its arrival is looked for there.
    pub fn new(mailbox: &str, maildir: Option<PathBuf>) -> Option<Self> {
        Contact::email(mailbox).ok().map(|mailbox| Self { mailbox, maildir })
    }
}

/// One flight.
#[derive(Clone, Copy)]
struct Flight {
    notice: NoticeId,
    venue: VenueId,
    day: ServiceDay,
    begun: Instant,
}

/// What is remembered of flights.
pub(crate) struct Memory {
    flight: Option<Flight>,
    next: Instant,
    sent: Option<MessageId>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { flight: None, next: Instant::from_micros(0), sent: None }
    }
}

impl Worker {
    /// The same with a canary.
    pub fn with_canary(mut self, canary: Option<Canary>) -> Self {
        if canary.is_some() {
            // Nothing was seen yet; from here on it is late or not.
            metrics::canary("accepted", self.clock.now());
            metrics::canary("seen", self.clock.now());
        }
        self.canary = canary;
        self
    }

    /// Begins a flight, ends one, or looks for one in the mailbox.
    pub(crate) async fn fly_canary(&mut self) -> Result<usize, JobError> {
        let Some(canary) = &self.canary else { return Ok(0) };
        if self.ring.is_read_only() {
            return Ok(0);
        }
        if let (Some(maildir), Some(id)) = (&canary.maildir, self.flights.sent)
            && has_arrived(maildir, id)
        {
            metrics::canary("seen", self.clock.now());
            self.flights.sent = None;
        }
        match self.flights.flight.take() {
            Some(flight) => self.end_flight(flight).await,
            None if self.clock.now() < self.flights.next => Ok(0),
            None => self.begin_flight().await,
        }
    }

    async fn begin_flight(&mut self) -> Result<usize, JobError> {
        self.clear_flights().await?;
        let Some(canary) = &self.canary else { return Ok(0) };
        if canary.maildir.is_some() && self.flights.sent.take().is_some() {
            tracing::error!("the canary's notice was sent an hour ago and has not arrived");
        }
        let now = self.clock.now();
        self.flights.next = now.plus(EVERY);
        let day = self.pack.policy.calendar.day_of(now);
        let venue = VenueId::from_random(self.randomness.bytes());
        let nonce = CheckInNonce::issue(now, self.randomness.bytes());
        let place = CheckInPlace { day, venue, at: now, nonce };
        let sealer = Sealer::new(self.ring.deployment().clone(), self.ring.verifying_key());
        let sealed = sealer.open_day(&self.ring.day_public(day)?);
        let Ok(sealed) = sealed.and_then(|sealer| sealer.seal(&canary.mailbox, "ja", &place)) else {
            tracing::error!(%day, "the canary's check-in can't be sealed");
            return Ok(0);
        };
        self.intake.put_check_ins(&[SealedCheckIn { place, sealed }], now).await?;
        // It is to be a notice and no confirmation.
        self.intake.end_arrivals(day, &[place]).await?;
        let notice = NoticeId::from_random(self.randomness.bytes());
        let flight = Flight { notice, venue, day, begun: now };
        self.release_flight(&flight).await?;
        self.flights.flight = Some(flight);
        Ok(1)
    }

    /// The notice, approved and released by the jobs' own means; taken back unless it is to one recipient.
    async fn release_flight(&mut self, flight: &Flight) -> Result<(), JobError> {
        let (now, Flight { notice, venue, day, .. }) = (self.clock.now(), *flight);
        let new = Notice::proposed(notice, NoticeKind::Alert, now, CANARY, &self.pack.version);
        let at = NoticeDay {
            venue,
            day,
            venue_name: "動作確認".to_owned(),
            cases: 1,
            needed: 1,
            row_record: String::new(),
            expanded: Expanded::No,
            band: None,
            consent: false,
        };
        let mut tx = self.office.begin().await?;
        tx.propose_notice(&new, &[at], &[]).await?;
        tx.approve(Approved::loaded(notice, now), CANARY, now).await?;
        tx.commit().await?;
        self.release_notices().await?;
        let mut tx = self.office.begin().await?;
        tx.set_expanded(Released::loaded(notice), venue, (day, None), Expanded::Done).await?;
        tx.commit().await?;
        let waiting = self.office.progress(notice).await?.waiting;
        if waiting != 1 {
            self.office.erase_canary(notice).await?;
            tracing::error!(waiting, "the canary's notice has another number of recipients than one");
        }
        Ok(())
    }

    async fn end_flight(&mut self, flight: Flight) -> Result<usize, JobError> {
        let progress = self.office.progress(flight.notice).await?;
        let over = self.clock.now().since(flight.begun) >= PATIENCE;
        if progress.sent == 0 && progress.failed == 0 && !over {
            self.flights.flight = Some(flight);
            return Ok(0);
        }
        if progress.sent == 1 {
            metrics::canary("accepted", self.clock.now());
            self.flights.sent = self.office.messages_of(flight.notice).await?.pop();
        } else {
            tracing::error!("the canary's notice was not taken by the mail server");
        }
        self.office.erase_canary(flight.notice).await?;
        self.intake.erase_canary(flight.day, flight.venue).await?;
        Ok(1)
    }

    /// What a worker before this one left of its flights.
    async fn clear_flights(&mut self) -> Result<(), JobError> {
        for state in
            [NoticeState::Proposed, NoticeState::Approved, NoticeState::Released, NoticeState::Settled]
        {
            for notice in self.office.notices(state).await? {
                if notice.created_by == CANARY {
                    for at in self.office.notice_days(notice.id).await? {
                        self.intake.erase_canary(at.day, at.venue).await?;
                    }
                    self.office.erase_canary(notice.id).await?;
                }
            }
        }
        Ok(())
    }
}

/// Whether a message of this number lies in a Maildir.
pub fn has_arrived(maildir: &Path, id: MessageId) -> bool {
    let folders = ["new", "cur"].map(|name| maildir.join(name));
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let sought = format!("<{id}@");
    entries.take(FILES).any(|entry| {
        let mut head = Vec::new();
        let read = fs::File::open(entry.path()).and_then(|file| file.take(HEAD).read_to_end(&mut head));
        read.is_ok() && head.windows(sought.len()).any(|window| window == sought.as_bytes())
    })
}
