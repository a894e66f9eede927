//! Handing over to the prefecture's mail server: SMTP submission (RFC 6409) over a few connections that stay
//! open.
//!
//! Why not a library: the two that were read and measured write a message in several small pieces on sockets
//! with Nagle's delay (22 messages a second and connection), don't pipeline, and turn a broken connection, a
//! refusal of the recipient and a wrong password into errors that can't be told apart by what to do next.
//! What is left to write is small; the MIME side is a library's ([`crate::mime`]).
//!
//! What it refuses: sending in clear beyond this machine, unless told so in as many words; going on in clear
//! where STARTTLS was required and isn't offered; taking a certificate that the system and `ca_file` don't
//! vouch for. There is no switch for the latter two.

pub mod auth;
mod connection;
mod pool;
pub(crate) mod reply;
pub(crate) mod tls;
pub(crate) mod way;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::contact::Contact;
use domain::message::{Mail, Sender};
use zeroize::Zeroizing;

use crate::Receipt;
use crate::error::{DeliveryError, Stage, Unreachable, without_address};
use crate::mime;
use crate::smtp::auth::Login;
pub(crate) use crate::smtp::connection::stuffed;
use crate::smtp::connection::{Connection, Envelope, Refusal};
use crate::smtp::pool::Pool;
use crate::smtp::reply::Reply;

/// Where the mail server is, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// The mail server's name, as its certificate has it; or its address.
    pub host: String,
    /// 587 for submission with STARTTLS, 465 for TLS from the start, 25 for a server on this machine.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Name and password, if the server wants them.
    pub login: Option<Login>,
    /// Certificates (PEM) of an authority that is trusted in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// How many connections at most, and so how many messages at a time.
    pub connections: usize,
    /// What we call ourselves in EHLO: this machine's full name.
    pub hello_name: String,
    /// Where bounces go: the envelope's sender. `None` is the sender's own address, an empty text `<>`, to
    /// which nobody bounces.
    pub envelope_from: Option<String>,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all, and only to a server on this machine.
    None,
    /// Not at all, to any server: for a network that encrypts by itself. The password, if there is one, and
    /// every address go in clear.
    NoneBeyondLoopback,
    /// Required, started within the connection (RFC 3207). Never left out silently.
    StartTls,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// How long each step may take before it counts as failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Finding the host, and connecting to one of its addresses.
    pub connect: Duration,
    /// Each command or write with its answer. RFC 5321 allows the answer to the final dot ten minutes; a
    /// lease on the outbox can't wait so long, and a repeat carries the same `Message-ID`.
    pub command: Duration,
    /// An unused connection is closed after this time, or up to half as long again.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            command: Duration::from_secs(60),
            idle: Duration::from_secs(60),
        }
    }
}

/// What is wrong with [`SmtpSettings`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No host.
    #[error("host: missing")]
    Host,
    /// A host's name that no certificate can have.
    #[error("host: can't stand in a certificate")]
    HostName,
    /// No connections at all, or more than a mail server bears.
    #[error("connections: 1 to 256")]
    Connections,
    /// Not a host's name.
    #[error("hello_name: this machine's full name, letters, digits, dots and hyphens")]
    HelloName,
    /// Not an address.
    #[error("envelope_from: an e-mail address, or nothing for <>")]
    EnvelopeFrom,
    /// Without TLS only to this machine.
    #[error("tls: \"none\" is for a server on this machine only")]
    PlainBeyondLoopback,
    /// A name or password with a NUL in it.
    #[error("username, password: missing, or with a character that can't be sent")]
    Login,
    /// Certificates that can't be read.
    #[error("ca_file: {0}")]
    CaFile(String),
    /// No certificate authorities on this machine.
    #[error("tls: {0}")]
    Tls(String),
}

impl SmtpSettings {
    /// The usual settings for a server: STARTTLS required, no password, four connections.
    pub fn new(host: impl Into<String>, port: u16, hello_name: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            tls: Tls::StartTls,
            login: None,
            ca_file: None,
            connections: 4,
            hello_name: hello_name.into(),
            envelope_from: None,
            timeouts: Timeouts::default(),
        }
    }

    /// All that is wrong, at once, without connecting; files are read.
    pub fn problems(&self) -> Vec<SettingsError> {
        let mut found = Vec::new();
        if self.host.is_empty() {
            found.push(SettingsError::Host);
        } else if self.tls.encrypts() && rustls::pki_types::ServerName::try_from(self.host.as_str()).is_err()
        {
            found.push(SettingsError::HostName);
        }
        let known_elsewhere = self.host.parse::<std::net::IpAddr>().is_ok_and(|ip| !ip.is_loopback());
        if self.tls == Tls::None && known_elsewhere {
            found.push(SettingsError::PlainBeyondLoopback);
        }
        if !(1..=256).contains(&self.connections) {
            found.push(SettingsError::Connections);
        }
        let of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':');
        if self.hello_name.is_empty() || !self.hello_name.chars().all(of_a_name) {
            found.push(SettingsError::HelloName);
        }
        if self.envelope_from.as_ref().is_some_and(|from| !from.is_empty() && !mime::is_mailbox(from)) {
            found.push(SettingsError::EnvelopeFrom);
        }
        let sendable = |text: &str| !text.is_empty() && !text.contains('\0');
        if self.login.as_ref().is_some_and(|l| !sendable(&l.username) || !sendable(l.password.expose())) {
            found.push(SettingsError::Login);
        }
        found.extend(tls::connector(self).err());
        found
    }
}

