//! One case: its window, what came of each visit and why, its notices and how long they took.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::case::Course;
use domain::id::CaseId;
use domain::ledger::Act;
use domain::message;
use domain::notice::NoticeState;
use domain::service_day::ServiceDay;
use domain::time_band::Span;
use serde_json::{Value, json};
use store::StoreError;
use store::cases::{CaseState, Finding};
use store::notices::Notice;

use crate::answer::see;
use crate::error::ConsoleError;
use crate::officer::cases::{distinct, finding};
use crate::officer::session::{OwnForm, SignedIn, failed, minutes_between, moment};
use crate::state::{Common, Console};

/// The page.
pub(crate) async fn get(
    State(console): State<Console>,
    officer: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    let Some(id) = CaseId::parse(&id) else { return Ok(officer.not_found(&console)) };
    let Some(case) = console.0.office.case(id).await.map_err(&failed)? else {
        return Ok(officer.not_found(&console));
    };
    let findings = console.0.office.findings(id).await.map_err(&failed)?;
    let mut notices = Vec::new();
    for notice in console.0.office.notices_of_case(id).await.map_err(&failed)? {
        notices.push(notice_row(&console, &notice).await.map_err(&failed)?);
    }
    let (onset, sampled) = match case.dates.course() {
        Course::OnsetOn(day) => (Some(day.to_string()), None),
        Course::SampledOn(day) => (None, Some(day.to_string())),
    };
    let context = json!({
        "case": {
            "id": id.to_string(),
            "reference": case.reference.as_str(),
            "received_at": moment(common, case.received_at),
            "source": case.source.as_str(),
            "has_symptoms": onset.is_some(),
            "onset_on": onset,
            "sampled_on": sampled,
            "positive_on": case.dates.positive_on().to_string(),
            "window": { "from": case.window.first.to_string(), "to": case.window.last.to_string() },
            "close_contacts_identified": case.close_contacts,
            "withdrawn": case.state == CaseState::Withdrawn,
        },
        "findings": findings.iter().map(|found| timed(&console, found)).collect::<Vec<_>>(),
        "notices": notices,
    });
    officer.page(&console, StatusCode::OK, "officer/case.html", context).await
}

/// A finding with the time of its visit and the band that was looked at.
fn timed(console: &Console, found: &Finding) -> Value {
    let common = &console.0.common;
    let mut shown = finding(found);
    shown["visited_at"] = json!(found.visited_at.map(|at| common.pack.policy.calendar.time_of_day(at)));
    shown["band"] = json!(found.band.map(|band| spoken(common, &band)));
    shown
}

/// A band as an officer reads it: `2026年11月22日（日） 10:00から2026年11月22日（日） 14:30まで`.
pub(crate) fn spoken(common: &Common, band: &Span) -> String {
    let moment = |at| {
        let text = common.pack.policy.calendar.wall_clock(at);
        let (day, time) = text.split_once(' ').unwrap_or((&text, ""));
        match ServiceDay::parse(day) {
            Some(day) => format!("{} {time}", message::written(&common.pack.wording, "ja", day)),
            None => text,
        }
    };
    format!("{}から{}まで", moment(band.from), moment(band.to))
}

/// A notice's progress, as lists show it.
pub(crate) async fn notice_row(console: &Console, notice: &Notice) -> Result<Value, StoreError> {
    let days = console.0.office.notice_days(notice.id).await?;
    let progress = progress(console, notice).await?;
    Ok(json!({
        "id": notice.id.to_string(),
        "kind": notice.kind.as_str(),
        "venues": distinct(days.iter().map(|day| day.venue_name.clone())),
        "service_days": distinct(days.iter().map(|day| day.day.to_string())),
        "proposed_at": moment(&console.0.common, notice.created_at),
        "state": notice.state.as_str(),
        "recipients": notice.others,
        "sent": progress.sent,
        "failed": progress.failed,
        "waiting": progress.waiting,
        "reason": notice.reason,
        "minutes_to_last_message": notice.last_sent_at.map(|at| minutes_between(notice.received_at, at)),
    }))
}

/// How far the messages have come: from the outbox while it is being sent, from the notice afterwards.
pub(crate) async fn progress(
    console: &Console,
    notice: &Notice,
) -> Result<store::notices::Progress, StoreError> {
    if matches!(notice.state, NoticeState::Settled | NoticeState::Stopped) {
        return Ok(store::notices::Progress {
            sent: notice.sent,
            failed: notice.failed,
            ..Default::default()
        });
    }
    console.0.office.progress(notice.id).await
}

/// Withdraws a case that was entered by mistake. Notices that rest on it and still wait for a decision are
/// declined, those in their hold are stopped. The other cases they rested on are matched again without it, and so
/// are all that were where it was: whose address it reported is one of the others there now.
pub(crate) async fn withdraw(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let (now, failed) = (console.0.common.clock.now(), failed(&console));
    let Some(id) = CaseId::parse(&id) else { return Ok(officer.not_found(&console)) };
    if console.0.office.case(id).await.map_err(&failed)?.is_none() {
        return Ok(officer.not_found(&console));
    }
    let mut resting = Vec::new();
    for notice in console.0.office.notices_of_case(id).await.map_err(&failed)? {
        if matches!(notice.state, NoticeState::Proposed | NoticeState::Approved) {
            let cases = console.0.office.cases_of_notice(notice.id).await.map_err(&failed)?;
            resting.push((notice.id, notice.state, cases));
        }
    }
    let findings = console.0.office.findings(id).await.map_err(&failed)?;
    let places: BTreeSet<_> = findings.iter().filter_map(|found| found.day.zip(found.venue)).collect();
    let reason = "陽性者の入力が取り下げられたため";
    let mut tx = console.0.office.begin().await.map_err(&failed)?;
    tx.withdraw_case(id).await.map_err(&failed)?;
    for (day, venue) in places {
        for other in tx.cases_at(day, venue).await.map_err(&failed)? {
            tx.set_case_state(&[other], CaseState::Received, now).await.map_err(&failed)?;
        }
    }
    for (notice, state, cases) in resting {
        // Whoever decided or released it since then makes this a conflict, and nothing is withdrawn.
        let act = if state == NoticeState::Proposed {
            tx.decline(notice, &officer.name, reason, now).await.map_err(&failed)?;
            Act::NoticeDeclined
        } else {
            tx.stop(notice, &officer.name, reason, now).await.map_err(&failed)?;
            Act::NoticeStopped
        };
        for other in cases.into_iter().filter(|other| *other != id) {
            tx.set_case_state(&[other], CaseState::Received, now).await.map_err(&failed)?;
        }
        let entry = officer.entry(now, act, notice.to_string(), reason);
        tx.record(&entry).await.map_err(&failed)?;
    }
    let entry = officer.entry(now, Act::CaseWithdrawn, "", "");
    tx.record(&entry).await.map_err(&failed)?;
    tx.commit().await.map_err(&failed)?;
    Ok(see(&format!("/cases/{id}")))
}
