//! The worker: opens personal data, sends, erases. Listens to nobody.
//!
//! It owns the key ring, and alone can read what visitors left. What it does is a list of jobs, each in
//! a file named after it, each safe to be killed at any line and done again:
//!
//! ```text
//! make_days        keys and files of service days, 14 ahead
//! take_reports     patients' reports become cases
//! match_cases      cases → venues and days → notices proposed, or declined with the reason
//! canary           once an hour a notice of our own to a mailbox of our own
//! mend_times       what a wrong clock put off for days is due
//! release_notices  approved and held long enough → recipients, one message a person
//! send_outbox      claim → open → deliver → settle
//! line_replies     who wrote on LINE → answers; line_chores: quota, stop
//! confirm          check-ins → confirmations; registrations → posters
//! enquiries        operators' questions → the desk
//! close_day        a day that ended is rewritten, counted and indexed
//! erase_days       a day that expired loses its key, then everything else
//! ```
//!
//! One job's failure doesn't stop the others; it is logged once, here, and tried again at the next turn.

pub mod canary;
pub mod job;
mod metrics;
mod recipients;

mod clock_watch;
mod close_day;
mod confirm;
mod enquiries;
pub mod erase_days;
mod gate;
mod letter;
pub mod line;
mod line_groups;
mod line_replies;
mod mail_ways;
mod make_days;
mod match_cases;
mod match_findings;
mod mend_times;
mod operator_mails;
mod others;
pub mod push;
mod release_notices;
pub mod ring_lease;
mod search_open_days;
mod send_outbox;
mod take_reports;
mod touched;
mod traces;

use std::sync::Arc;
use std::time::Duration;

use deliver::Courier;
use domain::clock::{Clock, Instant};
use domain::id::LeaseId;
use domain::ledger::{Act, Entry};
use domain::policy::pack::Pack;
use seal::key_ring::KeyRing;
use seal::random::Randomness;
use seal::tag::RecipientKey;
use store::leases::RING;
use store::{Intake, Office};

pub use job::JobError;
pub use line::Line;
pub use push::Push;

/// How long the worker rests when there is nothing to do.
const REST: Duration = Duration::from_secs(1);

/// How often it is written down which jobs ended well.
const SUCCESSES_EVERY: Duration = Duration::from_secs(10);

/// The jobs of a turn, as figures and the store name them.
pub const JOBS: [&str; 16] = [
    "make_days",
    "take_reports",
    "match_cases",
    "canary",
    "mend_times",
    "release_notices",
    "line_replies",
    "line_chores",
    "send_outbox",
    "send_groups",
    "confirm",
    "operator_mails",
    "enquiries",
    "close_day",
    "erase_days",
    "see_clock",
];

/// The worker with everything that it holds.
pub struct Worker {
    intake: Intake,
    office: Office,
    looks: gate::Looks,
    sender: Option<LeaseId>,
    ring: KeyRing,
    courier: Courier,
    pack: Arc<Pack>,
    clock: Clock,
    randomness: Randomness,
    confirming: confirm::Memory,
    persons: Arc<RecipientKey>,
    mail_rests_until: Instant,
    mended_at: Option<Instant>,
    line: Option<Line>,
    push: Option<Push>,
    push_pace: push::pace::Pace,
    line_memory: line::LineMemory,
    canary: Option<canary::Canary>,
    flights: canary::Memory,
    refused: Option<String>,
    watch: clock_watch::ClockWatch,
    holds_unanswered: bool,
    unsettled: Option<send_outbox::Unsettled>,
    owns: bool,
    to_flush: bool,
    successes_at: Option<Instant>,
}

/// What a turn of all jobs did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// How much was done; nothing means that the worker may rest.
    pub done: usize,
    /// How many jobs failed.
    pub failed: usize,
}

impl Worker {
    /// A worker that owns this ring.
    pub fn new(
        intake: Intake,
        office: Office,
        ring: KeyRing,
        courier: Courier,
        pack: Arc<Pack>,
        clock: Clock,
        randomness: Randomness,
    ) -> Self {
        let confirming = confirm::Memory::new(&randomness);
        let persons = Arc::new(RecipientKey::new(&randomness));
        let mail_rests_until = Instant::from_micros(0);
        Self {
            intake,
            looks: gate::Looks::new(&office, &clock, None),
            sender: None,
            office,
            ring,
            courier,
            pack,
            clock,
            randomness,
            confirming,
            persons,
            mail_rests_until,
            mended_at: None,
            line: None,
            push: None,
            push_pace: push::pace::Pace::default(),
            line_memory: line::LineMemory::default(),
            canary: None,
            flights: canary::Memory::default(),
            refused: None,
            watch: clock_watch::ClockWatch::default(),
            holds_unanswered: false,
            unsettled: None,
            owns: false,
            to_flush: true,
            successes_at: None,
        }
    }

    /// The same with an account on LINE.
    pub fn with_line(mut self, line: Option<Line>) -> Self {
        self.line = line;
        self
    }

    /// The same with a way to push services.
    pub fn with_push(mut self, push: Option<Push>) -> Self {
        self.push = push;
        self
    }

