//! Which measures a venue takes (KNG-2, KNG-3, KNG-22): the second page of the registration, for the list
//! depends on the category that the first page asked; and later the operator's own page of them, from which
//! the certificate is issued anew.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::policy::Industry;
use domain::service_day::ServiceDay;
use domain::venue::Venue;
use serde_json::{Value, json};
use store::certificates::Certificate;

use crate::answer::{page, see};
use crate::client::{Client, REGISTRATIONS};
use crate::error::{Door, error_page, failed, unavailable};
use crate::form::{Errors, Fields, Lang, Say};
use crate::operator::certificate;
use crate::operator::registered::own_venue;
use crate::state::{Common, Public};

/// The page that asks for measures says by this field that it was seen.
const STEP: &str = "step";

/// Why there are no measures yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// They weren't asked before.
    First,
    /// Fewer were ticked than a certificate needs.
    TooFew,
}

/// The measures that a form has ticked, in the pack's order; none where the category has no list.
pub(crate) fn chosen(common: &Common, fields: &Fields, category: &str) -> Result<Vec<String>, Asked> {
    let Some((policy, industry)) = list(common, category) else { return Ok(Vec::new()) };
    if fields.get(STEP) != "measures" {
        return Err(Asked::First);
    }
    let ticked = fields.all("measure");
    let offered = industry.offered(today(common)).filter(|measure| ticked.contains(&measure.id.as_str()));
    let chosen: Vec<String> = offered.map(|measure| measure.id.clone()).collect();
    if chosen.len() < policy { Err(Asked::TooFew) } else { Ok(chosen) }
}

/// The registration's second page, at either door: what was typed on the first is carried along.
pub(crate) fn ask(
    common: &Common,
    lang: &str,
    fields: &Fields,
    venue: &Venue,
    nonce: &str,
    asked: Asked,
) -> Response {
    let context = context(common, lang, venue, &fields.all("measure"), None, asked);
    let mut context = context;
    context["carried"] = fields.others(&["nonce", "measure", STEP]);
    context["nonce"] = json!(nonce);
    page(common, status(asked), "operator/measures.html", lang, context)
}

/// What the page shows of a venue's list.
pub(crate) fn context(
    common: &Common,
    lang: &str,
    venue: &Venue,
    ticked: &[&str],
    issued: Option<&Certificate>,
    asked: Asked,
) -> Value {
    let say = Say { common, lang };
    let (least, industry) = list(common, &venue.category).map_or((1, None), |(n, own)| (n, Some(own)));
    let mut errors = Errors::default();
    if asked == Asked::TooFew {
        errors.add("measure", say.text("error-measures", &[("least", &least.to_string())]));
    }
    let calendar = &common.pack.policy.calendar;
    // What came to the list after the last issue is worth a look.
    let last = issued.map(|issued| calendar.day_of(issued.issued_at));
    let offered = industry.into_iter().flat_map(|industry| industry.offered(today(common)));
    let measures: Vec<Value> = offered
        .map(|measure| {
            json!({
                "id": measure.id,
                "text": measure.text,
                "guideline": measure.guideline,
                "ticked": ticked.contains(&measure.id.as_str()),
                "added": last.is_some_and(|last| measure.since > last),
            })
        })
        .collect();
    json!({
        "here": "",
        "action": "/venues",
        "changes": issued.is_some(),
        "venue": { "name": venue.name.as_str() },
        "industry": industry.map_or("", |industry| industry.label.as_str()),
        "least": least,
        "badge": common.pack.certificate.as_ref().is_some_and(|policy| policy.new_badge),
        "measures": measures,
        "carried": [],
        "nonce": "",
        "errors": errors.list(),
        "error_for": errors.by_field(),
    })
}

pub(crate) fn status(asked: Asked) -> StatusCode {
    match asked {
        Asked::First => StatusCode::OK,
        Asked::TooFew => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The operator's page of measures.
pub(crate) async fn get(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    Lang(lang): Lang,
) -> Response {
    let common = &public.0.common;
    let (venue, key, issued) = match own_list(&public, &id, &query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let ticked: Vec<&str> =
        issued.iter().flat_map(|issued| &issued.measures).map(|measure| measure.id.as_str()).collect();
    let mut context = context(common, lang, &venue, &ticked, issued.as_ref(), Asked::First);
    context["action"] = json!(format!("/venues/{}/measures?key={key}", venue.id));
    page(common, StatusCode::OK, "operator/measures.html", lang, context)
}

/// The certificate is issued anew, with today's date.
pub(crate) async fn post(
    State(public): State<Public>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    client: Client,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    let common = &public.0.common;
    let (venue, key, issued) = match own_list(&public, &id, &query, lang).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let measures = match chosen(common, &fields, &venue.category) {
        Ok(measures) => measures,
        Err(asked) => {
            let mut context = context(common, lang, &venue, &fields.all("measure"), issued.as_ref(), asked);
            context["action"] = json!(format!("/venues/{}/measures?key={key}", venue.id));
            return page(common, status(asked), "operator/measures.html", lang, context);
        }
    };
    match REGISTRATIONS.count(common, client).await {
        Ok(true) => {}
        Ok(false) => {
            return error_page(common, StatusCode::TOO_MANY_REQUESTS, lang, "too-many", Door::Public);
        }
        Err(error) => return failed(common, lang, "/", &error),
    }
    match common.intake.issue_certificate(venue.id, &measures, common.clock.now()).await {
        Ok(_) => see(&format!("/venues/{}?key={key}&lang={lang}", venue.id)),
        Err(error) => {
            tracing::error!(%error, "a certificate could not be issued");
            unavailable(common, lang, "/")
        }
    }
}

/// The operator's venue with its newest certificate, if its category has a list.
async fn own_list(
    public: &Public,
    id: &str,
    query: &HashMap<String, String>,
    lang: &'static str,
) -> Result<(Venue, String, Option<Certificate>), Response> {
    let common = &public.0.common;
    let (venue, key) = own_venue(public, id, query, lang).await?;
    if certificate::industry_of(&common.pack, &venue).is_none() {
        return Err(error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public));
    }
    let issued =
        common.intake.certificate(venue.id).await.map_err(|error| failed(common, lang, "/", &error))?;
    Ok((venue, key, issued))
}

/// How many measures a certificate has at least, and the list that a category's venues choose from.
fn list<'a>(common: &'a Common, category: &str) -> Option<(usize, &'a Industry)> {
    let policy = common.pack.certificate.as_ref()?;
    Some((policy.min_items, policy.industry_of(category)?))
}

fn today(common: &Common) -> ServiceDay {
    common.pack.policy.calendar.day_of(common.clock.now())
}
