//! The calls of the Messaging API.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Held;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::shape::{check, is_uuid};
use crate::{Call, Fault, REPLY_TOKEN_LIFE, RETRY_KEY_LIFE, Received, StandIn, State};

/// The calls, at the paths that LINE has them.
pub fn router(stand_in: StandIn) -> Router {
    Router::new()
        .route("/v2/bot/message/reply", post(reply))
        .route("/v2/bot/message/push", post(push))
        .route("/v2/bot/message/multicast", post(multicast))
        .route("/v2/bot/message/quota", get(quota))
        .route("/v2/bot/message/quota/consumption", get(consumption))
        .with_state(stand_in)
}

async fn reply(Held(line): Held<StandIn>, headers: HeaderMap, body: Bytes) -> Response {
    line.sends("reply", &headers, &body)
}

async fn push(Held(line): Held<StandIn>, headers: HeaderMap, body: Bytes) -> Response {
    line.sends("push", &headers, &body)
}

async fn multicast(Held(line): Held<StandIn>, headers: HeaderMap, body: Bytes) -> Response {
    line.sends("multicast", &headers, &body)
}

async fn quota(Held(line): Held<StandIn>, headers: HeaderMap) -> Response {
    line.tells("quota", &headers, |state| match state.quota {
        Some(limit) => json!({ "type": "limited", "value": limit }),
        None => json!({ "type": "none" }),
    })
}

async fn consumption(Held(line): Held<StandIn>, headers: HeaderMap) -> Response {
    line.tells("consumption", &headers, |state| json!({ "totalUsage": state.used }))
}

/// An answer in the making: its status, its object, and the headers beside it.
struct Said {
    status: StatusCode,
    body: Value,
    headers: Vec<(&'static str, String)>,
}

impl Said {
    fn of(status: StatusCode, body: Value) -> Self {
        Self { status, body, headers: Vec::new() }
    }

    fn wrong(status: StatusCode, message: &str) -> Self {
        Self::of(status, json!({ "message": message }))
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// A message-sending call, read and found well formed.
struct Sending<'a> {
    name: &'static str,
    key: Option<&'a str>,
    reply_token: String,
    accounts: Vec<String>,
    messages: Vec<Value>,
}

impl StandIn {
    fn tells(&self, name: &'static str, headers: &HeaderMap, what: impl Fn(&State) -> Value) -> Response {
        let mut state = self.state();
        let said = match self.signed_in(headers) {
            Err(said) => said,
            Ok(()) => match take_fault(&mut state, name) {
                Some(fault) => failed(&fault),
                None => Said::of(StatusCode::OK, what(&state)),
            },
        };
        answer(&mut state, Call { name, retry_key: None, status: said.status.as_u16(), accounts: 0 }, said)
    }

    fn sends(&self, name: &'static str, headers: &HeaderMap, body: &[u8]) -> Response {
        let mut state = self.state();
        let key = headers.get("x-line-retry-key").and_then(|value| value.to_str().ok());
        let (said, accounts) = match self.read(&mut state, name, key, headers, body) {
            Err(said) => (said, 0),
            Ok(sending) => (self.take(&mut state, &sending), sending.accounts.len()),
        };
        let retry_key = key.map(str::to_owned);
        answer(&mut state, Call { name, retry_key, status: said.status.as_u16(), accounts }, said)
    }

    fn signed_in(&self, headers: &HeaderMap) -> Result<(), Said> {
        let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if said == Some(format!("Bearer {}", self.token).as_str()) {
            return Ok(());
        }
        let message =
            "Authentication failed. Confirm that the access token in the authorization header is valid.";
        Err(Said::wrong(StatusCode::UNAUTHORIZED, message))
    }

    fn read<'a>(
        &self,
        state: &mut State,
        name: &'static str,
        key: Option<&'a str>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Sending<'a>, Said> {
        self.signed_in(headers)?;
        self.within_rate(state, name)?;
        let bad = |message: &str| Said::wrong(StatusCode::BAD_REQUEST, message);
        if key.is_some_and(|key| name == "reply" || !is_uuid(key)) {
            return Err(bad("The retry key is invalid"));
        }
        let body: Value =
            serde_json::from_slice(body).map_err(|_| bad("The request body could not be parsed as JSON"))?;
        let wrong = check(name, &body);
        if !wrong.is_empty() {
            let details: Vec<Value> = wrong
                .iter()
                .map(|wrong| json!({ "message": wrong.message, "property": wrong.property }))
                .collect();
            let count = details.len();
            let body =
                json!({ "message": format!("The request body has {count} error(s)"), "details": details });
            return Err(Said::of(StatusCode::BAD_REQUEST, body));
        }
        let strings = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
        };
        let accounts = match name {
            "reply" => vec![self.by_token(state, body["replyToken"].as_str().unwrap_or_default())?],
            "push" => body["to"].as_str().map(str::to_owned).into_iter().collect(),
            _ => strings(&body["to"]),
        };
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let reply_token = body["replyToken"].as_str().unwrap_or_default().to_owned();
        Ok(Sending { name, key, reply_token, accounts, messages })
    }

