//! The page that a notice by LINE leads to: where and when the reader was (A8).
//!
//! The message itself names neither, so nothing of it passes through LINE; that was the government's guideline of
//! April 2021. The address is one for all recipients of a notice who were there on that day, and ends with the
//! day. It is opened in two steps: chats fetch addresses for a preview, and a preview presses no button.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use seal::token::{Token, TokenPurpose};
use serde_json::json;
use store::line::NoticePage;

use crate::answer::page;
use crate::error::unavailable;
use crate::form::Lang;
use crate::state::Public;

/// The first step: what this is, and a button.
pub(crate) async fn get(
    State(public): State<Public>,
    Path(token): Path<String>,
    Lang(lang): Lang,
) -> Response {
    show(&public, &token, lang, false).await
}

/// The second: place and day.
pub(crate) async fn post(
    State(public): State<Public>,
    Path(token): Path<String>,
    Lang(lang): Lang,
) -> Response {
    show(&public, &token, lang, true).await
}

async fn show(public: &Public, token: &str, lang: &str, opened: bool) -> Response {
    let common = &public.0.common;
    let found = match Token::parse(token) {
        Some(token) => {
            let hash = token.hash(&common.deployment, TokenPurpose::NoticePage);
            common.intake.notice_page(hash.as_bytes()).await
        }
        None => Ok(None),
    };
    let (status, told) = match found {
        Err(_) => return unavailable(common, lang, "/"),
        Ok(None) => (StatusCode::NOT_FOUND, json!(null)),
        Ok(Some(_)) if !opened => (StatusCode::OK, json!({ "opened": false })),
        Ok(Some(NoticePage { venue_name, days, .. })) => {
            let days: Vec<String> = days.iter().map(ToString::to_string).collect();
            (StatusCode::OK, json!({ "opened": true, "venue": venue_name, "days": days }))
        }
    };
    let context = json!({ "here": "", "told": told });
    let mut response = page(common, status, "visitor/notice_page.html", lang, context);
    let headers = response.headers_mut();
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow, noarchive"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
