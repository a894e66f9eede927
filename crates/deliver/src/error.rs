//! What became of a message that was not taken over, and what to do next.
//!
//! Servers like to repeat the address they refuse, in the reply. Replies are worth keeping, addresses must
//! not be: every reply passes `without_address` before it leaves this crate, so that a log line or a
//! column `last_reply` can't become a list of people.

use std::fmt;
use std::io;

use domain::contact::Contact;

/// Why a message was not taken over. The variant says what happens next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Try this message again later, for it wasn't taken: the server said 4xx, was too slow, or the connection broke.
    #[error("not now, at {at}: {reply}")]
    Transient {
        /// How far it came.
        at: Stage,
        /// What the server said, without any address; our own words where it said nothing.
        reply: String,
    },
    /// The message itself was on its way, and the answer never came: it may have been taken or not. Sent again under
    /// the same `Message-ID`, it may be read twice; not sent again, it may never be.
    #[error("unanswered: {reply}")]
    Unanswered {
        /// What broke.
        reply: String,
    },
    /// Never try this message again: the server said 5xx to this recipient or this message, or it can't
    /// be written as a mail at all.
    #[error("never, at {at}: {reply}")]
    Permanent {
        /// How far it came.
        at: Stage,
        /// What the server said, without any address.
        reply: String,
    },
    /// Nothing is wrong with the message, and no other would fare better: leave the outbox as it is, count
    /// no attempt, tell whoever runs the machine, and come back in a minute.
    #[error("the mail server can't be used: {0}")]
    Unreachable(Unreachable),
}

/// Why no message at all can be handed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Nobody there: no such host, refused, or no answer in time.
    #[error("no connection: {0}")]
    Connect(String),
    /// Settings say "no TLS", and the server is not this machine.
    #[error("it is not on this machine, and without TLS nothing is sent beyond it")]
    PlainBeyondLoopback,
    /// Its name leads to a private address, which a push service's never does.
    #[error("its name leads to an address that isn't of the open internet")]
    Inside,
    /// STARTTLS is required and was not offered: a server without it, or somebody in between who took the
    /// offer away (RFC 3207, section 6). Never sent in clear instead.
    #[error("it doesn't offer STARTTLS, which the settings require")]
    StartTlsMissing,
    /// The encrypted connection didn't come about: most often a certificate of an authority that isn't
    /// known here (`ca_file`).
    #[error("TLS: {0}")]
    Tls(String),
    /// Wrong name or password, or no way of signing in that both sides know.
    #[error("sign-in: {0}")]
    SignIn(String),
    /// The server refuses what doesn't depend on the recipient: the greeting, our name, our sender, or the
    /// command as such.
    #[error("refused at {at}: {reply}")]
    Refused {
        /// How far it came.
        at: Stage,
        /// What the server said, without any address.
        reply: String,
    },
    /// The connection broke, or answers didn't come, before the first message.
    #[error("broken at {at}: {reason}")]
    Broken {
        /// How far it came.
        at: Stage,
        /// What broke.
        reason: String,
    },
    /// The folder can't be written to.
    #[error("folder: {0}")]
    Folder(io::ErrorKind),
}

/// The steps of handing over, in their order (RFC 5321).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Writing the message, before any server was asked.
    Writing,
    /// The server's first line.
    Greeting,
    /// EHLO.
    Hello,
    /// STARTTLS and the handshake.
    StartTls,
    /// AUTH.
    SignIn,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// The message itself, up to the answer to its final dot.
    Content,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Writing => "writing the message",
            Self::Greeting => "greeting",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::SignIn => "AUTH",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Data => "DATA",
            Self::Content => "end of the message",
        })
    }
}

/// The longest reply that is kept, in characters.
const KEPT: usize = 200;

/// `text` on one line, every word that could name a person replaced by `…`.
///
/// That is each word with an @, whatever the address; and where the recipient is known, each word that
/// contains the local part or the domain, for servers that write `no such user taro` or
/// `taro=40example.jp`. Too much is taken out rather than too little: the mail server's own log has the
/// whole.
pub(crate) fn without_address(text: &str, recipient: Option<&Contact>) -> String {
    let (local, domain) = recipient
        .and_then(|contact| contact.expose().rsplit_once('@'))
        .map(|(local, domain)| (local.to_lowercase(), domain.to_lowercase()))
        .unwrap_or_default();
    let names_someone = |word: &str| {
        let word = word.to_lowercase();
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.contains(['@', '\u{FF20}', '\u{FE6B}'])
            || (!domain.is_empty() && word.contains(&domain))
            || (!local.is_empty() && (bare == local || word.contains(&local) && local.len() >= 3))
    };
    let mut kept = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(if names_someone(word) { "…" } else { word });
    }
    kept.chars().take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redacted(reply: &str) -> String {
        without_address(reply, Some(&Contact::email("Taro.Y@yamada.example.jp").unwrap()))
    }

    #[test]
    fn an_address_is_taken_out_of_a_reply() {
        assert_eq!(
            redacted("550 5.1.1 <Taro.Y@yamada.example.jp>: Recipient address rejected: no such user taro.y"),
            "550 5.1.1 … Recipient address rejected: no such user …"
        );
        assert_eq!(redacted("550 forwarded to\r\n<other@example.com>"), "550 forwarded to …");
        assert_eq!(redacted("450 taro.y=40YAMADA.example.jp is greylisted"), "450 … is greylisted");
        assert_eq!(redacted("554 delivery to yamada.example.jp failed"), "554 delivery to … failed");
    }

    #[test]
    fn a_short_local_part_is_taken_out_only_where_it_is_a_word() {
        let contact = Contact::email("ab@example.jp").unwrap();
        assert_eq!(without_address("550 <ab> unable", Some(&contact)), "550 … unable");
    }

    #[test]
    fn a_reply_without_an_address_is_kept() {
        assert_eq!(redacted("250 2.0.0 Ok: queued as 4F7Q9"), "250 2.0.0 Ok: queued as 4F7Q9");
        assert_eq!(without_address(&"x".repeat(999), None).len(), 200);
    }

    proptest! {
        #[test]
        fn no_reply_keeps_an_address(before in "\\PC{0,80}", after in "\\PC{0,80}", cr in "[\r\n\t ]{0,2}") {
            let reply = redacted(&format!("{before}Taro.Y@yamada.example.jp{cr}{after}")).to_lowercase();
            prop_assert!(!reply.contains('@') && !reply.contains("taro.y") && !reply.contains("yamada"));
            prop_assert!(!reply.contains(['\r', '\n']));
        }
    }
}
