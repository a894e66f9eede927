//! One connection to the mail server: how it is opened, and one message over it.
//!
//! Where the server offers PIPELINING (RFC 2920), sender, recipient and DATA go in one write, so that a
//! message costs two round trips instead of four; at 5 ms to the server that is the difference between 48
//! and 95 messages a second; [`crate::smtp::way`] makes it one. The final dot goes in the same write as the text, on a socket without Nagle's
//! delay: two writes cost 40 ms a message, measured.

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use crate::error::{Stage, Unreachable, without_address};
use crate::smtp::auth;
use crate::smtp::reply::{Fault, Reply, Wire};
use crate::smtp::{SmtpSettings, Tls};

/// An open connection, signed in, with no message under way.
pub(crate) struct Connection {
    wire: Wire,
    pipelining: bool,
    /// False once a message failed in a way after which nothing is known about the connection.
    healthy: bool,
}

/// Who sends and who receives, as the envelope has them: the lines up to DATA.
pub(crate) struct Envelope {
    lines: Zeroizing<String>,
}

impl Envelope {
    pub fn new(from: &str, to: &str) -> Self {
        let mut lines = Zeroizing::new(String::with_capacity(64 + from.len() + to.len()));
        for part in ["MAIL FROM:<", from, ">\r\nRCPT TO:<", to, ">\r\nDATA\r\n"] {
            lines.push_str(part);
        }
        Self { lines }
    }

    /// The lines one by one.
    fn steps(&self) -> impl Iterator<Item = (Stage, &str)> {
        [Stage::Sender, Stage::Recipient, Stage::Data].into_iter().zip(self.lines.split_inclusive("\r\n"))
    }
}

/// Why a message was not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The server said no.
    Said(Stage, Reply),
    /// The server said nothing.
    Broke(Stage, Fault),
}

impl Refusal {
    /// Whether the server had closed the connection before the message itself was sent: as it does with
    /// connections that were idle for too long.
    pub fn closed_before_content(&self) -> bool {
        match self {
            Self::Broke(at, Fault::Closed | Fault::Io(_)) => *at < Stage::Content,
            Self::Said(at, reply) => *at < Stage::Content && reply.code == 421,
            Self::Broke(..) => false,
        }
    }
}

impl Connection {
    /// Connects, encrypts and signs in.
    pub async fn open(settings: &SmtpSettings, tls: Option<&TlsConnector>) -> Result<Self, Unreachable> {
        let socket = connect(settings).await?;
        let limit = settings.timeouts.command;
        let mut wire = match (settings.tls, tls) {
            (Tls::Implicit, Some(connector)) => {
                let encrypted = encrypt(settings, connector, Box::new(socket)).await?;
                Wire::new(encrypted, limit)
            }
            _ => Wire::new(Box::new(socket), limit),
        };
        let greeting = wire.reply().await;
        expect_positive(Stage::Greeting, greeting)?;
        let mut offers = hello(&mut wire, settings).await?;
        if settings.tls == Tls::StartTls {
            let connector = tls.ok_or_else(|| Unreachable::Tls("not set up".to_owned()))?;
            wire = start_tls(wire, &offers, settings, connector).await?;
            // RFC 3207: what was offered in clear is forgotten.
            offers = hello(&mut wire, settings).await?;
        }
        if let Some(login) = &settings.login {
            let ways = offers.iter().find_map(|words| words.strip_prefix("AUTH ")).unwrap_or_default();
            let ways: Vec<String> = ways.split_whitespace().map(str::to_owned).collect();
            auth::sign_in(&mut wire, login, &ways).await?;
        }
        let pipelining = offers.iter().any(|words| words == "PIPELINING");
        Ok(Self { wire, pipelining, healthy: true })
    }

    /// Hands over one message; `content` is dot-stuffed and ends with the dot's line ([`stuffed`]).
    pub async fn send(
        &mut self,
        envelope: &Envelope,
        content: &mut Zeroizing<Vec<u8>>,
    ) -> Result<Reply, Refusal> {
        self.begin(envelope, false).await?;
        self.finish(content, None).await
    }

    /// The first half of a message: after it the server waits for the text. `announced`: its lines went with the text
    /// before.
    pub async fn begin(&mut self, envelope: &Envelope, announced: bool) -> Result<(), Refusal> {
        let result = self.greet(envelope, announced).await;
        self.healthy = match &result {
            Ok(()) => true,
            Err(refusal) => self.recovers(refusal).await,
        };
        result
    }

