//! What must hold once everything is repaired.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::ensure;
use domain::clock::Clock;
use domain::id::NoticeId;
use domain::notice::NoticeState;
use domain::service_day::ServiceDay;
use store::ledger::Verified;

use crate::faults::comer::who;
use crate::faults::kind::Kind;
use crate::faults::mail::is_refused;
use crate::faults::people::{Decided, History, Sent};
use crate::faults::post::{Post, Taken, is_over};
use crate::installation::Installation;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// How often the fault happened.
    pub faults: u32,
    /// Check-ins that were acknowledged.
    pub acknowledged: usize,
    /// Sent and not acknowledged: refused, or nobody answered.
    pub not_acknowledged: u64,
    /// Notices that were approved.
    pub notices: usize,
    /// Of them stopped.
    pub stopped: usize,
    /// Messages that the server took.
    pub messages: usize,
    /// Messages that it took more than once, under one number.
    pub doubled: usize,
    /// Messages of which nobody knows whether they were taken, and which were therefore not sent again.
    pub unknown: u64,
    /// What should not be.
    pub broken: Vec<String>,
}

/// Where each contact is that the databases hold.
#[derive(Clone, Debug, Default)]
pub struct There {
    /// On which days and at which places.
    of: BTreeMap<String, Vec<(ServiceDay, usize)>>,
    /// Check-ins that don't open.
    closed: usize,
}

