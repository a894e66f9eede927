//! The operator's own page of a venue: number, poster, code. Whoever has the link has the page.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::VenueId;
use domain::venue::Venue;
use seal::token::{CodeHash, Token, TokenPurpose};
use serde_json::json;

use crate::answer::page;
use crate::error::{Door, error_page, unavailable};
use crate::form::Lang;
use crate::operator::certificate;
use crate::state::Public;

/// The page.
pub(crate) async fn get(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    Lang(lang): Lang,
) -> Response {
    let common = &public.0.common;
    let (venue, key) = match own_venue(&public, &id, &query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let Ok(issued) = common.intake.certificate(venue.id).await else {
        return unavailable(common, lang, "/");
    };
    let category =
        common.pack.category(&venue.category).map_or(venue.category.as_str(), |c| c.label.as_str());
    let context = json!({
        "here": "",
        "just_registered": query.contains_key("new"),
        "key": key,
        "certificate": certificate::shown(&common.pack, &venue, issued.as_ref()),
        "venue": {
            "id": venue.id.to_string(),
            "number": venue.id.to_string(),
            "name": venue.name.as_str(),
            "room": "",
            "category": category,
        },
    });
    page(common, StatusCode::OK, "operator/registered.html", lang, context)
}

/// The venue, if the key in the address is its own. An unknown venue and a wrong key are answered alike.
pub(crate) async fn own_venue(
    public: &Public,
    id: &str,
    query: &HashMap<String, String>,
    lang: &str,
) -> Result<(Venue, String), Response> {
    let common = &public.0.common;
    let not_found = || error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public);
    let not_now = |_| unavailable(common, lang, "/");
    let key = query.get("key").and_then(|key| Token::parse(key)).ok_or_else(not_found)?;
    let id = VenueId::parse(id).ok_or_else(not_found)?;
    let hash = common.intake.venue_key_hash(id).await.map_err(not_now)?;
    let hash = hash.and_then(|hash| CodeHash::from_stored(&hash)).ok_or_else(not_found)?;
    if hash != key.hash(&common.deployment, TokenPurpose::VenueKey) {
        return Err(not_found());
    }
    let venue = common.intake.venue(id).await.map_err(not_now)?.ok_or_else(not_found)?;
    Ok((venue, key.expose().as_str().to_owned()))
}
