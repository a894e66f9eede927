//! Venues: found by name or number, and withdrawn. What is shown is what the public may know.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::VenueId;
use domain::ledger::Act;
use domain::venue::{SizeMeasure, Venue, VenueStatus};
use serde_json::{Value, json};

use crate::answer::see;
use crate::error::ConsoleError;
use crate::officer::session::{OwnForm, SignedIn, failed};
use crate::state::Console;

/// Venues on the page.
const VENUES: i64 = 50;

/// The search.
pub(crate) async fn get(
    State(console): State<Console>,
    officer: SignedIn,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, ConsoleError> {
    let (intake, failed) = (&console.0.common.intake, failed(&console));
    let asked: String = query.get("q").map_or("", |q| q.trim()).chars().take(60).collect();
    let by_number = match VenueId::parse(&asked) {
        Some(id) => intake.venue(id).await.map_err(&failed)?,
        None => None,
    };
    let venues = match by_number {
        Some(venue) => vec![venue],
        None => intake.find_venues(&asked, VENUES).await.map_err(&failed)?,
    };
    let context = json!({
        "form": { "q": asked },
        "proxy": console.0.common.pack.policy.venues.proxy_entry,
        "total": intake.count_venues().await.map_err(&failed)?,
        "found": venues.len(),
        "venues": venues.iter().map(|venue| shown(&console, venue)).collect::<Vec<Value>>(),
    });
    officer.page(&console, StatusCode::OK, "officer/venues.html", context).await
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
        let entry = officer.entry(console.0.common.clock.now(), Act::VenueRevoked, id.to_string(), "");
        console.0.office.record(&entry).await.map_err(&failed)?;
        intake.revoke_venue(id).await.map_err(&failed)?;
    }
    Ok(see(&format!("/venues?q={id}")))
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
        "room": "",
        "category": common.pack.category(&venue.category).map_or(venue.category.as_str(), |c| c.label.as_str()),
        "size": size,
        "address": venue.address,
        "registered_on": common.pack.policy.calendar.day_of(venue.registered_at).to_string(),
        "state": if venue.status == VenueStatus::Active { "valid" } else { "revoked" },
    })
}
