//! Who is told and who isn't: invariants 3 to 6.

use std::collections::{BTreeMap, BTreeSet};

use domain::contact::Channel;
use domain::id::{CaseId, NoticeId};
use domain::notice::{NoticeKind, NoticeState};
use domain::retention::{Keep, expired};
use domain::service_day::ServiceDay;
use domain::time_band::Span;

use crate::bands::{Bands, Met};
use crate::history::{At, Calm, Case, CheckIn, History, Notice, Row, Said, TurnNumber, Who};

/// Whether a case counted in a turn: surely, or perhaps.
fn counted(case: &Case, turn: TurnNumber) -> (bool, bool) {
    match case.withdrawn {
        None => (true, true),
        Some((from, true)) => (turn < from, turn <= from),
        Some((from, false)) => (turn < from, turn < from),
    }
}

/// The cases that counted at a place and day in a turn: surely, and perhaps.
fn cases_at(history: &History, at: At, turn: TurnNumber) -> (Vec<&Case>, Vec<&Case>) {
    let (mut surely, mut perhaps) = (Vec::new(), Vec::new());
    for case in &history.cases {
        let (was, may) = history.was_at(case, at, turn);
        let (counts, might) = counted(case, turn);
        if was && counts {
            surely.push(case);
        }
        if may && might {
            perhaps.push(case);
        }
    }
    (surely, perhaps)
}

fn own_contacts<'a>(history: &'a History, cases: impl IntoIterator<Item = &'a CaseId>) -> BTreeSet<Who> {
    let cases = cases.into_iter().filter_map(|id| history.case(*id));
    cases.flat_map(|case| case.contacts.iter().copied()).collect()
}

/// How many others a notice should have counted when it was proposed: at least, and at most. A case that came in
/// the same turn may have joined it after that count.
pub fn others(history: &History, notice: &Notice) -> (u64, u64) {
    let all = own_contacts(history, &notice.cases);
    let of_the_first = if notice.cases.len() == 1 { all.clone() } else { BTreeSet::new() };
    let left_out = |own: &BTreeSet<Who>, who: Who| !history.rules.tells_case && own.contains(&who);
    let (mut least, mut most) = (BTreeSet::new(), BTreeSet::new());
    for sent in history.check_ins.iter().filter(|sent| notice.is_about(sent)) {
        if sent.turn > notice.first_seen || sent.said == Said::No {
            continue;
        }
        if !left_out(&of_the_first, sent.who) {
            most.insert(sent.who);
        }
        let surely = sent.said == Said::Yes && !(sent.beside && sent.turn == notice.first_seen);
        if surely && !left_out(&all, sent.who) {
            least.insert(sent.who);
        }
    }
    (least.len() as u64, most.len() as u64)
}

/// 3.
pub fn reached_is_noticed(history: &History, say: &mut impl FnMut(u8, String)) {
    for calm in &history.calms {
        if let Some(bands) = &history.bands {
            met_is_noticed(history, bands, calm, say);
            continue;
        }
        let places: BTreeSet<At> = history.check_ins.iter().map(|sent| sent.at).collect();
        for at in places {
            // A day that goes on is matched again when it closes.
            if calm.days.get(&at.1).is_none_or(|day| day.erased) || at.1 >= calm.today.plus_days(-1) {
                continue;
            }
            let (cases, _) = cases_at(history, at, calm.turn);
            let cases: Vec<&Case> = cases.into_iter().filter(|case| calm.cases.contains(&case.id)).collect();
            let (there, _) = history.there(at, calm.turn);
            let own = match history.rules.tells_case {
                true => BTreeSet::new(),
                false => own_contacts(history, cases.iter().map(|case| &case.id)),
            };
            let reached = history.people(&cases) >= history.needed[at.0];
            let somebody = there.difference(&own).next().is_some();
            if !reached || !somebody || cases.iter().all(|case| case.close_contacts) {
                continue;
            }
            let alerts = || {
                let seen = history.notices.values().filter(|notice| notice.first_seen <= calm.turn);
                seen.filter(|notice| notice.kind == NoticeKind::Alert && notice.days.contains(&at))
            };
            let stands = alerts().any(|notice| notice.stopped.is_none() && !notice.declined());
            let knew = |notice: &Notice| cases.iter().all(|case| notice.ever.contains(&case.id));
            if !stands && !alerts().any(knew) {
                let kept: Vec<_> = alerts().map(|one| (one.first_seen, one.state, &one.ever)).collect();
                let cases: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
                say(3, format!("{cases:?} at {} on {}, and no notice but {kept:?}", at.0, at.1));
            }
        }
    }
}

