//! Web Push: one sealed message to one browser, through the service that the browser chose (RFC 8030).
//!
//! What comes here is sealed already; neither we nor the service can read it. The service is asked for by the
//! endpoint that the browser gave us, so where that may lead is looked at twice more: the settings' list of
//! services, which may have become shorter, and the address behind the name, which must be of the open internet at
//! each connection. Redirections aren't followed. A repeat of a message replaces the one before: it carries the
//! message's number as its topic, and in what is sealed, by which the app knows it again.

pub(crate) mod reach;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::id::MessageId;
use domain::push::{Endpoint, PushServices, Subscription};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};

use crate::Receipt;
use crate::error::Unreachable;
use crate::line::http::{Answer, Client, Silence};
use crate::line::settings::Host;
use crate::smtp::tls;

/// For how long a service keeps a message whose browser is away.
const KEPT_FOR: Duration = Duration::from_secs(3 * 24 * 3600);

/// How long we leave a service alone where it says "too many" and not for how long.
const BUSY: Duration = Duration::from_secs(60);

/// The longest that a service may send us away for: a notice of yesterday warns nobody.
const LONGEST_REST: Duration = Duration::from_secs(6 * 3600);

/// Services that connections are kept to; beyond them, all are forgotten.
const SERVICES: usize = 64;

/// How to reach push services.
#[derive(Clone, Debug)]
pub struct PushSettings {
    /// Where a message may go.
    pub services: PushServices,
    /// A private authority's certificates, PEM, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How long one message may take, connecting included.
    pub patience: Duration,
}

/// What is handed over: sealed to the browser, and signed for the service.
pub struct PushMessage<'a> {
    /// The message's constant number.
    pub id: MessageId,
    /// To which browser.
    pub to: &'a Subscription,
    /// Sealed (RFC 8291).
    pub body: Vec<u8>,
    /// By whom it is, for the service that the endpoint names (RFC 8292).
    pub authorization: String,
}

/// Why a message was not taken. The variant says what happens next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// Too many: no attempt counts, and the service is left alone.
    #[error("too many, for {}s", after.as_secs())]
    Busy {
        /// When to come back.
        after: Duration,
    },
    /// Nobody there, or an address that isn't of the open internet: nothing was sent.
    #[error("no push service: {0}")]
    Unreachable(Unreachable),
    /// The service doesn't believe our signature: our fault and not the browser's. Again later.
    #[error("our signature is refused: {reply}")]
    Signature {
        /// What the service answered.
        reply: String,
    },
    /// Again later.
    #[error("not now: {reply}")]
    Transient {
        /// What the service answered, or what broke; no word of its text, which may hold the endpoint.
        reply: String,
    },
    /// Never again.
    #[error("never: {reply}")]
    Permanent {
        /// What the service answered.
        reply: String,
        /// Whether the subscription has ended: the browser was reset, or its user said no.
        gone: bool,
    },
}

/// The way to push services. Clones share its connections.
#[derive(Clone)]
pub struct PushCourier(Arc<Inner>);

struct Inner {
    settings: PushSettings,
    tls: Option<tokio_rustls::TlsConnector>,
    clients: Mutex<HashMap<String, Arc<Client>>>,
}

impl PushCourier {
    /// Checks the settings; connects at the first message.
    ///
    /// # Errors
    /// Certificates that can't be read, or none on this machine.
    pub fn new(settings: PushSettings) -> Result<Self, Unreachable> {
        let tls = settings.services.any_encrypted().then(|| tls::believing(&settings.ca_file)).transpose();
        let tls = tls.map_err(|error| Unreachable::Tls(error.to_string()))?;
        Ok(Self(Arc::new(Inner { settings, tls, clients: Mutex::default() })))
    }

    /// Hands over one message.
    ///
    /// # Errors
    /// [`PushError`]
    pub async fn deliver(&self, message: &PushMessage<'_>) -> Result<Receipt, PushError> {
        let never = |reply: &str| PushError::Permanent { reply: reply.to_owned(), gone: false };
        let at = Endpoint::parse(message.to.endpoint()).ok_or_else(|| never("no endpoint"))?;
        if !self.0.settings.services.allow(&at) {
            return Err(never("a service that the settings don't name"));
        }
        let body = Bytes::from(message.body.clone());
        let host = at.origin.split_once("://").map_or("", |(_, host)| host);
        let request = || {
            Request::builder()
                .method(Method::POST)
                .uri(at.path)
                .header(HOST, host)
                .header(AUTHORIZATION, &message.authorization)
                .header(CONTENT_ENCODING, "aes128gcm")
                .header(CONTENT_TYPE, "application/octet-stream")
                .header("ttl", KEPT_FOR.as_secs())
                .header("urgency", "high")
                .header("topic", topic(message.id))
                .body(Full::new(body.clone()))
        };
        match self.client(&at).call(request).await {
            Ok(answer) => verdict(&answer),
            Err(Silence::Unreachable(why)) => Err(PushError::Unreachable(why)),
            Err(Silence::Broken(reply)) => Err(PushError::Transient { reply }),
        }
    }

