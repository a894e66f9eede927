//! A day that expired loses its key, then everything else (OSK-30).
//!
//! Key first: after that its check-ins are noise in every copy, wherever that copy lies, and a crash can
//! only leave noise behind. Then the files and rows go, it is looked whether they are gone, and the
//! erasure is published with its numbers. Every step can be done again.
//!
//! What is expired is asked of the key ring too. The database may call a day erased whose key is still
//! here: someone wrote that into it, or an older copy of the ring was put back. Such a day is erased like any
//! other, under the same guards. Its line in the public record is the first one: what a day held is
//! counted when it goes, and a second look finds nothing left to count. That it was done again says the
//! ledger.

use std::collections::BTreeSet;

use domain::clock::Instant;
use domain::ledger::{Act, Entry};
use domain::notice::NoticeState;
use domain::retention::{self, Guard, Keep};
use domain::service_day::ServiceDay;
use seal::key_ring::{KeyRing, RingError};
use store::days::DayState;
use store::erasure::{Erased, PublicErasure};
use store::{Intake, Office};

use crate::{JobError, Worker, metrics, traces};

/// The worker's last look at the clock, in microseconds.
pub(crate) const LAST_SEEN: &str = "last_seen";

/// Set by `tadori doctor --trust-clock`: an engineer vouches for the clock once.
pub const CLOCK_TRUSTED: &str = "clock_trusted";

/// How long a quota stays that is over: web servers' clocks may be so far behind ours.
const QUOTAS_FOR: std::time::Duration = std::time::Duration::from_secs(15 * 60);

impl Worker {
    /// Erases what is expired, unless a guard refuses.
    pub(crate) async fn erase_days(&mut self) -> Result<usize, JobError> {
        if self.ring.is_read_only() {
            return Ok(0);
        }
        let now = self.clock.now();
        let today = self.pack.policy.oldest_day(now);
        let keep = self.pack.policy.data.keep();
        let stored = self.intake.days().await?;
        let listed: BTreeSet<ServiceDay> = stored.iter().map(|day| day.day).collect();
        let known: BTreeSet<ServiceDay> = listed.iter().copied().chain(self.ring.days()).collect();
        // Those whose end has begun are ended in any case, below: they make no "too many".
        let ending = |day: &ServiceDay| {
            stored.iter().any(|known| known.day == *day && known.state == DayState::Expiring)
        };
        let days: Vec<ServiceDay> = known.into_iter().filter(|day| !ending(day)).collect();
        let last_seen = self.last_seen().await?;
        if last_seen.is_none() {
            self.watch.believe();
        }
        let due = self.watch.guard().map_or_else(|| retention::due(&days, today, keep, now, last_seen), Err);
        let (mut due, refused) = match due {
            Ok(due) => (due, false),
            Err(guard) => {
                self.refuse(guard).await?;
                (Vec::new(), true)
            }
        };
        // A day whose erasure a crash cut short is ended whatever the clock says: its key may be gone.
        due.extend(stored.iter().filter(|day| day.state == DayState::Expiring).map(|day| day.day));
        due.sort();
        due.dedup();
        metrics::erasing_refused(refused);
        for day in &due {
            self.intake.set_day_state(*day, DayState::Expiring, now).await?;
        }
        if !refused {
            self.refused = None;
            // Vouched for once: from here on jumps are noticed again, whether or not anything was due. The word is
            // used up last, when what was due by it is marked and the moment is known: a crash before asks for no other.
            if last_seen.is_none() {
                self.office.set(LAST_SEEN, &now.as_micros().to_string()).await?;
            }
            self.office.set(CLOCK_TRUSTED, "").await?;
            self.intake.erase_quotas(now.minus(QUOTAS_FOR)).await?;
            let cases = self.office.erase_cases(first_kept(today, keep)).await?;
            if cases > 0 {
                self.record(Act::CasesErased, "", &format!("陽性者{cases}人")).await?;
            }
        }
        if due.is_empty() {
            self.flush().await;
            return Ok(0);
        }
        self.ring.destroy_days(&due)?;
        for day in &due {
            traces::step("erase a day", self.erase_day(*day, listed.contains(day))).await?;
        }
        if !refused {
            let a_month_ago = now.minus(std::time::Duration::from_secs(31 * 24 * 3600));
            self.intake.erase_codes(a_month_ago).await?;
            let kept = self.pack.policy.calendar.start_of(first_kept(today, keep));
            self.intake.erase_line_friends(kept).await?;
            self.decline_erased(today, keep).await?;
            self.erase_operators(today, keep).await?;
        }
        self.to_flush = true;
        self.flush().await;
        Ok(due.len())
    }

