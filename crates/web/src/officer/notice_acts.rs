//! What an officer does with a notice: approve, decline with a reason, stop. Each act is one transaction
//! with its ledger entry, and none of them sends anything.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::NoticeId;
use domain::ledger::Act;
use domain::notice::{Approval, NoticeKind, NoticeState, Proposed};
use domain::text::{self, TextError};
use store::StoreError;
use store::notices::Notice;

use crate::answer::see;
use crate::error::ConsoleError;
use crate::form::Errors;
use crate::officer::notice::show;
use crate::officer::session::{OwnForm, failed};
use crate::state::Console;

/// The longest reason.
const REASON: usize = 200;

/// Approves; where the policy asks for two officers, the first approval waits for the second.
pub(crate) async fn approve(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    let Some(id) = NoticeId::parse(&id) else { return Ok(officer.not_found(&console)) };
    let Some(notice) = console.0.office.notice(id).await.map_err(&failed)? else {
        return Ok(officer.not_found(&console));
    };
    if notice.state != NoticeState::Proposed {
        return Err(failed(StoreError::Conflict));
    }
    let policy = &common.pack.policy.notices;
    let needed = match notice.kind {
        NoticeKind::Alert => policy.approvals_alert,
        NoticeKind::Cluster => policy.approvals_cluster,
    };
    let now = common.clock.now();
    let mut tx = console.0.office.begin().await.map_err(&failed)?;
    let proposed = Proposed::loaded(id, tx.approvals(id).await.map_err(&failed)?, needed);
    tx.add_approval(id, officer.id, now).await.map_err(&failed)?;
    let detail = match proposed.approve(officer.id, now, policy.hold()) {
        Approval::NeedsAnother(_) => "2人のうち1人目".to_owned(),
        Approval::Complete(approved) => {
            tx.approve(approved, &officer.name, now).await.map_err(&failed)?;
            format!("対象{}、規則の版{}", aim(&notice), notice.pack_version)
        }
    };
    tx.record(&officer.entry(now, Act::NoticeApproved, id.to_string(), detail)).await.map_err(&failed)?;
    tx.commit().await.map_err(&failed)?;
    Ok(see(&format!("/notices/{id}")))
}

/// Declines, with a reason.
pub(crate) async fn decline(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, fields, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let reason = match text::line(fields.get("reason"), REASON) {
        Ok(reason) => reason,
        Err(error) => {
            let mut errors = Errors::default();
            errors.add("reason", wrong_reason(error));
            let typed = fields.get("reason");
            return show(&console, &officer, &id, StatusCode::UNPROCESSABLE_ENTITY, typed, &errors).await;
        }
    };
    let failed = failed(&console);
    let Some(id) = NoticeId::parse(&id) else { return Ok(officer.not_found(&console)) };
    let now = console.0.common.clock.now();
    let mut tx = console.0.office.begin().await.map_err(&failed)?;
    tx.decline(id, &officer.name, &reason, now).await.map_err(&failed)?;
    tx.record(&officer.entry(now, Act::NoticeDeclined, id.to_string(), reason)).await.map_err(&failed)?;
    tx.commit().await.map_err(&failed)?;
    Ok(see(&format!("/notices/{id}")))
}

/// Stops what was approved: nothing more goes out.
pub(crate) async fn stop(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let failed = failed(&console);
    let Some(id) = NoticeId::parse(&id) else { return Ok(officer.not_found(&console)) };
    let now = console.0.common.clock.now();
    let reason = "職員が停止しました";
    let mut tx = console.0.office.begin().await.map_err(&failed)?;
    tx.stop(id, &officer.name, reason, now).await.map_err(&failed)?;
    tx.record(&officer.entry(now, Act::NoticeStopped, id.to_string(), "")).await.map_err(&failed)?;
    tx.commit().await.map_err(&failed)?;
    Ok(see(&format!("/notices/{id}")))
}

/// What was counted: people for an alert, check-ins for a cluster, of which one person may have several.
fn aim(notice: &Notice) -> String {
    match notice.kind {
        NoticeKind::Alert => format!("{}人", notice.others),
        NoticeKind::Cluster => format!("の登録{}件", notice.others),
    }
}

fn wrong_reason(error: TextError) -> String {
    match error {
        TextError::Missing => "見送る理由を入力してください。".to_owned(),
        TextError::TooLong(limit) => format!("理由は{limit}文字までで入力してください。"),
        TextError::Formula(c) => format!("理由の先頭に「{c}」は使えません。"),
        TextError::Invisible(_) | TextError::PrivateUse(_) => "理由に、使えない文字があります。".to_owned(),
    }
}
