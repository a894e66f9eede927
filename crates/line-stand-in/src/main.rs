//! The stand-in as a process: for tests in other languages, and to rehearse a deployment without LINE.
//!
//! `line-stand-in [port] [channel secret] [access token]`: listens on this machine only, and prints where. Beside
//! LINE's calls it has its own under `/stand-in`, by which a test plays the people and the accidents.

use std::io::Write as _;
use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use domain::clock::Clock;
use line_stand_in::{Fault, StandIn, api};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |at: usize, otherwise: &str| words.get(at).cloned().unwrap_or_else(|| otherwise.to_owned());
    let port = word(0, "0").parse().unwrap_or(0);
    let secret = word(1, "stand-in-channel-secret-not-lines");
    let token = word(2, "stand-in-token");
    let line = StandIn::new(Clock::system(), &secret, &token);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let mut out = std::io::stdout();
    writeln!(out, "This stands for LINE and is not LINE: http://{}", listener.local_addr()?)?;
    out.flush()?;
    let own = Router::new()
        .route("/stand-in/event", post(event))
        .route("/stand-in/fault", post(fault))
        .route("/stand-in/quota", post(quota))
        .route("/stand-in/chat/{account}", get(chat))
        .with_state(line.clone());
    axum::serve(listener, api::router(line).merge(own)).await
}

/// Somebody does something: the webhook that LINE would send, and its signature.
async fn event(State(line): State<StandIn>, body: Bytes) -> Result<String, StatusCode> {
    let said = read(&body)?;
    let account = said["account"].as_str().unwrap_or_default();
    let words = said["words"].as_str().unwrap_or_default();
    let hook = match said["kind"].as_str() {
        Some("text") => line.text(account, words),
        Some("press") => line.press(account, words),
        Some("follow") => line.follow(account),
        Some("block") => line.block(account),
        _ => return Err(StatusCode::BAD_REQUEST),
    };
    let body = String::from_utf8(hook.body).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(json!({ "body": body, "signature": hook.signature }).to_string())
}

/// What goes wrong next.
async fn fault(State(line): State<StandIn>, body: Bytes) -> Result<String, StatusCode> {
    let said = read(&body)?;
    let status = said["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    line.fail(Fault {
        call: said["call"].as_str().unwrap_or_default().to_owned(),
        times: 1,
        taken: said["taken"].as_bool().unwrap_or(false),
        status: status.ok_or(StatusCode::BAD_REQUEST)?,
        retry_after: said["retry_after"].as_u64(),
    });
    Ok(json!({}).to_string())
}

/// What the month may have.
async fn quota(State(line): State<StandIn>, body: Bytes) -> Result<String, StatusCode> {
    let said = read(&body)?;
    line.set_quota(said["limit"].as_u64(), said["used"].as_u64().unwrap_or(0));
    Ok(json!({}).to_string())
}

/// What lies in an account's chat.
async fn chat(State(line): State<StandIn>, Path(account): Path<String>) -> String {
    let messages: Vec<Value> =
        line.chat(&account).iter().map(|one| json!({ "by": one.by, "message": one.message })).collect();
    json!(messages).to_string()
}

fn read(body: &[u8]) -> Result<Value, StatusCode> {
    serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)
}
