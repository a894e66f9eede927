//! Today's work: what waits for a decision first, then the cases and what came of each.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::notice::NoticeState;
use serde_json::{Value, json};
use store::StoreError;
use store::cases::{CaseRecord, CaseState, Finding};
use store::notices::Notice;

use crate::error::ConsoleError;
use crate::officer::session::{SignedIn, failed, minutes_between, moment};
use crate::state::Console;

/// Cases on the page.
const CASES: i64 = 100;

/// The page.
pub(crate) async fn get(State(console): State<Console>, officer: SignedIn) -> Result<Response, ConsoleError> {
    let failed = failed(&console);
    let mut waiting = Vec::new();
    for notice in console.0.office.notices(NoticeState::Proposed).await.map_err(&failed)? {
        waiting.push(waiting_notice(&console, &notice).await.map_err(&failed)?);
    }
    let mut cases = Vec::new();
    for case in console.0.office.cases(CASES).await.map_err(&failed)? {
        cases.push(row(&console, &case).await.map_err(&failed)?);
    }
    let context = json!({ "waiting": waiting, "cases": cases });
    officer.page(&console, StatusCode::OK, "officer/cases.html", context).await
}

async fn waiting_notice(console: &Console, notice: &Notice) -> Result<Value, StoreError> {
    let common = &console.0.common;
    let days = console.0.office.notice_days(notice.id).await?;
    let most = days.iter().max_by_key(|day| day.cases);
    Ok(json!({
        "id": notice.id.to_string(),
        "kind": notice.kind.as_str(),
        "venues": distinct(days.iter().map(|day| day.venue_name.clone())),
        "service_days": distinct(days.iter().map(|day| day.day.to_string())),
        "cases": most.map_or(0, |day| day.cases),
        "threshold": most.map(|day| day.needed).filter(|needed| *needed > 0),
        "recipients": notice.others,
        "proposed_at": moment(common, notice.created_at),
        "waiting_minutes": minutes_between(notice.created_at, common.clock.now()),
    }))
}

async fn row(console: &Console, case: &CaseRecord) -> Result<Value, StoreError> {
    let common = &console.0.common;
    let findings = console.0.office.findings(case.id).await?;
    let notices = console.0.office.notices_of_case(case.id).await?;
    let last = notices.iter().filter_map(|notice| notice.last_sent_at).max();
    Ok(json!({
        "id": case.id.to_string(),
        "reference": case.reference.as_str(),
        "received_at": moment(common, case.received_at),
        "source": case.source.as_str(),
        "withdrawn": case.state == CaseState::Withdrawn,
        "window": { "from": case.window.first.to_string(), "to": case.window.last.to_string() },
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
        "minutes_to_last_message": last.map(|at| minutes_between(case.received_at, at)),
    }))
}

/// A finding as templates read it.
pub(crate) fn finding(found: &Finding) -> Value {
    let needed = match found.outcome {
        domain::decision::Outcome::BelowThreshold { needed, .. } => needed,
        _ => 0,
    };
    json!({
        "venue": found.venue_text,
        "service_day": found.day.map(|day| day.to_string()),
        "outcome": found.outcome.as_str(),
        "cases": found.cases,
        "reports": found.reports,
        "needed": needed,
        "notice_id": found.notice.map(|id| id.to_string()),
    })
}

/// Each value once, in the order of their first appearance.
pub(crate) fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}
