//! The app: a page that a phone can keep, with its scripts (KYF-1, KYF-4).
//!
//! The only pages of ours with a script, and only where the pack enables `app_pwa`. What the script does, a visitor
//! without it does by mail: the page says so until the script takes over. The scripts are files of ours, admitted
//! by `'self'` on these addresses alone; nothing is fetched from elsewhere. What the phone keeps (address, diary,
//! visits that wait for a network) never comes here but as a check-in.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use domain::policy::{Listing, Remember, Way};
use domain::venue::VenueCode;
use serde_json::{Value, json};

use crate::answer::page;
use crate::error::not_found_public;
use crate::form::Lang;
use crate::policy_facts::facts;
use crate::state::Public;

const JS: &str = "text/javascript; charset=utf-8";

/// What the app is made of: name, media type, bytes. `static/README.md` says where the scanner comes from.
const FILES: &[(&str, &str, &[u8])] = &[
    ("app.js", JS, include_bytes!("../../static/app/app.js")),
    ("keep.js", JS, include_bytes!("../../static/app/keep.js")),
    ("scan.js", JS, include_bytes!("../../static/app/scan.js")),
    ("send.js", JS, include_bytes!("../../static/app/send.js")),
    ("sw.js", JS, include_bytes!("../../static/app/sw.js")),
    ("qr-scanner.min.js", JS, include_bytes!("../../static/app/qr-scanner.min.js")),
    ("qr-scanner-worker.min.js", JS, include_bytes!("../../static/app/qr-scanner-worker.min.js")),
    ("icon.svg", "image/svg+xml", include_bytes!("../../static/app/icon.svg")),
    ("icon-192.png", "image/png", include_bytes!("../../static/app/icon-192.png")),
    ("icon-512.png", "image/png", include_bytes!("../../static/app/icon-512.png")),
];

/// Whether the pack has the app.
pub(crate) fn is_on(public: &Public) -> bool {
    public.0.common.pack.policy.channels.has(Way::AppPwa)
}

/// Whether an address is one of the app's.
pub(crate) fn is_its(path: &str) -> bool {
    path == "/app" || path.starts_with("/app/")
}

/// What the app's pages may load beyond a page's style: our own scripts, a camera's picture, our own answers.
pub(crate) const SOURCES: &str = "script-src 'self'; worker-src 'self' blob:; connect-src 'self'; manifest-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:";

/// The page.
pub(crate) async fn get(
    State(public): State<Public>,
    Lang(lang): Lang,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !is_on(&public) {
        return not_found_public(State(public), uri, headers).await;
    }
    let common = &public.0.common;
    let policy = &common.pack.policy;
    let query = uri.query().unwrap_or_default();
    let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
    let code = code.and_then(|(_, code)| VenueCode::parse(&code)).map(|code| code.to_string());
    let context = json!({
        "here": "/app",
        "query": code.as_ref().map(|code| format!("code={code}")).unwrap_or_default(),
        "code": code,
        "policy": facts(&common.pack),
        "now": common.clock.now().as_micros() / 1000,
        "push_key": public.0.push.as_ref().map(|push| push.public_key.as_str()),
        "remember": policy.check_in.remember_contact == Remember::DeviceToken,
        "listed": policy.venues.listing == Listing::Public,
        "offline_days": policy.check_in.app_offline_days,
    });
    page(common, StatusCode::OK, "app/app.html", lang, context)
}

/// What a phone needs to keep the app beside its others.
pub(crate) async fn manifest(State(public): State<Public>, uri: Uri, headers: HeaderMap) -> Response {
    if !is_on(&public) {
        return not_found_public(State(public), uri, headers).await;
    }
    let named = &public.0.common.pack.policy.jurisdiction;
    let icon = |src: &str, sizes: &str, kind: &str| json!({ "src": src, "sizes": sizes, "type": kind, "purpose": "any" });
    let manifest = json!({
        "id": "/app",
        "name": named.system_name,
        "short_name": named.name,
        "lang": "ja",
        "start_url": "/app",
        "scope": "/app",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": [
            icon("/app/icon-192.png", "192x192", "image/png"),
            icon("/app/icon-512.png", "512x512", "image/png"),
            icon("/app/icon.svg", "any", "image/svg+xml"),
        ],
    });
    file("application/manifest+json", manifest.to_string().into_bytes())
}

/// A script or a picture of the app.
pub(crate) async fn part(
    State(public): State<Public>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let found = FILES.iter().find(|(known, ..)| *known == name).filter(|_| is_on(&public));
    match found {
        Some((_, media_type, bytes)) => file(media_type, bytes.to_vec()),
        None => not_found_public(State(public), uri, headers).await,
    }
}

/// A file that the browser asks for anew each time: the phone's own copy is the service worker's affair.
fn file(media_type: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("service-worker-allowed"), HeaderValue::from_static("/app"));
    response
}

/// A button on the check-in page that leads to the app; `null` where it isn't offered.
pub(crate) fn offer(public: &Public, code: VenueCode) -> Value {
    match public.0.common.pack.policy.channels.offered().contains(&Way::AppPwa) {
        true => json!({ "open": format!("/app?code={code}") }),
        false => Value::Null,
    }
}
