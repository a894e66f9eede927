//! What must hold once everything is repaired.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::ensure;
use domain::clock::Clock;
use domain::notice::NoticeState;
use store::ledger::Verified;

use crate::faults::kind::Kind;
use crate::faults::mail::{Mail, is_refused};
use crate::faults::people::History;
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
    /// Mails that the server took.
    pub mails: usize,
    /// Mails that it took more than once, under one `Message-ID`.
    pub doubled: usize,
    /// What should not be.
    pub broken: Vec<String>,
}

/// Waits until every case is matched, everything proposed was approved, and nothing waits to be sent.
///
/// # Errors
/// If that doesn't come to be.
pub async fn rested(installation: &Installation, history: &History, within: Duration) -> anyhow::Result<()> {
    let clock = Clock::system();
    let begin = clock.now();
    loop {
        let mut waiting = installation.office.cases_to_match().await?.len() as u64;
        waiting += installation.office.notices(NoticeState::Approved).await?.len() as u64;
        for id in history.approved.keys() {
            waiting += installation.office.progress(*id).await?.waiting;
            let begun = installation.office.notice_days(*id).await?;
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

/// Looks at everything; no process of the installation runs any more.
///
/// # Errors
/// If it can't be read.
pub async fn of(
    installation: &Installation,
    history: &History,
    mail: &Mail,
    kind: Kind,
) -> anyhow::Result<Verdict> {
    let mut verdict = Verdict {
        acknowledged: history.sent.values().filter(|(_, thanked)| thanked.is_some()).count(),
        not_acknowledged: history.refused + history.unanswered,
        notices: history.approved.len(),
        ..Verdict::default()
    };
    present_once(installation, history, &mut verdict).await?;
    told(history, mail, kind, &mut verdict);
    match installation.office.verify_ledger().await? {
        Verified::Whole { .. } => {}
        Verified::BrokenAt(entry) => verdict.broken.push(format!("the ledger's chain breaks at {entry}")),
    }
    ensure!(verdict.acknowledged > 0 && verdict.notices > 0, "nothing happened: {verdict:?}");
    Ok(verdict)
}

/// Every acknowledged check-in is there once, at its place; nothing is there that nobody sent.
async fn present_once(
    installation: &Installation,
    history: &History,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let ring = installation.ring()?;
    let mut there: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let today = Installation::today()?;
    for day in [today.plus_days(-1), today] {
        let Ok(opener) = ring.open_day(day) else { continue };
        for row in installation.intake.check_ins(day, None).await? {
            let place = installation.venues.iter().position(|venue| venue.id == row.place.venue);
            match (opener.open(&row.place, &row.sealed), place) {
                (Ok(opened), Some(place)) => {
                    there.entry(opened.contact.expose().to_owned()).or_default().push(place);
                }
                _ => verdict.broken.push("a check-in doesn't open".to_owned()),
            }
        }
    }
    for (email, (place, thanked)) in &history.sent {
        let rows = there.remove(email).unwrap_or_default();
        if rows.len() > 1 || thanked.is_some() && rows != [*place] {
            verdict.broken.push(format!("{email} was thanked at {place}: {thanked:?}; is there at {rows:?}"));
        }
    }
    verdict.broken.extend(there.keys().map(|email| format!("{email} is there, and nobody sent that")));
    Ok(())
}

/// Everyone who was thanked at a place before its notice was approved has its mail, and nobody has who was never
/// there. Twice only under the same number, and only where an answer was lost or the worker was killed.
fn told(history: &History, mail: &Mail, kind: Kind, verdict: &mut Verdict) {
    let mut taken = mail.taken();
    let excused = matches!(
        kind,
        Kind::MailCloses | Kind::WorkerKilled | Kind::BothKilled | Kind::TornFile | Kind::MailAway
    );
    let noticed: BTreeMap<usize, _> = history.approved.values().copied().collect();
    for (email, (place, thanked)) in &history.sent {
        let ids = taken.remove(email).unwrap_or_default();
        verdict.mails += ids.len();
        let same = ids.iter().all(|id| *id == ids[0] && !id.is_empty());
        if ids.len() > 1 && same {
            verdict.doubled += 1;
        }
        if ids.len() > 1 && !(same && excused) {
            verdict.broken.push(format!("{email} has {} mails: {ids:?}", ids.len()));
        }
        let approved = noticed.get(place);
        let in_time = approved.zip(*thanked).is_some_and(|(approved, thanked)| thanked < *approved);
        let refused = kind == Kind::MailNever && is_refused(email);
        if in_time && ids.is_empty() && !refused {
            verdict.broken.push(format!("{email} was at {place} before its notice and isn't told"));
        }
        if approved.is_none() && !ids.is_empty() {
            verdict.broken.push(format!("{email} was at {place}, of which there is no notice, and is told"));
        }
    }
    verdict.broken.extend(taken.keys().map(|email| format!("{email} is told and was nowhere")));
}
