//! Where a request's time went, for whoever collects traces ([`docs/traces.md`]).
//!
//! Every span of the doors is made here, and holds words of this program alone: the route as it stands in the route table,
//! and never the address that was asked for; one of HTTP's methods, and never whatever a client calls one; a status.
//!
//! [`docs/traces.md`]: ../../../docs/traces.md

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use tracing::Span;
use tracing::field::Empty;

/// A request at a door, until it is answered.
pub(crate) fn request(door: &'static str, request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("(no page)", MatchedPath::as_str);
    let method = method(request.method());
    tracing::info_span!(
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        door,
    )
}

/// The answer to it.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// A part of a request that takes its time.
pub(crate) fn step(name: &'static str) -> Span {
    tracing::info_span!("step", otel.name = name)
}

/// A client may call its method whatever it likes.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "_OTHER",
    }
}