/// Waits until every case is matched, everything proposed was approved, and nothing waits to be sent.
///
/// # Errors
/// If that doesn't come to be.
pub async fn rested(installation: &Installation, history: &History, within: Duration) -> anyhow::Result<()> {
    let (clock, office) = (Clock::system(), installation.office());
    let begin = clock.now();
    loop {
        let mut waiting = office.cases_to_match().await?.len() as u64;
        waiting += office.notices(NoticeState::Approved).await?.len() as u64;
        for id in history.approved.keys().filter(|id| !history.stopped.contains_key(id)) {
            waiting += office.progress(*id).await?.waiting;
            let begun = office.notice_days(*id).await?;
            let begun = begun.iter().all(|at| at.expanded != store::notices::Expanded::No);
            waiting += u64::from(!begun);
        }
        if waiting == 0 {
            return Ok(());
        }
        ensure!(clock.now().since(begin) < within, "{waiting} still wait after {} s", within.as_secs());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Opens every check-in that is there. No process of the installation runs.
///
/// # Errors
/// If it can't be read.
pub async fn look(installation: &Installation) -> anyhow::Result<There> {
    let (ring, intake) = (installation.ring()?, installation.intake());
    let mut there = There::default();
    for day in intake.days().await? {
        let opener = ring.open_day(day.day)?;
        for row in intake.check_ins(day.day, None).await? {
            let place = installation.venues.iter().position(|venue| venue.id == row.place.venue);
            match (opener.open(&row.place, &row.sealed), place) {
                (Ok(opened), Some(place)) => {
                    let who = who(opened.contact.expose()).to_owned();
                    there.of.entry(who).or_default().push((day.day, place));
                }
                _ => there.closed += 1,
            }
        }
    }
    Ok(there)
}

/// Judges what was found. No process of the installation runs.
///
/// # Errors
/// If it can't be read, or nothing happened that could be judged.
pub async fn of(
    installation: &Installation,
    history: &History,
    post: &Post,
    there: &There,
    kind: Kind,
) -> anyhow::Result<Verdict> {
    let office = installation.office();
    let mut verdict = Verdict {
        acknowledged: history.sent.values().filter(|sent| sent.thanked.is_some()).count(),
        not_acknowledged: history.refused + history.unanswered,
        notices: history.approved.len(),
        stopped: history.stopped.len(),
        ..Verdict::default()
    };
    present_once(history, there, &mut verdict);
    let mut unknown: BTreeMap<NoticeId, u64> = BTreeMap::new();
    for id in history.approved.keys() {
        let channels = office.channel_progress(*id).await?;
        unknown.insert(*id, channels.iter().map(|channel| channel.unknown).sum());
    }
    verdict.unknown = unknown.values().sum();
    let taken = post.taken();
    told(history, &taken, there, kind, &unknown, &mut verdict);
    nothing_after_stop(history, &taken, &mut verdict);
    let again = post.asked_again();
    if again > 0 {
        verdict.broken.push(format!("{again} browsers were written to after they were no more"));
    }
    // Cases go with their days.
    for case in history.cases.iter().filter(|_| kind != Kind::Retention) {
        if office.case(*case).await?.is_none() {
            verdict.broken.push("a case that was entered isn't there".to_owned());
        }
    }
    match office.verify_ledger().await? {
        Verified::Whole { .. } => {}
        Verified::BrokenAt(entry) => verdict.broken.push(format!("the ledger's chain breaks at {entry}")),
    }
    ensure!(verdict.acknowledged > 0 && verdict.notices > 0, "nothing happened: {verdict:?}");
    Ok(verdict)
}

/// Every acknowledged check-in is there once, at its place; nothing is there that nobody sent.
fn present_once(history: &History, there: &There, verdict: &mut Verdict) {
    for (who, Sent { place, thanked }) in &history.sent {
        let rows = there.of.get(who).map(Vec::as_slice).unwrap_or_default();
        let right = rows.iter().all(|(_, at)| at == place);
        if rows.len() > 1 || thanked.is_some() && rows.is_empty() || !right {
            verdict.broken.push(format!("{who} was thanked at {place}: {thanked:?}; is there at {rows:?}"));
        }
    }
    let strangers = there.of.keys().filter(|who| !history.sent.contains_key(*who));
    verdict.broken.extend(strangers.map(|who| format!("{who} is there, and nobody sent that")));
    if there.closed > 0 {
        verdict.broken.push(format!("{} check-ins don't open", there.closed));
    }
}

/// Everyone who was thanked at a place on its notice's day before it was approved has its message, and nobody has who
/// was never there. Twice only under the same number, and only where that may be.
fn told(
    history: &History,
    arrived: &[Taken],
    there: &There,
    kind: Kind,
    unknown: &BTreeMap<NoticeId, u64>,
    verdict: &mut Verdict,
) {
    let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in arrived {
        taken.entry(message.who.clone()).or_default().push(message.id.clone());
    }
    let noticed: BTreeMap<usize, (NoticeId, Decided)> =
        history.approved.iter().map(|(id, decided)| (decided.place, (*id, *decided))).collect();
    let mut untold: BTreeMap<NoticeId, Vec<&String>> = BTreeMap::new();
    for (who, Sent { place, thanked }) in &history.sent {
        let ids = taken.remove(who).unwrap_or_default();
        verdict.messages += ids.len();
        let same = ids.iter().all(|id| *id == ids[0] && !id.is_empty());
        if ids.len() > 1 && same {
            verdict.doubled += 1;
        }
        if ids.len() > 1 && !(same && kind.may_double()) {
            verdict.broken.push(format!("{who} has {} messages: {ids:?}", ids.len()));
        }
        let Some((id, decided)) = noticed.get(place) else {
            if !ids.is_empty() {
                verdict
                    .broken
                    .push(format!("{who} was at {place}, of which there is no notice, and is told"));
            }
            continue;
        };
        let on_the_day =
            there.of.get(who).is_some_and(|rows| rows.iter().any(|(day, _)| *day == decided.day));
        let in_time = on_the_day && thanked.is_some_and(|thanked| thanked < decided.at);
        if !on_the_day && !ids.is_empty() {
            verdict.broken.push(format!("{who} was at {place} on another day, and is told"));
        }
        if in_time && ids.is_empty() && !history.stopped.contains_key(id) && !excused(kind, who) {
            untold.entry(*id).or_default().push(who);
        }
    }
    for (id, people) in untold {
        // What was held is counted, and officers see how many.
        if people.len() as u64 > unknown.get(&id).copied().unwrap_or_default() {
            let some: Vec<_> = people.iter().take(3).collect();
            verdict.broken.push(format!("{} people of a notice aren't told: {some:?} …", people.len()));
        }
    }
    verdict.broken.extend(taken.keys().map(|who| format!("{who} is told and was nowhere")));
}

/// Whom a server refused for good.
fn excused(kind: Kind, who: &str) -> bool {
    match kind {
        Kind::MailNever => is_refused(who),
        Kind::PushGone => {
            who.rsplit_once('/').and_then(|(_, number)| number.parse().ok()).is_some_and(is_over)
        }
        _ => false,
    }
}

/// Some seconds after a stop nothing more arrives at its people.
fn nothing_after_stop(history: &History, taken: &[Taken], verdict: &mut Verdict) {
    for (id, stopped) in &history.stopped {
        let (Some(arrived), Some(decided)) = (stopped.arrived, history.approved.get(id)) else { continue };
        let of_it = |who: &String| history.sent.get(who).is_some_and(|sent| sent.place == decided.place);
        let late = taken.iter().skip(arrived).filter(|message| of_it(&message.who)).count();
        if late > 0 {
            verdict.broken.push(format!("{late} messages of a notice came some seconds after its stop"));
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::Instant;

    use super::*;
    use crate::faults::people::Stopped;

    const MEI: &str = "mei@visitor.example";
    const SORA: &str = "sora@visitor.example";

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    fn day() -> ServiceDay {
        ServiceDay::parse("2026-11-22").unwrap()
    }

    fn notice() -> NoticeId {
        NoticeId::from_random([7; 16])
    }

    /// Two people at a place, thanked before its notice was approved.
    fn history() -> (History, There) {
        let (mut history, mut there) = (History::default(), There::default());
        for who in [MEI, SORA] {
            history.sent.insert(who.to_owned(), Sent { place: 3, thanked: Some(at(1)) });
            there.of.insert(who.to_owned(), vec![(day(), 3)]);
        }
        history.approved.insert(notice(), Decided { place: 3, day: day(), at: at(2) });
        (history, there)
    }

    fn taken(messages: &[(&str, &str)]) -> Vec<Taken> {
        messages.iter().map(|(who, id)| Taken { who: (*who).to_owned(), id: (*id).to_owned() }).collect()
    }

    fn judged(
        history: &History,
        there: &There,
        kind: Kind,
        messages: &[(&str, &str)],
        unknown: u64,
    ) -> Verdict {
        let (mut verdict, taken) = (Verdict::default(), taken(messages));
        present_once(history, there, &mut verdict);
        told(history, &taken, there, kind, &[(notice(), unknown)].into(), &mut verdict);
        nothing_after_stop(history, &taken, &mut verdict);
        verdict
    }

    fn broken(
        history: &History,
        there: &There,
        kind: Kind,
        messages: &[(&str, &str)],
        unknown: u64,
    ) -> usize {
        judged(history, there, kind, messages, unknown).broken.len()
    }

    #[test]
    fn what_was_acknowledged_and_is_gone_moved_or_doubled_is_seen() {
        let (history, there) = history();
        let all = [(MEI, "1"), (SORA, "2")];
        assert_eq!(broken(&history, &there, Kind::Nothing, &all, 0), 0);
        for rows in [vec![], vec![(day(), 4)], vec![(day(), 3), (day(), 3)]] {
            let mut there = there.clone();
            there.of.insert(MEI.to_owned(), rows);
            assert!(broken(&history, &there, Kind::Nothing, &all, 0) > 0);
        }
        let mut strange = there.clone();
        strange.of.insert("nobody@visitor.example".to_owned(), vec![(day(), 3)]);
        assert_eq!(broken(&history, &strange, Kind::Nothing, &all, 0), 1);
        let closed = There { closed: 1, ..there };
        assert_eq!(broken(&history, &closed, Kind::Nothing, &all, 0), 1);
    }

    #[test]
    fn who_is_told_twice_or_never_or_for_nothing_is_seen() {
        let (history, there) = history();
        let twice = [(MEI, "1"), (SORA, "2"), (SORA, "2")];
        assert_eq!(judged(&history, &there, Kind::MailCloses, &twice, 0).doubled, 1);
        assert_eq!(broken(&history, &there, Kind::MailCloses, &twice, 0), 0);
        for kind in [Kind::HeldCloses, Kind::MailSlow, Kind::LineCloses] {
            assert_eq!(broken(&history, &there, kind, &twice, 0), 1, "{kind:?}");
        }
        let renumbered = [(MEI, "1"), (SORA, "2"), (SORA, "3")];
        assert_eq!(broken(&history, &there, Kind::MailCloses, &renumbered, 0), 1);
        let one = [(MEI, "1")];
        assert_eq!(broken(&history, &there, Kind::Nothing, &one, 0), 1, "not told");
        assert_eq!(broken(&history, &there, Kind::HeldCloses, &one, 1), 0, "held, and counted");
        let stranger = [(MEI, "1"), (SORA, "2"), ("nobody@visitor.example", "3")];
        assert_eq!(broken(&history, &there, Kind::Nothing, &stranger, 0), 1);
        let mut elsewhere = history.clone();
        elsewhere.sent.insert(SORA.to_owned(), Sent { place: 4, thanked: None });
        let mut there = there;
        there.of.remove(SORA);
        assert_eq!(broken(&elsewhere, &there, Kind::Nothing, &[(MEI, "1"), (SORA, "2")], 0), 1);
    }

    #[test]
    fn what_comes_some_seconds_after_a_stop_is_seen() {
        let (mut history, there) = history();
        history.stopped.insert(notice(), Stopped { at: at(3), arrived: Some(1) });
        assert_eq!(broken(&history, &there, Kind::Nothing, &[(MEI, "1")], 0), 0, "nobody more need be told");
        assert_eq!(broken(&history, &there, Kind::Nothing, &[(MEI, "1"), (SORA, "2")], 0), 1);
    }
}
