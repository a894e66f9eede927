//! Rooms and floors of a venue, each with its own code (HKD-38, STM-27): added by the operator, several at once.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::VenueId;
use domain::policy::{Approval, Rooms};
use domain::venue::{Room, Venue, VenueCode, VenueStatus};
use seal::token::{Token, TokenPurpose};
use serde_json::json;
use store::venues::Registration;

use crate::client::{Client, REGISTRATIONS};
use crate::error::{Door, error_page, failed, unavailable};
use crate::form::{Errors, Fields, Lang, Say, accepted};
use crate::operator::registered::{Own, own};
use crate::state::Public;

/// Lines of one form.
const LINES: usize = 50;

/// Adds the rooms of the form, a line each.
pub(crate) async fn post(
    State(public): State<Public>,
    client: Client,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    let common = &public.0.common;
    let own = match own(&public, &id, &query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let venues = &common.pack.policy.venues;
    let open = matches!(own.venue.status, VenueStatus::Active | VenueStatus::Pending);
    if venues.rooms == Rooms::None || own.venue.room.is_some() || !open {
        return error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public);
    }
    let there = match common.intake.rooms(own.venue.id).await {
        Ok(there) => there,
        Err(error) => return failed(common, lang, "/", &error),
    };
    let say = Say { common, lang };
    let mut errors = Errors::default();
    let nonce = accepted(common, &fields, &own.bound_to());
    if nonce.is_none() {
        errors.add("", say.text("error-form-expired", &[]));
    }
    let names = names(fields.get("rooms"), &there, &say, &mut errors);
    let (Some(nonce), true) = (nonce, errors.is_empty()) else {
        return own.wrong(&public, json!({ "rooms": fields.get("rooms") }), &errors).await;
    };
    if names.is_empty() {
        // The same form again, or rooms that are there already.
        return own.see("rooms");
    }
    match REGISTRATIONS.count(common, client).await {
        Ok(true) => {}
        Ok(false) => {
            return error_page(common, StatusCode::TOO_MANY_REQUESTS, lang, "too-many", Door::Public);
        }
        Err(error) => return failed(common, lang, "/", &error),
    }
    let status = match venues.approval {
        Approval::Auto => own.venue.status,
        Approval::Officer => VenueStatus::Pending,
    };
    let Some(rooms) = registrations(&public, &own, &names, nonce.as_bytes(), status) else {
        return error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public);
    };
    match common.intake.add_rooms(own.venue.id, &rooms, Room::MOST).await {
        Ok(_) => own.see("rooms"),
        Err(error) => {
            tracing::error!(%error, "rooms could not be added");
            unavailable(common, lang, "/")
        }
    }
}

/// The names that were typed and aren't there yet, in their order.
fn names(typed: &str, there: &[Venue], say: &Say<'_>, errors: &mut Errors) -> Vec<String> {
    let mut known: BTreeSet<String> = there
        .iter()
        .filter(|room| room.status != VenueStatus::Revoked)
        .map(|room| room.room_name().to_owned())
        .collect();
    let mut names = Vec::new();
    let lines: Vec<&str> = typed.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        errors.add("rooms", say.text("error-field-missing", &[("field", &say.text("field-room", &[]))]));
    }
    if lines.len() > LINES || there.len() + lines.len() > Room::MOST {
        errors.add(
            "rooms",
            say.text("error-rooms-most", &[("lines", "50"), ("most", &Room::MOST.to_string())]),
        );
        return Vec::new();
    }
    for line in lines {
        match Room::name(line) {
            Err(error) => {
                errors.add("rooms", format!("「{}」 {}", line.trim(), say.line(error, "field-room")))
            }
            Ok(name) => {
                if let Some(character) = print::poster::undrawn(&name) {
                    errors.add("rooms", say.text("error-glyph", &[("character", &character.to_string())]));
                } else if known.insert(name.clone()) {
                    names.push(name);
                }
            }
        }
    }
    names
}

fn registrations(
    public: &Public,
    own: &Own,
    names: &[String],
    nonce: &[u8; 16],
    status: VenueStatus,
) -> Option<Vec<Registration>> {
    let common = &public.0.common;
    // The venue's own link opens its rooms too: one operator, one key.
    let key_hash = Token::parse(&own.key)?.hash(&common.deployment, TokenPurpose::VenueKey);
    let now = common.clock.now();
    let room = |(n, name): (u64, &String)| {
        let mut form_nonce = *nonce;
        // One form, many rooms: the last bytes count them, so that each has an identity that a reload has again.
        form_nonce[14..]
            .iter_mut()
            .zip(u16::try_from(n).unwrap_or(0).to_be_bytes())
            .for_each(|(b, n)| *b ^= n);
        Registration {
            venue: Venue {
                id: VenueId::from_random(common.randomness.bytes()),
                code: VenueCode::from_random(common.randomness.bytes()),
                room: Some(Room { of: own.venue.id, name: name.clone() }),
                status,
                replaces: None,
                // A microsecond apart: their order is that of the lines.
                registered_at: now.plus(Duration::from_micros(n)),
                ..own.venue.clone()
            },
            form_nonce,
            key_hash: key_hash.as_bytes().to_vec(),
            operator_sealed: Vec::new(),
            measures: Vec::new(),
        }
    };
    Some((0..).zip(names).map(room).collect())
}
