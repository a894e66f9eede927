//! What an operator changes on the page of a venue: an event's later days (STM-28), the spelling of name and
//! address where the policy lets it be corrected, and the end of a code (STM-33).

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::held::HeldError;
use domain::policy::{EventReuse, Mutability};
use domain::venue::{Venue, VenueName, VenueStatus};
use serde_json::json;

use crate::error::{Door, error_page, unavailable};
use crate::form::{Errors, Fields, Lang, Say, accepted};
use crate::operator::registered::{Own, own};
use crate::operator::typed;
use crate::state::Public;

type Asked = Query<HashMap<String, String>>;

/// Adds days on which the event is held again.
pub(crate) async fn dates(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    let common = &public.0.common;
    let own = match own(&public, &id, &query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let same_code = common.pack.policy.venues.event_reuse == EventReuse::SameHost;
    let event = own.venue.kind.is_event() && own.venue.room.is_none();
    let open = matches!(own.venue.status, VenueStatus::Active | VenueStatus::Pending);
    if !(same_code && event && open) {
        return not_found(&public, lang);
    }
    let (say, mut errors) = (Say { common, lang }, Errors::default());
    ours(&public, &own, &fields, &say, &mut errors);
    let mut held = own.venue.held.clone();
    if let Some((first, last)) = typed::days(&fields, &own.venue.category, &say, common, &mut errors) {
        match held.add(first, last) {
            Ok(()) => {}
            Err(HeldError::TooMany) => errors.add("starts_on", say.text("error-dates-most", &[])),
            // The same form again has added what is there.
            Err(_) if held.times().contains(&(first, last)) => return own.see("dates"),
            Err(_) => errors.add("starts_on", say.text("error-dates-there", &[])),
        }
    }
    let form = json!({ "starts_on": fields.get("starts_on"), "ends_on": fields.get("ends_on") });
    if !errors.is_empty() {
        return own.wrong(&public, form, &errors).await;
    }
    match common.intake.set_held(own.venue.id, &own.venue.held, &held).await {
        Ok(true) => {
            public.0.forget_venues();
            own.see("dates")
        }
        Ok(false) => {
            errors.add("starts_on", say.text("error-form-expired", &[]));
            own.wrong(&public, form, &errors).await
        }
        Err(error) => not_now(&public, lang, &error),
    }
}

/// Corrects name and address, where the policy lets them be corrected; the code stays.
pub(crate) async fn correct(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    let common = &public.0.common;
    let own = match own(&public, &id, &query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let mutable = common.pack.policy.venues.mutability == Mutability::Mutable;
    if !mutable || own.venue.room.is_some() || own.venue.status != VenueStatus::Active {
        return not_found(&public, lang);
    }
    let (say, mut errors) = (Say { common, lang }, Errors::default());
    ours(&public, &own, &fields, &say, &mut errors);
    let name = typed::line(VenueName::parse(fields.get("name")), "name", "field-name", &say, &mut errors);
    let undrawn = name.as_ref().and_then(|name| print::poster::undrawn(name.as_str()));
    if let Some(character) = undrawn {
        errors.add("name", say.text("error-glyph", &[("character", &character.to_string())]));
    }
    let (postal_code, address) = typed::place(&fields, &say, common, &mut errors);
    let (Some(name), Some(address), true) = (name, address, errors.is_empty()) else {
        return own.wrong(&public, fields.kept(&["name", "postal_code", "address"]), &errors).await;
    };
    let corrected = Venue { name, postal_code, address, ..own.venue.clone() };
    match common.intake.correct_venue(&corrected).await {
        Ok(()) => {
            public.0.forget_venues();
            own.see("correct")
        }
        Err(error) => not_now(&public, lang, &error),
    }
}

/// Ends the venue's own code, and those of its rooms.
pub(crate) async fn revoke(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    end(&public, &id, &query, lang, &fields, false).await
}

/// Ends the code of the registration that this one replaces: whoever registered anew had its key.
pub(crate) async fn retire(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Asked,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    end(&public, &id, &query, lang, &fields, true).await
}

async fn end(
    public: &Public,
    id: &str,
    query: &HashMap<String, String>,
    lang: &'static str,
    fields: &Fields,
    old: bool,
) -> Response {
    let common = &public.0.common;
    let own = match own(public, id, query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let (ended, done) = if old { (own.venue.replaces, "retire") } else { (Some(own.venue.id), "revoke") };
    // What an officer hasn't allowed yet, or has declined, ends nothing that is in use.
    let Some(ended) = ended.filter(|_| !old || own.venue.status == VenueStatus::Active) else {
        return not_found(public, lang);
    };
    let (say, mut errors) = (Say { common, lang }, Errors::default());
    ours(public, &own, fields, &say, &mut errors);
    if !errors.is_empty() {
        return own.wrong(public, json!({}), &errors).await;
    }
    match common.intake.revoke_venue(ended, common.clock.now()).await {
        Ok(_) => {
            public.0.forget_venues();
            own.see(done)
        }
        Err(error) => not_now(public, lang, &error),
    }
}

fn ours(public: &Public, own: &Own, fields: &Fields, say: &Say<'_>, errors: &mut Errors) {
    if accepted(&public.0.common, fields, &own.bound_to()).is_none() {
        errors.add("", say.text("error-form-expired", &[]));
    }
}

fn not_found(public: &Public, lang: &str) -> Response {
    error_page(&public.0.common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public)
}

fn not_now(public: &Public, lang: &str, error: &store::StoreError) -> Response {
    tracing::error!(%error, "a venue could not be changed");
    unavailable(&public.0.common, lang, "/")
}