/// 3, by time band.
fn met_is_noticed(history: &History, bands: &Bands, calm: &Calm, say: &mut impl FnMut(u8, String)) {
    let keep = Keep::Days(history.rules.keep);
    // A day that goes on is matched again when it closes, and one that is gone leaves no stays.
    let is_kept = |day: &ServiceDay| {
        let there = calm.days.get(day).is_none_or(|day| !day.erased);
        there && !expired(*day, calm.today, keep) && *day < calm.today.plus_days(-1)
    };
    for place in 0..history.needed.len() {
        let counts = |case: &&Case| calm.cases.contains(&case.id) && counted(case, calm.turn).0;
        for met in history.met(bands, history.cases.iter().filter(counts), place, calm.turn, true) {
            let Met { span, days, cases } = met;
            let reached = history.people(&cases) >= history.needed[place];
            if !reached || !days.iter().all(is_kept) || cases.iter().all(|case| case.close_contacts) {
                continue;
            }
            let own = match history.rules.tells_case {
                true => BTreeSet::new(),
                false => own_contacts(history, cases.iter().map(|case| &case.id)),
            };
            let alerts = || {
                let seen = history.notices.values().filter(|notice| notice.first_seen <= calm.turn);
                seen.filter(|notice| notice.kind == NoticeKind::Alert)
            };
            let knew = |notice: &Notice| {
                let here = notice.days.iter().any(|at| at.0 == place && days.contains(&at.1));
                here && cases.iter().all(|case| notice.ever.contains(&case.id))
            };
            let stands = |notice: &Notice| notice.stopped.is_none() && !notice.declined();
            for sent in history.came_in(place, span, calm.turn).filter(|sent| !own.contains(&sent.who)) {
                let about = || alerts().filter(|notice| notice.is_about(sent));
                // What officers kept back stays so, where nobody came to it of whom they knew nothing.
                let kept_back = about().any(|notice| !stands(notice)) && alerts().any(knew);
                if !about().any(stands) && !kept_back {
                    let cases: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
                    let (who, day) = (sent.who, sent.at.1);
                    let here = alerts().filter(|notice| notice.days.iter().any(|at| at.0 == place));
                    let here: Vec<_> =
                        here.map(|one| (one.first_seen, one.state, &one.spans, &one.ever)).collect();
                    say(
                        3,
                        format!(
                            "{who} met {cases:?} at {place} on {day} in {span:?}, and no notice but {here:?}"
                        ),
                    );
                }
            }
        }
    }
}

/// 4.
pub fn noticed_has_grounds(history: &History, say: &mut impl FnMut(u8, String)) {
    for (id, notice) in &history.notices {
        if notice.kind == NoticeKind::Cluster {
            let declared = history.declared.iter().any(|(own, days)| own == id && *days == notice.days);
            if !declared {
                say(4, format!("nobody declared the cluster of {id}"));
            }
            continue;
        }
        if let Some(bands) = &history.bands {
            met_has_grounds(history, bands, id, notice, say);
            continue;
        }
        for at in &notice.days {
            let (_, cases) = cases_at(history, *at, notice.first_seen);
            if history.people(&cases) < history.needed[at.0] {
                say(4, format!("{id} is about {} on {}, where {} cases were", at.0, at.1, cases.len()));
            }
        }
    }
}

/// 4, by time band.
fn met_has_grounds(
    history: &History,
    bands: &Bands,
    id: &NoticeId,
    notice: &Notice,
    say: &mut impl FnMut(u8, String),
) {
    let counts = |case: &&Case| counted(case, notice.first_seen).1;
    for at in &notice.days {
        let cases = history.cases.iter().filter(counts);
        let met = history.met(bands, cases, at.0, notice.first_seen, false);
        let spans = notice.spans.get(at).map_or(&[][..], Vec::as_slice);
        let within = |span: &Span, met: &Met<'_>| met.span.from <= span.from && span.to <= met.span.to;
        let grounds = |span: &Span| {
            let mut around = met.iter().filter(|met| within(span, met));
            around.any(|met| history.people(&met.cases) >= history.needed[at.0])
        };
        if spans.is_empty() || !spans.iter().all(grounds) {
            say(4, format!("{id} is about {} on {}, {spans:?}, where too few cases were", at.0, at.1));
        }
    }
}

/// To whom a row was addressed: by the check-in that was told.
fn recipient<'a>(history: &'a History, row: &Row) -> Option<&'a CheckIn> {
    history.check_in(row.nonce)
}

