//! The way to the collector: OTLP over HTTP, in plain text and so on this machine only. Whoever collects on another one
//! lets the collector here pass it on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long one telling may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest answer that is read.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A collector on this machine.
#[derive(Clone, Debug)]
pub struct Collector {
    at: SocketAddr,
    runtime: Handle,
    /// Whether it was said that it is away.
    away: Arc<AtomicBool>,
}

impl Collector {
    /// The collector at an address like `http://127.0.0.1:4318`. Within a runtime, on which it is spoken to.
    ///
    /// # Errors
    /// Not such an address, or not on this machine.
    pub fn at(address: &str) -> anyhow::Result<Self> {
        let at = address.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let at = at.and_then(|at| at.parse::<SocketAddr>().ok());
        let at = at.with_context(|| format!("{address:?}: an address like http://127.0.0.1:4318"))?;
        anyhow::ensure!(
            at.ip().is_loopback(),
            "{address:?}: a collector on this machine, which may pass it on"
        );
        Ok(Self { at, runtime: Handle::current(), away: Arc::default() })
    }

    /// Where traces are taken (OTLP/HTTP).
    pub fn address(&self) -> String {
        format!("http://{}/v1/traces", self.at)
    }

    async fn tell(self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let socket = TcpStream::connect(self.at).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
        tokio::spawn(connection);
        let path = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        *request.uri_mut() = path.parse()?;
        request.headers_mut().insert(HOST, HeaderValue::from_str(&self.at.to_string())?);
        let answer = sender.send_request(request.map(Full::new)).await?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, LONGEST_ANSWER).collect().await?.to_bytes();
        Ok(Response::from_parts(head, body))
    }
}

#[async_trait]
impl HttpClient for Collector {
    // Called by the exporter's own thread, on which nothing of our runtime works.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let own = self.clone();
        let telling = self.runtime.spawn(async { timeout(PATIENCE, own.tell(request)).await });
        let answer = match telling.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(late)) => Err(late.into()),
            Err(cut_off) => Err(cut_off.into()),
        };
        let taken = answer.as_ref().is_ok_and(|answer| answer.status().is_success());
        if taken {
            self.away.store(false, Ordering::Relaxed);
        } else if !self.away.swap(true, Ordering::Relaxed) {
            tracing::warn!(collector = %self.at, "the collector of traces takes none: they are forgotten meanwhile");
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_collector_is_on_this_machine() {
        let wrong = |address: &str| Collector::at(address).unwrap_err().to_string();
        assert!(wrong("https://127.0.0.1:4318").contains("like http://127.0.0.1:4318"));
        assert!(wrong("http://collector.example").contains("like http://127.0.0.1:4318"));
        assert!(wrong("http://192.0.2.1:4318").contains("on this machine"));
        let collector = Collector::at("http://[::1]:4318/").unwrap();
        assert_eq!(collector.address(), "http://[::1]:4318/v1/traces");
    }
}