impl Tls {
    pub(crate) fn encrypts(self) -> bool {
        matches!(self, Self::StartTls | Self::Implicit)
    }
}

/// The courier that hands over to a mail server. Clones share its connections.
#[derive(Clone)]
pub struct SmtpCourier(Arc<Pool>);

impl SmtpCourier {
    /// Checks the settings; connects at the first message.
    ///
    /// # Errors
    /// The first of [`SmtpSettings::problems`].
    pub fn new(settings: SmtpSettings) -> Result<Self, SettingsError> {
        if let Some(problem) = settings.problems().into_iter().next() {
            return Err(problem);
        }
        let tls = tls::connector(&settings)?;
        Ok(Self(Arc::new(Pool::new(settings, tls))))
    }

    /// Hands over one message; waits while all connections are busy.
    ///
    /// A connection that had been idle may have been closed by the server meanwhile. If it breaks before the
    /// message itself was sent, the message goes once more over a new one; after that, never by itself.
    pub(crate) async fn deliver(&self, mail: &Mail, sender: &Sender) -> Result<Receipt, DeliveryError> {
        let mut content = stuffed(&mime::eml(mail, sender)?);
        let envelope = self.0.envelope(sender, &mail.to);
        let reply = match self.hand_over(&envelope, &mut content).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(refusal)) => return Err(verdict(&refusal, &mail.to)),
            Err(unreachable) => return Err(DeliveryError::Unreachable(unreachable)),
        };
        Ok(Receipt { reply: without_address(&reply.words(), Some(&mail.to)) })
    }

    /// One of its connections, for messages that go one behind another.
    pub(crate) fn way(&self) -> way::Way {
        way::Way::new(Arc::clone(&self.0))
    }

    /// How many connections there are.
    pub(crate) fn at_once(&self) -> usize {
        self.0.settings().connections
    }

    /// Says goodbye on all idle connections.
    pub(crate) async fn close(&self) {
        self.0.close().await;
    }

    async fn hand_over(
        &self,
        envelope: &Envelope,
        content: &mut Zeroizing<Vec<u8>>,
    ) -> Result<Result<Reply, Refusal>, Unreachable> {
        let slot = self.0.slot().await;
        if let Some(mut used) = slot.idle_connection() {
            let result = used.send(envelope, content).await;
            slot.give_back(used);
            if !result.as_ref().is_err_and(Refusal::closed_before_content) {
                return Ok(result);
            }
        }
        let mut new = Connection::open(self.0.settings(), self.0.tls()).await?;
        let result = new.send(envelope, content).await;
        slot.give_back(new);
        Ok(result)
    }
}

/// What a refusal means for the message.
///
/// A 5xx that doesn't depend on the recipient (our sender, a command as such, "sign in first") is the
/// settings' fault: it must not end every message of the outbox as undeliverable.
fn verdict(refusal: &Refusal, to: &Contact) -> DeliveryError {
    let (at, reply) = match refusal {
        Refusal::Broke(Stage::Content, fault) => {
            return DeliveryError::Unanswered { reply: fault.to_string() };
        }
        Refusal::Broke(at, fault) => {
            return DeliveryError::Transient { at: *at, reply: fault.to_string() };
        }
        Refusal::Said(at, reply) => (*at, reply),
    };
    let words = without_address(&reply.words(), Some(to));
    let ours = at == Stage::Sender || matches!(reply.code, 500 | 502..=504 | 530 | 534 | 535 | 538);
    match reply.code {
        500..600 if ours && at < Stage::Content => {
            DeliveryError::Unreachable(Unreachable::Refused { at, reply: words })
        }
        500..600 => DeliveryError::Permanent { at, reply: words },
        _ => DeliveryError::Transient { at, reply: words },
    }
}

impl fmt::Debug for SmtpCourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SmtpCourier").field(self.0.settings()).finish()
    }
}
