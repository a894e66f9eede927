//! What the worker holds of the account on LINE, and the chores around it: the month's quota, the stop, and what
//! is forgotten.

use std::collections::HashSet;
use std::time::Duration;

use deliver::line::{LineCourier, LineError, Quota};
use domain::clock::Instant;
use domain::contact::Channel;
use domain::service_day::ServiceDay;
use seal::line::ChannelSecret;

use crate::Worker;
use crate::job::JobError;

/// The account on LINE, as the worker needs it.
pub struct Line {
    /// The way there.
    pub courier: LineCourier,
    /// By which an account's mark is made: whoever has blocked us isn't written to.
    pub secret: ChannelSecret,
    /// Where the public door stands: pages that notices lead to.
    pub public_url: String,
    /// Whether an answer whose token ran out is pushed, which counts against the month.
    pub push_late_replies: bool,
    /// What a message costs.
    pub price: Price,
}

/// What messages cost, as the plan has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Messages of a month that cost nothing more.
    pub included: u64,
    /// Yen for a thousand beyond them.
    pub yen_per_thousand: u64,
}

/// What the worker remembers of LINE, in memory only.
#[derive(Default)]
pub(crate) struct LineMemory {
    /// Until when LINE is left alone.
    pub rests_until: Option<Instant>,
    /// Who was answered on which day at which place.
    pub answered: HashSet<(ServiceDay, String, [u8; 16])>,
    /// When the quota was asked for.
    asked_at: Option<Instant>,
}

/// Among the office's settings: the month's quota as LINE said it, for officers to read.
pub const LINE_QUOTA: &str = "line_quota";

/// Among intake's settings: whether officers have stopped LINE, for the check-in page.
const LINE_STOPPED: &str = "line_stopped";

/// How often the quota is asked for.
const QUOTA_EVERY: Duration = Duration::from_secs(600);

/// For how long the numbers of events are remembered: longer than an event is taken.
const EVENTS_FOR: Duration = Duration::from_secs(2 * 3600);

impl Worker {
    /// Whether LINE is left alone now.
    pub(crate) fn line_rests(&self) -> bool {
        self.line_memory.rests_until.is_some_and(|until| crate::mend_times::waits(until, self.clock.now()))
    }

    /// Leaves LINE alone for a while.
    pub(crate) fn let_line_rest(&mut self, time: Duration) {
        self.line_memory.rests_until = Some(self.clock.now().plus(time));
    }

    /// The chores: what officers stopped is told to the page, the quota to officers; old events are forgotten.
    pub(crate) async fn line_chores(&mut self) -> Result<usize, JobError> {
        if self.line.is_none() {
            return Ok(0);
        }
        let now = self.clock.now();
        let stopped: &[u8] = if self.office.is_stopped(Channel::Line).await? { b"1" } else { b"0" };
        if self.intake.setting(LINE_STOPPED).await?.as_deref() != Some(stopped) {
            self.intake.set(LINE_STOPPED, stopped).await?;
        }
        let due = self.line_memory.asked_at.is_none_or(|at| now < at || now.since(at) >= QUOTA_EVERY);
        if !due || self.line_rests() {
            return Ok(0);
        }
        self.line_memory.asked_at = Some(now);
        self.intake.erase_line_events(now.minus(EVENTS_FOR)).await?;
        let Some(line) = &self.line else { return Ok(0) };
        match line.courier.quota().await {
            Ok(quota) => {
                let text = written(quota, line.price, now);
                self.office.set(LINE_QUOTA, &text).await?;
                Ok(0)
            }
            Err(error) => Err(JobError::Line(error.to_string())),
        }
    }

    /// What a failure of LINE's means for the calls after it.
    pub(crate) fn line_failed(&mut self, error: &LineError) {
        match error {
            LineError::Busy { after, spent, .. } => {
                if *spent {
                    tracing::error!("LINE takes no more messages this month: what is left waits");
                }
                // Nothing is gained by asking each minute for what only a new month or plan changes.
                self.let_line_rest(if *spent { (*after).max(QUOTA_EVERY) } else { *after });
            }
            LineError::Unreachable(_) => self.let_line_rest(Duration::from_secs(30)),
            LineError::Transient { .. } | LineError::Permanent { .. } => {}
        }
    }
}

/// `<limit or ->␣<used>␣<included>␣<yen per thousand>␣<when>`: five numbers that the officers' page reads.
fn written(quota: Quota, price: Price, now: Instant) -> String {
    let limit = quota.limit.map_or_else(|| "-".to_owned(), |limit| limit.to_string());
    let Price { included, yen_per_thousand } = price;
    format!("{limit} {} {included} {yen_per_thousand} {}", quota.used, now.as_micros())
}
