//! Messages: what is written to visitors and operators, and in which words.
//!
//! The words come from [`crate::wording`] (the engine's own, or the pack's), the facts from the policy,
//! so that a mail can't promise what the program doesn't do. OSK allows two kinds of notice (OSK-12) and
//! forbids the ordinary one to name place, time or person (OSK-18): that is why [`notice`] is not given
//! them unless they are to be named.

use crate::contact::Contact;
use crate::id::MessageId;

/// One message to one recipient, complete: what a courier is handed.
#[derive(Debug)]
pub struct Mail {
    /// Constant over retries; becomes the `Message-ID`.
    pub id: MessageId,
    /// The envelope's and header's recipient.
    pub to: Contact,
    /// The words.
    pub text: Text,
    /// The poster, for operators.
    pub attachment: Option<Attachment>,
    /// The `Date` header: when it was first handed over, microseconds UTC.
    pub dated: crate::clock::Instant,
}

/// Subject and body of a message, as they will be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// Plain text, lines ending in `\n`.
    pub body: String,
}

/// A file that goes with a message.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// `poster.pdf`
    pub file_name: String,
    /// `application/pdf`
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Who a message comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The display name, as the pack has it.
    pub name: String,
    /// The address, `no-reply@tadori.osaka.example`.
    pub address: String,
}
