//! A push service and the browsers behind it: a stand-in, for the real ones can't be reached from a test.
//!
//! It speaks RFC 8030 on this machine: looks at `TTL`, `Content-Encoding` and the sender's signature (RFC 8292), opens
//! what arrives as the browser would (RFC 8291), and answers as it is told to. A browser whose subscription has ended
//! is answered 410.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use seal::random::Randomness;
use seal::web_push::{BODY, Subscriber, claims};
use serde_json::Value;
use tokio::net::TcpListener;

/// The service, and who subscribed at it. Clones are the same.
#[derive(Clone)]
pub struct PushStandIn {
    state: Arc<Mutex<Service>>,
    origin: String,
    sender: String,
}

/// A browser's subscription, as its script gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribed {
    /// Where messages for it are posted to.
    pub endpoint: String,
    /// Its public key.
    pub p256dh: String,
    /// Its secret.
    pub auth: String,
}

/// A request as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// For which browser.
    pub browser: usize,
    /// The message's topic: one that waits is replaced by the next with the same.
    pub topic: String,
    /// The answer's status.
    pub status: u16,
}

/// A message that a browser opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    /// Which one.
    pub browser: usize,
    /// Its topic.
    pub topic: String,
    /// What it says.
    pub said: Value,
    /// What the sender was answered; it may have been told to try again.
    pub status: u16,
}

#[derive(Default)]
struct Service {
    browsers: Vec<Subscriber>,
    ended: BTreeSet<usize>,
    arrived: Vec<Arrived>,
    asked: Vec<Asked>,
    answers: Vec<Told>,
}

/// How a request is to be answered.
#[derive(Clone, Copy)]
struct Told {
    status: u16,
    after: Option<u64>,
    taken: bool,
}

impl PushStandIn {
    /// Listens here. `origin` is what browsers are given as its address, which may be a proxy's in front of it, and
    /// `sender` the public key of whoever may send.
    pub fn start(listener: TcpListener, origin: String, sender: String) -> Self {
        let service = Self { state: Arc::default(), origin, sender };
        let door = axum::Router::new().route("/push/{browser}", post(take)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, door).await });
        service
    }

    /// Its address in browsers' subscriptions.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// A browser subscribes.
    pub fn subscribe(&self, randomness: &Randomness) -> Subscribed {
        let browser = Subscriber::new(randomness);
        let (p256dh, auth) = (browser.p256dh(), browser.auth());
        let mut service = self.service();
        service.browsers.push(browser);
        let endpoint = format!("{}/push/{}", self.origin, service.browsers.len() - 1);
        Subscribed { endpoint, p256dh, auth }
    }

    /// A browser's subscription ends: it was reset, or its user said no.
    pub fn end(&self, browser: usize) {
        self.service().ended.insert(browser);
    }

    /// Everything that arrived, in its order.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.service().arrived.clone()
    }

    /// Every request, with its answer.
    pub fn asked(&self) -> Vec<Asked> {
        self.service().asked.clone()
    }

    /// The next requests are answered so, with a `Retry-After` where one is given; nothing of them arrives.
    pub fn answer(&self, answers: &[(u16, Option<u64>)]) {
        let told = answers.iter().map(|&(status, after)| Told { status, after, taken: false });
        self.service().answers.extend(told);
    }

    /// So many of the next requests are taken, and answered as if they weren't.
    pub fn take_and_answer(&self, status: u16, times: usize) {
        self.service().answers.extend(vec![Told { status, after: None, taken: true }; times]);
    }

    /// What it was told to answer, and hasn't yet, is forgotten.
    pub fn recover(&self) {
        self.service().answers.clear();
    }

    fn service(&self) -> MutexGuard<'_, Service> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(
    State(stand_in): State<PushStandIn>,
    Path(browser): Path<usize>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut service = stand_in.service();
    let claimed: Option<Value> =
        claims(header("authorization")).and_then(|claims| serde_json::from_slice(&claims).ok());
    let signed = claimed.is_some_and(|claims| claims["aud"] == stand_in.origin && claims["sub"].is_string());
    let known = header("authorization").ends_with(&stand_in.sender);
    let sound = header("ttl").parse::<u64>().is_ok_and(|ttl| ttl > 3600)
        && header("content-encoding") == "aes128gcm"
        && header("topic").len() == 32
        && header("urgency") == "high"
        && body.len() == BODY;
    let topic = header("topic").to_owned();
    let told = (!service.answers.is_empty()).then(|| service.answers.remove(0));
    let opened = service.browsers.get(browser).filter(|_| !service.ended.contains(&browser));
    let opened = opened.and_then(|subscriber| subscriber.open(&body));
    let said = opened.and_then(|message| serde_json::from_slice(&message).ok());
    let (status, after) = match (told, &said) {
        (Some(told), _) if !told.taken => (told.status, told.after),
        _ if !signed || !known => (403, None),
        _ if !sound => (400, None),
        (_, None) => (410, None),
        (told, Some(_)) => (told.map_or(201, |told| told.status), None),
    };
    let is_taken = told.map_or(status == 201, |told| told.taken && status == told.status);
    if let Some(said) = said.filter(|_| is_taken) {
        service.arrived.push(Arrived { browser, topic: topic.clone(), said, status });
    }
    service.asked.push(Asked { browser, topic, status });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match after {
        // A service that sends us elsewhere, and be it to a machine inside the house.
        _ if status.is_redirection() => (status, [("location", stand_in.origin.clone())]).into_response(),
        Some(seconds) => (status, [("retry-after", seconds.to_string())]).into_response(),
        None => status.into_response(),
    }
}
