//! A browser as small as it gets: one request a connection, one cookie, forms.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The fields of a form.
pub type Form<'a> = &'a [(&'a str, &'a str)];

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser at one door.
#[derive(Clone, Debug)]
pub struct Browser {
    port: u16,
    cookie: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Browser {
    pub fn at(port: u16) -> Self {
        Self { port, cookie: None }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.try_get(path).await.unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    pub async fn post(&mut self, path: &str, form: Form<'_>) -> Answer {
        self.try_post(path, form).await.unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    pub async fn try_get(&mut self, path: &str) -> io::Result<Answer> {
        self.ask("GET", path, "").await
    }

    pub async fn try_post(&mut self, path: &str, form: Form<'_>) -> io::Result<Answer> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.ask("POST", path, &body).await
    }

    async fn ask(&mut self, method: &str, path: &str, body: &str) -> io::Result<Answer> {
        let cookie = self.cookie.as_ref().map_or_else(String::new, |cookie| format!("cookie: {cookie}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{cookie}\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = tokio::time::timeout(PATIENCE, exchange(self.port, request.as_bytes()));
        let answer = answer.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        Ok(answer)
    }
}

async fn exchange(port: u16, request: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    stream.write_all(request).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    read(&bytes).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
}

/// `None` for an answer that was cut short.
fn read(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let answer = Answer { status, head, body: bytes[end + 4..].to_vec() };
    let length: usize = answer.header("content-length").unwrap_or("0").parse().ok()?;
    (answer.body.len() == length).then_some(answer)
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.text());
        self
    }

    /// Fails unless the page says this.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text().contains(words), "does not say {words:?}:\n{}", self.text());
        self
    }

    /// Where a 303 leads.
    #[track_caller]
    pub fn leads_to(&self) -> String {
        assert_eq!(self.status, 303, "{}\n{}", self.head, self.text());
        self.header("location").unwrap().to_owned()
    }

    /// The hidden nonce of its first form.
    #[track_caller]
    pub fn nonce(&self) -> String {
        let text = self.text();
        let value = text.split_once("name=\"nonce\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        value.unwrap_or_else(|| panic!("no form: {}\n{text}", self.head)).0.to_owned()
    }

    /// The links that begin so.
    pub fn links(&self, begins: &str) -> Vec<String> {
        let text = self.text().replace("&#x2f;", "/");
        let targets = text.split("href=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0));
        targets.filter(|target| target.starts_with(begins)).map(str::to_owned).collect()
    }
}