    /// Who may be answered with this token: once, and not for long.
    fn by_token(&self, state: &State, token: &str) -> Result<String, Said> {
        match state.reply_tokens.get(token) {
            Some((issued, account)) if self.clock.now().since(*issued) < REPLY_TOKEN_LIFE => {
                Ok(account.clone())
            }
            _ => Err(Said::wrong(StatusCode::BAD_REQUEST, "Invalid reply token")),
        }
    }

    fn within_rate(&self, state: &mut State, name: &'static str) -> Result<(), Said> {
        let most = if name == "multicast" { state.multicasts_a_second } else { state.calls_a_second };
        let second = self.clock.now().as_micros() / 1_000_000;
        let counted = state.rate.entry(name).or_insert((second, 0));
        if counted.0 != second {
            *counted = (second, 0);
        }
        counted.1 += 1;
        if counted.1 <= most {
            return Ok(());
        }
        let message = "The API rate limit has been exceeded. Try again later.";
        Err(Said::wrong(StatusCode::TOO_MANY_REQUESTS, message))
    }

    /// Takes the messages, unless a fault comes first; the answer may be lost all the same.
    fn take(&self, state: &mut State, sending: &Sending<'_>) -> Said {
        let now = self.clock.now();
        state.retry_keys.retain(|_, (at, _)| now.since(*at) < RETRY_KEY_LIFE);
        if let Some((_, request)) = sending.key.and_then(|key| state.retry_keys.get(key)) {
            return Said::wrong(StatusCode::CONFLICT, "The retry key is already accepted")
                .with("x-line-accepted-request-id", request);
        }
        let fault = take_fault(state, sending.name);
        if let Some(fault) = fault.as_ref().filter(|fault| !fault.taken) {
            return failed(fault);
        }
        state.reply_tokens.remove(&sending.reply_token);
        let reached: Vec<&String> =
            sending.accounts.iter().filter(|account| state.reaches(account)).collect();
        let counted = if sending.name == "reply" { 0 } else { reached.len() as u64 };
        if state.quota.is_some_and(|limit| state.used + counted > limit) {
            return Said::wrong(StatusCode::TOO_MANY_REQUESTS, "You have reached your monthly limit.");
        }
        state.used += counted;
        for account in reached.into_iter().cloned().collect::<Vec<_>>() {
            for message in &sending.messages {
                let (account, message) = (account.clone(), message.clone());
                state.received.push(Received { account, by: sending.name, at: now, message });
            }
        }
        if let Some(key) = sending.key {
            let request = format!("stand-in-{}", state.next());
            state.retry_keys.insert(key.to_owned(), (now, request));
        }
        match &fault {
            Some(fault) => failed(fault),
            None => Said::of(StatusCode::OK, sent(state, sending)),
        }
    }
}

fn sent(state: &mut State, sending: &Sending<'_>) -> Value {
    if sending.name == "multicast" {
        return json!({});
    }
    let messages: Vec<Value> = sending
        .messages
        .iter()
        .map(|_| json!({ "id": format!("{:018}", state.next()), "quoteToken": format!("quote-{}", state.next()) }))
        .collect();
    json!({ "sentMessages": messages })
}

fn take_fault(state: &mut State, name: &str) -> Option<Fault> {
    let at = state.faults.iter().position(|fault| fault.call == name && fault.times > 0)?;
    state.faults[at].times -= 1;
    Some(state.faults[at].clone())
}

fn failed(fault: &Fault) -> Said {
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let said = Said::wrong(status, "told to fail");
    match fault.retry_after {
        Some(seconds) => said.with("retry-after", seconds),
        None => said,
    }
}

fn answer(state: &mut State, call: Call, said: Said) -> Response {
    let request = format!("stand-in-{}", state.next());
    state.calls.push(call);
    let mut response =
        (said.status, [(header::CONTENT_TYPE, "application/json")], said.body.to_string()).into_response();
    for (name, value) in said.headers.into_iter().chain([("x-line-request-id", request)]) {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
