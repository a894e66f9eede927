//! The demo's own pages: the way through it, every message it sent, and the clock's hands.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use deliver::inbox::{Delivered, Inbox};
use domain::clock::Clock;
use domain::policy::pack::Pack;
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use seal::officer_login::Totp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;
use worker::Worker;

use crate::commands::demo::chat;
use crate::commands::demo::line::DemoLine;
use crate::commands::demo::samples::Planted;
use crate::commands::demo::story::steps;

/// What the demo's pages show.
pub struct Demo {
    pub inbox: Inbox,
    /// Where the pack has LINE.
    pub line: Option<DemoLine>,
    pub clock: Clock,
    pub pack: Arc<Pack>,
    pub worker: Arc<Mutex<Worker>>,
    pub console_url: String,
    pub officer: (&'static str, &'static str, Totp),
    pub venues: Vec<Planted>,
}

/// The demo's routes, on visitors' door.
pub fn router(demo: Demo) -> Router {
    Router::new()
        .route("/demo", get(story))
        .route("/demo/inbox", get(inbox))
        .route("/demo/inbox.json", get(inbox_json))
        .route("/demo/inbox/{id}/{file}", get(attachment))
        .route("/demo/clock", get(clock).post(advance))
        .merge(chat::router())
        .with_state(Arc::new(demo))
}

pub(super) type Shared = State<Arc<Demo>>;

async fn story(State(demo): Shared) -> Response {
    let (name, password, totp) = &demo.officer;
    let code = totp.current(demo.clock.now().as_secs());
    let venues: Vec<_> = demo
        .venues
        .iter()
        .map(|v| json!({ "name": v.name, "number": v.number, "code": v.code, "key": v.key }))
        .collect();
    let officer = json!({ "name": name, "password": password, "code": code });
    let steps = steps(&demo);
    show(
        &demo,
        json!({ "page": "story", "title": "デモの道順", "venues": venues, "officer": officer, "steps": steps }),
    )
}

async fn inbox(State(demo): Shared) -> Response {
    let mut mails = mails(&demo);
    mails.reverse();
    show(&demo, json!({ "page": "inbox", "title": "受信箱", "mails": mails }))
}

async fn inbox_json(State(demo): Shared) -> Json<Vec<ShownMail>> {
    Json(mails(&demo))
}

async fn attachment(State(demo): Shared, Path((id, file)): Path<(String, String)>) -> Response {
    let messages = demo.inbox.messages();
    let of = messages.iter().find(|mail| mail.id.to_string() == id);
    let found = of.and_then(|mail| mail.attachments.iter().find(|attachment| attachment.file_name == file));
    match found {
        Some(found) => {
            ([(header::CONTENT_TYPE, found.media_type.clone())], found.bytes.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn clock(State(demo): Shared) -> Response {
    let now = demo.pack.policy.calendar.wall_clock(demo.clock.now());
    let choice = |label: &'static str, minutes: u64| json!({ "label": label, "minutes": minutes });
    let choices = [
        choice("10分進める", 10),
        choice("1日進める", 24 * 60),
        choice("1週間進める", 7 * 24 * 60),
        choice("2か月進める（63日）", 63 * 24 * 60),
    ];
    show(&demo, json!({ "page": "clock", "title": "時計", "now": now, "choices": choices }))
}

#[derive(Deserialize)]
struct Advance {
    minutes: u64,
}

/// Pushes the hands ahead, at most a day at a time, and lets the worker end its work after each step.
async fn advance(State(demo): Shared, Form(by): Form<Advance>) -> Redirect {
    const DAY: u64 = 24 * 60;
    let mut left = by.minutes.min(120 * DAY);
    let mut worker = demo.worker.lock().await;
    while left > 0 {
        let step = left.min(DAY);
        demo.clock.advance(Duration::from_secs(60 * step));
        left -= step;
        work_off(&mut worker).await;
    }
    Redirect::to("/demo/clock")
}

/// The worker turns until nothing is left to do.
pub(super) async fn work_off(worker: &mut Worker) {
    for _ in 0..100 {
        if worker.turn().await.done == 0 {
            break;
        }
    }
}

/// A message as the demo shows it; its people are invented.
#[derive(Serialize)]
struct ShownMail {
    id: String,
    to: String,
    from: String,
    subject: String,
    body: String,
    at: String,
    attachments: Vec<ShownFile>,
}

#[derive(Serialize)]
struct ShownFile {
    name: String,
    bytes: usize,
}

fn mails(demo: &Demo) -> Vec<ShownMail> {
    let calendar = &demo.pack.policy.calendar;
    let shown = |mail: &Delivered| ShownMail {
        id: mail.id.to_string(),
        to: mail.to.as_str().to_owned(),
        from: format!("{} <{}>", mail.from.name, mail.from.address),
        subject: mail.subject.clone(),
        body: mail.body.clone(),
        at: calendar.wall_clock(mail.at),
        attachments: mail
            .attachments
            .iter()
            .map(|file| ShownFile { name: file.file_name.clone(), bytes: file.bytes.len() })
            .collect(),
    };
    demo.inbox.messages().iter().map(shown).collect()
}

pub(super) fn show(demo: &Demo, mut page: serde_json::Value) -> Response {
    page["console"] = json!(demo.console_url);
    page["line"] = json!(demo.line.is_some());
    let mut environment = Environment::new();
    let rendered = environment
        .add_template("demo.html", include_str!("../../../templates/demo.html"))
        .and_then(|()| {
            environment.add_template("demo_line.html", include_str!("../../../templates/demo_line.html"))
        })
        .and_then(|()| environment.get_template("demo.html"))
        .and_then(|template| template.render(Value::from(Serde(page))));
    match rendered {
        Ok(html) => Html(html).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
