//! One-time codes for patients: shown once, stored as a hash, good for one report.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::ledger::Act;
use seal::token::OneTimeCode;
use serde_json::{Value, json};
use std::time::Duration;

use crate::error::ConsoleError;
use crate::officer::session::{OwnForm, SignedIn, failed, moment};
use crate::state::Console;

/// The page.
pub(crate) async fn get(State(console): State<Console>, officer: SignedIn) -> Result<Response, ConsoleError> {
    show(&console, &officer, Value::Null).await
}

/// Issues a code. It is shown in this answer and never again.
pub(crate) async fn post(
    State(console): State<Console>,
    OwnForm { officer, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    let now = common.clock.now();
    let hours = u64::from(common.pack.policy.cases.code_valid_hours);
    let valid_until = now.plus(Duration::from_secs(3600 * hours));
    let code = OneTimeCode::new(&common.randomness);
    let hash = common.codes.hash(&code);
    common.intake.add_code(hash.as_bytes(), now, valid_until).await.map_err(&failed)?;
    let until = format!("{}まで有効", common.pack.policy.calendar.wall_clock(valid_until));
    let entry = officer.entry(now, Act::CodeIssued, "", until);
    console.0.office.record(&entry).await.map_err(&failed)?;
    let issued = json!({ "code": code.expose().as_str(), "valid_until": moment(common, valid_until) });
    show(&console, &officer, issued).await
}

async fn show(console: &Console, officer: &SignedIn, issued: Value) -> Result<Response, ConsoleError> {
    let now = console.0.common.clock.now();
    let counts = console.0.common.intake.count_codes(now).await.map_err(failed(console))?;
    let expired = counts.issued.saturating_sub(counts.used + counts.good);
    let context = json!({
        "issued": issued,
        "counts": { "valid": counts.good, "used": counts.used, "expired": expired },
    });
    officer.page(console, StatusCode::OK, "officer/codes.html", context).await
}
