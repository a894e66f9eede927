//! A cluster is declared for a venue and days (OSK-19 to OSK-21): no threshold, and the mail names venue
//! and day only if the jurisdiction has published them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::NoticeId;
use domain::ledger::Act;
use domain::notice::NoticeKind;
use domain::policy::{ClusterTrigger, NamingCluster, NamingConsent, Publication};
use domain::service_day::ServiceDay;
use domain::text;
use domain::venue::Venue;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::StoreError;
use store::days::DayState;
use store::notices::{Expanded, Notice, NoticeDay};

use crate::answer::see;
use crate::error::ConsoleError;
use crate::form::{Errors, Fields};
use crate::officer::case_new::{Found, candidate, find};
use crate::officer::preview;
use crate::officer::session::{OwnForm, SignedIn, failed};
use crate::state::Console;

/// Days of one declaration at most.
const MOST_DAYS: i64 = 31;

/// One suspected day, with how many registered there.
struct Day {
    day: ServiceDay,
    registered: u64,
    erased: bool,
}

/// Whether the jurisdiction has no such notice (E6).
fn off(console: &Console) -> bool {
    console.0.common.pack.policy.notices.cluster == ClusterTrigger::Off
}

/// The form.
pub(crate) async fn get(State(console): State<Console>, officer: SignedIn) -> Result<Response, ConsoleError> {
    if off(&console) {
        return Ok(officer.not_found(&console));
    }
    let form = json!({ "venue": "", "from": "", "to": "", "published": "" });
    show(&console, &officer, StatusCode::OK, form, Vec::new(), Value::Null, &Errors::default()).await
}

/// Preview or proposal.
pub(crate) async fn post(
    State(console): State<Console>,
    OwnForm { officer, fields, nonce }: OwnForm,
) -> Result<Response, ConsoleError> {
    let (common, failed) = (&console.0.common, failed(&console));
    if off(&console) {
        return Ok(officer.not_found(&console));
    }
    let mut form = fields.kept(&["venue", "from", "to", "published"]);
    let (mut errors, mut candidates) = (Errors::default(), Vec::new());
    let venue = venue(&console, &fields, &mut errors, &mut candidates).await.map_err(&failed)?;
    let days = days(&console, &fields, &mut errors);
    let (true, Some(venue), Some(days)) = (errors.is_empty(), venue, days) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show(&console, &officer, status, form, candidates, Value::Null, &errors).await;
    };
    form["venue"] = json!(venue.id.to_string());
    let publishes = common.pack.policy.notices.publication == Publication::OfficerDecides;
    let published = publishes && !fields.get("published").is_empty();
    let days = registered(&console, &venue, days).await.map_err(&failed)?;
    if fields.get("act") == "propose" {
        if days.iter().any(|day| !day.erased && day.registered > 0) {
            let id = NoticeId::from_random(*nonce.as_bytes());
            if let Some(before) = console.0.office.notice(id).await.map_err(&failed)? {
                // The same form, sent twice; or an officer who went back and chose another place.
                let days = console.0.office.notice_days(before.id).await.map_err(&failed)?;
                if days.iter().all(|at| at.venue == venue.id) {
                    return Ok(see(&format!("/notices/{id}")));
                }
                return Ok(officer.form_expired(&console));
            }
            propose(&console, &officer, id, &venue, &days, published).await.map_err(&failed)?;
            return Ok(see(&format!("/notices/{id}")));
        }
        errors.add("from", "この期間に登録した人がいないため、お知らせ案を作れません。");
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let preview = preview(&console, &venue, &days, published);
    show(&console, &officer, status, form, candidates, preview, &errors).await
}

async fn venue(
    console: &Console,
    fields: &Fields,
    errors: &mut Errors,
    candidates: &mut Vec<Value>,
) -> Result<Option<Box<Venue>>, StoreError> {
    let Ok(typed) = text::line(fields.get("venue"), 60) else {
        errors.add("venue", "施設の登録番号か名称を入力してください。");
        return Ok(None);
    };
    Ok(match find(console, &typed, fields.get("venue_choice")).await? {
        Found::One(venue) => Some(venue),
        Found::None => {
            errors.add("venue", "登録された施設が見つかりません。");
            None
        }
        Found::Several(venues) => {
            errors.add("venue", format!("当てはまる施設が{}件あります。選んでください。", venues.len()));
            candidates.extend(venues.iter().map(|venue| candidate(console, venue)));
            None
        }
    })
}

