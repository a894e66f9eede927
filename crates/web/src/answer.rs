//! Answers: a rendered page with the headers that every page carries.
//!
//! Nothing foreign is loaded: the Content-Security-Policy admits our one style by its hash and forms to
//! ourselves; the app's addresses alone, our own scripts. Nothing is kept by browsers or proxies, for a phone is lent and a proxy is shared.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde_json::Value;
use tracing::Instrument as _;

use crate::error::{Door, worded};
use crate::page::PageError;
use crate::state::{Common, Console, Public};
use crate::visitor::app;
use crate::{metrics, traces};

/// In which language a page is wanted: `?lang=`, else the browser's first that we speak, else Japanese.
pub(crate) fn language(common: &Common, uri: &Uri, headers: &HeaderMap) -> &'static str {
    let query = uri.query().unwrap_or_default();
    if let Some((_, wanted)) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang") {
        return common.pages.language(&wanted);
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("ja");
    let first = accepted.split([',', ';']).next().unwrap_or("ja").trim();
    // `en-US` is English, `zh-Hans-CN` simplified Chinese; a browser that says `zh-CN` means it too.
    let script = match first {
        "zh" | "zh-CN" | "zh-SG" => "zh-Hans",
        "zh-TW" | "zh-HK" | "zh-MO" => "zh-Hant",
        other => other,
    };
    let shorter = script.match_indices('-').map(|(at, _)| &script[..at]);
    let mut wanted = shorter.chain([script]);
    wanted.rfind(|tag| common.pages.language(tag) == *tag).map_or("ja", |tag| common.pages.language(tag))
}

/// A page.
pub(crate) fn page(common: &Common, status: StatusCode, name: &str, lang: &str, context: Value) -> Response {
    match common.pages.render(name, lang, &context) {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => not_made(name, &error),
    }
}

/// What is said where a page can't be made.
pub(crate) fn not_made(name: &str, error: &PageError) -> Response {
    tracing::error!(name, %error, "a page can't be rendered");
    let words = "ページを表示できませんでした。時間をおいて、もう一度お試しください。";
    let sorry = format!("<!doctype html><html lang=\"ja\"><title>{words}</title><p>{words}");
    (StatusCode::INTERNAL_SERVER_ERROR, Html(sorry)).into_response()
}

/// After a form: see the other page, so that a reload repeats nothing.
pub(crate) fn see(address: &str) -> Response {
    Redirect::to(address).into_response()
}

/// A file for the operator.
pub(crate) fn file(media_type: &'static str, name: Option<&str>, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Some(name) = name
        && let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"{name}\""))
    {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// The last word on every answer of the public door: a page where there was none, and the headers.
pub(crate) async fn public_headers(State(public): State<Public>, request: Request, next: Next) -> Response {
    let common = &public.0.common;
    let lang = language(common, request.uri(), request.headers());
    let path = request.uri().path().to_owned();
    let span = traces::request("public", &request);
    let answer = next.run(request).instrument(span.clone()).await;
    let mut response = worded(common, answer, lang, Door::Public, &path);
    traces::answered(&span, response.status());
    metrics::answered("public", response.status());
    let sources = if app::is_its(&path) && app::is_on(&public) { app::SOURCES } else { IMAGES };
    harden(response.headers_mut(), common.pages.style_hash(), sources);
    response
}

/// The same at the officers' door.
pub(crate) async fn console_headers(
    State(console): State<Console>,
    request: Request,
    next: Next,
) -> Response {
    let common = &console.0.common;
    let path = request.uri().path().to_owned();
    let span = traces::request("officers", &request);
    let answer = next.run(request).instrument(span.clone()).await;
    let mut response = worded(common, answer, "ja", Door::Console, &path);
    traces::answered(&span, response.status());
    metrics::answered("officers", response.status());
    harden(response.headers_mut(), common.pages.console_style_hash(), IMAGES);
    response
}

/// What a page may load beside its style: pictures of ours.
const IMAGES: &str = "img-src 'self' data:";

fn harden(headers: &mut HeaderMap, style: &str, sources: &str) {
    let policy = format!(
        "default-src 'none'; style-src {style}; {sources}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests;
