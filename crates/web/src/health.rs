//! Whether the process lives, and whether it can do its work.

use axum::extract::State;
use axum::http::StatusCode;

use crate::state::{Console, Public};

/// The process answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// Check-ins can be taken: the store answers, and today has a key that our ring signed.
pub(crate) async fn ready_public(State(public): State<Public>) -> (StatusCode, &'static str) {
    let common = &public.0.common;
    let today = common.pack.policy.calendar.day_of(common.clock.now());
    match public.0.day_sealer(today).await {
        Ok(Some(_)) => (StatusCode::OK, "ready\n"),
        Ok(None) => (StatusCode::SERVICE_UNAVAILABLE, "today has no signed key: is the worker running?\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
    }
}

/// The console's store answers.
pub(crate) async fn ready_console(State(console): State<Console>) -> (StatusCode, &'static str) {
    match console.0.office.setting("last_seen").await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
    }
}
