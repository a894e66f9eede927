//! A push service and the browsers behind it: a stand-in, for the real ones can't be reached from a test.
//!
//! It speaks RFC 8030 on this machine: looks at `TTL`, `Content-Encoding` and our signature, opens what arrives as
//! the browser would (RFC 8291), and answers as it is told to.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use deliver::web_push::{PushCourier, PushSettings};
use domain::policy::Way;
use domain::policy::pack::Pack;
use domain::push::PushServices;
use seal::random::Randomness;
use seal::web_push::{BODY, Subscriber, VapidKey, claims};
use serde_json::Value;
use web::PushDoor;
use worker::Push;

use crate::form::{Form, form};

/// The service, and who subscribed at it. Clones are the same.
#[derive(Clone)]
pub struct PushStandIn {
    state: Arc<Mutex<Service>>,
    origin: String,
    key: VapidKey,
}

#[derive(Default)]
struct Service {
    browsers: Vec<Subscriber>,
    /// Which browser got what.
    arrived: Vec<(usize, Value)>,
    /// Every request: browser, topic and the status that it was answered with.
    asked: Vec<(usize, String, u16)>,
    answers: Vec<(u16, Option<u64>)>,
}

impl PushStandIn {
    /// Listens on this machine, where the pack has the app.
    pub async fn start(pack: &Pack, randomness: &Randomness) -> Option<Self> {
        if !pack.policy.channels.has(Way::AppPwa) {
            return None;
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let service = Self { state: Arc::default(), origin, key: VapidKey::new(randomness) };
        let door = axum::Router::new().route("/push/{browser}", post(take)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, door).await });
        Some(service)
    }

    /// What the public door is told.
    pub fn door(&self) -> PushDoor {
        PushDoor { public_key: self.key.public(), services: self.services() }
    }

    /// What the worker is told.
    pub fn worker(&self) -> Push {
        let patience = std::time::Duration::from_secs(5);
        let settings = PushSettings { services: self.services(), ca_file: None, patience };
        let subject = "mailto:office@tadori.example".to_owned();
        Push { courier: PushCourier::new(settings).unwrap(), key: self.key.clone(), subject }
    }

    fn services(&self) -> PushServices {
        PushServices::parse([self.origin.as_str()]).unwrap()
    }

    fn service(&self) -> MutexGuard<'_, Service> {
        self.state.lock().unwrap()
    }

    /// A browser subscribes; the fields by which the app's script sends that.
    pub fn subscribe(&self, randomness: &Randomness) -> Form {
        let browser = Subscriber::new(randomness);
        let (p256dh, auth) = (browser.p256dh(), browser.auth());
        let mut service = self.service();
        service.browsers.push(browser);
        let endpoint = format!("{}/push/{}", self.origin, service.browsers.len() - 1);
        form(&[("endpoint", &endpoint), ("p256dh", &p256dh), ("auth", &auth)])
    }

    /// What arrived at a browser.
    pub fn arrived(&self, browser: usize) -> Vec<Value> {
        self.service().arrived.iter().filter(|(to, _)| *to == browser).map(|(_, said)| said.clone()).collect()
    }

    /// Every request, with its answer.
    pub fn asked(&self) -> Vec<(usize, String, u16)> {
        self.service().asked.clone()
    }

    /// The next requests are answered so, with a `Retry-After` where one is given.
    pub fn answer(&self, answers: &[(u16, Option<u64>)]) {
        self.service().answers.extend_from_slice(answers);
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
    let ours = header("authorization").ends_with(&stand_in.key.public());
    let sound = header("ttl").parse::<u64>().is_ok_and(|ttl| ttl > 3600)
        && header("content-encoding") == "aes128gcm"
        && header("topic").len() == 32
        && header("urgency") == "high"
        && body.len() == BODY;
    let told = (!service.answers.is_empty()).then(|| service.answers.remove(0));
    let opened = service.browsers.get(browser).and_then(|known| known.open(&body));
    let (status, after) = match (told, opened) {
        (Some(told), _) => told,
        _ if !signed || !ours => (403, None),
        _ if !sound => (400, None),
        (None, None) => (410, None),
        (None, Some(message)) => {
            service.arrived.push((browser, serde_json::from_slice(&message).unwrap()));
            (201, None)
        }
    };
    service.asked.push((browser, header("topic").to_owned(), status));
    let status = StatusCode::from_u16(status).unwrap();
    match after {
        // A service that sends us elsewhere, and be it to a machine inside the house.
        _ if status.is_redirection() => (status, [("location", stand_in.origin.clone())]).into_response(),
        Some(seconds) => (status, [("retry-after", seconds.to_string())]).into_response(),
        None => status.into_response(),
    }
}
