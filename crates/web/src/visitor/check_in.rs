//! The check-in: a scanned code, an address typed, thanks (OSK-3 to OSK-6).
//!
//! The address is sealed to the day's key before anything else happens to it, and its plaintext ends with
//! this request. Thanks are said only after the row is on the disk.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use domain::check_in::{self, CheckInNonce, CheckInPlace, Refused};
use domain::clock::Instant;
use domain::contact::Contact;
use domain::email_typo;
use domain::service_day::ServiceDay;
use domain::venue::{Venue, VenueCode};
use serde_json::{Value, json};
use store::StoreError;
use store::check_ins::SealedCheckIn;
use tracing::Instrument as _;

use crate::answer::{not_made, page, see};
use crate::client::Client;
use crate::error::{failed, too_many, unavailable};
use crate::form::{Errors, Fields, Lang, Say, issue, reissue};
use crate::metrics::{self, NotTaken};
use crate::policy_facts::facts;
use crate::state::{Common, Public};
use crate::traces;
use crate::visitor::{line, visit};

const FORM: &str = "visitor/check_in.html";

/// The form.
pub(crate) async fn get(
    State(public): State<Public>,
    Path(code): Path<String>,
    Lang(lang): Lang,
) -> Response {
    let common = &public.0.common;
    let Some(parsed) = VenueCode::parse(&code) else { return unknown(common, lang) };
    match public.0.venue(parsed).await {
        Ok(Some(venue)) if visit::is_open(common, &venue, typed_days(common)) => {
            let nonce = issue(common, parsed.to_string().as_bytes());
            let (visited_on, visited_at) = visit::now(common);
            let typed = Typed { email: "", visited_on: &visited_on, visited_at: &visited_at };
            let Ok(stopped) = public.0.line_is_stopped().await else {
                return unavailable(common, lang, &format!("/v/{parsed}"));
            };
            let offer = line::offer(&public, &venue, lang, stopped);
            form(&public, &venue, lang, &nonce, &typed, offer)
        }
        Ok(_) => unknown(common, lang),
        Err(error) => failed(common, lang, &format!("/v/{parsed}"), &error),
    }
}

/// An empty form: as it was made for somebody before, with a nonce of its own, or anew.
fn form(
    public: &Public,
    venue: &Venue,
    lang: &str,
    nonce: &str,
    typed: &Typed<'_>,
    offer: Value,
) -> Response {
    let common = &public.0.common;
    let visited = visit::is_typed(common).then_some((typed.visited_on, typed.visited_at));
    let code = venue.code.to_string();
    // All that differs from one page to the next; the rest is the pack's.
    let tells = json!([lang, code, venue.name.as_str(), venue.room_name(), visited, offer]).to_string();
    if let Some(made) = public.0.made_pages.page(&tells, nonce) {
        return Html(made).into_response();
    }
    let mut context = context(common, venue, nonce, typed, &Errors::default(), None);
    context["offer"] = offer;
    match common.pages.render(FORM, lang, &context) {
        Ok(made) => {
            public.0.made_pages.remember(tells, &made, nonce);
            Html(made).into_response()
        }
        Err(error) => not_made(FORM, &error),
    }
}

