//! The inbox in memory: where the demo's messages can be read, and the tests'.
//!
//! What goes in stays readable, recipient included: that is the point of it, and why it must never be the
//! courier of a deployment. It keeps everything until [`Inbox::clear`], and can be told to fail, so that a
//! test of the worker needs no mail server to see a refusal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::clock::Instant;
use domain::id::MessageId;
use domain::message::{Attachment, Mail, Sender};

use crate::Receipt;
use crate::error::{DeliveryError, Stage, Unreachable};

/// Messages in memory. Clones are the same inbox.
#[derive(Clone, Debug, Default)]
pub struct Inbox(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    messages: Vec<Delivered>,
    failures: Vec<(usize, Failure)>,
    refused: Vec<(ShownAddress, Failure)>,
}

/// One message as its recipient sees it.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// The message's constant identity: the same one twice is a repeat.
    pub id: MessageId,
    /// Whom it reached.
    pub to: ShownAddress,
    /// The sender's name and address.
    pub from: Sender,
    /// Whom an answer goes to, where it isn't the sender.
    pub reply_to: Option<ShownAddress>,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// The poster, for operators.
    pub attachments: Vec<Attachment>,
    /// When the worker handed it over.
    pub at: Instant,
}

/// An address that may be shown, because the person behind it is made up.
///
/// [`domain::contact::Contact`] can't be printed, by design. The demo's page must show to whom a message
/// went, and a test must compare it; both deal with invented people. This type marks where that happens:
/// nothing but [`Inbox`] makes one, and whoever reads one is the demo or a test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShownAddress(String);

impl ShownAddress {
    /// The address, for the demo's page and for tests.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the inbox fails when it is told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// As a server that says 4xx.
    Transient,
    /// As a server that says 5xx to the recipient.
    Permanent,
    /// As if there were no server.
    Unreachable,
    /// As a server that took the message and broke the connection before it said so: it arrived.
    Lost,
}

impl Inbox {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// All messages, in the order of their arrival.
    pub fn messages(&self) -> Vec<Delivered> {
        self.state().messages.clone()
    }

    /// The messages to one address, in the order of their arrival.
    pub fn messages_to(&self, address: &str) -> Vec<Delivered> {
        self.state().messages.iter().filter(|message| message.to.0 == address).cloned().collect()
    }

    /// Forgets all messages.
    pub fn clear(&self) {
        self.state().messages.clear();
    }

    /// Fails the next `count` deliveries; after them, those told later.
    pub fn fail_next(&self, count: usize, failure: Failure) {
        if count > 0 {
            self.state().failures.push((count, failure));
        }
    }

    /// Fails every delivery to `address` until told otherwise (`None`).
    pub fn fail_for(&self, address: &str, failure: Option<Failure>) {
        let mut state = self.state();
        state.refused.retain(|(known, _)| known.0 != address);
        state.refused.extend(failure.map(|failure| (ShownAddress(address.to_owned()), failure)));
    }

    pub(crate) fn deliver(&self, mail: &Mail, sender: &Sender) -> Result<Receipt, DeliveryError> {
        let mut state = self.state();
        let failure = state.failure_for(mail.to.expose());
        if let Some(failure) = failure.filter(|failure| *failure != Failure::Lost) {
            return Err(failure.error());
        }
        state.messages.push(Delivered {
            id: mail.id,
            to: ShownAddress(mail.to.expose().to_owned()),
            from: sender.clone(),
            reply_to: mail.reply_to.as_ref().map(|contact| ShownAddress(contact.expose().to_owned())),
            subject: mail.text.subject.clone(),
            body: mail.text.body.clone(),
            attachments: mail.attachment.iter().cloned().collect(),
            at: mail.dated,
        });
        match failure {
            Some(failure) => Err(failure.error()),
            None => Ok(Receipt { reply: format!("250 kept as number {}", state.messages.len()) }),
        }
    }

    /// A test that panicked elsewhere doesn't spoil the messages.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn failure_for(&mut self, address: &str) -> Option<Failure> {
        if let Some((left, failure)) = self.failures.first_mut() {
            let failure = *failure;
            *left -= 1;
            if *left == 0 {
                self.failures.remove(0);
            }
            return Some(failure);
        }
        self.refused.iter().find(|(known, _)| known.0 == address).map(|(_, failure)| *failure)
    }
}

impl Failure {
    fn error(self) -> DeliveryError {
        match self {
            Self::Transient => {
                DeliveryError::Transient { at: Stage::Recipient, reply: "451 4.3.0 told to fail".to_owned() }
            }
            Self::Permanent => {
                DeliveryError::Permanent { at: Stage::Recipient, reply: "550 5.1.1 told to fail".to_owned() }
            }
            Self::Unreachable => DeliveryError::Unreachable(Unreachable::Connect("told to fail".to_owned())),
            Self::Lost => DeliveryError::Unanswered { reply: "told to lose the answer".to_owned() },
        }
    }
}