fn days(console: &Console, fields: &Fields, errors: &mut Errors) -> Option<(ServiceDay, ServiceDay)> {
    let today = console.0.common.pack.policy.calendar.day_of(console.0.common.clock.now());
    let mut day = |name: &str| {
        let parsed = ServiceDay::parse(fields.get(name).trim());
        match parsed {
            None => errors.add(name, "日付を入力してください。"),
            Some(day) if day > today => errors.add(name, "これから先の日は入力できません。"),
            Some(_) => {}
        }
        parsed.filter(|day| *day <= today)
    };
    let (first, last) = (day("from"), day("to"));
    let (first, last) = (first?, last?);
    if last < first {
        errors.add("to", "最後の日は、最初の日より後にしてください。");
        return None;
    }
    if first.days_until(last) >= MOST_DAYS {
        errors.add("to", format!("期間は{MOST_DAYS}日までです。"));
        return None;
    }
    Some((first, last))
}

async fn registered(
    console: &Console,
    venue: &Venue,
    (first, last): (ServiceDay, ServiceDay),
) -> Result<Vec<Day>, StoreError> {
    let mut days = Vec::new();
    for day in first.through(last) {
        let state = console.0.common.intake.day(day).await?.map(|day| day.state);
        let erased = !matches!(state, Some(DayState::Open | DayState::Closed));
        let registered =
            if erased { 0 } else { console.0.common.intake.count_check_ins_at(day, venue.id).await? };
        days.push(Day { day, registered, erased });
    }
    Ok(days)
}

async fn propose(
    console: &Console,
    officer: &SignedIn,
    id: NoticeId,
    venue: &Venue,
    days: &[Day],
    published: bool,
) -> Result<(), StoreError> {
    let (common, now) = (&console.0.common, console.0.common.clock.now());
    let there: Vec<&Day> = days.iter().filter(|day| !day.erased).collect();
    let new = Notice {
        others: there.iter().map(|day| day.registered).sum(),
        published,
        ..Notice::proposed(id, NoticeKind::Cluster, now, &officer.name, &common.pack.version)
    };
    let mut tx = console.0.office.begin().await?;
    let (mut notice_days, mut cases) = (Vec::new(), BTreeSet::new());
    for day in there {
        let at = tx.cases_at(day.day, venue.id).await?;
        notice_days.push(NoticeDay {
            venue: venue.id,
            day: day.day,
            venue_name: venue.full_name(),
            // As they were reported: only the worker can tell that two of them are one person.
            cases: u32::try_from(at.len()).unwrap_or(u32::MAX),
            needed: 0,
            row_record: String::new(),
            expanded: Expanded::No,
            band: None,
            consent: venue.naming_consent,
        });
        cases.extend(at);
    }
    let cases: Vec<_> = cases.into_iter().collect();
    tx.propose_notice(&new, &notice_days, &cases).await?;
    let said = if published { "公表あり" } else { "公表なし" };
    let detail = format!("お知らせ{}、{}日分、{said}", id.number(), notice_days.len());
    tx.record(&officer.entry(now, Act::ClusterDeclared, venue.id.to_string(), detail)).await?;
    tx.commit().await
}

fn preview(console: &Console, venue: &Venue, days: &[Day], published: bool) -> Value {
    let pack = &console.0.common.pack;
    let suspected: Vec<ServiceDay> = days.iter().filter(|day| !day.erased).map(|day| day.day).collect();
    let (policy, kind) = (&pack.policy, NoticeKind::Cluster);
    let named = policy.notices.named(kind, published, venue.naming_consent, &venue.full_name(), &suspected);
    let (mail, other_mails) = preview::mails(&console.0.common, kind, &[named]);
    let asks_consent = policy.notices.needs_consent(kind)
        && policy.venues.naming_consent == NamingConsent::PerCase
        && !venue.naming_consent;
    let shown: Vec<Value> = days
        .iter()
        .map(|day| json!({ "service_day": day.day.to_string(), "recipients": day.registered, "erased": day.erased }))
        .collect();
    json!({
        "venue": venue.full_name(),
        "category": pack.category(&venue.category).map_or("", |category| category.label.as_str()),
        "recipients": days.iter().map(|day| day.registered).sum::<u64>(),
        "days": shown,
        "asks_consent": asks_consent,
        "mail": mail,
        "other_mails": other_mails,
    })
}

async fn show(
    console: &Console,
    officer: &SignedIn,
    status: StatusCode,
    form: Value,
    candidates: Vec<Value>,
    preview: Value,
    errors: &Errors,
) -> Result<Response, ConsoleError> {
    let policy = &console.0.common.pack.policy.notices;
    let context = json!({
        "form": form, "candidates": candidates, "preview": preview,
        "publishes": policy.publication == Publication::OfficerDecides,
        "named_if_published": policy.naming_cluster == NamingCluster::IfPublished,
        "errors": errors.list(), "error_for": errors.by_field(),
    });
    officer.page(console, status, "officer/cluster_new.html", context).await
}