    fn client(&self, at: &Endpoint<'_>) -> Arc<Client> {
        let mut clients = self.0.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= SERVICES && !clients.contains_key(at.origin) {
            clients.clear();
        }
        let new = || {
            let encrypted = at.encrypted.then(|| self.0.tls.clone()).flatten();
            // A stand-in on this machine is allowed by its own entry of the list, and is plain.
            let host = Host { name: at.host.to_owned(), port: at.port, public_only: at.encrypted, encrypted };
            Arc::new(Client::new(host, self.0.settings.patience))
        };
        Arc::clone(clients.entry(at.origin.to_owned()).or_insert_with(new))
    }
}

impl fmt::Debug for PushCourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PushCourier").field(&self.0.settings).finish()
    }
}

/// What an answer means. Its text is left unread: some services repeat the endpoint in it.
fn verdict(answer: &Answer) -> Result<Receipt, PushError> {
    let status = answer.status;
    let reply = status.as_u16().to_string();
    match status {
        _ if status.is_success() => Ok(Receipt { reply }),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(PushError::Permanent { reply, gone: true }),
        StatusCode::TOO_MANY_REQUESTS => Err(busy(answer.retry_after.unwrap_or(BUSY))),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(PushError::Signature { reply }),
        StatusCode::REQUEST_TIMEOUT => Err(PushError::Transient { reply }),
        _ if status.is_server_error() => Err(match answer.retry_after {
            Some(after) => busy(after),
            None => PushError::Transient { reply },
        }),
        _ => Err(PushError::Permanent { reply, gone: false }),
    }
}

fn busy(after: Duration) -> PushError {
    PushError::Busy { after: after.clamp(Duration::from_secs(1), LONGEST_REST) }
}

/// At most 32 characters of base64url (RFC 8030, section 5.4).
fn topic(id: MessageId) -> String {
    format!("{:032x}", u128::from_be_bytes(*id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, retry_after: Option<u64>) -> Result<Receipt, PushError> {
        let status = StatusCode::from_u16(status).unwrap();
        verdict(&Answer {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            body: Bytes::from("https://x"),
        })
    }

    #[test]
    fn each_answer_has_one_meaning() {
        assert!(answered(201, None).is_ok() && answered(202, None).is_ok());
        for gone in [404, 410] {
            assert!(matches!(answered(gone, None), Err(PushError::Permanent { gone: true, .. })));
        }
        for never in [301, 307, 400, 413] {
            assert!(matches!(answered(never, None), Err(PushError::Permanent { gone: false, .. })));
        }
        for ours in [401, 403] {
            assert!(matches!(answered(ours, None), Err(PushError::Signature { .. })));
        }
        for later in [408, 500, 503] {
            assert!(matches!(answered(later, None), Err(PushError::Transient { .. })));
        }
        for busy in [429, 503] {
            assert_eq!(answered(busy, Some(7)), Err(PushError::Busy { after: Duration::from_secs(7) }));
            assert_eq!(answered(busy, Some(0)), Err(PushError::Busy { after: Duration::from_secs(1) }));
            assert_eq!(answered(busy, Some(u64::MAX)), Err(PushError::Busy { after: LONGEST_REST }));
        }
        assert_eq!(answered(429, None), Err(PushError::Busy { after: BUSY }));
    }

    fn courier(services: &[&str]) -> PushCourier {
        let services = PushServices::parse(services.iter().copied()).unwrap();
        let patience = Duration::from_secs(5);
        PushCourier::new(PushSettings { services, ca_file: None, patience }).unwrap()
    }

    async fn sent(courier: &PushCourier, endpoint: &str) -> PushError {
        let to = Subscription::read(&format!("{endpoint}#{}.{}", "B".repeat(87), "a".repeat(22))).unwrap();
        let id = MessageId::from_random([7; 16]);
        let message =
            PushMessage { id, to: &to, body: vec![0; 10], authorization: "vapid t=a, k=b".to_owned() };
        courier.deliver(&message).await.unwrap_err()
    }

    /// What was taken yesterday may not be allowed today; a name that leads inside is never followed.
    #[tokio::test]
    async fn nothing_is_sent_inside() {
        let open = courier(&["localhost.localdomain", "push.example"]);
        for refused in ["https://other.example/1", "http://127.0.0.1:1/1", "https://127.0.0.1/1"] {
            assert!(
                matches!(sent(&open, refused).await, PushError::Permanent { gone: false, .. }),
                "{refused}"
            );
        }
        let host = Host { name: "localhost".to_owned(), port: 1, encrypted: None, public_only: true };
        let client = Client::new(host, Duration::from_secs(5));
        let asked = client.call(|| Request::builder().uri("/").body(Full::new(Bytes::new()))).await;
        assert!(matches!(asked, Err(Silence::Unreachable(Unreachable::Inside))));
    }
}
