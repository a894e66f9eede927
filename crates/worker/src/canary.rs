//! The canary: once an hour cases of our own lead to a notice of our own, to a mailbox of our own.
//!
//! A check-in at a venue that is no venue is sealed to today's key and stored. As many cases as the table asks for there
//! were at that venue, as an interview tells it, and are matched as anybody's are; the notice that comes of them is
//! approved by nobody but this file; then the jobs that do it for everybody open it, put it into the outbox and send it.
//! Whatever of that breaks is noticed within the hour, before somebody is to be warned: the mail server took it, and it lies
//! in the mailbox, where one is read. The cases are erased in the same turn, check-in, notice and message afterwards; what
//! stays are the ledger's entries.
//!
//! Not walked are the forms, which visitors and officers watch, and the search for a reported address: of a day that is still
//! open it would open everybody's check-ins, for a case that is none.
//!
//! Nobody else can be written to this way. The venue's number is new each time, stands for no code and is in no store; its
//! notice is taken back unless it has exactly one recipient, and no one is added afterwards.

mod case;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Instant;
use domain::contact::Contact;
use domain::decision::Outcome;
use domain::id::{CaseId, MessageId, NoticeId, VenueId};
use domain::notice::{Approved, NoticeState, Released};
use domain::service_day::ServiceDay;
use domain::venue::{Venue, VenueCode};
use seal::day_key::Sealer;
use store::cases::CaseRecord;
use store::check_ins::SealedCheckIn;
use store::erasure::canary::CANARY;
use store::notices::Expanded;

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
    venue: Option<Venue>,
}

impl Memory {
    /// Where the canary's cases were, while they are matched: no store knows the place.
    pub const fn venue(&self) -> Option<&Venue> {
        self.venue.as_ref()
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self { flight: None, next: Instant::from_micros(0), sent: None, venue: None }
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
        let number = VenueId::from_random(self.randomness.bytes());
        let code = VenueCode::from_random(self.randomness.bytes());
        let Some((venue, needed)) = case::venue(&self.pack, number, code, now) else {
            tracing::error!("the canary has no place whose cases would lead to a notice");
            return Ok(0);
        };
        let day = self.pack.policy.calendar_of(&venue.category).day_of(now);
        let nonce = CheckInNonce::issue(now, self.randomness.bytes());
        let place = CheckInPlace { day, venue: number, at: now, nonce };
        let sealer = Sealer::new(self.ring.deployment().clone(), self.ring.verifying_key());
        let sealed = sealer.open_day(&self.ring.day_public(day)?);
        let Ok(sealed) = sealed.and_then(|sealer| sealer.seal(&canary.mailbox, "ja", &place)) else {
            tracing::error!(%day, "the canary's check-in can't be sealed");
            return Ok(0);
        };
        self.intake.put_check_ins(&[SealedCheckIn { place, sealed }], now).await?;
        // It is to be a notice and no confirmation.
        self.intake.end_arrivals(day, &[place]).await?;
        let cases: Vec<CaseRecord> = (0..needed)
            .map(|_| case::record(CaseId::from_random(self.randomness.bytes()), day, now))
            .collect();
        let visit = case::visit(&venue, day, self.pack.policy.reach(), now);
        let mut tx = self.office.begin().await?;
        for case in &cases {
            tx.add_case(case, std::slice::from_ref(&visit)).await?;
        }
        tx.commit().await?;
        self.flights.venue = Some(venue);
        let notice = self.lead_to_notice(&cases).await;
        self.flights.venue = None;
        let released = match notice {
            Ok(Some(notice)) => self.release_flight(notice).await.map(|()| Some(notice)),
            nothing => nothing,
        };
        self.office.erase_canary_cases().await?;
        match released? {
            Some(notice) => self.flights.flight = Some(Flight { notice, venue: number, day, begun: now }),
            None => self.intake.erase_canary(day, number).await?,
        }
        Ok(1)
    }

    /// The notice that comes of the canary's cases, matched as anybody's are, and with them.
    async fn lead_to_notice(&mut self, cases: &[CaseRecord]) -> Result<Option<NoticeId>, JobError> {
        // Somebody else's case that can't be matched is said by the matching, and keeps no other from its notice.
        // On the heap: the turn that awaits this holds another matching of its own.
        let matched = Box::pin(self.match_cases()).await;
        let Some(last) = cases.last() else { return Ok(None) };
        let findings = self.office.findings(last.id).await?;
        let proposed = findings.iter().find(|finding| finding.outcome == Outcome::Proposed);
        let Some(notice) = proposed.and_then(|finding| finding.notice) else {
            let outcomes: Vec<&str> = findings.iter().map(|finding| finding.outcome.as_str()).collect();
            let failed = matched.err().map(|error| error.to_string());
            tracing::error!(outcomes = outcomes.join(", "), failed, "the canary's cases led to no notice");
            return Ok(None);
        };
        Ok(Some(notice))
    }

    /// The notice, approved and released by the jobs' own means; taken back unless it is to one recipient.
    async fn release_flight(&mut self, notice: NoticeId) -> Result<(), JobError> {
        let now = self.clock.now();
        let mut tx = self.office.begin().await?;
        tx.approve(Approved::loaded(notice, now), CANARY, now).await?;
        tx.commit().await?;
        Box::pin(self.release_notices()).await?;
        let days = self.office.notice_days(notice).await?;
        let mut tx = self.office.begin().await?;
        for at in days {
            tx.set_expanded(Released::loaded(notice), at.venue, (at.day, at.band), Expanded::Done).await?;
        }
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
        self.office.erase_canary_cases().await?;
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
