//! Keys and files of service days, made 14 days ahead, so that no web server ever waits for one.

use store::days::{Day, DayState};

use crate::{JobError, Worker};

/// How many days beyond today are prepared.
const AHEAD: i64 = 14;

impl Worker {
    /// Prepares today and the days ahead that aren't prepared yet; makes the office's public key known.
    pub(crate) async fn make_days(&mut self) -> Result<usize, JobError> {
        let now = self.clock.now();
        let policy = &self.pack.policy;
        let (first, today) = (policy.oldest_day(now), policy.newest_day(now));
        // Past days too, as far as visits on them may still be entered: a new installation takes them.
        let first = first.plus_days(-policy.check_in.late_days());
        let known: Vec<_> = self.intake.days().await?.into_iter().map(|day| day.day).collect();
        let mut missing: Vec<_> =
            first.through(today.plus_days(AHEAD)).filter(|day| !known.contains(day)).collect();
        if missing.is_empty() || self.ring.is_read_only() {
            return Ok(0);
        }
        let mut done = 0;
        for day in missing.clone() {
            if self.intake.day(day).await?.is_none() {
                continue;
            }
            // It is marked as erased. No day that isn't over ever was: where its key is here, somebody wrote that.
            missing.retain(|other| *other != day);
            if day >= policy.oldest_day(now) && self.ring.days().contains(&day) {
                tracing::error!(%day, "a day that isn't over was marked as erased; it is open again");
                self.intake.set_day_state(day, DayState::Open, now).await?;
                done += 1;
            }
        }
        for public in self.ring.make_days(&missing)? {
            let day = Day {
                day: public.day,
                suite: public.suite,
                public_key: public.public_key.to_vec(),
                signature: public.signature.to_vec(),
                state: DayState::Open,
                check_ins: 0,
            };
            self.intake.make_day(&day, now).await?;
        }
        Ok(done + missing.len())
    }
}
