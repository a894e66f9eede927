//! When there is no page to show: the pages that say so, each with a way on.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use store::StoreError;

use crate::answer::{language, page};
use crate::state::{Common, Console, Public};

/// At which door something went wrong: each has its own style, which the other's policy refuses.
#[derive(Clone, Copy)]
pub(crate) enum Door {
    Public,
    Console,
}

impl Door {
    fn template(self) -> &'static str {
        match self {
            Self::Public => "error.html",
            Self::Console => "officer/error.html",
        }
    }

    fn home(self) -> &'static str {
        match self {
            Self::Public => "/",
            Self::Console => "/cases",
        }
    }
}

/// A page that says what went wrong. `key` names `error-<key>-title` and `error-<key>` in the words.
pub(crate) fn error_page(common: &Common, status: StatusCode, lang: &str, key: &str, door: Door) -> Response {
    page_with_way(common, status, lang, key, door, (door.home(), "error-way-home"))
}

/// The same, with another way on than the first page: where it leads, and the key of its words.
fn page_with_way(
    common: &Common,
    status: StatusCode,
    lang: &str,
    key: &str,
    door: Door,
    (href, label): (&str, &str),
) -> Response {
    let say = |key: &str| common.pages.wording().text(lang, key, &[]).unwrap_or_else(|_| key.to_owned());
    let context = json!({
        "here": "",
        "status": status.as_u16(),
        "title": say(&format!("error-{key}-title")),
        "explanation": say(&format!("error-{key}")),
        "way_on": { "href": href, "label": say(label) },
    });
    page(common, status, door.template(), lang, context)
}

/// One client sent too much: nothing was taken, and when it may go on.
pub(crate) fn too_many(common: &Common, lang: &str, wait: Duration, again: &str) -> Response {
    let way = (again, "unavailable-again");
    let mut response =
        page_with_way(common, StatusCode::TOO_MANY_REQUESTS, lang, "too-many", Door::Public, way);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    response
}

/// Gives a page to an answer that has none: the request took too long, its handler fell over, its path or
/// body was none. Every other answer stays as it is.
pub(crate) fn worded(common: &Common, answer: Response, lang: &str, door: Door, path: &str) -> Response {
    let key = match answer.status() {
        StatusCode::BAD_REQUEST => "not-found",
        StatusCode::REQUEST_TIMEOUT => "timeout",
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        StatusCode::INTERNAL_SERVER_ERROR => "internal",
        _ => return answer,
    };
    let media_type = answer.headers().get(header::CONTENT_TYPE);
    if media_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html")) {
        return answer;
    }
    // Who stands before a poster comes back to its form, not to the first page.
    let form = path.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("/v/"));
    let way = if form { (path, "unavailable-again") } else { (door.home(), "error-way-home") };
    page_with_way(common, answer.status(), lang, key, door, way)
}

/// The store can't be used: nothing was stored, come back in a minute. Never a false thank-you.
pub(crate) fn unavailable(common: &Common, lang: &str, again: &str) -> Response {
    let context = json!({ "here": "", "retry_minutes": 1, "again": again });
    let mut response =
        page(common, StatusCode::SERVICE_UNAVAILABLE, "visitor/unavailable.html", lang, context);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// The same, and the log says why.
pub(crate) fn failed(common: &Common, lang: &str, again: &str, error: &StoreError) -> Response {
    tracing::error!(%error, "a page of the public door could not be made");
    unavailable(common, lang, again)
}

/// An officer's page that couldn't be made.
pub(crate) struct ConsoleError(pub Console, pub StoreError);

impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        let common = &self.0.0.common;
        match self.1 {
            StoreError::Conflict => say_conflict(common),
            error => {
                tracing::error!(%error, "an officer's page could not be made");
                let mut response =
                    error_page(common, StatusCode::SERVICE_UNAVAILABLE, "ja", "internal", Door::Console);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
                response
            }
        }
    }
}

fn say_conflict(common: &Common) -> Response {
    let context = json!({
        "here": "",
        "status": 409,
        "title": "ほかの職員が先に操作しました",
        "explanation": "画面を開いてから状態が変わったため、この操作は行いませんでした。今の状態をお確かめください。",
        "way_on": { "href": "/cases", "label": "陽性者の一覧へ" },
    });
    page(common, StatusCode::CONFLICT, Door::Console.template(), "ja", context)
}

pub(crate) async fn not_found_public(State(public): State<Public>, uri: Uri, headers: HeaderMap) -> Response {
    let common = &public.0.common;
    error_page(common, StatusCode::NOT_FOUND, language(common, &uri, &headers), "not-found", Door::Public)
}

pub(crate) async fn wrong_method_public(
    State(public): State<Public>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let common = &public.0.common;
    error_page(
        common,
        StatusCode::METHOD_NOT_ALLOWED,
        language(common, &uri, &headers),
        "method",
        Door::Public,
    )
}

pub(crate) async fn not_found_console(State(console): State<Console>) -> Response {
    error_page(&console.0.common, StatusCode::NOT_FOUND, "ja", "not-found", Door::Console)
}

pub(crate) async fn wrong_method_console(State(console): State<Console>) -> Response {
    error_page(&console.0.common, StatusCode::METHOD_NOT_ALLOWED, "ja", "method", Door::Console)
}
