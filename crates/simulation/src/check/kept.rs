//! What is kept, for how long, and what is recorded of it: invariants 1, 2, 11 and 12.

use std::collections::{BTreeMap, BTreeSet};

use domain::check_in::CheckInNonce;
use domain::notice::{NoticeKind, NoticeState};
use domain::service_day::ServiceDay;

use crate::history::{Act, Calm, Case, Day, History, Said};

/// 1.
pub fn present_once(history: &History, say: &mut impl FnMut(u8, String)) {
    for calm in &history.calms {
        for sent in history.check_ins.iter().filter(|sent| sent.said == Said::Yes && sent.turn <= calm.turn) {
            let Some(day) = calm.days.get(&sent.at.1).filter(|day| !day.erased) else { continue };
            let own: Vec<_> = day.opened.iter().filter(|(nonce, ..)| *nonce == sent.nonce).collect();
            let as_sent = own.iter().all(|(_, place, moment, who)| {
                *place == sent.at.0 && *moment == sent.moment && *who == sent.who
            });
            if own.len() != 1 || !as_sent {
                let (place, day) = sent.at;
                say(
                    1,
                    format!("{} was thanked at {place} on {day} and is there {} times", sent.who, own.len()),
                );
            }
        }
    }
}

/// 2.
pub fn nothing_invented(history: &History, say: &mut impl FnMut(u8, String)) {
    for calm in &history.calms {
        for (day, seen) in calm.days.iter().filter(|(_, seen)| !seen.erased) {
            if seen.unopened > 0 {
                say(2, format!("{} check-ins of {day} don't open", seen.unopened));
            }
            let mut known: BTreeSet<CheckInNonce> = BTreeSet::new();
            for (nonce, place, _, who) in &seen.opened {
                let sent = history.check_in(*nonce);
                let is_sent = sent.is_some_and(|sent| {
                    sent.said != Said::No && sent.who == *who && sent.at == (*place, *day)
                });
                if !is_sent || !known.insert(*nonce) {
                    say(2, format!("{who} at {place} on {day} is there, and nobody sent that"));
                }
            }
        }
    }
}

/// 11.
pub fn gone_in_time(history: &History, say: &mut impl FnMut(u8, String)) {
    let keep = domain::retention::Keep::Days(history.rules.keep);
    for calm in &history.calms {
        for (day, seen) in &calm.days {
            let over = domain::retention::expired(*day, calm.today, keep);
            if over {
                let left = left_over(history, calm, *day, seen);
                if seen.key_is_held || seen.file_is_there || !seen.erased || !left.is_empty() {
                    say(11, format!("{day} is over on {} and not gone: {seen:?}", calm.today));
                }
            } else if seen.erased || !seen.key_is_held || !seen.file_is_there {
                say(11, format!("{day} is gone on {} before its time", calm.today));
            }
        }
        for case in &history.cases {
            let over = domain::retention::expired(case.positive_on, calm.today, keep);
            if over && calm.cases.contains(&case.id) {
                say(11, format!("a case of {} is there on {}", case.positive_on, calm.today));
            }
        }
    }
}

/// Rows of a day that should be gone with it. What an officer enters of a day that was erased before stays as long as
/// the case: it is the interview's, not the day's.
fn left_over(history: &History, calm: &Calm, day: ServiceDay, seen: &Day) -> Vec<(&'static str, u64)> {
    let told = |case: &Case| calm.cases.contains(&case.id) && case.visits.iter().any(|at| at.1 == day);
    let told_of = history.cases.iter().any(told);
    let of_interviews = |table: &str| told_of && matches!(table, "interview_visit" | "finding");
    seen.office_rows.iter().copied().filter(|(table, _)| !of_interviews(table)).collect()
}

/// 12.
pub fn recorded(history: &History, say: &mut impl FnMut(u8, String)) {
    for calm in &history.calms {
        if !calm.ledger_is_whole {
            say(12, "the ledger's chain is broken".to_owned());
        }
        published(history, calm, say);
    }
    let Some(calm) = history.last_calm() else { return };
    for (id, notice) in &history.notices {
        let acts = calm.ledger_of_notices.get(id).map_or(&[][..], Vec::as_slice);
        let count = |word: &str| acts.iter().filter(|act| *act == word).count();
        let done = |act: Act| notice.acts.iter().filter(|(own, _)| *own == act).count();
        let released = usize::from(matches!(notice.state, NoticeState::Released | NoticeState::Settled));
        let settled = usize::from(notice.state == NoticeState::Settled);
        let was_approved = usize::from(notice.approved.is_some());
        let wrong = count("notice_settled") != settled
            || count("notice_released") < released
            || count("notice_released") > was_approved
            || count("notice_approved") != done(Act::Approved)
            || count("notice_stopped") < done(Act::Stopped)
            || count("notice_declined") < done(Act::Declined);
        if wrong {
            say(
                12,
                format!("{id} is {:?} after {:?}, and the ledger has {acts:?}", notice.state, notice.acts),
            );
        }
        figures(history, id, say);
    }
}

fn published(history: &History, calm: &Calm, say: &mut impl FnMut(u8, String)) {
    for (day, seen) in calm.days.iter().filter(|(_, seen)| seen.erased) {
        let of = |said: &[Said]| {
            let own = history.check_ins.iter().filter(|sent| sent.at.1 == *day && said.contains(&sent.said));
            own.count() as u64
        };
        let (surely, perhaps) = (of(&[Said::Yes]), of(&[Said::Yes, Said::Nothing]));
        match seen.published {
            Some(held) if (surely..=perhaps).contains(&held) => {}
            other => say(12, format!("{day} held {surely} to {perhaps} check-ins; published: {other:?}")),
        }
    }
}

fn figures(history: &History, id: &domain::id::NoticeId, say: &mut impl FnMut(u8, String)) {
    let notice = &history.notices[id];
    if notice.state == NoticeState::Settled {
        let mut states: BTreeMap<&str, u64> = BTreeMap::new();
        for row in history.rows.values().filter(|row| row.notice == *id) {
            *states.entry(row.state.as_str()).or_default() += 1;
        }
        let count = |state: &str| states.get(state).copied().unwrap_or(0);
        // Rows that went with their day were last seen waiting.
        let (sent, failed, gone) = (count("sent"), count("failed"), count("waiting"));
        if notice.sent > sent + gone || notice.failed > failed + gone || sent + failed + gone < notice.sent {
            say(
                12,
                format!("{id} says {} sent, {} failed; the outbox {states:?}", notice.sent, notice.failed),
            );
        }
    }
    if notice.kind == NoticeKind::Alert {
        let (least, most) = super::told::others(history, notice);
        // Proposed in the turn that erased its day: its cases went before anybody could look.
        let unseen = notice.cases.is_empty() && history.erased_in.contains(&notice.first_seen);
        let least = if unseen { 0 } else { least };
        if !(least..=most).contains(&notice.others) {
            let (others, seen, days) = (notice.others, notice.first_seen, &notice.days);
            say(
                12,
                format!(
                    "{id} of turn {seen} about {days:?} says {others} others; there were {least} to {most}"
                ),
            );
        }
    }
}
