//! Venues: found by name or number, decided upon where the policy wants it, and withdrawn. What is shown is
//! what the public may know.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::VenueId;
use domain::ledger::Act;
use domain::policy::Approval;
use domain::text;
use domain::venue::{SizeMeasure, Venue, VenueStatus};
use serde_json::{Value, json};
use store::StoreError;

use crate::answer::see;
use crate::error::ConsoleError;
use crate::form::Errors;
use crate::officer::session::{OwnForm, SignedIn, failed};
use crate::state::Console;

/// Venues on the page.
const VENUES: i64 = 50;

/// Registrations of the same place that are named beside a venue.
const ALIKE: i64 = 5;

/// The search, and what waits for a decision.
pub(crate) async fn get(
    State(console): State<Console>,
    officer: SignedIn,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, ConsoleError> {
    let asked: String = query.get("q").map_or("", |q| q.trim()).chars().take(60).collect();
    show(&console, &officer, StatusCode::OK, &asked, &Errors::default()).await
}

async fn show(
    console: &Console,
    officer: &SignedIn,
    status: StatusCode,
    asked: &str,
    errors: &Errors,
) -> Result<Response, ConsoleError> {
    let (intake, failed) = (&console.0.common.intake, failed(console));
    let by_number = match VenueId::parse(asked) {
        Some(id) => intake.venue(id).await.map_err(&failed)?,
        None => None,
    };
    let found = match by_number {
        Some(venue) => vec![venue],
        None => intake.find_venues(asked, VENUES).await.map_err(&failed)?,
    };
    let venues = &console.0.common.pack.policy.venues;
    let waiting = match venues.approval {
        Approval::Officer => intake.pending_venues(VENUES).await.map_err(&failed)?,
        Approval::Auto => Vec::new(),
    };
    let context = json!({
        "form": { "q": asked },
        "errors": errors.list(),
        "error_for": errors.by_field(),
        "approval": venues.approval == Approval::Officer,
        "bulk_import": venues.bulk_import,
        "proxy": venues.proxy_entry,
        "total": intake.count_venues().await.map_err(&failed)?,
        "found": found.len(),
        "waiting": all_shown(console, &waiting).await.map_err(&failed)?,
        "venues": all_shown(console, &found).await.map_err(&failed)?,
    });
    officer.page(console, status, "officer/venues.html", context).await
}

/// Lets a venue in: its code takes check-ins, and its operator is sent the poster.
pub(crate) async fn approve(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let failed = failed(&console);
    let Some(venue) = find(&console, &id).await.map_err(&failed)? else {
        return Ok(officer.not_found(&console));
    };
    if venue.status == VenueStatus::Pending {
        let now = console.0.common.clock.now();
        let entry = officer.entry(now, Act::VenueApproved, venue.id.to_string(), "");
        console.0.office.record(&entry).await.map_err(&failed)?;
        console.0.common.intake.approve_venue(venue.id, now).await.map_err(&failed)?;
    }
    Ok(see(&format!("/venues?q={}", venue.id)))
}

/// Declines a venue, with a reason that its operator reads.
pub(crate) async fn decline(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, fields, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let failed = failed(&console);
    let Some(venue) = find(&console, &id).await.map_err(&failed)? else {
        return Ok(officer.not_found(&console));
    };
    let Ok(reason) = text::line(fields.get("reason"), 200) else {
        let mut errors = Errors::default();
        errors.add("", "見送る理由を、200文字までで入力してください。担当の方へのメールに書かれます。");
        let (status, number) = (StatusCode::UNPROCESSABLE_ENTITY, venue.id.to_string());
        return show(&console, &officer, status, &number, &errors).await;
    };
    if venue.status == VenueStatus::Pending {
        let now = console.0.common.clock.now();
        let entry = officer.entry(now, Act::VenueDeclined, venue.id.to_string(), reason.clone());
        console.0.office.record(&entry).await.map_err(&failed)?;
        console.0.common.intake.decline_venue(venue.id, &reason, now).await.map_err(&failed)?;
    }
    Ok(see(&format!("/venues?q={}", venue.id)))
}

async fn find(console: &Console, id: &str) -> Result<Option<Venue>, StoreError> {
    match VenueId::parse(id) {
        Some(id) => console.0.common.intake.venue(id).await,
        None => Ok(None),
    }
}

/// Withdraws a code: the public page answers as for an unknown one, at once.
pub(crate) async fn revoke(
    State(console): State<Console>,
    Path(id): Path<String>,
    OwnForm { officer, .. }: OwnForm,
) -> Result<Response, ConsoleError> {
    let failed = failed(&console);
    let Some(id) = VenueId::parse(&id) else { return Ok(officer.not_found(&console)) };
    let intake = &console.0.common.intake;
    let venue = intake.venue(id).await.map_err(&failed)?;
    if venue.is_some_and(|venue| venue.status == VenueStatus::Active) {
        // Recorded first: the two zones share no transaction, and an act that is recorded twice is better
        // than one that isn't.
        let now = console.0.common.clock.now();
        let entry = officer.entry(now, Act::VenueRevoked, id.to_string(), "");
        console.0.office.record(&entry).await.map_err(&failed)?;
        intake.revoke_venue(id, now).await.map_err(&failed)?;
    }
    Ok(see(&format!("/venues?q={id}")))
}

async fn all_shown(console: &Console, venues: &[Venue]) -> Result<Vec<Value>, StoreError> {
    let mut all = Vec::new();
    for venue in venues {
        let alike = console.0.common.intake.venues_alike(venue, ALIKE).await?;
        let mut own = shown(console, venue);
        own["alike"] = alike.iter().map(|other| json!(other.id.to_string())).collect();
        all.push(own);
    }
    Ok(all)
}

fn shown(console: &Console, venue: &Venue) -> Value {
    let common = &console.0.common;
    let size = venue.size.map_or_else(String::new, |size| {
        let unit = match size.measure {
            SizeMeasure::Seats => "席",
            SizeMeasure::FloorM2 => "㎡",
            SizeMeasure::Participants | SizeMeasure::DailyUsers => "人",
        };
        format!("{}{unit}", size.value)
    });
    json!({
        "id": venue.id.to_string(),
        "number": venue.id.to_string(),
        "name": venue.name.as_str(),
        "room": venue.room_name(),
        "category": common.pack.category(&venue.category).map_or(venue.category.as_str(), |c| c.label.as_str()),
        "size": size,
        "address": venue.address,
        "registered_on": common.pack.policy.calendar.day_of(venue.registered_at).to_string(),
        "state": match venue.status {
            VenueStatus::Active => "valid",
            other => other.as_str(),
        },
        "replaces": venue.replaces.map(|id| id.to_string()),
        "dates": venue.held.to_string(),
    })
}
