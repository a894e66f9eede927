//! A visitor's phone: opens the page, sends the form that it was given, and believes nothing but a 303.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A phone waits no longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What stands above a form's fields.
pub const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A connection to the visitors' door, kept from one check-in to the next.
pub struct Visitor {
    door: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: String,
}

impl Visitor {
    /// A phone that hasn't connected yet.
    pub fn new(door: SocketAddr) -> Self {
        Self { door, stream: None, buffer: Vec::new() }
    }

    /// Opens the page of a code and sends its form. `Ok(true)` is thanks: from here on the check-in must never be
    /// lost. After an error nobody knows.
    ///
    /// # Errors
    /// If the door isn't there or doesn't answer.
    pub async fn checks_in(&mut self, code: &str, email: &str) -> anyhow::Result<bool> {
        let Some(nonce) = self.form(code).await? else { return Ok(false) };
        Ok(self.send(code, &nonce, email).await? == 303)
    }

    /// Opens the page of a code; the number of its form, where there is one.
    ///
    /// # Errors
    /// If the door isn't there or doesn't answer.
    pub async fn form(&mut self, code: &str) -> anyhow::Result<Option<String>> {
        let page = self.get(&format!("/v/{code}")).await?;
        if page.status != 200 {
            return Ok(None);
        }
        Ok(Some(nonce(&page.body).context("the page has no form")?.to_owned()))
    }

    /// Sends a form; the status of the answer.
    ///
    /// # Errors
    /// If the door isn't there or doesn't answer.
    pub async fn send(&mut self, code: &str, nonce: &str, email: &str) -> anyhow::Result<u16> {
        let body = format!("nonce={nonce}&email={}", email.replace('@', "%40"));
        Ok(self.post(&format!("/v/{code}"), FORM, &body).await?.status)
    }

    /// Posts something; `headers` are whole lines.
    ///
    /// # Errors
    /// If the door isn't there or doesn't answer.
    pub async fn post(&mut self, path: &str, headers: &str, body: &str) -> anyhow::Result<Answer> {
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        self.ask(&request).await
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// If the door isn't there or doesn't answer.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await
    }

    async fn ask(&mut self, request: &str) -> anyhow::Result<Answer> {
        let asked = tokio::time::timeout(PATIENCE, self.answered(request)).await;
        let answer = asked.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer in time")));
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    async fn answered(&mut self, request: &str) -> anyhow::Result<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect(self.door).await?;
                stream.set_nodelay(true)?;
                none.insert(stream)
            }
        };
        stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|end| end == b"\r\n\r\n") {
                break end + 4;
            }
            ensure!(stream.read_buf(&mut self.buffer).await? > 0, "the door closed the connection");
        };
        let text = String::from_utf8_lossy(&self.buffer[..head]).to_ascii_lowercase();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let Some(length) = length.and_then(|length| length.trim().parse::<usize>().ok()) else {
            bail!("an answer without a length")
        };
        while self.buffer.len() < head + length {
            ensure!(stream.read_buf(&mut self.buffer).await? > 0, "the answer was cut short");
        }
        let body = String::from_utf8_lossy(&self.buffer[head..head + length]).into_owned();
        Ok(Answer { status, body })
    }
}

/// The signed number of a form.
pub fn nonce(page: &str) -> Option<&str> {
    let value = page.split_once("name=\"nonce\" value=\"")?.1;
    value.split_once('"').map(|(nonce, _)| nonce)
}
