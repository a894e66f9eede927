//! One HTTP call over a kept connection: as much of a client as six calls need.
//!
//! A connection that had been idle may have been closed by the other side. Each call may go once more over a new
//! one then: what is sent twice carries its retry key, and a reply token works once, so nobody is written to
//! twice for it. Without TLS nothing is sent beyond this machine.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::settings::Host;
use crate::error::Unreachable;
use crate::web_push::reach::is_public;

/// The longest answer that is read.
const LONGEST_ANSWER: usize = 64 * 1024;

/// How many idle connections are kept.
const KEPT: usize = 8;

/// What the other side answered.
pub(crate) struct Answer {
    pub status: StatusCode,
    /// How long to leave it alone, where it says so.
    pub retry_after: Option<Duration>,
    pub body: Bytes,
}

/// Why there is no answer.
pub(crate) enum Silence {
    /// Nothing was sent.
    Unreachable(Unreachable),
    /// It may have been taken all the same.
    Broken(String),
}

pub(crate) struct Client {
    host: Host,
    patience: Duration,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl Client {
    pub fn new(host: Host, patience: Duration) -> Self {
        Self { host, patience, idle: Mutex::new(Vec::new()) }
    }

    /// One call. `request` makes the same request each time.
    pub async fn call(
        &self,
        request: impl Fn() -> Result<Request<Full<Bytes>>, hyper::http::Error>,
    ) -> Result<Answer, Silence> {
        let made = || request().map_err(|error| Silence::Broken(error.to_string()));
        if let Some(used) = self.taken()
            && let Ok(answer) = self.within(self.ask(used, made()?)).await
        {
            return Ok(answer);
        }
        let new = match timeout(self.patience, self.connect()).await {
            Ok(connected) => connected.map_err(Silence::Unreachable)?,
            Err(_) => return Err(Silence::Unreachable(Unreachable::Connect("no answer in time".to_owned()))),
        };
        self.within(self.ask(new, made()?)).await
    }

    async fn within(&self, asked: impl Future<Output = Result<Answer, Silence>>) -> Result<Answer, Silence> {
        timeout(self.patience, asked)
            .await
            .unwrap_or_else(|_| Err(Silence::Broken("no answer in time".to_owned())))
    }

    async fn ask(
        &self,
        mut connection: SendRequest<Full<Bytes>>,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Silence> {
        let broken = |error: hyper::Error| Silence::Broken(error.to_string());
        connection.ready().await.map_err(broken)?;
        let response = connection.send_request(request).await.map_err(broken)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, LONGEST_ANSWER).collect().await;
        // Who answers without end has answered all the same.
        let body = match body {
            Ok(whole) => {
                self.keep(connection);
                whole.to_bytes()
            }
            Err(_) => Bytes::new(),
        };
        Ok(Answer { status: head.status, retry_after: asked_to_wait(&head.headers), body })
    }

    fn taken(&self) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(connection) = idle.pop() {
            if !connection.is_closed() {
                return Some(connection);
            }
        }
        None
    }

    fn keep(&self, connection: SendRequest<Full<Bytes>>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Unreachable> {
        let socket = self.socket().await?;
        let tls = |error: &dyn std::fmt::Display| Unreachable::Tls(error.to_string());
        match &self.host.encrypted {
            None => started(TokioIo::new(socket)).await,
            Some(connector) => {
                let name = ServerName::try_from(self.host.name.clone()).map_err(|error| tls(&error))?;
                let encrypted = connector.connect(name, socket).await.map_err(|error| tls(&error))?;
                started(TokioIo::new(encrypted)).await
            }
        }
    }

    async fn socket(&self) -> Result<TcpStream, Unreachable> {
        let failed = |error: std::io::Error| Unreachable::Connect(error.kind().to_string());
        let found =
            tokio::net::lookup_host((self.host.name.as_str(), self.host.port)).await.map_err(failed)?;
        let mut last = Unreachable::Connect("the name has no address".to_owned());
        for address in found {
            if self.host.encrypted.is_none() && !address.ip().is_loopback() {
                last = Unreachable::PlainBeyondLoopback;
                continue;
            }
            if self.host.public_only && !is_public(address.ip()) {
                last = Unreachable::Inside;
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(socket) => {
                    socket.set_nodelay(true).map_err(failed)?;
                    return Ok(socket);
                }
                Err(error) => last = failed(error),
            }
        }
        Err(last)
    }
}

async fn started<T>(stream: T) -> Result<SendRequest<Full<Bytes>>, Unreachable>
where
    T: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| Unreachable::Connect(error.to_string());
    let (sender, connection) = http1::handshake(stream).await.map_err(failed)?;
    // It ends with its sender, or with the other side.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

/// `Retry-After` in seconds, or as a date, which is measured by the answer's own `Date` (RFC 9110, section 10.2.3): the
/// other side's clock need not be ours.
fn asked_to_wait(headers: &HeaderMap) -> Option<Duration> {
    let read = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let date = |text| httpdate::parse_http_date(text).ok();
    let asked = read(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    date(asked)?.duration_since(read(DATE).and_then(date)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_or_a_date_say_how_long_to_wait() {
        let asked = |after: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, after.parse().unwrap());
            date.map(|date| headers.insert(DATE, date.parse().unwrap()));
            asked_to_wait(&headers).map(|wait| wait.as_secs())
        };
        let (noon, later) = ("Mon, 23 Nov 2026 12:00:00 GMT", "Mon, 23 Nov 2026 12:02:30 GMT");
        assert_eq!(asked("120", None), Some(120));
        assert_eq!(asked(later, Some(noon)), Some(150));
        // RFC 9110, section 5.6.7: forms that are obsolete must be understood.
        assert_eq!(asked("Monday, 23-Nov-26 12:02:30 GMT", Some("Mon Nov 23 12:00:00 2026")), Some(150));
        for (after, date) in
            [(later, None), (noon, Some(later)), ("soon", Some(noon)), ("-1", None), ("", None)]
        {
            assert_eq!(asked(after, date), None, "{after}, {date:?}");
        }
        assert_eq!(asked_to_wait(&HeaderMap::new()), None);
    }
}
