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
use hyper::header::RETRY_AFTER;
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
    /// `Retry-After`, in seconds.
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
        let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = Limited::new(body, LONGEST_ANSWER).collect().await;
        // Who answers without end has answered all the same.
        let body = match body {
            Ok(whole) => {
                self.keep(connection);
                whole.to_bytes()
            }
            Err(_) => Bytes::new(),
        };
        Ok(Answer { status: head.status, retry_after: retry_after.map(Duration::from_secs), body })
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
