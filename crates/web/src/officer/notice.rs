//! One notice: what it rests on, how many would be told, and the mail exactly as it will arrive.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::contact::Channel;
use domain::id::NoticeId;
use domain::message::Named;
use domain::notice::{NoticeKind, NoticeState};
use domain::policy::{NamingConsent, Policy, Trigger};
use domain::threshold::RowInForce;
use serde_json::{Value, json};
use store::notices::{Notice, NoticeDay};

use crate::error::ConsoleError;
use crate::form::Errors;
use crate::officer::case::{progress, spoken};
use crate::officer::session::{SignedIn, failed, minutes_between, moment};
use crate::officer::{channels, preview};
use crate::state::Console;
use crate::visitor::pages::band;

/// The page.
pub(crate) async fn get(
    State(console): State<Console>,
    officer: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, ConsoleError> {
    show(&console, &officer, &id, StatusCode::OK, "", &Errors::default()).await
}

/// The page, with a reason as it was typed and what is wrong with it.
pub(crate) async fn show(
    console: &Console,
    officer: &SignedIn,
    id: &str,
    status: StatusCode,
    reason: &str,
    errors: &Errors,
) -> Result<Response, ConsoleError> {
    let (common, office, failed) = (&console.0.common, &console.0.office, failed(console));
    let Some(id) = NoticeId::parse(id) else { return Ok(officer.not_found(console)) };
    let Some(notice) = office.notice(id).await.map_err(&failed)? else {
        return Ok(officer.not_found(console));
    };
    let days = office.notice_days(id).await.map_err(&failed)?;
    let approvals = office.named_approvals(id).await.map_err(&failed)?;
    let progress = progress(console, &notice).await.map_err(&failed)?;
    let cases = office.cases_of_notice(id).await.map_err(&failed)?;
    // A case that an officer entered has no address by which it could be left out.
    let known = office.sealed_contacts(&cases).await.map_err(&failed)?.len();
    let unknown_contacts = cases.len().saturating_sub(known);
    let policy = &common.pack.policy;
    let mut venue_days = Vec::new();
    for day in &days {
        let venue = common.intake.venue(day.venue).await.map_err(&failed)?;
        let category = venue.as_ref().and_then(|venue| common.pack.category(&venue.category));
        let (row, version) = row_in_words(&day.row_record);
        venue_days.push(json!({
            "venue": day.venue_name,
            "category": category.map_or("", |category| category.label.as_str()),
            "service_day": day.day.to_string(),
            "cases": day.cases,
            "consent": policy.notices.needs_consent(notice.kind) && day.consent,
            "threshold": Some(day.needed).filter(|needed| *needed > 0 && !judged(&day.row_record)),
            "threshold_row": row,
            "threshold_version": version,
            "band": day.band.map(|band| spoken(common, &band)),
        }));
    }
    let time = |at: Option<_>| at.map(|at| moment(common, at));
    let named = preview::named(policy, &notice, &days);
    let for_each_place = notice.kind == NoticeKind::Alert && named.iter().any(|one| *one != Named::Nothing);
    let (mail, other_mails) = preview::mails(common, notice.kind, &named);
    let aim = recipients(&notice, &progress);
    // How many of them are on LINE is known where contacts were opened to count them; else it may be all.
    let on_line = match notice.others_by.is_empty() {
        true => aim,
        false => notice.others_by.get(Channel::Line.as_str()).copied().unwrap_or(0),
    };
    let context = json!({
        "now": moment(common, common.clock.now()),
        "month": channels::month_for(console, on_line).await.map_err(&failed)?,
        "by_channel": channels::by_channel(console, id).await.map_err(&failed)?,
        "notice": {
            "id": id.to_string(),
            "number": id.number(),
            "kind": notice.kind.as_str(),
            "state": notice.state.as_str(),
            "venue_days": venue_days,
            "recipients": aim,
            "recipients_by": channels::recipients_by(common, &notice.others_by),
            "on_line": on_line,
            "unknown_contacts": unknown_contacts,
            "sent": progress.sent,
            "failed": progress.failed,
            "waiting": progress.waiting,
            "pack_version": notice.pack_version,
            "proposed_at": moment(common, notice.created_at),
            "approvals": approvals.iter().map(|(_, name, at)| json!({ "officer": name, "at": moment(common, *at) })).collect::<Vec<Value>>(),
            "approvals_needed": policy.notices.approvals(notice.kind, notice.others),
            "too_few": policy.notices.too_few(notice.others),
            "min_group": policy.notices.min_group,
            "consents": consents(&days),
            "for_each_place": for_each_place,
            "ask_consent": ask_consent(policy, &notice, &days),
            "approved_by_you": approvals.iter().any(|(by, ..)| *by == officer.id),
            "hold_minutes": policy.notices.hold_minutes,
            "release_at": time(notice.release_at.filter(|_| notice.state == NoticeState::Approved)),
            "first_message_at": time(notice.released_at),
            "last_message_at": time(notice.last_sent_at),
            "minutes_to_last_message": notice.last_sent_at.map(|at| minutes_between(notice.received_at, at)),
            "reason": notice.reason,
        },
        "mail": mail,
        "other_mails": other_mails,
        "form": { "reason": reason, "consent_reason": reason },
        "errors": errors.list(),
        "error_for": errors.by_field(),
    });
    officer.page(console, status, "officer/notice.html", context).await
}

/// Whether a decision rests on an officer's judgement alone: then there is no number to be reached.
fn judged(record: &str) -> bool {
    record == Trigger::OfficerJudgement.as_str()
}

/// How many of the venues and days have the operator's consent: what an approval was shown.
pub(crate) fn consents(days: &[NoticeDay]) -> usize {
    days.iter().filter(|day| day.consent).count()
}

/// The venues whose operators could still be asked, where consent is recorded by officers (C18).
fn ask_consent(policy: &Policy, notice: &Notice, days: &[NoticeDay]) -> Vec<Value> {
    if policy.venues.naming_consent != NamingConsent::PerCase || !policy.notices.needs_consent(notice.kind) {
        return Vec::new();
    }
    let mut venues: Vec<Value> = days
        .iter()
        .filter(|day| !day.consent)
        .map(|day| json!({ "value": day.venue.to_string(), "label": day.venue_name }))
        .collect();
    venues.dedup();
    venues
}

/// The row of the table that a decision rests on, as it was recorded, in words; and its version.
fn row_in_words(record: &str) -> (String, String) {
    if judged(record) {
        return ("人数の基準はありません。送るかどうかは職員の判断です。".into(), String::new());
    }
    if record == Trigger::AnyPositive.as_str() {
        return ("1人でも利用が分かれば、お知らせ案を作ります。".into(), String::new());
    }
    match RowInForce::from_record(record) {
        Some(RowInForce { version, row }) => {
            let band = if row.at_least == 0 && row.below.is_none() {
                "規模によらず".into()
            } else {
                band(&row)
            };
            (format!("区分{}、{band}", row.level), version)
        }
        None => (record.to_owned(), String::new()),
    }
}

/// The count from the proposal until the outbox knows better.
fn recipients(notice: &Notice, progress: &store::notices::Progress) -> u64 {
    let counted = progress.sent + progress.failed + progress.waiting + progress.cancelled;
    if matches!(notice.state, NoticeState::Released | NoticeState::Settled) && counted > 0 {
        counted
    } else {
        notice.others
    }
}
