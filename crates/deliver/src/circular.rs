//! One text to many: what is the same in each of their mails is written once.
//!
//! A hundred thousand notices of one kind differ in two header lines, the recipient's and the message's own number.
//! Encoding the same Japanese text for each of them anew costs more than handing it over. What comes out is, byte
//! for byte, what [`mime::eml`] writes; a test compares.

use std::sync::Arc;

use domain::clock::Instant;
use domain::contact::{Channel, Contact};
use domain::id::MessageId;
use domain::message::{Mail, Sender, Text};
use zeroize::Zeroizing;

use crate::error::DeliveryError;
use crate::mime::{self, is_mailbox};
use crate::smtp::stuffed;

/// Words that many receive, from one sender and of one date.
#[derive(Debug)]
pub struct Circular {
    text: Text,
    sender: Sender,
    dated: Instant,
    sheet: Option<Sheet>,
}

/// One of the many: the words, and whose they are.
#[derive(Debug)]
pub struct Addressed {
    /// Constant over retries.
    pub id: MessageId,
    /// Whom it is for.
    pub to: Contact,
    /// What is said.
    pub words: Arc<Circular>,
}

/// A message as DATA wants it, with two holes: the recipient's header line and the message's number.
#[derive(Debug)]
struct Sheet {
    before_to: Vec<u8>,
    before_id: Vec<u8>,
    after_id: Vec<u8>,
}

/// Stands where the recipient will: nobody can have it (RFC 2606).
const NOBODY: &str = "nobody@nowhere.invalid";

/// Longer addresses are folded, which is left to the library.
const LONGEST: usize = 60;

impl Circular {
    /// Writes down what is the same for all.
    pub fn new(text: Text, sender: Sender, dated: Instant) -> Self {
        let sheet = Sheet::of(&text, &sender, dated);
        Self { text, sender, dated, sheet }
    }

    /// Whom it comes from.
    pub(crate) fn sender(&self) -> &Sender {
        &self.sender
    }
}

impl Addressed {
    /// The same as a mail of its own.
    pub(crate) fn mail(&self) -> Mail {
        Mail {
            id: self.id,
            to: self.to.clone(),
            reply_to: None,
            text: self.words.text.clone(),
            attachment: None,
            dated: self.words.dated,
        }
    }

    /// The message, dot-stuffed, with the dot that ends it.
    pub(crate) fn content(&self) -> Result<Zeroizing<Vec<u8>>, DeliveryError> {
        let to = self.to.envelope();
        let usual = self.to.channel() == Channel::Email && to.len() <= LONGEST && is_mailbox(&to);
        match &self.words.sheet {
            Some(sheet) if usual => Ok(sheet.filled(&to, self.id)),
            _ => Ok(stuffed(&mime::eml(&self.mail(), &self.words.sender)?)),
        }
    }
}

impl Sheet {
    /// `None` where it can't be written, or the holes aren't found: then each mail is written on its own.
    fn of(text: &Text, sender: &Sender, dated: Instant) -> Option<Self> {
        let id = MessageId::from_random([0xEE; 16]);
        let to = Contact::from_sealed(Channel::Email, NOBODY.to_owned());
        let mail = Mail { id, to, reply_to: None, text: text.clone(), attachment: None, dated };
        let whole = stuffed(&mime::eml(&mail, sender).ok()?);
        let (before_to, rest) = split_once(&whole, format!("\r\nTo: <{NOBODY}>\r\n").as_bytes())?;
        let (before_id, after_id) = split_once(rest, id.to_string().as_bytes())?;
        before_id.ends_with(b"Message-ID: <").then(|| Self {
            before_to: [before_to, b"\r\nTo: <"].concat(),
            before_id: [b">\r\n", before_id].concat(),
            after_id: after_id.to_vec(),
        })
    }

    fn filled(&self, to: &str, id: MessageId) -> Zeroizing<Vec<u8>> {
        let id = id.to_string();
        let parts = [&self.before_to, to.as_bytes(), &self.before_id, id.as_bytes(), &self.after_id];
        let length: usize = parts.iter().map(|part| part.len()).sum();
        // With room for the lines that announce the next message.
        let mut all = Zeroizing::new(Vec::with_capacity(length + 512));
        for part in parts {
            all.extend_from_slice(part);
        }
        all
    }
}

fn split_once<'a>(whole: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = whole.windows(at.len()).position(|part| part == at)?;
    Some((&whole[..found], &whole[found + at.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sender(name: &str) -> Sender {
        let address = "no-reply@tadori.example".to_owned();
        Sender { name: name.to_owned(), address, never: Vec::new() }
    }

    fn text(subject: &str, body: &str) -> Text {
        Text { subject: subject.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn a_notice_is_written_once_for_all() {
        let words =
            Circular::new(text("お知らせ", ".\n本文です。\n"), sender("見本県"), Instant::from_micros(0));
        assert!(words.sheet.is_some());
    }

    proptest! {
        /// Whatever is said to whomever, the bytes are those of a mail of its own.
        #[test]
        fn it_is_the_same_mail(
            subject in "\\PC{0,40}", body in "(\\PC|[\r\n.]){0,200}", name in "\\PC{0,20}",
            local in "[a-z.]{1,64}", domain in "[a-z]{1,60}\\.example", id: [u8; 16], at in 0i64..4_000_000_000_000_000,
        ) {
            let (sender, dated) = (sender(&name), Instant::from_micros(at));
            let words = Arc::new(Circular::new(text(&subject, &body), sender.clone(), dated));
            let to = Contact::from_sealed(Channel::Email, format!("{local}@{domain}"));
            let one = Addressed { id: MessageId::from_random(id), to, words };
            let alone = mime::eml(&one.mail(), &sender).map(|eml| stuffed(&eml));
            prop_assert_eq!(one.content().ok(), alone.ok());
        }
    }
}