    /// The second half; `next` is announced behind it in the same write, if the server [`Self::pipelines`].
    pub async fn finish(
        &mut self,
        content: &mut Zeroizing<Vec<u8>>,
        next: Option<&Envelope>,
    ) -> Result<Reply, Refusal> {
        let result = self.hand_over(content, next).await;
        self.healthy = match &result {
            Ok(_) => true,
            // The server goes on to the message that is announced already.
            Err(Refusal::Said(_, reply)) if next.is_some() => reply.code != 421,
            Err(refusal) => self.recovers(refusal).await,
        };
        result
    }

    /// Whether several commands may go in one write.
    pub fn pipelines(&self) -> bool {
        self.pipelining
    }

    /// Whether another message may follow one that was refused.
    async fn recovers(&mut self, refusal: &Refusal) -> bool {
        match refusal {
            // 421: the server says that it closes the connection.
            Refusal::Said(_, reply) if reply.code == 421 => false,
            Refusal::Said(..) => self.wire.command(b"RSET\r\n").await.is_ok_and(|reply| reply.positive()),
            Refusal::Broke(..) => false,
        }
    }

    /// Whether another message may go over it.
    pub fn healthy(&self) -> bool {
        self.healthy
    }

    /// Says goodbye.
    pub async fn quit(mut self) {
        let _ = self.wire.command(b"QUIT\r\n").await;
    }

    async fn greet(&mut self, envelope: &Envelope, announced: bool) -> Result<(), Refusal> {
        if self.pipelining && !announced {
            self.write(Stage::Sender, envelope.lines.as_bytes()).await?;
        }
        let mut refused = None;
        for (stage, line) in envelope.steps() {
            if !self.pipelining {
                self.write(stage, line.as_bytes()).await?;
            }
            let reply = self.reply(stage).await?;
            let open = stage == Stage::Data && reply.code == 354;
            if open && refused.is_some() {
                // RFC 2920, section 3.1: DATA was taken although nobody is left to receive. Nothing but the
                // dot is sent, and the server refuses that.
                self.write(Stage::Content, b".\r\n").await?;
                self.reply(Stage::Content).await?;
            }
            let taken = if stage == Stage::Data { open } else { reply.positive() };
            if !taken && refused.is_none() {
                refused = Some(Refusal::Said(stage, reply));
            }
            if refused.is_some() && !self.pipelining {
                break;
            }
        }
        refused.map_or(Ok(()), Err)
    }

    async fn hand_over(
        &mut self,
        content: &mut Zeroizing<Vec<u8>>,
        next: Option<&Envelope>,
    ) -> Result<Reply, Refusal> {
        match next {
            None => self.write(Stage::Content, content).await?,
            Some(next) => {
                let next = next.lines.as_bytes();
                if content.capacity() - content.len() < next.len() {
                    // What grows leaves a copy behind that nobody wipes.
                    let mut roomier = Zeroizing::new(Vec::with_capacity(content.len() + next.len()));
                    roomier.extend_from_slice(content);
                    *content = roomier;
                }
                content.extend_from_slice(next);
                self.write(Stage::Content, content).await?;
            }
        }
        let reply = self.reply(Stage::Content).await?;
        if reply.positive() { Ok(reply) } else { Err(Refusal::Said(Stage::Content, reply)) }
    }

    async fn write(&mut self, stage: Stage, bytes: &[u8]) -> Result<(), Refusal> {
        self.wire.write(bytes).await.map_err(|fault| Refusal::Broke(stage, fault))
    }

    async fn reply(&mut self, stage: Stage) -> Result<Reply, Refusal> {
        self.wire.reply().await.map_err(|fault| Refusal::Broke(stage, fault))
    }
}

/// The message as DATA wants it (RFC 5321, section 4.5.2): each line ends with CR LF and nothing else, a dot
/// at a line's start is doubled, and the line with the single dot ends it.
///
/// A lone CR or LF becomes CR LF, for servers that take one for the end of a line and others that don't are
/// how a second message is smuggled into the first.
pub(crate) fn stuffed(message: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(message.len() + message.len() / 64 + 16));
    let mut rest = message;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        if rest[0] == b'.' {
            out.push(b'.');
        }
        out.extend_from_slice(&rest[..end]);
        out.extend_from_slice(b"\r\n");
        let line_end = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + line_end..).unwrap_or_default();
    }
    out.extend_from_slice(b".\r\n");
    out
}