/// 5.
pub fn everyone_is_told_once(history: &History, say: &mut impl FnMut(u8, String)) {
    let Some(calm) = history.last_calm() else { return };
    for (id, notice) in &history.notices {
        let by_place = history.rules.names_place && notice.kind == NoticeKind::Alert;
        // LINE is told nothing of place and day here (A8), so it is one message for all of them.
        let key = |who: Who, at: At| (who, (by_place && !history.is_by(who, Channel::Line)).then_some(at));
        let mut rows: BTreeMap<(Who, Option<At>), Vec<&Row>> = BTreeMap::new();
        for row in history.rows.values().filter(|row| row.notice == *id) {
            if let Some(sent) = recipient(history, row) {
                rows.entry(key(sent.who, sent.at)).or_default().push(row);
            }
        }
        // Where one went with its day before the other came, nobody knew any more who had been told.
        let at_once = |rows: &[&Row]| {
            let met = |(at, one): (usize, &&Row)| {
                rows[..at].iter().any(|other| other.seen.1 >= one.seen.0 && one.seen.1 >= other.seen.0)
            };
            rows.iter().enumerate().any(met)
        };
        for ((who, _), doubled) in rows.iter().filter(|(_, rows)| at_once(rows)) {
            say(5, format!("{who} has {} messages of {id}", doubled.len()));
        }
        let own = own_contacts(history, &notice.ever);
        if notice.state != NoticeState::Settled {
            continue;
        }
        for at in &notice.days {
            let gone = calm.days.get(&at.1).is_some_and(|day| day.erased);
            for who in told_of(history, notice, *at, calm.turn) {
                let left_out = own.contains(&who) && !history.rules.tells_case;
                let told = rows.get(&key(who, *at)).is_some_and(|rows| {
                    rows.iter().any(|row| {
                        row.state == "sent"
                            || (row.state == "failed" && history.refused.contains(&who))
                            || history.is_unknown(row)
                    })
                });
                if !left_out && !told && !gone && notice.first_seen <= calm.turn {
                    let rows = rows.get(&key(who, *at));
                    say(5, format!("{who} was at {} on {} and isn't told by {id}: {rows:?}", at.0, at.1));
                }
            }
        }
    }
}

/// Who was thanked at a place and day of a notice, at the time that it is about.
fn told_of(history: &History, notice: &Notice, at: At, until: TurnNumber) -> BTreeSet<Who> {
    let there = history.check_ins.iter().filter(|sent| sent.at == at && sent.turn <= until);
    let told = there.filter(|sent| sent.said == Said::Yes && notice.is_about(sent));
    told.map(|sent| sent.who).collect()
}

/// 6.
pub fn nobody_else(history: &History, say: &mut impl FnMut(u8, String)) {
    for row in history.rows.values() {
        let Some(notice) = history.notices.get(&row.notice) else {
            say(6, format!("a message of no notice: {}", row.notice));
            continue;
        };
        let Some(&CheckIn { who, at, .. }) = recipient(history, row).filter(|sent| notice.is_about(sent))
        else {
            say(6, format!("a message of {} to somebody who wasn't there", row.notice));
            continue;
        };
        let own = notice.cases.iter().filter_map(|id| history.case(*id));
        let mut own = own.filter(|case| case.withdrawn.is_none());
        if !history.rules.tells_case && own.any(|case| case.contacts.contains(&who)) {
            say(6, format!("{who} is a case of {} and is written to, of {} on {}", row.notice, at.0, at.1));
        }
    }
    for mail in &history.deliveries {
        let to = history.rows.get(&mail.message).and_then(|row| recipient(history, row));
        // Where a day went in the same turn, its rows went with it.
        let gone = to.is_none() && history.erased_in.contains(&mail.turn);
        if !gone && to.is_none_or(|sent| sent.who != mail.to) {
            say(6, format!("{} got a mail that is addressed to {to:?}", mail.to));
        }
    }
    for confirmation in &history.confirmations {
        let to = confirmation.to;
        if history.check_in(confirmation.nonce).is_none_or(|sent| sent.who != to) {
            say(6, format!("{to} got somebody else's confirmation"));
        }
    }
    let Some(calm) = history.last_calm() else { return };
    for (who, messages) in &calm.chats {
        let of_theirs =
            |row: &&Row| row.channel == "line" && recipient(history, row).is_some_and(|to| to.who == *who);
        let own: Vec<&Row> = history.rows.values().filter(of_theirs).collect();
        let late = own.iter().filter(|row| super::sent::taken_again_late(history, row)).count();
        if *messages > own.len() + late + super::sent::went_with_their_day(history) {
            say(6, format!("{who} has {messages} messages in the chat"));
        }
    }
}