/// The check-in itself.
pub(crate) async fn post(
    State(public): State<Public>,
    Path(code): Path<String>,
    client: Client,
    Lang(lang): Lang,
    fields: Fields,
) -> Response {
    let common = &public.0.common;
    let Some(code) = VenueCode::parse(&code) else {
        metrics::not_taken(NotTaken::UnknownCode);
        return unknown(common, lang);
    };
    let here = format!("/v/{code}");
    if let Some(wait) = public.0.check_ins.count(client, common.clock.now()) {
        metrics::not_taken(NotTaken::TooMany);
        return too_many(common, lang, wait, &here);
    }
    let venue = match public.0.venue(code).await {
        Ok(Some(venue)) if visit::is_open(common, &venue, typed_days(common)) => venue,
        Ok(_) => {
            metrics::not_taken(NotTaken::UnknownCode);
            return unknown(common, lang);
        }
        Err(error) => return failed(common, lang, &here, &error),
    };
    let Ok(stopped) = public.0.line_is_stopped().await else { return unavailable(common, lang, &here) };
    let offer = line::offer(&public, &venue, lang, stopped);
    if offer["mail"] != true {
        // There is no form to be sent: the page that has none says what to do.
        return see(&format!("{here}?lang={lang}"));
    }
    let bound_to = code.to_string();
    let typed = Typed {
        email: fields.get("email"),
        visited_on: fields.get("visited_on"),
        visited_at: fields.get("visited_at"),
    };
    let again = |errors: Errors, suggestion: Option<&Contact>| {
        let nonce = reissue(common, &fields, bound_to.as_bytes());
        let mut context = context(common, &venue, &nonce, &typed, &errors, suggestion);
        context["offer"] = offer.clone();
        page(common, StatusCode::UNPROCESSABLE_ENTITY, FORM, lang, context)
    };
    let say = Say { common, lang };
    let mut errors = Errors::default();
    let contact = Contact::email(typed.email).map_err(|error| errors.add("email", say.email(error))).ok();
    let visited = visit::read(common, &venue, &fields, &say, &mut errors);
    let (true, Some(contact)) = (errors.is_empty(), contact) else {
        metrics::not_taken(NotTaken::BadInput);
        return again(errors, None);
    };
    if fields.get("keep") != "1"
        && let Some(meant) = email_typo::suggestion(&contact)
    {
        return again(Errors::default(), Some(&meant));
    }
    let expired = || {
        let mut errors = Errors::default();
        errors.add("", say.text("error-form-expired", &[]));
        errors
    };
    let Some(nonce) = common.forms.verify(fields.get("nonce"), bound_to.as_bytes()) else {
        metrics::not_taken(NotTaken::FormExpired);
        return again(expired(), None);
    };
    let not_taken = |key: &str| {
        let mut errors = Errors::default();
        let days = common.pack.policy.check_in.typed_days().to_string();
        errors.add("visited_on", say.text(key, &[("days", &days)]));
        errors
    };
    match store(&public, &venue, nonce, visited, &contact, lang).await {
        Stored::Yes(day) => see(&format!("{here}/thanks?day={}&lang={lang}", sign(common, code, day))),
        Stored::Refused(Refused::FormExpired) => again(expired(), None),
        Stored::Refused(Refused::NotHeld) if visited.is_some() => {
            again(not_taken("error-visit-not-held"), None)
        }
        Stored::Refused(_) => unknown(common, lang),
        Stored::DayOver => again(not_taken("error-visit-not-taken"), None),
        Stored::NotNow => unavailable(common, lang, &here),
    }
}

/// How far back a visit may lie on this form.
fn typed_days(common: &Common) -> i64 {
    common.pack.policy.check_in.typed_days()
}

/// What became of a check-in, by whichever way it came.
pub(crate) enum Stored {
    /// It is on the disk.
    Yes(ServiceDay),
    /// The code takes none now, or the form is too old.
    Refused(Refused),
    /// The day of a typed visit takes none any more, or was before this installation began.
    DayOver,
    /// The store or the day's key isn't there: later.
    NotNow,
}

/// Accepts, seals and stores a check-in, and counts what became of it.
pub(crate) async fn store(
    public: &Public,
    venue: &Venue,
    nonce: CheckInNonce,
    visited: Option<Instant>,
    contact: &Contact,
    lang: &str,
) -> Stored {
    let stored = try_store(public, venue, nonce, visited, contact, lang).await;
    match &stored {
        Stored::Yes(_) => metrics::taken(contact.channel()),
        Stored::Refused(Refused::FormExpired) => metrics::not_taken(NotTaken::FormExpired),
        Stored::Refused(_) => metrics::not_taken(NotTaken::UnknownCode),
        Stored::DayOver => metrics::not_taken(NotTaken::DayOver),
        Stored::NotNow => metrics::not_taken(NotTaken::NotStored),
    }
    stored
}

async fn try_store(
    public: &Public,
    venue: &Venue,
    nonce: CheckInNonce,
    visited: Option<Instant>,
    contact: &Contact,
    lang: &str,
) -> Stored {
    let common = &public.0.common;
    let (now, policy) = (common.clock.now(), &common.pack.policy);
    let at = visited.unwrap_or(now);
    let place = match check_in::accept(venue, nonce, now, at, &policy.calendar_of(&venue.category)) {
        Ok(place) => place,
        Err(refused) => return Stored::Refused(refused),
    };
    let place = CheckInPlace { nonce: common.forms.identity(&nonce, contact, visited), ..place };
    let past = visited.is_some() && place.day < policy.oldest_day(now);
    let sealer = match public.0.day_sealer(place.day).await {
        Ok(Some(sealer)) => sealer,
        Ok(None) if past => return Stored::DayOver,
        Ok(None) => return Stored::NotNow,
        Err(error) => return not_stored(&error),
    };
    let sealed = traces::step("seal").in_scope(|| sealer.seal(contact, lang, &place));
    let Ok(sealed) = sealed else { return Stored::NotNow };
    let stored = public.0.queue.put_accepted(SealedCheckIn { place, sealed }, now);
    match stored.instrument(traces::step("store")).await {
        Ok(()) => Stored::Yes(place.day),
        Err(StoreError::NoSuchDay(_)) if past => Stored::DayOver,
        Err(error) => not_stored(&error),
    }
}

