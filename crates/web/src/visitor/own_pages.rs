//! Pages that the pack wrote itself (DESIGN section 7). Their texts are blocks of words, which the templates
//! write with everything escaped.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::policy::own_page::OwnPage;
use domain::policy::pack::Pack;
use serde_json::{Value, json};

use super::pages::plain;
use crate::error::{Door, error_page};
use crate::form::Lang;
use crate::state::Public;

/// One of them.
pub(crate) async fn get(
    State(public): State<Public>,
    Path(name): Path<String>,
    Lang(lang): Lang,
) -> Response {
    let common = &public.0.common;
    let mut own = common.pack.own_pages.iter().filter(|page| !page.in_guide && page.name == name);
    match own.next() {
        Some(page) => {
            let context = json!({ "own": shown(page, lang) });
            plain(&public, lang, "pages/own.html", &format!("/pages/{name}"), context)
        }
        None => error_page(common, StatusCode::NOT_FOUND, lang, "not-found", Door::Public),
    }
}

/// The one that stands in the visitors' guide, if any (COC-1 to COC-3).
pub(crate) fn in_guide(pack: &Pack, lang: &str) -> Option<Value> {
    pack.own_pages.iter().find(|page| page.in_guide).map(|page| shown(page, lang))
}

/// Title and blocks, and the language that they are in.
pub(crate) fn shown(page: &OwnPage, lang: &str) -> Value {
    let Some(words) = page.words(lang) else { return Value::Null };
    let tag = if words.language == "ja-easy" { "ja" } else { words.language };
    json!({ "lang": tag, "title": words.title, "blocks": words.blocks })
}
