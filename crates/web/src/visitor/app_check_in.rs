//! The app's check-in: the same as the form's, asked for by a script and answered in JSON.
//!
//! The phone asks for a nonce, keeps it with the visit, and sends both as often as it takes: the nonce makes it one
//! row. A visit that the phone kept without a network comes with the time that the phone's clock had; whether that
//! can be, our clock and the policy decide.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use domain::check_in::{self, Refused, VisitTimeError};
use domain::clock::Instant;
use domain::contact::Contact;
use domain::email_typo;
use domain::push::Subscription;
use domain::venue::{Venue, VenueCode};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::not_found_public;
use crate::form::{Fields, Lang, Say, issue};
use crate::state::Public;
use crate::visitor::app::is_on;
use crate::visitor::check_in::{Stored, store};
use crate::visitor::visit;

/// A nonce for a venue, with its name and our clock's time.
pub(crate) async fn form(
    State(public): State<Public>,
    Lang(lang): Lang,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !is_on(&public) {
        return not_found_public(State(public), uri, headers).await;
    }
    let common = &public.0.common;
    let query = uri.query().unwrap_or_default();
    let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
    let venue = match code.and_then(|(_, code)| VenueCode::parse(&code)) {
        Some(code) => open_venue(&public, code).await,
        None => Ok(None),
    };
    match venue {
        Err(()) => later(&public, lang),
        Ok(None) => refused(&public, lang, StatusCode::NOT_FOUND, "unknown", "app-unknown-code", &[]),
        Ok(Some(venue)) => answer(
            &public,
            StatusCode::OK,
            json!({
                "state": "open",
                "venue": named(&venue),
                "nonce": issue(common, venue.code.to_string().as_bytes()),
            }),
        ),
    }
}

/// The check-in itself.
pub(crate) async fn post(
    State(public): State<Public>,
    client: Client,
    Lang(lang): Lang,
    uri: Uri,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    if !is_on(&public) {
        return not_found_public(State(public), uri, headers).await;
    }
    let common = &public.0.common;
    let now = common.clock.now();
    if let Some(wait) = public.0.check_ins.count(client, now) {
        let mut response = refused(&public, lang, StatusCode::TOO_MANY_REQUESTS, "later", "app-later", &[]);
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
        return response;
    }
    let unknown = || refused(&public, lang, StatusCode::NOT_FOUND, "unknown", "app-unknown-code", &[]);
    let unprocessable = |state: &str, key: &str, values: &[(&str, &str)]| {
        refused(&public, lang, StatusCode::UNPROCESSABLE_ENTITY, state, key, values)
    };
    let Some(code) = VenueCode::parse(fields.get("code")) else { return unknown() };
    let venue = match open_venue(&public, code).await {
        Err(()) => return later(&public, lang),
        Ok(None) => return unknown(),
        Ok(Some(venue)) => venue,
    };
    let contact = match contact(&public, &fields, &Say { common, lang }) {
        Ok(contact) => contact,
        Err(wrong) => return answer(&public, StatusCode::UNPROCESSABLE_ENTITY, wrong),
    };
    let days = common.pack.policy.check_in.late_days();
    let visited = match visited(&public, &venue, fields.get("visited")) {
        Ok(at) => at,
        Err(VisitTimeError::Future) => return unprocessable("refused", "app-visit-future", &[]),
        Err(_) if days == 0 => return unprocessable("refused", "app-visit-not-today", &[]),
        Err(_) => return unprocessable("refused", "app-visit-too-old", &[("days", &days.to_string())]),
    };
    let Some(nonce) = common.forms.verify(fields.get("nonce"), code.to_string().as_bytes()) else {
        return unprocessable("expired", "error-form-expired", &[]);
    };
    match store(&public, &venue, nonce, Some(visited), &contact, lang).await {
        Stored::Yes(day) => answer(
            &public,
            StatusCode::OK,
            json!({
                "state": "stored",
                "venue": named(&venue),
                "day": day.to_string(),
                "at": visited.as_micros() / 1000,
            }),
        ),
        Stored::Refused(Refused::FormExpired) => unprocessable("expired", "error-form-expired", &[]),
        Stored::Refused(Refused::NotHeld) => unprocessable("refused", "app-visit-not-held", &[]),
        Stored::Refused(Refused::Revoked) => unknown(),
        Stored::DayOver => unprocessable("refused", "app-visit-not-taken", &[]),
        Stored::NotNow => later(&public, lang),
    }
}

/// The venue, if it takes check-ins now, or did on a day of which a kept visit may be.
async fn open_venue(public: &Public, code: VenueCode) -> Result<Option<std::sync::Arc<Venue>>, ()> {
    let common = &public.0.common;
    let late_days = common.pack.policy.check_in.late_days();
    let found = public.0.venue(code).await.map_err(|_| ())?;
    Ok(found.filter(|venue| visit::is_open(common, venue, late_days)))
}

/// The time of the visit, as the phone says it in milliseconds.
fn visited(public: &Public, venue: &Venue, typed: &str) -> Result<Instant, VisitTimeError> {
    let policy = &public.0.common.pack.policy;
    let millis: i64 = typed.parse().map_err(|_| VisitTimeError::Time)?;
    let at = Instant::from_micros(millis.checked_mul(1000).ok_or(VisitTimeError::Time)?);
    let calendar = policy.calendar_of(&venue.category);
    check_in::kept_visit(at, public.0.common.clock.now(), policy.check_in.late_days(), &calendar)
}

/// Mail or push, as the phone says; or what is wrong with it.
fn contact(public: &Public, fields: &Fields, say: &Say<'_>) -> Result<Contact, Value> {
    let endpoint = fields.get("endpoint");
    if endpoint.is_empty() {
        let contact = Contact::email(fields.get("email"))
            .map_err(|error| json!({ "state": "address", "message": say.email(error) }))?;
        return match email_typo::suggestion(&contact).filter(|_| fields.get("keep") != "1") {
            None => Ok(contact),
            Some(meant) => Err(json!({
                "state": "typo",
                "message": say.text("check-in-suggestion", &[]),
                "suggestion": meant.expose(),
            })),
        };
    }
    let wrong = || json!({ "state": "push", "message": say.text("app-push-refused", &[]) });
    let push = public.0.push.as_ref().ok_or_else(wrong)?;
    Subscription::new(endpoint, fields.get("p256dh"), fields.get("auth"), &push.services)
        .map(|subscription| Contact::push(&subscription))
        .map_err(|_| wrong())
}

fn named(venue: &Venue) -> Value {
    json!({ "name": venue.name.as_str(), "room": venue.room_name() })
}

fn later(public: &Public, lang: &str) -> Response {
    refused(public, lang, StatusCode::SERVICE_UNAVAILABLE, "later", "app-later", &[])
}

fn refused(
    public: &Public,
    lang: &str,
    status: StatusCode,
    state: &str,
    key: &str,
    values: &[(&str, &str)],
) -> Response {
    let message = Say { common: &public.0.common, lang }.text(key, values);
    answer(public, status, json!({ "state": state, "message": message }))
}

/// Every answer carries our clock's time: by it the phone knows when its diary is over.
fn answer(public: &Public, status: StatusCode, mut said: Value) -> Response {
    said["now"] = json!(public.0.common.clock.now().as_micros() / 1000);
    (status, [(header::CONTENT_TYPE, "application/json")], said.to_string()).into_response()
}
