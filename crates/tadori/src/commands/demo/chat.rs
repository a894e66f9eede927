//! Chats of the demo: what stands in for LINE on the phones of invented people.
//!
//! Each sends, presses and blocks as one would in LINE, and reads what came. Links can be followed. The addresses
//! below `/demo/line/R` are those that the check-in page's button would have at LINE.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::line::SentCode;
use domain::venue::VenueCode;
use line_stand_in::{Received, Standing};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::commands::demo::line::{Act, CHATS, DemoLine, Person, people};
use crate::commands::demo::pages::{Demo, Shared, show, work_off};

/// The longest text that a phone sends.
const LONGEST: usize = 1_000;

/// The routes.
pub fn router() -> Router<Arc<Demo>> {
    Router::new()
        .route("/demo/line", get(all))
        .route("/demo/line.json", get(all_json))
        .route("/demo/line/accident", post(accident))
        .route("/demo/line/{person}", get(one).post(act))
        .route("/demo/line/R/oaMessage/{account}/", get(opened))
        .route("/demo/line/R/ti/p/{account}", get(opened))
}

/// The phones, with the newest message on each.
async fn all(State(demo): Shared) -> Response {
    let Some(line) = &demo.line else { return StatusCode::NOT_FOUND.into_response() };
    let phones: Vec<Value> = people().map(|person| phone(line, person)).collect();
    show(&demo, json!({ "page": "phones", "title": "LINEの代わり", "phones": phones }))
}

fn phone(line: &DemoLine, person: Person) -> Value {
    let received = line.received(person);
    json!({
        "id": person.id,
        "name": person.name,
        "standing": standing(line, person),
        "received": received.len(),
        "newest": received.last().map_or("", Received::text),
    })
}

fn standing(line: &DemoLine, person: Person) -> &'static str {
    match line.standing(person) {
        Standing::Stranger => "stranger",
        Standing::Friend => "friend",
        Standing::Blocked => "blocked",
    }
}

async fn all_json(State(demo): Shared) -> Response {
    let Some(line) = &demo.line else { return StatusCode::NOT_FOUND.into_response() };
    let chats: Value =
        people().map(|person| (person.id.to_owned(), Value::from(chat(&demo, line, person)))).collect();
    Json(chats).into_response()
}

/// The button on the check-in page was pressed on somebody's phone: whose is asked, the text is filled in.
async fn opened(State(demo): Shared, Query(query): Query<HashMap<String, String>>) -> Response {
    let Some(line) = &demo.line else { return StatusCode::NOT_FOUND.into_response() };
    // LINE's address has the text alone after the question mark, which reads as a name without a value.
    let text: String = query.into_keys().next().unwrap_or_default().chars().take(LONGEST).collect();
    let phones: Vec<Value> = people().map(|person| phone(line, person)).collect();
    show(
        &demo,
        json!({ "page": "phones", "title": "LINEの代わり", "phones": phones, "text": text, "opened": true }),
    )
}

#[derive(Deserialize)]
struct Filled {
    #[serde(default)]
    text: String,
}

/// One chat.
async fn one(State(demo): Shared, Path(id): Path<String>, Query(filled): Query<Filled>) -> Response {
    let (Some(line), Some(person)) = (&demo.line, people().find(|person| person.id == id)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let codes: Vec<Value> = demo
        .venues
        .iter()
        .filter_map(|venue| {
            let code = VenueCode::parse(&venue.code)?;
            Some(json!({ "name": venue.name, "code": venue.code, "text": SentCode::text(code, "ja") }))
        })
        .collect();
    let page = json!({
        "page": "chat",
        "title": format!("{}のスマートフォン", person.name),
        "here": format!("{CHATS}/{id}"),
        "account": demo.pack.policy.jurisdiction.system_name,
        "standing": standing(line, person),
        "chat": chat(&demo, line, person),
        "codes": codes,
        "text": filled.text.chars().take(LONGEST).collect::<String>(),
    });
    show(&demo, page)
}

/// What was said on both sides, in order.
fn chat(demo: &Demo, line: &DemoLine, person: Person) -> Vec<Value> {
    let at = |at| demo.pack.policy.calendar.wall_clock(at);
    let mut chat: Vec<_> = line
        .said(person)
        .into_iter()
        .map(|said| (said.at, json!({ "own": true, "at": at(said.at), "text": said.text, "parts": [{ "text": said.text }] })))
        .collect();
    chat.extend(line.received(person).iter().map(|message| {
        let actions = message.message["template"]["actions"].as_array();
        let buttons: Vec<Value> = actions
            .into_iter()
            .flatten()
            .map(|action| json!({ "label": action["label"], "data": action["data"] }))
            .collect();
        let shown = json!({
            "own": false, "at": at(message.at), "by": message.by, "text": message.text(),
            "parts": parts(message.text()), "buttons": buttons,
        });
        (message.at, shown)
    }));
    chat.sort_by_key(|(at, _)| *at);
    chat.into_iter().map(|(_, message)| message).collect()
}

/// A text, its addresses apart, as a chat makes links of them.
fn parts(text: &str) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_graphic()).unwrap_or(from.len());
        let (address, after) = from.split_at(end);
        parts.push(json!({ "text": before }));
        parts.push(json!({ "text": address, "href": address }));
        rest = after;
    }
    parts.push(json!({ "text": rest }));
    parts
}

#[derive(Deserialize)]
struct Done {
    act: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    data: String,
    #[serde(default)]
    label: String,
}

/// Somebody does something; the worker answers before the page is shown again.
async fn act(State(demo): Shared, Path(id): Path<String>, Form(done): Form<Done>) -> Response {
    let (Some(line), Some(person)) = (&demo.line, people().find(|person| person.id == id)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let act = match done.act.as_str() {
        "send" if done.text.trim().is_empty() => None,
        "send" => Some(Act::Send(done.text.chars().take(LONGEST).collect())),
        "press" => Some(Act::Press { data: done.data, label: done.label }),
        "add" => Some(Act::Add),
        "block" => Some(Act::Block),
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    if let Some(act) = act
        && let Err(error) = line.does(person, act).await
    {
        return (StatusCode::BAD_GATEWAY, error.to_string()).into_response();
    }
    work_off(&mut *demo.worker.lock().await).await;
    Redirect::to(&format!("{CHATS}/{id}#newest")).into_response()
}

#[derive(Deserialize)]
struct Accident {
    away: bool,
}

/// LINE is down, or up again.
async fn accident(State(demo): Shared, Form(accident): Form<Accident>) -> Response {
    let Some(line) = &demo.line else { return StatusCode::NOT_FOUND.into_response() };
    line.be_away(accident.away);
    Redirect::to(CHATS).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        let found = parts("記録のページ：https://tadori.example/n/AB12\n（30日まで）http");
        let hrefs: Vec<&str> = found.iter().filter_map(|part| part["href"].as_str()).collect();
        assert_eq!(hrefs, ["https://tadori.example/n/AB12"]);
        let whole: String = found.iter().filter_map(|part| part["text"].as_str()).collect();
        assert_eq!(whole, "記録のページ：https://tadori.example/n/AB12\n（30日まで）http");
    }
}