    /// The same, which has the key ring under this number where several machines share it: it sends nothing once
    /// the ring is another's.
    pub fn under_lease(mut self, number: Option<LeaseId>) -> Self {
        self.sender = number;
        self.looks = gate::Looks::new(&self.office, &self.clock, number);
        self
    }

    /// The same, but that a mail of a notice isn't sent again where nobody knows whether it was taken.
    pub fn holding_unanswered(mut self, holds: bool) -> Self {
        self.holds_unanswered = holds;
        self
    }

    /// Works until `stop` resolves. A turn that has begun is ended; nothing is left half done.
    pub async fn run(&mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            // Who owns the ring no more begins nothing; its process is about to end.
            let turn = if self.is_owner().await { self.turn().await } else { Turn::default() };
            let rest = if turn.done > 0 && turn.failed == 0 { Duration::ZERO } else { REST };
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(rest) => {}
            }
        }
        self.courier.close().await;
    }

    /// Whether the ring is still this worker's, where several machines share it.
    async fn is_owner(&self) -> bool {
        let Some(number) = self.sender else { return true };
        matches!(self.office.lease(RING).await, Ok(Some(lease)) if lease.owner == Some(number))
    }

    /// Does every job once.
    pub async fn turn(&mut self) -> Turn {
        // On the heap: a turn's state is large, and whoever awaits one would have it on the stack.
        Box::pin(traces::turn(self.every_job())).await
    }

    async fn every_job(&mut self) -> Turn {
        let mut turn = Turn::default();
        if let Err(error) = self.ring.refresh() {
            tracing::error!(%error, "the key ring can't be read");
            return Turn { done: 0, failed: 1 };
        }
        let now = self.clock.now();
        self.watch.look(&self.clock);
        let mut well = Vec::with_capacity(JOBS.len());
        metrics::owns_ring(!self.ring.is_read_only());
        turn.count(traces::job("make_days", self.make_days()).await, &mut well);
        turn.count(traces::job("take_reports", self.take_reports()).await, &mut well);
        turn.count(traces::job("match_cases", self.match_cases()).await, &mut well);
        turn.count(traces::job("canary", self.fly_canary()).await, &mut well);
        turn.count(traces::job("mend_times", self.mend_times()).await, &mut well);
        turn.count(traces::job("release_notices", self.release_notices()).await, &mut well);
        turn.count(traces::job("line_replies", self.line_replies()).await, &mut well);
        turn.count(traces::job("line_chores", self.line_chores()).await, &mut well);
        turn.count(traces::job("send_outbox", self.send_outbox()).await, &mut well);
        turn.count(traces::job("send_groups", self.send_groups()).await, &mut well);
        turn.count(traces::job("confirm", self.confirm()).await, &mut well);
        turn.count(traces::job("operator_mails", self.operator_mails()).await, &mut well);
        turn.count(traces::job("enquiries", self.enquiries()).await, &mut well);
        turn.count(traces::job("close_day", self.close_days()).await, &mut well);
        let erased = traces::job("erase_days", self.erase_days()).await;
        let looked = erased.1.is_ok();
        turn.count(erased, &mut well);
        if looked {
            turn.count(traces::job("see_clock", self.see_clock()).await, &mut well);
        }
        self.write_successes(&well, now).await;
        turn
    }

    /// The ring, for whoever runs the worker in the same process.
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// Records the moment, by which the next turn notices a clock that jumped.
    async fn see_clock(&mut self) -> Result<usize, JobError> {
        if self.refused.is_none() && self.watch.has_begun() {
            self.office.set(erase_days::LAST_SEEN, &self.clock.now().as_micros().to_string()).await?;
        }
        Ok(0)
    }

    /// Writes down now and then which jobs ended well, for whoever watches any of the workers.
    async fn write_successes(&mut self, jobs: &[&'static str], now: Instant) {
        if self.successes_at.is_some_and(|at| now >= at && now.since(at) < SUCCESSES_EVERY) {
            return;
        }
        match self.office.jobs_succeeded(jobs, now).await {
            Ok(()) => self.successes_at = Some(now),
            Err(error) => tracing::warn!(%error, "which jobs ended well could not be written down"),
        }
    }

    /// Whether the mail server may be tried now; after it was not to be reached it is left alone a while.
    fn mail_rests(&self) -> bool {
        mend_times::waits(self.mail_rests_until, self.clock.now())
    }

    fn let_mail_rest(&mut self) {
        self.mail_rests_until = self.clock.now().plus(Duration::from_secs(30));
    }

    fn entry(&self, act: Act, subject: impl Into<String>, detail: impl Into<String>) -> Entry {
        Entry {
            at: self.clock.now(),
            actor: "worker".into(),
            act,
            subject: subject.into(),
            detail: detail.into(),
        }
    }
}

impl Turn {
    fn count(&mut self, (job, result): traces::Ended, well: &mut Vec<&'static str>) {
        match result {
            Ok(done) => {
                self.done += done;
                well.push(job);
            }
            Err(error) => {
                self.failed += 1;
                metrics::job_failed(job);
                tracing::error!(job, %error, "a job failed and will be done again");
            }
        }
    }
}
