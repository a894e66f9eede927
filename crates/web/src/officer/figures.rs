//! Figures: how many cases ended how, why, and how long a warning took. Counts only.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use store::days::DayState;

use crate::error::ConsoleError;
use crate::officer::session::{SignedIn, failed};
use crate::state::Console;

/// The page.
pub(crate) async fn get(State(console): State<Console>, officer: SignedIn) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    let figures = console.0.office.figures().await.map_err(&failed)?;
    let today = common.pack.policy.calendar.day_of(common.clock.now());
    let mut days = common.intake.days().await.map_err(&failed)?;
    days.retain(|day| day.day <= today);
    let mut check_ins: Vec<Value> = Vec::new();
    for day in days.iter().rev() {
        let count = match day.state {
            DayState::Open => common.intake.count_check_ins(day.day).await.map_err(&failed)?,
            _ => day.check_ins,
        };
        check_ins.push(json!({ "service_day": day.day.to_string(), "count": count }));
    }
    let of_state =
        |state: &str| figures.notices.iter().find(|(known, _)| known == state).map_or(0, |(_, n)| *n);
    let times = &figures.seconds_to_last_message;
    let context = json!({
        "from": days.first().map_or(today, |day| day.day).to_string(),
        "to": today.to_string(),
        "cases": figures.cases,
        "notices_proposed": figures.notices.iter().map(|(_, n)| n).sum::<u64>(),
        "notices_sent": of_state("settled") + of_state("released"),
        "messages_sent": figures.sent,
        "median_minutes": times.get(times.len() / 2).map(|seconds| seconds / 60),
        "outcomes": figures.outcomes.iter().map(|(outcome, n)| json!({ "outcome": outcome, "count": n })).collect::<Vec<_>>(),
        "notices": figures.notices.iter().map(|(state, n)| json!({ "state": state, "count": n })).collect::<Vec<_>>(),
        "decline_reasons": figures.reasons.iter().map(|(reason, n)| json!({ "reason": reason, "count": n })).collect::<Vec<_>>(),
        "check_ins": check_ins,
    });
    officer.page(&console, StatusCode::OK, "officer/figures.html", context).await
}
