//! Venues found by name, on a plain list (KYF-4): where the policy lists them, and those alone that take check-ins.
//!
//! The original had a map, on which a press checked in. A map's tiles would tell a foreign server where the visitor
//! looks; a list by name tells nobody.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use domain::policy::Listing;
use serde_json::{Value, json};

use crate::answer::page;
use crate::error::{not_found_public, unavailable};
use crate::form::Lang;
use crate::state::Public;
use crate::visitor::app::is_on;
use crate::visitor::visit;

/// How many are shown; whoever finds more asks more closely.
const SHOWN: usize = 50;

/// The longest name that is looked for.
const LONGEST: usize = 100;

/// The list.
pub(crate) async fn get(
    State(public): State<Public>,
    Lang(lang): Lang,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let common = &public.0.common;
    if !is_on(&public) || common.pack.policy.venues.listing != Listing::Public {
        return not_found_public(State(public), uri, headers).await;
    }
    let query = uri.query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q");
    let asked: String =
        asked.map(|(_, text)| text.trim().chars().take(LONGEST).collect()).unwrap_or_default();
    let found = match asked.is_empty() {
        true => Vec::new(),
        false => match common.intake.find_open_venues(&asked, 2 * SHOWN as i64).await {
            Ok(found) => found,
            Err(_) => return unavailable(common, lang, "/app/venues"),
        },
    };
    let open: Vec<_> = found.iter().filter(|venue| visit::is_open(common, venue, 0)).collect();
    let rows: Vec<Value> = open
        .iter()
        .take(SHOWN)
        .map(|venue| {
            json!({
                "name": venue.full_name(),
                "address": venue.address,
                "open": format!("/app?code={}", venue.code),
            })
        })
        .collect();
    let context = json!({
        "here": "/app/venues",
        "query": form_urlencoded::Serializer::new(String::new()).append_pair("q", &asked).finish(),
        "asked": asked,
        "found": rows,
        "more": open.len() > SHOWN,
    });
    page(common, StatusCode::OK, "app/venues.html", lang, context)
}
