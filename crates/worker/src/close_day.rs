//! A day that ended is rewritten, counted and indexed.
//!
//! Ten minutes after the last moment at which a visit on it is taken, since no check-in waits longer than one;
//! and when its confirmations are sent, or a day later at the latest. Where visitors enter past visits that
//! is so many days after its end. Not by a clock that was just set, or is far ahead (`clock_watch`). Then cases whose window holds the day are matched again, so that a
//! check-in after the first match counts too.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::clock::Instant;
use domain::ledger::Act;
use domain::retention::LONGEST_GAP;
use domain::service_day::ServiceDay;
use store::days::DayState;

use crate::{JobError, Worker, traces};

/// How long a day that takes no more visits is left open.
const GRACE: Duration = Duration::from_secs(10 * 60);

/// How long a day waits for its last confirmations.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

impl Worker {
    /// Closes every day that is over.
    pub(crate) async fn close_days(&mut self) -> Result<usize, JobError> {
        let now = self.clock.now();
        let mut closed = 0;
        if !self.watch.has_begun() {
            let last_seen = self.last_seen().await?;
            self.watch.begin(last_seen, now);
        }
        let over = |day: ServiceDay| now >= self.pack.policy.taken_until(day).plus(GRACE);
        let stored = self.intake.days().await?.into_iter();
        let ended: Vec<ServiceDay> = stored
            .filter(|stored| stored.state == DayState::Open && over(stored.day))
            .map(|stored| stored.day)
            .collect();
        if ended.is_empty() || !self.are_over(&ended, now).await? {
            return Ok(0);
        }
        for day in ended {
            let end = self.pack.policy.taken_until(day);
            if now < end.plus(PATIENCE) && self.intake.count_arrivals(day).await? > 0 {
                continue;
            }
            // First what a crash must not leave out, then what makes the day closed: no check-in waits as long
            // as the grace, so nothing is missed, and a day that is still open is gone through again.
            let check_ins = self.intake.count_check_ins(day).await?;
            if self.pack.policy.cases.self_report && check_ins > 0 {
                traces::step("index a day", self.index_day(day, "利用日の締め")).await?;
            }
            let mut tx = self.office.begin().await?;
            tx.match_again(day).await?;
            if self.pack.policy.reach().is_some() {
                // A band of the day before reaches into this one.
                tx.match_again(day.plus_days(-1)).await?;
            }
            tx.record(&self.entry(Act::DayClosed, day.to_string(), format!("登録{check_ins}件"))).await?;
            tx.commit().await?;
            self.intake.close_day(day, now).await?;
            closed += 1;
        }
        Ok(closed)
    }

    /// Whether these days, which are over by our clock, are over indeed.
    async fn are_over(&mut self, days: &[ServiceDay], now: Instant) -> Result<bool, JobError> {
        if self.last_seen().await?.is_some_and(|last| now.since(last) > LONGEST_GAP) {
            // Said aloud by `erase_days`, which refuses for the same reason.
            return Ok(false);
        }
        if self.watch.is_believed(now) || !self.watch.counts(now) {
            return Ok(self.watch.is_believed(now));
        }
        let mut counts = BTreeMap::new();
        for day in days {
            counts.insert(*day, self.intake.count_check_ins(*day).await?);
        }
        Ok(self.watch.may_close(counts, now))
    }

    /// Writes a closed day's tag index, once. Opening the day is recorded with its reason.
    pub(crate) async fn index_day(&mut self, day: ServiceDay, reason: &str) -> Result<(), JobError> {
        if self.office.is_indexed(day).await? {
            return Ok(());
        }
        let key = self.ring.tag_key(day)?;
        let (mut visitors, mut tags) = (self.visitors(day, None).await?, Vec::new());
        while let Some(page) = visitors.page().await? {
            tags.extend(page.iter().map(|visitor| (key.tag(&visitor.contact), visitor.check_in.place)));
        }
        self.office.write_index(day, &tags, self.clock.now()).await?;
        self.record(Act::ContactsOpened, &day.to_string(), &format!("{reason}：索引{}件", tags.len())).await
    }
}
