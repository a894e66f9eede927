//! What was changed on the pages, and when (HKD-1); a pack without such a list has no such page.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::pages::plain;
use crate::error::{Door, error_page};
use crate::form::Lang;
use crate::state::Public;

/// The list, the newest change first.
pub(crate) async fn get(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let common = &public.0.common;
    if common.pack.changes.is_empty() {
        return error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public);
    }
    let shown = common.pack.changes.iter().map(|change| {
        let words = if change.text_en.is_some() { lang } else { "ja" };
        json!({ "on": change.on, "text": change.text(lang), "lang": words })
    });
    let changes: Vec<Value> = shown.collect();
    plain(&public, lang, "pages/changes.html", "/changes", json!({ "changes": changes }))
}
