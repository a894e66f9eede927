//! A question in everyday words, answered from the jurisdiction's own entries (OSK-33, OSK-34).
//!
//! It is sent by POST, so that it stands in no address, no log and no history; it is looked up in memory,
//! shown again to who typed it, and gone with the answer: nothing asked is stored, counted or traced. Where
//! the search isn't sure it says so and names the desk. No words are made up.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::faq::{Asked, Audience, Entry, Found};
use serde_json::{Value, json};

use crate::answer::page;
use crate::form::{Errors, Fields, Lang, Say};
use crate::state::{Common, Public};

/// The form.
pub(crate) async fn get(State(public): State<Public>, Lang(lang): Lang) -> Response {
    let empty = json!({ "question": "", "audience": Audience::Visitor.as_str() });
    show(&public.0.common, lang, StatusCode::OK, empty, None, &Errors::default())
}

/// The question itself.
pub(crate) async fn post(State(public): State<Public>, Lang(lang): Lang, fields: Fields) -> Response {
    let common = &public.0.common;
    let say = Say { common, lang };
    let mut errors = Errors::default();
    let asked = Asked::parse(fields.get("question"));
    let asked = asked.map_err(|error| errors.add("question", say.line(error, "ask-question"))).ok();
    let audience = Audience::parse(fields.get("audience"));
    if audience.is_none() {
        let label = say.text("ask-audience", &[]);
        errors.add("audience", say.text("error-choice-missing", &[("field", &label)]));
    }
    let form = fields.kept(&["question", "audience"]);
    let (Some(asked), Some(audience)) = (asked, audience) else {
        return show(common, lang, StatusCode::UNPROCESSABLE_ENTITY, form, None, &errors);
    };
    let found = common.pack.faq.find(audience, &asked);
    show(common, lang, StatusCode::OK, form, Some(&found), &errors)
}

fn show(
    common: &Common,
    lang: &str,
    status: StatusCode,
    form: Value,
    found: Option<&Found<'_>>,
    errors: &Errors,
) -> Response {
    let context = json!({
        "here": "/ask",
        "form": form,
        "found": found.map(shown),
        "errors": errors.list(),
        "error_for": errors.by_field(),
    });
    page(common, status, "visitor/ask.html", lang, context)
}

/// The answer that is believed in, if any, and what else is near.
fn shown(found: &Found<'_>) -> Value {
    let entry =
        |entry: &&Entry| json!({ "id": entry.id, "question": entry.question, "answer": entry.answer });
    let entries: Vec<Value> = found.entries.iter().map(entry).collect();
    let (answer, near) = entries.split_at(usize::from(found.sure && !entries.is_empty()));
    json!({ "answer": answer.first(), "near": near })
}
