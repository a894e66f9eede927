//! All notices, by where they stand.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::notice::NoticeState;
use serde_json::json;

use crate::error::ConsoleError;
use crate::officer::case::notice_row;
use crate::officer::session::{SignedIn, failed};
use crate::state::Console;

/// Notices on the page.
const NOTICES: i64 = 300;

/// The page.
pub(crate) async fn get(State(console): State<Console>, officer: SignedIn) -> Result<Response, ConsoleError> {
    let failed = failed(&console);
    let all = console.0.office.newest_notices(NOTICES).await.map_err(&failed)?;
    let mut groups = Vec::new();
    for state in [
        NoticeState::Proposed,
        NoticeState::Approved,
        NoticeState::Released,
        NoticeState::Settled,
        NoticeState::Declined,
        NoticeState::Stopped,
    ] {
        let mut notices = Vec::new();
        for notice in all.iter().filter(|notice| notice.state == state) {
            notices.push(notice_row(&console, notice).await.map_err(&failed)?);
        }
        groups.push(json!({ "state": state.as_str(), "notices": notices }));
    }
    officer.page(&console, StatusCode::OK, "officer/notices.html", json!({ "groups": groups })).await
}
