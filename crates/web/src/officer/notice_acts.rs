//! What an officer does with a notice: approve, decline with a reason, stop. Each act is one transaction
//! with its ledger entry, and none of them sends anything.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::{NoticeId, VenueId};
use domain::ledger::Act;
use domain::notice::{Approval, NoticeKind, NoticeState, Proposed};
use domain::policy::NamingConsent;
use domain::text;
use store::StoreError;
use store::notices::Notice;

use crate::answer::see;
use crate::error::ConsoleError;
use crate::form::Errors;
use crate::officer::notice::{consents, show};
use crate::officer::reason::wrong_reason;
use crate::officer::session::{OwnForm, failed};
use crate::state::Console;

/// The longest reason.
const REASON: usize = 200;

/// Approves; where the policy asks for two officers, the first approval waits for the second.
pub(crate) async fn approve(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, fields, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    let Some(id) = NoticeId::parse(&id) else { return Ok(officer.not_found(&console)) };
    let Some(notice) = console.0.office.notice(id).await.map_err(&failed)? else {
        return Ok(officer.not_found(&console));
    };
    if notice.state != NoticeState::Proposed {
        return Err(failed(StoreError::Conflict));
    }
    // What was named on the page that the officer saw is what is approved.
    let days = console.0.office.notice_days(id).await.map_err(&failed)?;
    if fields.get("consents").parse().unwrap_or(0) != consents(&days) {
        return Err(failed(StoreError::Conflict));
    }
    let policy = &common.pack.policy.notices;
    let needed = policy.approvals(notice.kind, notice.others);
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
            errors.add("reason", wrong_reason(error, "見送る理由"));
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

/// Records that an operator agreed to be named in this notice, with how that is known (C18, KNG-24).
pub(crate) async fn consent(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, fields, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let failed = failed(&console);
    let policy = &console.0.common.pack.policy;
    let mut errors = Errors::default();
    let venue = VenueId::parse(fields.get("venue"));
    if venue.is_none() {
        errors.add("venue", "同意した施設を選んでください。");
    }
    let typed = fields.get("consent_reason");
    let reason = text::line(typed, REASON)
        .map_err(|error| errors.add("consent_reason", wrong_reason(error, "同意の経緯")));
    let (Some(venue), Ok(reason)) = (venue, reason) else {
        return show(&console, &officer, &id, StatusCode::UNPROCESSABLE_ENTITY, typed, &errors).await;
    };
    let notice = match NoticeId::parse(&id) {
        Some(id) => console.0.office.notice(id).await.map_err(&failed)?,
        None => None,
    };
    let asked = policy.venues.naming_consent == NamingConsent::PerCase;
    let Some(notice) = notice.filter(|notice| asked && policy.notices.needs_consent(notice.kind)) else {
        return Ok(officer.not_found(&console));
    };
    let now = console.0.common.clock.now();
    let mut tx = console.0.office.begin().await.map_err(&failed)?;
    tx.consent_to_naming(notice.id, venue).await.map_err(&failed)?;
    let detail = format!("施設{venue}：{reason}");
    tx.record(&officer.entry(now, Act::NamingConsented, notice.id.to_string(), detail))
        .await
        .map_err(&failed)?;
    tx.commit().await.map_err(&failed)?;
    Ok(see(&format!("/notices/{}", notice.id)))
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