async fn connect(settings: &SmtpSettings) -> Result<TcpStream, Unreachable> {
    let limit = settings.timeouts.connect;
    let failed = |error: std::io::Error| Unreachable::Connect(error.kind().to_string());
    let late = |_| Unreachable::Connect("no answer in time".to_owned());
    let found = tokio::net::lookup_host((settings.host.as_str(), settings.port));
    let mut last = Unreachable::Connect("the name has no address".to_owned());
    for address in timeout(limit, found).await.map_err(late)?.map_err(failed)? {
        if settings.tls == Tls::None && !address.ip().is_loopback() {
            last = Unreachable::PlainBeyondLoopback;
            continue;
        }
        match timeout(limit, TcpStream::connect(address)).await.map_err(late).and_then(|r| r.map_err(failed))
        {
            Ok(socket) => {
                // Each write is a whole step: waiting to fill a packet only waits.
                socket.set_nodelay(true).map_err(failed)?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn hello(wire: &mut Wire, settings: &SmtpSettings) -> Result<Vec<String>, Unreachable> {
    let reply = wire.command(format!("EHLO {}\r\n", settings.hello_name).as_bytes()).await;
    let reply = expect_positive(Stage::Hello, reply)?;
    // Some servers write `AUTH=PLAIN` beside the standard's `AUTH PLAIN`.
    Ok(reply.text.lines().skip(1).map(|line| line.trim().to_ascii_uppercase()).collect())
}

async fn start_tls(
    mut wire: Wire,
    offers: &[String],
    settings: &SmtpSettings,
    connector: &TlsConnector,
) -> Result<Wire, Unreachable> {
    if !offers.iter().any(|words| words == "STARTTLS") {
        return Err(Unreachable::StartTlsMissing);
    }
    let reply = wire.command(b"STARTTLS\r\n").await;
    expect_positive(Stage::StartTls, reply)?;
    let stream = wire.into_stream().ok_or_else(|| {
        Unreachable::Tls("something was sent in clear behind the answer to STARTTLS".to_owned())
    })?;
    Ok(Wire::new(encrypt(settings, connector, stream).await?, settings.timeouts.command))
}

async fn encrypt(
    settings: &SmtpSettings,
    connector: &TlsConnector,
    stream: Box<dyn crate::smtp::reply::Stream>,
) -> Result<Box<dyn crate::smtp::reply::Stream>, Unreachable> {
    let name = rustls::pki_types::ServerName::try_from(settings.host.clone())
        .map_err(|_| Unreachable::Tls("the host's name can't stand in a certificate".to_owned()))?;
    match timeout(settings.timeouts.command, connector.connect(name, stream)).await {
        Ok(Ok(encrypted)) => Ok(Box::new(encrypted)),
        Ok(Err(error)) => Err(Unreachable::Tls(error.to_string())),
        Err(_) => Err(Unreachable::Tls("no answer in time".to_owned())),
    }
}

fn expect_positive(at: Stage, reply: Result<Reply, Fault>) -> Result<Reply, Unreachable> {
    match reply {
        Ok(reply) if reply.positive() => Ok(reply),
        Ok(reply) => Err(Unreachable::Refused { at, reply: without_address(&reply.words(), None) }),
        Err(fault) => Err(Unreachable::Broken { at, reason: fault.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dots_are_doubled_and_line_ends_are_one_kind() {
        assert_eq!(stuffed(b"a\r\n.\r\nb").as_slice(), b"a\r\n..\r\nb\r\n.\r\n");
        assert_eq!(stuffed(b".a\n.\rb\r\n").as_slice(), b"..a\r\n..\r\nb\r\n.\r\n");
        assert_eq!(stuffed(b"").as_slice(), b".\r\n");
        assert_eq!(stuffed(b"\r\n\r\n").as_slice(), b"\r\n\r\n.\r\n");
    }

    proptest! {
        /// Whatever the message, the server sees one end, and it is the last line.
        #[test]
        fn only_the_last_line_is_a_dot(message in "[.a\r\n]{0,40}") {
            let sent = String::from_utf8(stuffed(message.as_bytes()).to_vec()).unwrap();
            let lines: Vec<&str> = sent.split_inclusive("\r\n").collect();
            prop_assert!(lines.iter().all(|line| !line.trim_end_matches("\r\n").contains(['\r', '\n'])));
            prop_assert_eq!(lines.iter().filter(|line| **line == ".\r\n").count(), 1);
            prop_assert_eq!(lines.last().copied(), Some(".\r\n"));
        }
    }
}