    /// A proposal whose days are all gone has nobody left to write to: it ends, with the reason.
    async fn decline_erased(&mut self, today: ServiceDay, keep: Keep) -> Result<(), JobError> {
        let reason = "利用日の記録が消去されたため";
        for notice in self.office.notices(NoticeState::Proposed).await? {
            let days = self.office.notice_days(notice.id).await?;
            if days.iter().any(|at| !retention::expired(at.day, today, keep)) {
                continue;
            }
            let mut tx = self.office.begin().await?;
            tx.decline(notice.id, "worker", reason, self.clock.now()).await?;
            tx.record(&self.entry(Act::NoticeDeclined, notice.id.to_string(), reason)).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The operator of a withdrawn or declined venue is kept as long as anybody who was there: until the day of
    /// that is expired. Looked at when a day goes, which is once a day.
    async fn erase_operators(&self, today: ServiceDay, keep: Keep) -> Result<(), JobError> {
        for (venue, at) in self.intake.ended_with_operator().await? {
            if retention::expired(self.pack.policy.calendar.day_of(at), today, keep) {
                self.intake.erase_operator(venue).await?;
                self.record(Act::OperatorErased, &venue.to_string(), "施設の無効化から保存期間が過ぎたため")
                    .await?;
            }
        }
        Ok(())
    }

    /// Writes the journals back, so that no erased row lies in one; a reader may hold it up, then again at
    /// the next turn.
    async fn flush(&mut self) {
        if !self.to_flush {
            return;
        }
        match (self.intake.checkpoint().await, self.office.checkpoint().await) {
            (Ok(()), Ok(())) => self.to_flush = false,
            (intake, office) => {
                let error = intake.err().or(office.err()).map_or_else(String::new, |error| error.to_string());
                tracing::warn!(error, "a journal still holds erased rows; tried again at the next turn");
            }
        }
    }

    /// Erases what is left of a day whose key is gone. One that was not `listed` was called erased before.
    async fn erase_day(&mut self, day: ServiceDay, listed: bool) -> Result<(), JobError> {
        let again = if listed {
            ""
        } else {
            "消去済みとされながら鍵が残っていたため、あらためて消去："
        };
        erase_remains(&self.intake, &self.office, &self.ring, self.clock.now(), day, again).await
    }

    /// The last look at the clock; `None` at the very first, and when an engineer vouches for it.
    pub(crate) async fn last_seen(&self) -> Result<Option<Instant>, JobError> {
        if self.office.setting(CLOCK_TRUSTED).await?.is_some_and(|trusted| !trusted.is_empty()) {
            return Ok(None);
        }
        let seen = self.office.setting(LAST_SEEN).await?.and_then(|text| text.parse().ok());
        Ok(seen.map(Instant::from_micros))
    }

    /// Says once that nothing is erased, and why.
    async fn refuse(&mut self, guard: Guard) -> Result<usize, JobError> {
        let why = guard.to_string();
        let said_before = self.refused.as_deref() == Some(why.as_str());
        // First of all: while this is set, the moment is not recorded, so that the jump stays a jump.
        self.refused = Some(why.clone());
        if !said_before {
            tracing::error!(why, "nothing is erased; `tadori doctor --trust-clock` vouches for the clock");
            let said = match guard {
                Guard::ClockWentBack => "時計が前に見た時刻より戻っているため".to_owned(),
                Guard::ClockJumped(days) => format!("時計が{days}日進んだか、その間止まっていたため"),
                Guard::TooYoung(day) => format!("{day}は、消去するには新しすぎるため"),
                Guard::TooMany(days) => format!("一度に{days}日分は多すぎるため"),
            };
            self.record(Act::ErasureRefused, "", &said).await?;
        }
        Ok(0)
    }
}

/// The first date of a positive test that is still kept.
fn first_kept(today: ServiceDay, keep: Keep) -> ServiceDay {
    // No policy keeps anything longer than three months.
    let mut day = today.plus_days(-100);
    while retention::expired(day, today, keep) {
        day = day.plus_days(1);
    }
    day
}

/// Erases everything of a day but its key, which went first; looks whether it is gone, and publishes it. `why` stands
/// before the figures in the ledger.
///
/// # Errors
/// [`JobError`]; doing it again finishes what is left.
pub async fn erase_remains(
    intake: &Intake,
    office: &Office,
    ring: &KeyRing,
    now: Instant,
    day: ServiceDay,
    why: &str,
) -> Result<(), JobError> {
    let of_office = office.erase_day(day).await?;
    intake.erase_line_day(day).await?;
    let check_ins = intake.erase_day_file(day).await?;
    let key_gone = matches!(ring.open_day(day), Err(RingError::Destroyed(_) | RingError::Unknown(_)));
    let verified = key_gone && intake.day_file_is_gone(day).await?;
    let erased = Erased { check_ins, ..of_office };
    let of = PublicErasure { day, erased_at: now, erased, verified };
    let Erased { check_ins, index_rows, outbox_rows } = erased;
    let generation = ring.generation();
    let looked = if verified { "消えたことを確認" } else { "確認できず" };
    let detail = format!(
        "{why}登録{check_ins}件、照合用の索引{index_rows}件、送信の控え{outbox_rows}件、鍵の世代{generation}、{looked}"
    );
    let (actor, act) = ("worker".to_owned(), Act::DayErased);
    office.record(&Entry { at: now, actor, act, subject: day.to_string(), detail }).await?;
    Ok(intake.publish_erasure(&of).await?)
}
