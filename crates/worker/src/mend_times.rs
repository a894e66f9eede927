//! Times that were written down while a clock was wrong.
//!
//! What is tried again waits for a moment that was written down by the worker's clock of then. Were that clock days
//! ahead, everybody would wait for days after it was set right. So what lies further ahead than the program ever puts
//! anything is taken for such a mistake, and is due now. A notice's hold isn't touched: it is the officers' time.
//!
//! Looked at when the worker begins, when its clock was set back, and once an hour.

use std::time::Duration;

use domain::clock::Instant;

use crate::{JobError, Worker};

/// Nothing is put off for longer than an hour (`job::back_off`, the longest rest of a push service); another hour is
/// for clocks that differ.
pub(crate) const FURTHEST: Duration = Duration::from_secs(2 * 3600);

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(3600);

/// Whether a moment that was put off is still to be waited for.
pub(crate) fn waits(until: Instant, now: Instant) -> bool {
    now < until && until.since(now) <= FURTHEST
}

impl Worker {
    /// Brings back what waits for a moment that never was meant.
    pub(crate) async fn mend_times(&mut self) -> Result<usize, JobError> {
        let now = self.clock.now();
        if self.mended_at.is_some_and(|at| now >= at && now.since(at) < EVERY) {
            return Ok(0);
        }
        let latest = now.plus(FURTHEST);
        let moved = self.office.hurry_outbox(latest, now).await?
            + self.intake.hurry_operator_mails(latest, now).await?
            + self.intake.hurry_enquiries(latest, now).await?;
        if moved > 0 {
            tracing::warn!(moved, "a clock that was far ahead had put these off: they wait no longer");
        }
        self.mended_at = Some(now);
        Ok(usize::try_from(moved).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_too_far_ahead_is_not_waited_for() {
        let now = Instant::from_micros(1_790_000_000_000_000);
        let after = |hours: u64| now.plus(Duration::from_secs(3600 * hours));
        assert!(!waits(now, now) && waits(after(1), now) && waits(after(2), now));
        assert!(!waits(after(3), now) && !waits(after(24 * 3650), now));
    }
}