fn not_stored(error: &StoreError) -> Stored {
    tracing::warn!(%error, "a check-in could not be stored and was not acknowledged");
    Stored::NotNow
}

/// Thanks, for a check-in of the day that the address carries under our signature; for anybody else, and
/// when that day is over, the form. Shows nothing of who checked in: the next in the queue may see it.
pub(crate) async fn thanks(
    State(public): State<Public>,
    Path(code): Path<String>,
    Lang(lang): Lang,
    uri: Uri,
) -> Response {
    let common = &public.0.common;
    let Some(code) = VenueCode::parse(&code) else { return unknown(common, lang) };
    let query = uri.query().unwrap_or_default();
    let signed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "day");
    let signed = signed.map_or_else(String::new, |(_, signed)| signed.into_owned());
    let Some(day) = signed_day(common, code, &signed) else {
        return see(&format!("/v/{code}?lang={lang}"));
    };
    match public.0.venue(code).await {
        Ok(Some(venue)) => {
            let context = json!({
                "here": "",
                "query": format!("day={signed}"),
                "venue": { "name": venue.name.as_str(), "room": venue.room_name() },
                "service_day": day.to_string(),
                "again": format!("/v/{code}"),
                "policy": facts(&common.pack),
            });
            page(common, StatusCode::OK, "visitor/thanks.html", lang, context)
        }
        Ok(None) => unknown(common, lang),
        Err(error) => failed(common, lang, &format!("/v/{code}"), &error),
    }
}

/// For how long after its day the thanks for a check-in can be seen: one that came at the last moment too.
const THANKS_LIFE: Duration = Duration::from_secs(3600);

/// A check-in's day as the address of its thanks carries it: no moment, and nothing of who it was.
fn sign(common: &Common, code: VenueCode, day: ServiceDay) -> String {
    let start = common.pack.policy.calendar.start_of(day);
    common.forms.sign(&CheckInNonce::issue(start, [0; 10]), &thanks_for(code))
}

/// The day, if we signed it for this venue and it isn't over.
fn signed_day(common: &Common, code: VenueCode, signed: &str) -> Option<ServiceDay> {
    let calendar = &common.pack.policy.calendar;
    let day = calendar.day_of(common.forms.verify(signed, &thanks_for(code))?.issued_at());
    (common.clock.now() < common.pack.policy.taken_until(day).plus(THANKS_LIFE)).then_some(day)
}

/// What the signature is bound to: another text than the form's, which is the code alone.
fn thanks_for(code: VenueCode) -> Vec<u8> {
    format!("thanks/{code}").into_bytes()
}

/// Unknown, withdrawn, mistyped, or an event of another day: all answered alike.
fn unknown(common: &Common, lang: &str) -> Response {
    page(common, StatusCode::NOT_FOUND, "visitor/unknown_code.html", lang, json!({ "here": "" }))
}

/// The form's fields as they were typed.
struct Typed<'a> {
    email: &'a str,
    visited_on: &'a str,
    visited_at: &'a str,
}

fn context(
    common: &Common,
    venue: &Venue,
    nonce: &str,
    typed: &Typed<'_>,
    errors: &Errors,
    suggestion: Option<&Contact>,
) -> Value {
    json!({
        "here": "",
        "venue": { "name": venue.name.as_str(), "room": venue.room_name() },
        "policy": facts(&common.pack),
        "nonce": nonce,
        "form": {
            "email": typed.email, "visited_on": typed.visited_on, "visited_at": typed.visited_at,
        },
        "visit": visit::context(common),
        "errors": errors.list(),
        "error_for": errors.by_field(),
        "suggestion": suggestion.map(Contact::expose),
    })
}
