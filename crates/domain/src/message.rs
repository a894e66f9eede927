//! Messages: what is written to visitors and operators, and in which words.
//!
//! The words come from [`crate::wording`] (the engine's own, or the pack's), the facts from the policy,
//! so that a mail can't promise what the program doesn't do. [`compose`] puts a mail together of the points that
//! the policy lists; what it may name of place and day it is given as [`Named`], and a mail that may name nothing
//! is given nothing (OSK-18). [`lint()`] reads every mail of a pack as its recipients will.

pub mod compose;
pub mod enquiry;
pub mod line;
pub mod lint;
pub mod operator;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::contact::Contact;
use crate::id::MessageId;
use crate::policy::pack::Problems;
use crate::service_day::ServiceDay;

pub use compose::{alert, cluster, confirmation, never, notice, span, written};
pub use enquiry::enquiry;
pub use lint::{Written, lint};
pub use operator::{operator_declined, operator_registered};

/// One message to one recipient, complete: what a courier is handed.
#[derive(Debug)]
pub struct Mail {
    /// Constant over retries; becomes the `Message-ID`.
    pub id: MessageId,
    /// The envelope's and header's recipient.
    pub to: Contact,
    /// Whom an answer goes to, where it isn't the sender: who wrote an enquiry.
    pub reply_to: Option<Contact>,
    /// The words.
    pub text: Text,
    /// The poster, for operators.
    pub attachment: Option<Attachment>,
    /// The `Date` header: when it was first handed over, microseconds UTC.
    pub dated: Instant,
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// The display name, as the pack has it.
    pub name: String,
    /// The address, `no-reply@tadori.osaka.example`.
    pub address: String,
    /// How nobody is ever written to or called (A4): said on pages and in confirmations.
    #[serde(default)]
    pub never: Vec<Never>,
}

/// What the system never does, so that who meets it knows a fraud (A4).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Never {
    /// A notice by SMS (HKD-4).
    Sms,
    /// A telephone call (HKD-6).
    Phone,
    /// A mail to a visitor that is neither confirmation nor notice (HKD-7).
    OtherMail,
}

impl Never {
    /// The key of its sentence.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sms => "never-sms",
            Self::Phone => "never-phone",
            Self::OtherMail => "never-other_mail",
        }
    }
}

impl Sender {
    pub(crate) fn check(&self, problems: &mut Problems<'_>) {
        let whole = self.address.split_once('@').is_some_and(|(l, d)| !l.is_empty() && d.contains('.'));
        problems.unless(whole, "sender.address", "an e-mail address");
        let twice = |at: usize| self.never[..at].contains(&self.never[at]);
        problems.unless(!(0..self.never.len()).any(twice), "sender.never", "each once");
    }
}

/// The engine's own words, by language: laid under those of a pack.
pub const ENGINE_WORDING: [(&str, &str); 5] = [
    ("ja", include_str!("../wording/ja.ftl")),
    ("ja-easy", include_str!("../wording/ja-easy.ftl")),
    ("en", include_str!("../wording/en.ftl")),
    ("ja", include_str!("../wording/line.ja.ftl")),
    ("en", include_str!("../wording/line.en.ftl")),
];

/// What is written (A5). There is no other mail to a visitor than these first three (HKD-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// The confirmation of a check-in.
    Confirmation,
    /// The ordinary warning.
    Alert,
    /// The warning of a cluster.
    Cluster,
    /// To an operator who registered.
    Operator,
}

/// What a notice may name of place and days, as [`crate::policy::NoticePolicy::named`] has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Neither (OSK-18).
    Nothing,
    /// The days.
    Days(Vec<ServiceDay>),
    /// Place and days (OSK-21, HYG-4).
    Place {
        /// The venue's name.
        venue: String,
        /// The days.
        days: Vec<ServiceDay>,
    },
}

impl Named {
    /// Its word, by which sentences choose.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Days(_) => "days",
            Self::Place { .. } => "place",
        }
    }

    /// The days, if any.
    pub fn days(&self) -> &[ServiceDay] {
        match self {
            Self::Nothing => &[],
            Self::Days(days) | Self::Place { days, .. } => days,
        }
    }
}
